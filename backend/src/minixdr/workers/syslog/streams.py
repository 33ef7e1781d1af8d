"""Syslog over TCP and TLS: one object a connection.

TCP has no acknowledgement of its own: what a sender wrote and this process did not read when it was killed is lost, and the sender does not know.
So little is held: a connection is read on when its messages are on disk. A process that is asked to stop says so (a FIN, which senders
see before they write again) and reads on until they left.
"""

import asyncio
import os
import socket
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from minixdr.ingest.doors.syslog_frames import Frames
from minixdr.ingest.doors.syslog_token import take_token
from minixdr.workers.syslog.counts import Counts
from minixdr.workers.syslog.options import UNIDENTIFIED, SyslogOptions, TokenRefusedError, token_for
from minixdr.workers.syslog.outbox import Outbox

MOST_CONNECTIONS = 2_000
MOST_OF_A_PEER = 500
"""So that no peer takes all; a relay needs one, hosts behind one address one each."""
_PAUSE_BYTES = 512 << 10
"""Of messages that are not on disk yet, one connection: one batch on its way, the next one full."""
_PAUSE_ALL_BYTES = 64 << 20
"""The same, all connections."""
_QUIET_SECONDS = 2.0
"""After its FIN, a connection on which nothing came for so long is closed: its sender is idle, and will see the FIN before it writes."""


class Streams:
    """All connections."""

    def __init__(self, outbox: Outbox, options: SyslogOptions, counts: Counts) -> None:
        self.outbox = outbox
        self.options = options
        self.counts = counts
        self.open: set[Connection] = set()
        self.held_bytes = 0
        self._of_peer: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()

    def connection(self) -> "Connection":
        """Return the protocol of a new connection."""
        return Connection(self)

    def refusal(self, peer: str) -> str | None:
        """Return why there is no room for one more of this peer's, None where there is."""
        if len(self.open) >= MOST_CONNECTIONS:
            return f"{MOST_CONNECTIONS:,} are open"
        return f"{MOST_OF_A_PEER:,} of this peer's are open" if self._of_peer[peer] >= MOST_OF_A_PEER else None

    def start(self, connection: "Connection") -> None:
        """Work for a connection until it ends."""
        self.open.add(connection)
        self._of_peer[connection.peer] += 1
        self.counts.connections.set(len(self.open))
        task = asyncio.get_running_loop().create_task(connection.work())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def ended(self, connection: "Connection") -> None:
        """Forget a connection."""
        self.open.discard(connection)
        self._of_peer[connection.peer] -= 1
        if not self._of_peer[connection.peer]:
            del self._of_peer[connection.peer]
        self.counts.connections.set(len(self.open))

    def resume(self) -> None:
        """Read on where there is room again."""
        if self.held_bytes < _PAUSE_ALL_BYTES:
            for connection in self.open:
                connection.resume()

    async def stop(self, timeout_seconds: float) -> None:
        """Let the senders go, and return when all that they sent is on disk, or the time is over."""
        for connection in list(self.open):
            connection.say_goodbye()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=timeout_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


class Connection(asyncio.Protocol):
    """One sender's. Its bytes are framed as they come, so that what came before an error is kept."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._frames = Frames()
        self._messages: list[bytes] = []
        self._held_bytes = 0
        self._wake = asyncio.Event()
        self._ended = self._paused = self._leaving = False
        self._came_at = 0.0
        self._transport: asyncio.Transport | None = None
        self.peer = ""
        """Its address."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, unless there are too many."""
        self._transport = made = cast("asyncio.Transport", transport)  # uvloop's is one in all but name
        self.peer = str((transport.get_extra_info("peername") or ("",))[0])
        refusal = self._streams.refusal(self.peer)
        if refusal is not None:
            self._streams.counts.say(self.peer, "syslog_connection_was_refused", why=refusal)
            made.abort()
            return
        with _socket_of(made) as own:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._streams.start(self)

    def data_received(self, data: bytes) -> None:
        """Take messages out of the bytes; stop reading where too much waits."""
        self._came_at = asyncio.get_running_loop().time()
        self._take(self._frames.feed(data))
        if self._held_bytes >= _PAUSE_BYTES or self._streams.held_bytes >= _PAUSE_ALL_BYTES:
            self._paused = True
            self._transport_now.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Take what is left."""
        self._take(self._frames.end())
        self._ended = True
        self._wake.set()

    def resume(self) -> None:
        """Read on, where reading was stopped and there is room."""
        if self._paused and self._held_bytes < _PAUSE_BYTES and not self._ended:
            self._paused = False
            self._transport_now.resume_reading()

    def say_goodbye(self) -> None:
        """Tell the sender that nobody will answer; go on reading. Without TLS's own goodbye: senders look for the FIN alone."""
        self._leaving = True
        self._came_at = asyncio.get_running_loop().time()
        self._wake.set()
        try:
            with _socket_of(self._transport_now) as own:
                own.shutdown(socket.SHUT_WR)
        except OSError:  # it is gone already
            return

    async def work(self) -> None:
        """Bring messages to the log until the connection ended."""
        try:
            while not self._ended or self._messages:
                await self._wait()
                messages, self._messages = self._messages, []
                if messages:
                    await self._deliver(messages)
        finally:
            self._streams.ended(self)
            self._streams.counts.framing(self._frames.counts, self.peer)
            self._streams.held_bytes -= self._held_bytes
            if self._messages:
                self._streams.counts.lost(
                    "stopped", len(self._messages), self.peer, "the log took nothing until this process had to end"
                )
            self._transport_now.close()

    async def _wait(self) -> None:
        if not self._leaving:
            await self._wake.wait()
        else:
            left = self._came_at + _QUIET_SECONDS - asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout(max(left, 0.01)):
                    await self._wake.wait()
            except TimeoutError:
                if not self._messages and self._came_at + _QUIET_SECONDS <= asyncio.get_running_loop().time():
                    self._transport_now.abort()  # `connection_lost` follows
        self._wake.clear()

    async def _deliver(self, messages: list[bytes]) -> None:
        by_token: dict[str | None, list[bytes]] = defaultdict(list)
        size = sum(map(len, messages))
        for message in messages:
            without, token = take_token(message)
            by_token[token].append(without)
        default = token_for(self.peer, self._streams.options)
        results = await asyncio.gather(*[self._keep(token or default, part) for token, part in by_token.items()])
        self._held_bytes -= size
        self._streams.held_bytes -= size
        self._streams.counts.framing(self._frames.counts, self.peer)
        if any(results):
            self._streams.resume()
        else:
            self._transport_now.close()  # a sender of which nothing is taken keeps the rest

    async def _keep(self, token: str | None, messages: list[bytes]) -> bool:
        """Return whether the messages were taken."""
        why = UNIDENTIFIED
        if token is not None:
            try:
                await self._streams.outbox.deliver(token, self.peer, messages)
            except TokenRefusedError as refused:
                why = str(refused)
            else:
                return True
        self._streams.counts.lost("refused", len(messages), self.peer, why)
        return False

    def _take(self, messages: list[bytes]) -> None:
        if messages:
            size = sum(map(len, messages))
            self._held_bytes += size
            self._streams.held_bytes += size
            self._messages.extend(messages)
            self._wake.set()

    @property
    def _transport_now(self) -> asyncio.Transport:
        if self._transport is None:
            raise RuntimeError("not connected")
        return self._transport


@contextmanager
def _socket_of(transport: asyncio.Transport) -> Iterator[socket.socket]:
    """Give a socket of our own over the transport's: event loops differ in what theirs can do."""
    own = socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno()))
    try:
        yield own
    finally:
        own.close()
