"""One request at a door, up to its answer: let in, read, counted. What the protocols share; how they say it is theirs."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from minixdr.api.doors.access import DeniedError, identify
from minixdr.api.doors.admission import BusyError, Load
from minixdr.api.doors.body import SMALL_BYTES, read_body
from minixdr.api.doors.gate import Gate
from minixdr.ingest.doors.inflate import BadBodyError, TooLargeError, UnknownEncodingError
from minixdr.ports.database import DatabaseAwayError
from minixdr.ports.stores.access import ApiToken

T = TypeVar("T")
Fault = DeniedError | BusyError | BadBodyError | TooLargeError | UnknownEncodingError
"""What may befall a request at any door."""
_DATABASE_RETRY_SECONDS = 2.0


class Attempt:
    """A request that was let in."""

    def __init__(self, request: Request, gate: Gate, door: str, token: ApiToken, load: Load) -> None:
        self.request = request
        self.gate = gate
        self.door = door
        self.token = token
        self.load = load

    async def body(self) -> bytes:
        """Return the body. Raises Fault."""
        return await read_body(self.request, self.load)

    async def decode(self, decoder: Callable[..., T], body: bytes, *arguments: Any, **options: Any) -> T:
        """Return what the decoder gives; a large body is decoded in a thread."""
        if len(body) < SMALL_BYTES:
            return decoder(body, *arguments, **options)
        return await asyncio.to_thread(decoder, body, *arguments, **options)

    def refuse(self) -> None:
        """Count the request as malformed."""
        self.gate.platform.metrics.door_answers.labels(self.door, "malformed").inc()

    def accept(self) -> None:
        """Count the request as accepted."""
        self.gate.platform.metrics.door_answers.labels(self.door, "accepted").inc()


@dataclass(frozen=True, slots=True)
class _Named:
    """What the log and the metrics call a request."""

    operation_id: str


Serve = Callable[[Attempt], Awaitable[Response]]


def endpoint(
    gate: Gate, door: str, serve: Serve, fail: Callable[[Request, Fault], Response]
) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint: lets the request in, serves it, and lets the protocol say what befell it."""
    answers = gate.platform.metrics.door_answers
    named = _Named(f"door:{door}")

    async def answer(request: Request) -> Response:
        request.scope["route"] = named
        try:
            try:
                token = await identify(request, door, gate.tokens, gate.platform)
            except DatabaseAwayError as error:
                raise BusyError("tokens cannot be looked up at this moment", _DATABASE_RETRY_SECONDS) from error
            with gate.admission.load(token.organization_id) as load:
                return await serve(Attempt(request, gate, door, token, load))
        except DeniedError as error:
            answers.labels(door, "refused").inc()
            return fail(request, error)
        except BusyError as error:
            answers.labels(door, "busy").inc()
            return fail(request, error)
        except (BadBodyError, TooLargeError, UnknownEncodingError) as error:
            answers.labels(door, "malformed").inc()
            return fail(request, error)

    return answer


def retry_after(error: BusyError) -> dict[str, str]:
    """Return the header that says when to come back."""
    return {"Retry-After": str(max(1, round(error.retry_after_seconds)))}
