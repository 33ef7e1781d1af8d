"""Objects that only wrap records, and how they are told from records that hold a list.

Sources: AWS CloudTrail log files and S3 events ("Records"), Azure Monitor in Event Hubs ("records"), CloudWatch Logs subscriptions
("logEvents") and filter-log-events ("events" of messages), CloudTrail lookup-events ("Events" with "CloudTrailEvent"), Microsoft Graph and
OData ("value"), Kubernetes and Google API lists ("items"), GuardDuty and Security Hub get-findings ("Findings"), Elasticsearch searches
("hits") and dumps ("_source"), Splunk exports ("result"), Docker's json-file driver ("log").

An object is a wrapper where it has such a list of objects and beside it only what pages and counts lists: a Google Workspace activity has
"events", but also an actor, so it is a record. What the outer object says (log group, page, kind) is dropped.
"""

from enum import Enum
from typing import Any

import msgspec

_WHATEVER_ELSE = frozenset({"Records", "logEvents"})
_LIST_NAMES = "records value items events Events findings Findings logs results entries data hits log_events auditLogs"
_COMPANION_NAMES = """
    nextToken NextToken next_token nextPageToken next_page_token nextLink next next_page previous prev cursor pagination paging page per_page
    pageInfo page_size limit offset count Count total total_count totalCount totalResults total_results size has_more hasMore more kind
    apiVersion metadata etag took timed_out _shards _scroll_id max_score status success ok error errors message code schema version meta
    links _links self response_metadata ResponseMetadata searchedLogStreams statistics queryId encryptionKey @odata.context
    @odata.nextLink @odata.count @odata.deltaLink messageType owner logGroup logStream subscriptionFilters
"""
LISTS = _WHATEVER_ELSE | frozenset(_LIST_NAMES.split())
COMPANIONS = LISTS | frozenset(_COMPANION_NAMES.split())
_NESTED = "hits"
"""Elasticsearch has its list inside an object of the same name."""


class Inside(Enum):
    """What the elements of a list, or an envelope, are."""

    RECORD = "the element itself"
    MESSAGE = "a text under `message`"
    CLOUDTRAIL = "a JSON text under `CloudTrailEvent`"
    SOURCE = "the object under `_source`"
    RESULT = "the object under `result`"
    LOG = "a text under `log`"


class _Source(msgspec.Struct):
    inner: msgspec.Raw = msgspec.field(name="_source")


class _Result(msgspec.Struct):
    inner: msgspec.Raw = msgspec.field(name="result")


_RAW: dict[Inside, msgspec.json.Decoder[_Source] | msgspec.json.Decoder[_Result]] = {
    Inside.SOURCE: msgspec.json.Decoder(_Source),
    Inside.RESULT: msgspec.json.Decoder(_Result),
}
_TEXT = {Inside.MESSAGE: "message", Inside.CLOUDTRAIL: "CloudTrailEvent", Inside.LOG: "log"}


def list_name(body: dict[str, Any]) -> str | None:
    """Return the name of the list that the object wraps, None where it is a record."""
    for name in LISTS.intersection(body):
        value = body[name]
        if name == _NESTED and isinstance(value, dict):
            value = value.get(_NESTED)
        if isinstance(value, list) and (not value or isinstance(value[0], dict)):
            if name in _WHATEVER_ELSE and value:
                return name
            if COMPANIONS.issuperset(body) and (value or len(body) > 1 or name in _WHATEVER_ELSE):
                return name
    return None


def may_open(name: str, before: list[str]) -> bool:
    """Return whether the list of this name, behind members of these names, is what an object wraps: for objects too large to be seen whole."""
    return name in _WHATEVER_ELSE or (name in LISTS and COMPANIONS.issuperset(before))


def element_kind(body: dict[str, Any]) -> Inside:
    """Return what an element of a wrapped list holds."""
    if isinstance(body.get("message"), str) and ("timestamp" in body or "ingestionTime" in body) and len(body) <= 6:  # noqa: PLR2004 - id, stream ...
        return (
            Inside.MESSAGE if {"id", "ingestionTime", "logStreamName", "eventId"}.intersection(body) else Inside.RECORD
        )
    if isinstance(body.get("CloudTrailEvent"), str):
        return Inside.CLOUDTRAIL
    return envelope_kind(body)


def envelope_kind(body: dict[str, Any]) -> Inside:
    """Return what an object holds that stands alone."""
    if "_source" in body and "_index" in body and isinstance(body["_source"], dict):
        return Inside.SOURCE
    if "result" in body and "preview" in body and isinstance(body["result"], dict):
        return Inside.RESULT
    if "log" in body and "stream" in body and isinstance(body["log"], str) and len(body) <= 4:  # noqa: PLR2004 - time, attrs
        return Inside.LOG
    return Inside.RECORD


def inner(kind: Inside, raw: bytes, body: dict[str, Any]) -> bytes:
    """Return the bytes of what an element or envelope of this kind holds."""
    if (name := _TEXT.get(kind)) is not None:
        text: str = body[name]
        return text.encode("utf-8", "surrogatepass").rstrip(b"\r\n")
    decoder = _RAW.get(kind)
    if decoder is None:
        return raw
    try:
        return bytes(decoder.decode(raw).inner)
    except msgspec.MsgspecError:
        return raw  # NaN and other things that only a lenient parser takes
