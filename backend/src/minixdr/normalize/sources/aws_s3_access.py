"""Amazon S3 server access logs: who read, wrote or listed what in a bucket.

Attributes: OCSF API Activity; columns in `normalize/aws/s3_line.py`. The requester is the identity that S3 checked, absent
where the request was anonymous. Delivery is best effort: a missing line proves nothing. Referrer, user agent and request are
the client's.
"""

from typing import Any

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.aws.balancer_line import line_of
from minixdr.normalize.aws.cloud import put_cloud
from minixdr.normalize.aws.s3_line import is_columns, is_line, parse_columns, parse_line
from minixdr.normalize.draft import Draft
from minixdr.normalize.source import Routing, Shape, Source
from minixdr.normalize.values import put_address, text, whole
from minixdr.normalize.web.request import put_method, put_status, put_url, target_fields
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import JsonObject, Record

_NAME = "aws_s3_access"
_API = 6003
_ACTIVITIES = {"GET": 2, "HEAD": 2, "OPTIONS": 2, "PUT": 3, "POST": 3, "COPY": 1, "DELETE": 4, "EXPIRE": 4}
_OTHER = 99
_OBJECT_ARN = "arn:aws:s3:::{}"


def _parsed(body: JsonObject) -> dict[str, Any]:
    return parse_columns(body) if is_columns(body) else parse_line(line_of(body))


def _parts(fields: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
    """Return method, target and protocol of the request."""
    words = (text(fields.get("requesturi")) or "").split(" ")
    if len(words) < 2:  # noqa: PLR2004 - a method and a target
        return None, None, None
    version = words[-1] if words[-1].startswith("HTTP/") else None
    return words[0], " ".join(words[1:-1] if version else words[1:]), version


def _fields(body: JsonObject) -> dict[str, Any]:
    """Return the columns, and the names that rules of the category webserver use."""
    fields = _parsed(body)
    method, target, _ = _parts(fields)
    host = text(fields.get("hostheader"))
    fields.update(target_fields(target, host, "https"))
    fields["cs-method"] = method
    fields["c-ip"] = fields["src_ip"] = fields.get("remoteip")
    fields["cs-host"] = fields["r-dns"] = host
    fields["cs-user-agent"] = fields["c-useragent"] = fields.get("useragent")
    fields["cs-referer"] = fields["cs-referrer"] = fields.get("referrer")
    fields["sc-status"] = whole(fields.get("httpstatus"))
    return fields


def _normalize(record: Record) -> Event:
    fields = _parsed(record.body)
    draft = Draft(record, _NAME, fields)
    put_cloud(draft, "Amazon S3")
    draft.put("metadata.product.feature.name", "Server Access Logs")
    operation = text(draft.take("operation"))
    draft.put("api.operation", operation)
    draft.put("api.service.name", "s3.amazonaws.com")
    draft.put("api.request.uid", text(draft.take("requestid")))
    put_address(draft, "src_endpoint", draft.take("remoteip"))
    _put_requester(draft)
    _put_resources(draft)
    _put_request(draft, fields)
    draft.put("api.response.error", text(draft.take("errorcode")))
    parts = (operation or "").split(".")
    verb = next((part for part in parts if part in _ACTIVITIES), "")
    return draft.event(_API, _ACTIVITIES.get(verb, _OTHER), parse_time(draft.take("time")))


def _put_requester(draft: Draft) -> None:
    requester = text(draft.take("requester"))
    draft.put("actor.user.uid", requester)
    if requester is not None and ":assumed-role/" in requester:
        draft.put("actor.session.uid", requester)
    elif requester is not None and ":user/" in requester:
        draft.put("actor.user.name", requester.rpartition("/")[2])
    draft.put("actor.user.type_id", 0 if requester is None else 99)
    draft.put("actor.user.type", None if requester is None else "AWS principal")


def _put_resources(draft: Draft) -> None:
    bucket, key = text(draft.take("bucket")), text(draft.take("key"))
    if bucket is None:
        return
    found = [(_OBJECT_ARN.format(bucket), "AWS::S3::Bucket")]
    if key is not None:
        found.append((_OBJECT_ARN.format(f"{bucket}/{key}"), "AWS::S3::Object"))
    draft.put("resources.uid", [uid for uid, _ in found])
    draft.put("resources.type", [kind for _, kind in found])
    draft.take("bucketowner")


def _put_request(draft: Draft, fields: dict[str, Any]) -> None:
    if "doubt-request" in fields:
        draft.doubt(
            "http_request.url.path", "the columns behind the request are moved: a quote in them is the client's"
        )
        return
    method, target, version = _parts(fields)
    draft.take("requesturi")
    put_method(draft, method)
    draft.put("http_request.version", version)
    put_url(
        draft, "http_request.url", target, text(draft.take("hostheader")), "https" if fields.get("tlsversion") else None
    )
    draft.put("http_request.user_agent", text(draft.take("useragent")))
    draft.put("http_request.referrer", text(draft.take("referrer")))
    put_status(draft, whole(draft.take("httpstatus")))
    draft.put("http_response.body_length", whole(draft.take("bytessent")))
    draft.put("duration", whole(draft.take("totaltime")))


def _log_sources(_key: tuple[object, ...]) -> tuple[LogSource, ...]:
    return (LogSource("webserver", "aws", "s3"), LogSource(None, "aws", "s3_access"))


SOURCE = Source(
    name=_NAME,
    title="Amazon S3 server access logs",
    formats=frozenset({"text", "csv", "json"}),
    shapes=(Shape("line", lambda body: is_line(line_of(body)), _fields), Shape("columns", is_columns, _fields)),
    routing=Routing((), _log_sources),
    normalize=_normalize,
)
