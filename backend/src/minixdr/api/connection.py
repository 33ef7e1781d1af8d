"""A connection whose request's head (request line and headers) is bounded, in size and in time, and how many requests wait on it.

uvicorn's parser takes heads of any size at any pace, and as many requests as come before the first is answered: one connection could fill the memory,
a few thousand idle ones keep everybody else out. Bodies are bounded where they are read; what still comes of one after its answer is not waited for
for ever.
"""

from asyncio import Transport
from asyncio.events import TimerHandle

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES = 64 << 10
"""Ten times what browsers and forwarders send."""
HEAD_SECONDS = 20.0
"""From the connection, or a request's first byte, to the end of its head."""
REST_SECONDS = 20.0
"""From an answer to the end of the body that it did not wait for; to hang up at once would lose the answer to who still sends."""
MOST_WAITING = 64
"""Requests that wait for their turn on one connection. Clients that send the next before they have the answer (few do) send some."""
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class TooManyWaitingError(Exception):
    """More requests than may wait: uvicorn answers 400 and closes the connection."""


class BoundedConnection(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 connection, with those bounds."""

    _head_bytes = 0
    _waiting: TimerHandle | None = None
    _rest: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._end_of_head()
        self._end_of_body()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came. What is read at once is bounded by the event loop (256 KiB)."""
        if self._waiting is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._waiting is not None and self._head_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        """Begin to read a request's head. Raises TooManyWaitingError."""
        if len(self.pipeline) >= MOST_WAITING:
            raise TooManyWaitingError
        super().on_message_begin()
        self._wait_for_head()

    def on_headers_complete(self) -> None:
        """Serve the request."""
        self._end_of_head()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that the request is there, body and all."""
        self._end_of_body()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on with the next request; where the one that was answered still sends, begin to wait for its end."""
        if self.cycle is not None and self.cycle.response_complete and self.cycle.more_body and self._rest is None:
            self._rest = self.loop.call_later(REST_SECONDS, self._too_late)
        super().on_response_complete()

    def _end_of_body(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None

    def _wait_for_head(self) -> None:
        if self._waiting is None:
            self._head_bytes = 0
            self._waiting = self.loop.call_later(HEAD_SECONDS, self._too_late)

    def _end_of_head(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _too_late(self) -> None:
        self._waiting = None
        self.transport.close()
