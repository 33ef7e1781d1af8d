"""Amazon S3 server access log lines -> their fields.

Source: S3 user guide, `Amazon S3 server access log format` (26 columns). S3 writes request, referrer and user agent as the
client sent them, quotes too. So where a line has more columns than there are, or a signature version or authentication type
is none, a quote of the client's has moved the columns from the request on: they are left out, those before them hold.
"""

import re
from typing import Any

from minixdr.normalize.aws.text_line import columns
from minixdr.schema.record import JsonObject

_LINE = re.compile(r"(?:[0-9a-f]{64}|-) [a-z0-9.-]{3,63} \[\d{2}/[A-Z][a-z]{2}/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4}\] ")
_COLUMNS = (
    "bucketowner", "bucket", "time", "remoteip", "requester", "requestid", "operation", "key", "requesturi", "httpstatus", "errorcode",
    "bytessent", "objectsize", "totaltime", "turnaroundtime", "referrer", "useragent", "versionid", "hostid", "signatureversion",
    "ciphersuite", "authenticationtype", "hostheader", "tlsversion", "accesspointarn", "aclrequired",
)  # fmt: skip
_BEFORE_CLIENT_TEXT = 8
"""Columns before the request: a key is URL-encoded, so these cannot be moved."""
_FEWEST = 18
_SIGNATURE, _AUTHENTICATION = 19, 21
_SIGNATURES = frozenset({"SigV2", "SigV4", "SigV4A", "-"})
_AUTHENTICATIONS = frozenset({"AuthHeader", "QueryString", "-"})
_STATUS = re.compile(r"\d{3}\Z|-\Z")
_OPERATION = re.compile(r"(?:[A-Z][A-Z0-9]*\.){1,3}[A-Z_0-9]+\Z")
_ALIASES = {
    "bucket_name": "bucket", "requestdatetime": "time", "request_uri": "requesturi", "status": "httpstatus", "referer": "referrer",
    "request_uri_operation": "operation", "sigv": "signatureversion", "authtype": "authenticationtype", "hostname": "hostheader",
}  # fmt: skip


def is_line(line: str) -> bool:
    """Return whether the line begins as S3's do: owner, bucket, time in brackets."""
    return _LINE.match(line) is not None


def is_columns(body: JsonObject) -> bool:
    """Return whether the body has these logs' columns by name."""
    if "bucketowner" in body:
        return "bucket" in body or "bucket_name" in body
    return "requester" in body and ("bucket" in body or "bucket_name" in body)


def parse_columns(body: JsonObject) -> dict[str, Any]:
    """Return a row under the names above."""
    named = ((name.lower(), value) for name, value in body.items() if value not in ("-", ""))
    return {_ALIASES.get(name, name): value for name, value in named}


def parse_line(line: str) -> dict[str, Any]:
    """Return the line's columns by name; `doubt-request` says why the client's columns are left out."""
    values = columns(line)
    fields = {name: value for name, value in zip(_COLUMNS, values[:_BEFORE_CLIENT_TEXT], strict=False) if value != "-"}
    rest = values[_BEFORE_CLIENT_TEXT:]
    if _doubtful(values):
        fields["doubt-request"] = " ".join(rest)
        return fields
    fields.update({n: v for n, v in zip(_COLUMNS[_BEFORE_CLIENT_TEXT:], rest, strict=False) if v != "-"})
    return fields


def _doubtful(values: list[str]) -> bool:
    if not _FEWEST <= len(values) <= len(_COLUMNS):
        return True
    if len(values) > _SIGNATURE and values[_SIGNATURE] not in _SIGNATURES:
        return True
    if len(values) > _AUTHENTICATION and values[_AUTHENTICATION] not in _AUTHENTICATIONS:
        return True
    return _STATUS.match(values[9]) is None or _OPERATION.match(values[6]) is None
