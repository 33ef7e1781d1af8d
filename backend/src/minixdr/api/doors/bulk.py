"""Elasticsearch's bulk API, and the few addresses that shippers ask before they send.

Source: Elasticsearch 9 API reference ("Bulk index or delete documents", "Create a document", errors); what elasticsearch-py, opensearch-py,
Filebeat, Vector, Fluent Bit, rsyslog (omelasticsearch) and syslog-ng send. This is a door, no Elasticsearch: documents become records, whatever the
index; there is nothing to search, and templates, pipelines and lifecycle policies are answered 404, `not supported`. The header `X-Elastic-Product`
and a version are said because clients refuse a server without them.

Mounted at `/` and `/elastic`, for clients that take an address with or without a path.
"""

import base64
from hashlib import blake2b
from typing import Any, cast
from urllib.parse import quote

import orjson
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from minixdr.api.doors.access import Denial, DeniedError
from minixdr.api.doors.admission import BusyError
from minixdr.api.doors.attempt import Attempt, Fault, endpoint, retry_after
from minixdr.api.doors.gate import Gate, Sender
from minixdr.api.doors.health import LogHealth
from minixdr.ingest.doors.bulk import BadBulkError, Item, decode, take
from minixdr.ingest.doors.entries import Entries
from minixdr.ingest.doors.inflate import BadBodyError, TooLargeError, UnknownEncodingError

DOOR = "bulk"
PREFIXES = ("", "/elastic")
_SPOKEN_VERSION = "8.19.0"
"""Of the bulk API. Filebeat and Vector choose by it how to send."""
_HEADERS = {"X-Elastic-Product": "Elasticsearch"}
_FOR_PEOPLE = """\
Mini-XDR {version} runs here. It has no pages; programs ask it:

  /api/v1/openapi.json   what can be asked, and how
  /api/v1/session        sign in (POST), who is signed in (GET)
  /api/v1/incidents      what was found
  /readyz                whether all parts work

The folder docs/how-to of the checkout says the rest: use-the-api.md, send-logs/, hunt.md.
"""
_ID_BYTES = 15
_UNSUPPORTED = (404, "resource_not_found_exception", "not supported: this is a door for logs, not Elasticsearch")
_ASKED_FOR = ("_index_template", "_component_template", "_ingest/pipeline", "_ilm/policy", "_template", "_data_stream")


def routes(gate: Gate, health: LogHealth) -> list[BaseRoute]:
    """Return the door's routes."""
    door = _Door(gate, health)

    def served(serve: Any) -> Any:
        return endpoint(gate, DOOR, serve, _fail)

    about = served(door.about)

    async def front(request: Request) -> Response:
        """Tell a person's browser where things are; clients bring a token and ask for JSON."""
        if "authorization" not in request.headers and "text/html" in request.headers.get("accept", ""):
            return PlainTextResponse(_FOR_PEOPLE.format(version=gate.platform.version))
        return cast("Response", await about(request))

    table: list[tuple[str, Any, list[str]]] = [
        ("/_bulk", served(door.bulk), ["POST", "PUT"]),
        ("/{index}/_bulk", served(door.bulk), ["POST", "PUT"]),
        ("/{index}/_doc", served(door.document), ["POST"]),
        ("/{index}/_doc/{id}", served(door.document), ["POST", "PUT"]),
        ("/{index}/_create/{id}", served(door.document), ["POST", "PUT"]),
        ("/", front, ["GET"]),
        ("/_cluster/health", served(door.health), ["GET"]),
        ("/_cat/health", served(door.health_line), ["GET"]),
    ]
    unsupported = served(door.unsupported)
    table += [(f"/{name}/{{name:path}}", unsupported, ["GET", "PUT", "POST", "DELETE"]) for name in _ASKED_FOR]
    return [
        Route(prefix + path, serve, methods=methods, include_in_schema=False)
        for prefix in PREFIXES
        for path, serve, methods in table
    ]


class _Door:
    def __init__(self, gate: Gate, health: LogHealth) -> None:
        self._gate = gate
        self._health = health

    async def bulk(self, attempt: Attempt) -> Response:
        """Take actions and documents."""
        body = await attempt.body()
        try:
            entries, items = await attempt.decode(decode, body, attempt.request.path_params.get("index"))
        except BadBulkError as reason:
            attempt.refuse()
            return _error(400, "illegal_argument_exception", str(reason))
        await self._gate.keep(Sender.of(attempt.token, DOOR), entries)
        attempt.accept()
        raws = iter(entries.raws)
        answers = [{item.operation: _answer_of(item, raws)} for item in items]
        errors = any(item.reason is not None for item in items)
        return _json({"took": 0, "errors": errors, "items": answers})

    async def document(self, attempt: Attempt) -> Response:
        """Take one document."""
        parameters = attempt.request.path_params
        entries = Entries()
        body = await attempt.body()
        if (reason := take(body, entries)) is not None:
            attempt.refuse()
            return _error(400, "document_parsing_exception", reason)
        await self._gate.keep(Sender.of(attempt.token, DOOR), entries)
        attempt.accept()
        item = Item("index", parameters["index"], parameters.get("id"))
        answer = _answer_of(item, iter(entries.raws))
        location = quote(f"/{answer['_index']}/_doc/{answer['_id']}")
        return _json(answer, 201, {"Location": location})

    async def about(self, _: Attempt) -> Response:
        """Say what this is."""
        version = {"number": _SPOKEN_VERSION, "build_flavor": "default", "minimum_wire_compatibility_version": "7.17.0"}
        return _json(
            {
                "name": "minixdr",
                "cluster_name": "minixdr",
                "cluster_uuid": "minixdr",
                "version": version,
                "tagline": f"Mini-XDR {self._gate.platform.version}: a door for the bulk API, not Elasticsearch",
            }
        )

    async def health(self, _: Attempt) -> Response:
        """Say whether records are taken."""
        takes = await self._health.takes()
        return _json(
            {"cluster_name": "minixdr", "status": "green" if takes else "red", "timed_out": False},
            200 if takes else 503,
        )

    async def health_line(self, _: Attempt) -> Response:
        """Say it as `_cat` does."""
        takes = await self._health.takes()
        line = f"minixdr {'green' if takes else 'red'}\n"
        return Response(line, 200 if takes else 503, _HEADERS, "text/plain")

    async def unsupported(self, _: Attempt) -> Response:
        """Say that templates and the like are not supported."""
        return _error(*_UNSUPPORTED)


def _answer_of(item: Item, raws: Any) -> dict[str, Any]:
    """Return what became of an item; `raws` gives the records of those that were taken, in order."""
    if item.reason is not None:
        error = {"type": "document_parsing_exception", "reason": item.reason}
        return {"_index": item.index, "_id": item.document_id, "status": 400, "error": error}
    raw = next(raws)
    return {
        "_index": item.index,
        "_id": item.document_id if item.document_id is not None else _id_of(raw),
        "_version": 1,
        "result": "created",
        "_shards": {"total": 1, "successful": 1, "failed": 0},
        "status": 201,
    }


def _id_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(blake2b(raw, digest_size=_ID_BYTES).digest()).decode()


def _fail(_: Request, fault: Fault) -> Response:
    match fault:
        case DeniedError(denial=Denial.OTHER_DOOR):
            return _error(403, "security_exception", str(fault))
        case DeniedError():
            return _error(401, "security_exception", str(fault), {"WWW-Authenticate": "ApiKey"})
        case BusyError():
            return _error(429, "es_rejected_execution_exception", f"{fault}: send it again", retry_after(fault))
        case TooLargeError():
            return _error(413, "content_too_long_exception", str(fault))
        case UnknownEncodingError():
            return _error(415, "illegal_argument_exception", str(fault))
        case BadBodyError():
            return _error(400, "parse_exception", str(fault))


def _error(status: int, kind: str, reason: str, headers: dict[str, str] | None = None) -> Response:
    cause = {"type": kind, "reason": reason}
    return _json({"error": {"root_cause": [cause], **cause}, "status": status}, status, headers)


def _json(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), status, _HEADERS | (headers or {}), "application/json")
