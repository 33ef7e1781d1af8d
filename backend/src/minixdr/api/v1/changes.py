"""`/changes`: what happens to incidents and findings, as server-sent events (WHATWG HTML, 9.2)."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import Header, Query, Request
from fastapi.responses import StreamingResponse

from minixdr.api.auth import require
from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.problem import FieldError, ProblemError
from minixdr.api.routes import noun, operation
from minixdr.app.follow import follow
from minixdr.ports.database import DatabaseAwayError
from minixdr.ports.stores.changes import Change, ChangePosition
from minixdr.schema.role import Role

router = noun("changes")
_BEAT_SECONDS = 15.0
_RETRY_MILLISECONDS = 2_000
_MOST_STREAMS = 500
"""Of this process: each holds a connection and asks the database when something happens."""
_MOST_OF_ONE = 200
"""Of one organization: the others are not to wait for it."""
_POSITION = re.compile(r"([0-9]{1,18})-([0-9]{1,19})\Z")
_DESCRIPTION = """\
An endless stream of `text/event-stream`. Each event has an `id`, the topic as `event`, and JSON as `data`:

- `incident.created`, `incident.changed`, `incident.merged`: `incident_id`, `number`, `version`, `title`, `severity`, `state`
- `incident.commented`: `incident_id`, `comment_id`; `incident.decided`: `decision_id`, `kind`, `undone`
- `mention.created`: `user_id` of the person who was named, `incident_id`, `comment_id`
- `finding.created`: `finding_id`, `rule_id`, `title`, `level`, `source`, `state`, `time`; `finding.changed`: `finding_id`, `verdict`
- `reset`: the stream begins here. What was before is not told: read the lists again

A client that comes back with the last `id` as `Last-Event-ID` (browsers do so by themselves) goes on where it was. Every 15 seconds a comment line
keeps the connection open. The stream ends when the session or token does. A change may be told twice after a reconnect, never not at all."""


_EVENT = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("id", "event", "data")},
    "required": ["id", "event", "data"],
}


@router.get(
    "/changes",
    response_class=StreamingResponse,
    **operation(
        "streamChanges",
        "Follow incidents and findings",
        least=Role.VIEWER,
        description=_DESCRIPTION,
        responses={
            200: {"content": {"text/event-stream": {"schema": _EVENT}}, "description": "The stream, event by event."}
        },
    ),
)
async def stream_changes(
    request: Request,
    caller: CallerDep,
    platform: PlatformDep,
    last_event_id: Annotated[str | None, Header(max_length=40, description="The last `id` seen.")] = None,
    after: Annotated[
        str | None, Query(max_length=40, description="The same, for clients that cannot set the header.")
    ] = None,
) -> StreamingResponse:
    """Return the stream."""
    since = _position(last_event_id or after)
    streams = _streams(request)
    mine = caller.organization_id
    if streams.total() >= _MOST_STREAMS or streams[mine] >= _MOST_OF_ONE:
        raise ProblemError(
            503,
            "too-many-streams",
            "This server follows as many streams as it can. Try again.",
            headers={"Retry-After": "30"},
        )

    def stopping() -> bool:
        return bool(request.app.state.draining)

    async def allowed() -> bool:
        try:
            await require(request, Role.VIEWER)
        except ProblemError:
            return False
        except DatabaseAwayError:
            return True  # it cannot be asked now; nothing is told either until it can
        return bool(request.state.caller.organization_id == caller.organization_id)

    async def lines() -> AsyncIterator[bytes]:
        streams[mine] += 1
        try:
            yield b"retry: %d\n\n" % _RETRY_MILLISECONDS
            async for told in follow(
                platform, caller.scope, since, beat_seconds=_BEAT_SECONDS, allowed=allowed, stopping=stopping
            ):
                if told is None:
                    yield b": still here\n\n"
                elif isinstance(told, ChangePosition):
                    yield _event(told, "reset", b"{}")
                else:
                    yield b"".join(_told(change) for change in told)
        finally:
            streams[mine] -= 1

    return StreamingResponse(lines(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


def _streams(request: Request) -> Counter[UUID]:
    """Return how many streams of each organization the process serves now."""
    state = request.app.state
    if not hasattr(state, "streams"):
        state.streams = Counter()
    counted: Counter[UUID] = state.streams
    return counted


def _position(text: str | None) -> ChangePosition | None:
    if not text:
        return None
    found = _POSITION.match(text)
    if found is None or int(found[2]) >= 1 << 63:
        detail = "Not an id of this stream: leave it out, and read the lists again."
        raise ProblemError(
            400, "bad-position", detail, errors=[FieldError(pointer="header/Last-Event-ID", detail=detail)]
        )
    return ChangePosition(int(found[1]), int(found[2]))


def _told(change: Change) -> bytes:
    return _event(change.position, change.topic, msgspec.json.encode(change.payload))


def _event(position: ChangePosition, topic: str, data: bytes) -> bytes:
    return f"id: {position.transaction_id}-{position.seq}\nevent: {topic}\ndata: ".encode() + data + b"\n\n"
