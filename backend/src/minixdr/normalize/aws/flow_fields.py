"""How VPC flow log records are written -> AWS's field names with dashes.

Shapes: `line`, from the format vpcflow (header or default order); `columns`, the columns of Athena tables, Parquet and
JSON, with `_` for `-`; `camel`, as pipelines that name fields in camel case have them; `cloudwatch`, an item of CloudWatch
Logs whose message is a line in default order.
Source: VPC user guide, `Flow log records`, versions 2 to 10.
"""

from typing import Any

from minixdr.normalize.source import Shape
from minixdr.schema.record import JsonObject

DEFAULT_ORDER = (
    "version", "account-id", "interface-id", "srcaddr", "dstaddr", "srcport", "dstport", "protocol", "packets", "bytes", "start", "end",
    "action", "log-status",
)  # fmt: skip
FIELDS = (
    *DEFAULT_ORDER, "vpc-id", "subnet-id", "instance-id", "tcp-flags", "type", "pkt-srcaddr", "pkt-dstaddr", "region", "az-id",
    "sublocation-type", "sublocation-id", "pkt-src-aws-service", "pkt-dst-aws-service", "flow-direction", "traffic-path",
    "ecs-cluster-arn", "ecs-cluster-name", "ecs-container-instance-arn", "ecs-container-instance-id", "ecs-container-id",
    "ecs-second-container-id", "ecs-service-name", "ecs-task-definition-arn", "ecs-task-arn", "ecs-task-id", "reject-reason",
    "resource-id", "encryption-status",
)  # fmt: skip
_BY_SQUEEZED = {name.replace("-", ""): name for name in FIELDS} | {
    "account": "account-id", "interface": "interface-id", "sourceaddress": "srcaddr", "destinationaddress": "dstaddr",
    "sourceport": "srcport", "destinationport": "dstport", "starttime": "start", "endtime": "end", "numpackets": "packets",
    "numbytes": "bytes", "status": "log-status",
}  # fmt: skip
"""Name in lower case without `-` and `_` -> field."""
_STATUSES = frozenset({"OK", "NODATA", "SKIPDATA"})
_LONGEST_LINE = 1_024


def _is_line(body: JsonObject) -> bool:
    return (
        "log-status" in body
        or "interface-id" in body
        or ("account-id" in body and "srcaddr" in body)
        or _is_custom(body)
    )


def _is_custom(body: JsonObject) -> bool:
    return (
        "srcaddr" in body
        and "dstaddr" in body
        and ("flow-direction" in body or "pkt-srcaddr" in body or "vpc-id" in body)
    )


def _is_columns(body: JsonObject) -> bool:
    if "log_status" in body and "interface_id" in body:
        return True
    if "srcaddr" not in body or "dstaddr" not in body or "account-id" in body:
        return False
    return ("interface_id" in body or "account_id" in body or "interfaceid" in body) and "query_name" not in body


def _is_camel(body: JsonObject) -> bool:
    return ("srcAddr" in body or "dstAddr" in body) and (
        "dstPort" in body
        or "srcPort" in body
        or "interfaceId" in body
        or "logStatus" in body
        or body.get("p_log_type") == "AWS.VPCFlow"
    )


def _words(body: JsonObject) -> list[str]:
    message = body.get("message")
    if not isinstance(message, str) or len(message) > _LONGEST_LINE or "eni-" not in message:
        return []
    return message.split()


def _is_cloudwatch(body: JsonObject) -> bool:
    words = _words(body)
    return (
        len(words) == len(DEFAULT_ORDER)
        and words[-1] in _STATUSES
        and words[2].startswith("eni-")
        and words[0].isdigit()
    )


def _renamed(body: JsonObject) -> JsonObject:
    fields: JsonObject = {}
    for name, value in body.items():
        fields[_BY_SQUEEZED.get(name.replace("_", "").replace("-", "").lower(), name)] = value
    return fields


def _cloudwatch(body: JsonObject) -> JsonObject:
    fields: dict[str, Any] = dict(zip(DEFAULT_ORDER, _words(body), strict=False))
    if "timestamp" in body:
        fields["timestamp"] = body["timestamp"]
    return fields


SHAPES = (
    Shape("line", _is_line),
    Shape("columns", _is_columns, _renamed),
    Shape("camel", _is_camel, _renamed),
    Shape("cloudwatch", _is_cloudwatch, _cloudwatch),
)


def fields_of(body: JsonObject) -> JsonObject:
    """Return a record's fields by AWS's names."""
    for shape in SHAPES:
        if shape.fits(body):
            return body if shape.fields is None else dict(shape.fields(body))
    return body
