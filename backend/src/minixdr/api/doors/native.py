"""The platform's own door: `POST /api/ingest`.

In: JSON lines, a JSON array, lines of text, or a file of any format that ingest reads, gzip, zstd or plain; or records that `minixdr ingest` read
(`ingest/doors/batch_codec.py`). Headers: `X-Minixdr-Source` names the log source, `X-Minixdr-Format` the format (else both are recognised),
`X-Minixdr-Origin` what receipts are grouped by. Out: `{"received": n, "batches": [ids]}` once all of it is on disk; records that cannot be read are
not received, and named in `issues`.
"""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from minixdr.api.doors.access import Denial, DeniedError
from minixdr.api.doors.admission import BusyError
from minixdr.api.doors.attempt import Attempt, Fault, endpoint, retry_after
from minixdr.api.doors.body import MOST_BODY_BYTES
from minixdr.api.doors.gate import Gate, Sender
from minixdr.api.problem import ProblemError, respond
from minixdr.ingest.doors import batch_codec, native
from minixdr.ingest.doors.inflate import BadBodyError, TooLargeError, UnknownEncodingError
from minixdr.ingest.recognition import formats
from minixdr.schema.record import Issue

DOOR = "native"
PATH = "/api/ingest"
_MOST_ORIGIN_CHARACTERS = 1_024
_UNAUTHENTICATED = {"WWW-Authenticate": 'Bearer realm="minixdr"'}


def routes(gate: Gate) -> list[BaseRoute]:
    """Return the door's route."""
    serve = endpoint(gate, DOOR, _Door(gate).take, _fail)
    return [Route(PATH, serve, methods=["POST"], include_in_schema=False)]


class _Door:
    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def take(self, attempt: Attempt) -> Response:
        """Take a body."""
        try:
            content = await self._take(attempt)
        except ProblemError as problem:
            attempt.refuse()
            return respond(attempt.request, problem)
        attempt.accept()
        return Response(orjson.dumps(content), media_type="application/json")

    async def _take(self, attempt: Attempt) -> dict[str, Any]:
        headers = attempt.request.headers
        source, format_name = headers.get("x-minixdr-source"), headers.get("x-minixdr-format")
        if source is not None and source not in self._gate.source_names:
            raise _bad(f"X-Minixdr-Source names no log source. There are: {', '.join(sorted(self._gate.source_names))}")
        if format_name is not None and format_name not in formats():
            raise _bad(f"X-Minixdr-Format names no format. There are: {', '.join(formats())}")
        sender = Sender.of(attempt.token, DOOR, origin=_origin(headers.get("x-minixdr-origin")), source=source)
        body = await attempt.body()
        decoded = await self._decode(attempt, body, sender.origin, format_name)
        batches = await self._gate.keep_decoded(sender, decoded.batches)
        content: dict[str, Any] = {"received": decoded.records, "batches": batches}
        if decoded.issues:
            content["rejected"] = decoded.rejected
            content["issues"] = [_named(issue) for issue in decoded.issues]
        return content

    async def _decode(self, attempt: Attempt, body: bytes, origin: str, format_name: str | None) -> native.Decoded:
        media_type = attempt.request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type == batch_codec.MEDIA_TYPE:
            try:
                batch = await attempt.decode(batch_codec.decode, body)
            except batch_codec.BadBatch as reason:
                raise _bad(str(reason)) from None
            if batch.source is not None and batch.source not in self._gate.source_names:
                raise _bad("source names no log source of this version")
            return native.Decoded([piece for piece in batch_codec.pieces(batch) if not isinstance(piece, Issue)])
        try:
            return await attempt.decode(
                native.decode,
                body,
                origin,
                format_name=format_name,
                most_bytes=MOST_BODY_BYTES,
                grow=attempt.load.grow,
            )
        except native.UnreadableError as reason:
            raise _bad(str(reason)) from None


def _origin(value: str | None) -> str | None:
    if value is not None and not (0 < len(value) <= _MOST_ORIGIN_CHARACTERS and value.isprintable()):
        raise _bad(f"X-Minixdr-Origin takes 1 to {_MOST_ORIGIN_CHARACTERS:,} printable characters")
    return value


def _named(issue: Issue) -> dict[str, Any]:
    """Return the issue as JSON: `record` is the 1-based number, absent where the body itself is meant."""
    content: dict[str, Any] = {"kind": issue.kind, "reason": issue.reason}
    if issue.number is not None:
        content["record"] = issue.number
    if issue.last is not None:
        content["last_record"] = issue.last
    return content


def _bad(detail: str) -> ProblemError:
    return ProblemError(400, "bad-request", detail)


def _fail(request: Request, fault: Fault) -> JSONResponse:
    match fault:
        case DeniedError(denial=Denial.OTHER_DOOR):
            problem = ProblemError(403, "forbidden", str(fault))
        case DeniedError():
            problem = ProblemError(401, "unauthenticated", str(fault), headers=_UNAUTHENTICATED)
        case BusyError():
            problem = ProblemError(503, "busy", f"{fault}: send it again", headers=retry_after(fault))
        case TooLargeError():
            problem = ProblemError(413, "body-too-large", str(fault))
        case UnknownEncodingError():
            problem = ProblemError(
                415, "unsupported-media-type", str(fault), headers={"Accept-Encoding": "gzip, zstd, deflate"}
            )
        case BadBodyError():
            problem = _bad(str(fault))
    return respond(request, problem)
