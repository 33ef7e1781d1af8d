"""Splunk's HTTP Event Collector: `/services/collector`, with acknowledgement.

Source: Splunk Enterprise 9, "HTTP Event Collector REST API endpoints", "About HTTP Event Collector Indexer Acknowledgment", and its error codes.
A request is taken whole or not at all, and answered when its records are on disk; an acknowledgement id given is true from then on.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from minixdr.api.doors.access import Denial, DeniedError
from minixdr.api.doors.acknowledgements import Acknowledgements
from minixdr.api.doors.admission import BusyError
from minixdr.api.doors.attempt import Attempt, Fault, Serve, endpoint, retry_after
from minixdr.api.doors.body import MOST_BODY_BYTES
from minixdr.api.doors.gate import Gate, Sender
from minixdr.api.doors.health import LogHealth
from minixdr.ingest.doors import native
from minixdr.ingest.doors.entries import host_name, too_long
from minixdr.ingest.doors.hec import Fault as BodyFault
from minixdr.ingest.doors.hec import Refused, decode_events, read_time
from minixdr.ingest.doors.inflate import BadBodyError, TooLargeError, UnknownEncodingError

DOOR = "hec"
_CHANNEL = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\Z")
_MOST_QUERIED = 10_000
_DENIALS = {
    Denial.MISSING: (2, 401, "Token is required"),
    Denial.MALFORMED: (3, 401, "Invalid authorization"),
    Denial.UNKNOWN: (4, 403, "Invalid token"),
    Denial.OTHER_KIND: (4, 403, "Invalid token"),
    Denial.CLOSED: (1, 403, "Token disabled"),
    Denial.OTHER_DOOR: (1, 403, "Token disabled"),
}
_BUSY = (9, 503, "Server is busy")
_TOO_LARGE = (27, 413, "Request entity too large")
_ENCODING = (6, 415, "Content-Encoding is not supported: send gzip or none")
_NO_CHANNEL = (10, 400, "Data channel is missing")
_BAD_CHANNEL = (11, 400, "Invalid data channel")
_NO_ACKNOWLEDGEMENT = (14, 400, "ACK is disabled")
_NO_QUERY_TOKENS = (16, 400, "Query string authorization is not enabled")
_HEALTHY = (17, 200, "HEC is healthy")
_UNHEALTHY = (18, 503, "HEC is unhealthy, queues are full")


class _Answer(Exception):  # noqa: N818 - it ends the request with this answer
    def __init__(self, code: tuple[int, int, str], number: int | None = None) -> None:
        super().__init__(code[2])
        self.code = code
        self.number = number


class _Query(msgspec.Struct):
    acks: list[int]


_QUERY = msgspec.json.Decoder(_Query)


def routes(gate: Gate, health: LogHealth) -> list[BaseRoute]:
    """Return the door's routes."""
    door = _Door(gate, health)
    event, raw, acknowledged = (
        endpoint(gate, DOOR, _answered(serve), _fail) for serve in (door.event, door.raw, door.acknowledged)
    )
    table = (("", event), ("/event", event), ("/raw", raw), ("/ack", acknowledged))
    posts = [(path, serve, "POST") for path, serve in table]
    return [
        Route(f"/services/collector{path}{version}", serve, methods=[method], include_in_schema=False)
        for path, serve, method in [*posts, ("/health", door.healthy, "GET")]
        for version in ("", "/1.0")
    ]


def _answered(serve: Serve) -> Serve:
    """Return what serves the request, or says in the protocol's words why it was not taken."""

    async def answer(attempt: Attempt) -> Response:
        try:
            return await serve(attempt)
        except _Answer as answer:
            attempt.refuse()
            return _say(answer.code, number=answer.number)
        except Refused as refused:
            attempt.refuse()
            return _say(refused.fault.value, number=refused.number)

    return answer


class _Door:
    def __init__(self, gate: Gate, health: LogHealth) -> None:
        self._gate = gate
        self._health = health
        self._acknowledgements = Acknowledgements()

    async def event(self, attempt: Attempt) -> Response:
        """Take objects one after the other."""
        return await self._taken(attempt, self._take_events)

    async def raw(self, attempt: Attempt) -> Response:
        """Take a text: lines, or whatever a file may hold."""
        return await self._taken(attempt, self._take_raw)

    async def acknowledged(self, attempt: Attempt) -> Response:
        """Say which acknowledgement ids are true."""
        if not attempt.token.hec_ack:
            raise _Answer(_NO_ACKNOWLEDGEMENT)
        channel = _channel(attempt)
        numbers = _queried(await attempt.body())
        return _json({"acks": self._acknowledgements.query(attempt.token.id, channel, numbers)})

    async def healthy(self, _: Request) -> Response:
        """Say whether records are taken."""
        return _say(_HEALTHY if await self._health.takes() else _UNHEALTHY)

    async def _taken(self, attempt: Attempt, take: Callable[[Attempt], Awaitable[None]]) -> Response:
        channel = _channel(attempt) if attempt.token.hec_ack else None
        await take(attempt)
        attempt.accept()
        content: dict[str, Any] = {"text": "Success", "code": 0}
        if channel is not None:
            content["ackId"] = self._acknowledgements.give(attempt.token.id, channel)
        return _json(content)

    async def _take_events(self, attempt: Attempt) -> None:
        entries = await attempt.decode(decode_events, await attempt.body())
        if (number := too_long(entries.raws)) is not None:
            raise _Answer(_TOO_LARGE, number)
        await self._gate.keep(Sender.of(attempt.token, DOOR), entries)

    async def _take_raw(self, attempt: Attempt) -> None:
        query = attempt.request.query_params
        try:
            time = read_time(query["time"]) if query.get("time") else None
        except ValueError:
            raise _Answer(BodyFault.INVALID_DATA.value) from None
        host = host_name(query.get("host"))
        sender = Sender.of(attempt.token, DOOR, source=self._gate.source_named(query.get("sourcetype")))
        body = await attempt.body()
        try:
            decoded = await attempt.decode(
                native.decode, body, DOOR, most_bytes=MOST_BODY_BYTES, grow=attempt.load.grow
            )
        except native.UnreadableError:
            raise _Answer(BodyFault.INVALID_DATA.value) from None
        if (
            decoded.rejected
        ):  # the protocol knows no part of a request: as lines all of it is kept, and the receipt tells the rest
            entries = native.lines(body, time, host)
            if too_long(entries.raws) is not None:
                raise _Answer(_TOO_LARGE)
            await self._gate.keep(sender, entries)
        elif decoded.issues:
            raise _Answer(BodyFault.INVALID_DATA.value)
        elif not decoded.batches:
            raise _Answer(BodyFault.NO_DATA.value)
        else:
            await self._gate.keep_decoded(sender, decoded.batches, time=time, host=host)


def _queried(body: bytes) -> list[int]:
    """Return the ids that are asked for. Raises _Answer."""
    try:
        numbers = _QUERY.decode(body).acks
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        numbers = []
    if not 0 < len(numbers) <= _MOST_QUERIED:
        raise _Answer(BodyFault.INVALID_DATA.value)
    return numbers


def _channel(attempt: Attempt) -> str:
    """Return the channel that the request names. Raises _Answer."""
    request = attempt.request
    channel = request.headers.get("x-splunk-request-channel") or request.query_params.get("channel")
    if not channel:
        raise _Answer(_NO_CHANNEL)
    if not _CHANNEL.match(channel):
        raise _Answer(_BAD_CHANNEL)
    return channel.lower()


def _fail(request: Request, fault: Fault) -> Response:
    match fault:
        case DeniedError(denial=Denial.MISSING) if "token" in request.query_params:
            return _say(_NO_QUERY_TOKENS)
        case DeniedError():
            return _say(_DENIALS[fault.denial])
        case BusyError():
            return _say(_BUSY, headers=retry_after(fault))
        case TooLargeError():
            return _say(_TOO_LARGE)
        case UnknownEncodingError():
            return _say(_ENCODING)
        case BadBodyError():
            return _say(BodyFault.INVALID_DATA.value)


def _say(code: tuple[int, int, str], *, number: int | None = None, headers: dict[str, str] | None = None) -> Response:
    content: dict[str, Any] = {"text": code[2], "code": code[0]}
    if number is not None:
        content["invalid-event-number"] = number
    return _json(content, code[1], headers)


def _json(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), status, headers, "application/json")
