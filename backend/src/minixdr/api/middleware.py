"""Around every request: an id, a line in the log, numbers, security headers, a time limit, and an answer whatever happens.

Plain ASGI, so that streams pass through untouched. The id is the trace's where the client sends a `traceparent` (W3C Trace Context), else a new one.
"""

import asyncio
import re
import secrets
import time
from collections.abc import Callable

import structlog
from fastapi import Request
from opentelemetry import trace
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from minixdr.api.problem import ProblemError, respond, unexpected
from minixdr.app.metrics import Metrics

MOST_BODY_BYTES = 1 << 20
"""Of a request to `/api/v1`."""
_LARGER_BODIES = {"/api/v1/indicator-imports": 12 << 20}
"""A list of 100,000 digests has 7 MB."""
_LOG = structlog.get_logger("minixdr.api")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}\Z")
_QUIET = frozenset({"/livez", "/readyz", "/startupz"})
"""Asked every second by whoever keeps the process alive: in the log only where the answer is no."""
_HEADERS = (
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
)
_HSTS = ("strict-transport-security", "max-age=31536000")
_LEAST_ERROR = 500
_DOOR_SECONDS = 300.0
"""64 MiB of records over a line of 2 Mbit/s."""


class Around:
    """The outermost part of the application."""

    def __init__(
        self, app: ASGIApp, *, metrics: Metrics, https: bool, timeout_seconds: float, draining: Callable[[], bool]
    ) -> None:
        self.app = app
        self._metrics = metrics
        self._headers = (*_HEADERS, _HSTS) if https else _HEADERS
        self._timeout_seconds = timeout_seconds
        self._draining = draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        if scope.get("query_string"):
            trace.get_current_span().set_attribute(
                "url.query", "REDACTED"
            )  # what people look for is nobody else's to read
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        answer = _Answer(send, self._headers, request_id, close=self._draining())
        began = time.perf_counter()
        try:
            await self._serve(scope, receive, answer)
        finally:
            self._account(scope, answer, time.perf_counter() - began)

    async def _serve(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        try:
            async with asyncio.timeout(self._timeout_of(scope["path"])) as limit:
                answer.limit = limit
                await self.app(scope, _bounded(scope, receive), answer.send)
        except TimeoutError as error:
            if answer.status is not None or not limit.expired():
                await self._fail(scope, receive, answer, error)
                return
            problem = ProblemError(
                503, "timeout", "It took too long. Ask for less, or try again.", headers={"Retry-After": "5"}
            )
            answer.limit = None
            await respond(Request(scope), problem)(scope, receive, answer.send)
        except Exception as error:  # noqa: BLE001 - the API's last handler: it logs, counts and answers
            await self._fail(scope, receive, answer, error)

    def _timeout_of(self, path: str) -> float:
        return self._timeout_seconds if path.startswith("/api/v1/") else max(self._timeout_seconds, _DOOR_SECONDS)

    async def _fail(self, scope: Scope, receive: Receive, answer: "_Answer", error: Exception) -> None:
        _LOG.error("request_failed", method=scope["method"], route=_route(scope), exc_info=error)
        if answer.status is None:
            answer.limit = None
            await unexpected(Request(scope))(scope, receive, answer.send)
            return
        raise error  # half an answer is sent: the connection must end, so that nobody takes it for a whole one

    def _account(self, scope: Scope, answer: "_Answer", seconds: float) -> None:
        status, route = answer.status or _LEAST_ERROR, _route(scope)
        self._metrics.requests.labels(
            scope["method"] if scope["method"] in _METHODS else "other", route, str(status)
        ).inc()
        self._metrics.request_seconds.labels(route).observe(seconds)
        if (scope["path"] in _QUIET or route == "none") and status < _LEAST_ERROR:
            return  # of a door (it has no operation) receipts and metrics tell
        client = scope.get("client")
        _LOG.info(
            "request_was_served",
            method=scope["method"][:20],
            route=route,
            status=status,
            seconds=round(seconds, 4),
            address=client[0] if client else None,
        )


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class _Answer:
    """Sends a response, with our headers, and knows how far it came."""

    def __init__(self, send: Send, headers: tuple[tuple[str, str], ...], request_id: str, *, close: bool) -> None:
        self._send = send
        self._headers = headers
        self._request_id = request_id
        self._close = close
        self.status: int | None = None
        self.limit: asyncio.Timeout | None = None
        """Holds until the answer begins."""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in self._headers:
                headers.setdefault(name, value)
            headers["x-request-id"] = self._request_id
            if self._close:
                headers["connection"] = "close"
            if self.limit is not None:
                self.limit.reschedule(None)  # what has begun to answer may stream on
        await self._send(message)


def _bounded(scope: Scope, receive: Receive) -> Receive:
    """Return what gives the request's body up to the bound of the API. The doors have bounds of their own."""
    if not scope["path"].startswith("/api/v1/"):
        return receive
    size_bytes, most = 0, _LARGER_BODIES.get(scope["path"], MOST_BODY_BYTES)

    async def bounded() -> Message:
        nonlocal size_bytes
        if size_bytes == 0 and _announced_bytes(scope) > most:
            raise HTTPException(413)
        message = await receive()
        size_bytes += len(message.get("body", b""))
        if size_bytes > most:
            raise HTTPException(413)
        return message

    return bounded


def _announced_bytes(scope: Scope) -> int:
    text = Headers(scope=scope).get("content-length", "0")
    return int(text) if text.isascii() and text.isdecimal() else 0


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"traceparent":
            found = _TRACEPARENT.match(value.decode("latin-1"))
            if found and found[1].strip("0"):
                return found[1]
    return secrets.token_hex(16)


def _route(scope: Scope) -> str:
    """Return the operation, not the address: numbers and logs must not grow with what strangers type."""
    route = scope.get("route")
    return getattr(route, "operation_id", None) or getattr(route, "path", None) or "none"
