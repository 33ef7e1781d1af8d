"""How CloudTrail's records are written.

Shapes: `record`, as in a trail's files, CloudWatch Logs and data stores; `lower_case`, the columns of an Athena table;
`eventbridge`, the record in `detail`; `enclosed`, the record as a text in an item of `aws cloudtrail lookup-events`, a Filebeat
document or a Splunk result; `table`, rows of the console's `Event history` and of spreadsheets made from it. Sources:
CloudTrail user guide, `CloudTrail record contents` 1.11; EventBridge user guide.
"""

from typing import Any

import orjson

from minixdr.normalize.aws.athena_struct import parse_struct
from minixdr.normalize.source import Shape
from minixdr.schema.record import JsonObject

_NAMES = (
    "eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userAgent", "errorCode",
    "errorMessage", "requestParameters", "responseElements", "additionalEventData", "requestID", "eventID", "readOnly", "eventType",
    "apiVersion", "managementEvent", "recipientAccountId", "resources", "serviceEventDetails", "sharedEventID", "vpcEndpointId",
    "vpcEndpointAccountId", "eventCategory", "insightDetails", "tlsDetails", "sessionCredentialFromConsole", "edgeDeviceDetails", "addendum",
    "eventContext",
)  # fmt: skip
_LOWER = {name.lower(): name for name in _NAMES}
_IDENTITY = {
    name.lower(): name
    for name in (
        "type", "principalId", "arn", "accountId", "accessKeyId", "userName", "invokedBy", "sessionContext", "identityProvider",
        "credentialId", "onBehalfOf", "inScopeOf", "sessionIssuer", "webIdFederationData", "attributes", "creationDate", "mfaAuthenticated",
        "ec2RoleDelivery", "sourceIdentity",
    )
}  # fmt: skip
_COLUMNS = {
    "Event name": "eventName", "Event source": "eventSource", "Event time": "eventTime", "Event ID": "eventID",
    "AWS region": "awsRegion", "Source IP address": "sourceIPAddress", "Error code": "errorCode", "Request ID": "requestID",
    "Read-only": "readOnly", "User name": "userIdentity.userName", "AWS access key": "userIdentity.accessKeyId",
    "Event type": "eventType", "User agent": "userAgent", "Event category": "eventCategory", "Recipient account ID": "recipientAccountId",
    "Event Name": "eventName", "Event Source": "eventSource", "Event DateTime": "eventTime", "Event Time": "eventTime",
    "Source IP": "sourceIPAddress", "Request User Agent": "userAgent", "Event Type": "eventType", "AWS Region": "awsRegion",
    "Request Parameters": "requestParameters",
}  # fmt: skip
"""Column -> field."""
_OBJECTS = ("userIdentity", "requestParameters", "responseElements", "additionalEventData", "serviceEventDetails")
_EVENT_TYPE = "Aws"
_LONGEST = 1_048_576
"""Bytes of a record in a text; CloudTrail's own records end at 256 KB."""


def _is_record(body: JsonObject) -> bool:
    if "detail-type" in body:
        return False
    kind = body.get("eventType")
    if isinstance(kind, str) and kind.startswith(_EVENT_TYPE):
        return "eventName" in body or "insightDetails" in body or "eventSource" in body
    if "eventName" not in body or "insertId" in body:
        return False
    source = body.get("eventSource")
    if isinstance(source, str):
        return source.endswith(".amazonaws.com") or ("userIdentity" in body and "awsRegion" in body)
    return "awsRegion" in body and ("userIdentity" in body or "recipientAccountId" in body or "eventID" in body)


def _is_lower_case(body: JsonObject) -> bool:
    return "eventname" in body and "eventsource" in body and "awsregion" in body


def _is_eventbridge(body: JsonObject) -> bool:
    detail = body.get("detail")
    return "detail-type" in body and isinstance(detail, dict) and _is_record(detail)


def _is_enclosed(body: JsonObject) -> bool:
    return _enclosed(body) is not None


def _enclosed(body: JsonObject) -> str | None:
    """Return the record's text that the body carries: the CLI's, Filebeat's `event.original`, Splunk's `_raw`."""
    text = body.get("CloudTrailEvent")
    if isinstance(text, str):
        return text
    for holder, name in ((body.get("event"), "original"), (body.get("result"), "_raw"), (body, "_raw")):
        text = holder.get(name) if isinstance(holder, dict) else None
        if isinstance(text, str) and text.startswith("{") and '"eventSource"' in text and '"awsRegion"' in text:
            return text
    return None


def _is_table(body: JsonObject) -> bool:
    return ("Event name" in body and "Event source" in body and "Event ID" in body) or (
        "Event Name" in body and "Event ID" in body and str(body.get("Event Type")).startswith(_EVENT_TYPE)
    )


def _named(node: Any, names: dict[str, str]) -> Any:
    if not isinstance(node, dict):
        return node
    return {names.get(key, key): value for key, value in node.items()}


def _lower_case(body: JsonObject) -> JsonObject:
    fields: JsonObject = _decoded(_named(body, _LOWER))
    identity = fields.get("userIdentity")
    if isinstance(identity, str):
        identity = parse_struct(identity)
    identity = _named(identity, _IDENTITY)
    if isinstance(identity, dict):
        session = identity["sessionContext"] = _named(identity.get("sessionContext"), _IDENTITY)
        for part in ("sessionIssuer", "attributes"):
            if isinstance(session, dict):
                session[part] = _named(session.get(part), _IDENTITY)
        fields["userIdentity"] = identity
    return fields


def _decoded(fields: JsonObject) -> JsonObject:
    """Return the fields with objects where a table has their JSON text."""
    for name in _OBJECTS:
        text = fields.get(name)
        if isinstance(text, str) and text.startswith("{"):
            found = _object(text)
            if found is not None:
                fields[name] = found
    return fields


def _object(text: str) -> JsonObject | None:
    if len(text) > _LONGEST:
        return None
    try:
        found = orjson.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _eventbridge(body: JsonObject) -> JsonObject:
    detail = body.get("detail")
    return detail if isinstance(detail, dict) else {}


def _unenclosed(body: JsonObject) -> JsonObject:
    text = _enclosed(body)
    return (_object(text) or {}) if text is not None else {}


def _table(body: JsonObject) -> JsonObject:
    fields: JsonObject = {}
    identity: JsonObject = {}
    for column, value in body.items():
        name = _COLUMNS.get(column, column)
        if name.startswith("userIdentity."):
            identity[name.partition(".")[2]] = value
        else:
            fields[name] = value
    if identity:
        fields["userIdentity"] = identity
    return _decoded(fields)


_FIELD_NAMES = {"src_ip": "sourceIPAddress"}
SHAPES = (
    Shape("record", _is_record, None, _FIELD_NAMES),
    Shape("lower_case", _is_lower_case, _lower_case),
    Shape("eventbridge", _is_eventbridge, _eventbridge),
    Shape("enclosed", _is_enclosed, _unenclosed),
    Shape("table", _is_table, _table),
)


def fields_of(body: JsonObject) -> JsonObject:
    """Return a record's fields under CloudTrail's own names, empty where no shape fits."""
    for shape in SHAPES:
        if shape.fits(body):
            return body if shape.fields is None else dict(shape.fields(body))
    return body
