"""The columns of the lake's one table of events: which attribute is where.

An OCSF attribute that sources often set and hunts often ask for has a column of its own, named by its path with `_` for each dot
(`actor.user.name` -> `actor_user_name`: Athena allows no dots in names). All other attributes are in `attributes`, one JSON object by path.
What a record held and no attribute took is in `unmapped`, a JSON object by the record's own names.

Adding a line to `_PROMOTED` adds a column: the table takes it up at the next start, and files of before read as NULL there, though `attributes`
of those files may hold the value: who reads both takes the column, else the JSON.
"""

from enum import Enum
from typing import NamedTuple

from minixdr.schema.ocsf.kinds import KINDS


class ColumnKind(Enum):
    """What a column holds."""

    TEXT = "text"
    WHOLE = "whole"
    """Whole numbers of 64 bits. OCSF's times in attributes are such: milliseconds since 1970."""
    FLAG = "flag"
    TIME = "time"
    """Microseconds, UTC."""
    TEXTS = "texts"
    """A list, one item for each element of the array the path goes through; items may be NULL."""
    WHOLES = "wholes"
    BYTES = "bytes"


class Column(NamedTuple):
    """A column."""

    name: str
    kind: ColumnKind
    attribute: str | None
    """OCSF attribute path, None for what the platform says of a record."""
    doc: str
    required: bool = False


_FIXED = (
    Column("event_id", ColumnKind.TEXT, None, "32 hex digits: the same record again has the same", required=True),
    Column("organization_id", ColumnKind.TEXT, None, "Whose it is", required=True),
    Column("time", ColumnKind.TIME, None, "When it happened", required=True),
    Column("time_known", ColumnKind.FLAG, None, "False: the record says no time, `time` is the protocol's or when it was received"),
    Column("received_at", ColumnKind.TIME, None, "When a door took it", required=True),
    Column("source", ColumnKind.TEXT, None, "Name of the log source: aws_cloudtrail", required=True),
    Column("class_uid", ColumnKind.WHOLE, "class_uid", "OCSF class", required=True),
    Column("batch_id", ColumnKind.TEXT, None, "The batch it came with; its receipt says how", required=True),
    Column("origin", ColumnKind.TEXT, None, "Where the sender had it: s3://bucket/key, a path, a host"),
    Column("record", ColumnKind.WHOLE, None, "1-based position in the origin"),
    Column("format", ColumnKind.TEXT, None, "Name of the format that decoded it: json"),
    Column("entities", ColumnKind.TEXTS, None, "`type:value` of everyone and everything that acted or was acted on: user:alice"),
    Column("attributes", ColumnKind.TEXT, None, "JSON object: the attributes without a column of their own, by path"),
    Column("unmapped", ColumnKind.TEXT, None, "JSON object: what no attribute took, by the record's own names"),
    Column("doubts", ColumnKind.TEXT, None, "JSON array of [attribute, reason]: what is not to be acted on"),
    Column("body", ColumnKind.TEXT, None, "JSON object: what the format decoded, where raw does not say it by itself (a row of a CSV)"),
    Column("raw", ColumnKind.TEXT, None, "The record as it arrived; with U+FFFD where it is no UTF-8"),
    Column("raw_bytes", ColumnKind.BYTES, None, "The record as it arrived, where it is no UTF-8"),
)  # fmt: skip

_PROMOTED = """
activity_id activity_name category_uid type_uid severity_id status status_id status_code status_detail message
count duration is_alert action_id disposition_id
metadata.product.name metadata.product.vendor_name metadata.version metadata.log_name metadata.log_provider metadata.event_code metadata.uid
metadata.correlation_uid metadata.logged_time
actor.user.name actor.user.domain actor.user.uid actor.user.uid_alt actor.user.type actor.user.type_id actor.user.email_addr
actor.user.credential_uid actor.user.account.uid
actor.session.uid actor.session.uid_alt actor.session.issuer actor.session.is_mfa actor.invoked_by
actor.process.name actor.process.pid actor.process.uid actor.process.cmd_line actor.process.file.path actor.process.file.name
actor.process.file.type_id
user.name user.domain user.uid user.email_addr user.credential_uid session.uid session.uid_alt
device.hostname device.ip device.uid device.type_id device.instance_uid device.os.name device.os.type_id
src_endpoint.ip src_endpoint.port src_endpoint.hostname src_endpoint.instance_uid
dst_endpoint.ip dst_endpoint.port dst_endpoint.hostname dst_endpoint.instance_uid
connection_info.uid connection_info.direction_id connection_info.protocol_name app_protocol_name
traffic.bytes traffic.bytes_in traffic.bytes_out traffic.packets_in traffic.packets_out
process.name process.pid process.uid process.cmd_line process.file.path process.file.name process.file.type_id process.file.hashes.value[]
process.user.name process.user.domain process.parent_process.name process.parent_process.pid process.parent_process.uid
process.parent_process.cmd_line process.parent_process.file.path
file.path file.name file.type_id file.size file.hashes.value[]
module.file.path module.file.name module.file.type_id module.file.hashes.value[] module.file.hashes.algorithm_id[]
reg_key.path reg_value.path reg_value.name reg_value.data script.type_id script.script_content.value win_resource.name win_resource.type_id
service.name share app_name actual_permissions access_mask logon_type_id auth_protocol auth_protocol_id command is_remote
api.operation api.service.name api.request.uid api.response.error api.response.error_message cloud.provider cloud.region cloud.account.uid
resource.uid resources.uid[] resources.type[] container.uid
http_request.http_method http_request.user_agent http_request.url.hostname http_request.url.path http_request.url.url_string
http_response.code url.url_string
query.hostname query.type rcode rcode_id answers.rdata[] tls.sni tls.version tls.cipher tls.ja3_hash.value
finding_info.uid finding_info.title finding_info.analytic.name
"""
_KIND_OF_TYPE = {"boolean_t": ColumnKind.FLAG, "integer_t": ColumnKind.WHOLE, "long_t": ColumnKind.WHOLE,
                 "port_t": ColumnKind.WHOLE, "timestamp_t": ColumnKind.WHOLE}  # fmt: skip
_LIST_OF = {ColumnKind.TEXT: ColumnKind.TEXTS, ColumnKind.WHOLE: ColumnKind.WHOLES}


def _promoted(written: str) -> Column:
    attribute = written.removesuffix("[]")
    kind = _KIND_OF_TYPE.get(KINDS.get(attribute.rpartition(".")[2], ""), ColumnKind.TEXT)
    return Column(
        attribute.replace(".", "_"), _LIST_OF[kind] if written.endswith("[]") else kind, attribute, f"OCSF {attribute}"
    )


COLUMNS: tuple[Column, ...] = _FIXED + tuple(_promoted(written) for written in _PROMOTED.split())
"""All columns, in the table's order."""
BY_NAME = {column.name: column for column in COLUMNS}
BY_ATTRIBUTE = {column.attribute: column for column in COLUMNS if column.attribute is not None}
"""Attribute path -> its column. What is not here is in `attributes`."""
