"""The syslog listeners of a process: started with it, stopped with it."""

import asyncio
import os
from contextlib import AsyncExitStack

import structlog

from minixdr.app.ingest_tokens import IngestTokens
from minixdr.app.platform import Platform
from minixdr.workers.syslog.certificate import Certificate, CertificateError
from minixdr.workers.syslog.counts import Counts
from minixdr.workers.syslog.datagrams import Datagrams, bound_socket, kernel_drops
from minixdr.workers.syslog.options import SyslogOptions
from minixdr.workers.syslog.outbox import Outbox
from minixdr.workers.syslog.senders import sender_of
from minixdr.workers.syslog.streams import Streams

DRAIN_SECONDS = 10.0
"""For senders to leave and messages to reach the log: container platforms kill after 30."""
_LOOK_SECONDS = 10.0
"""Between two looks at the certificate's files and the kernel's drops."""
_HANDSHAKE_SECONDS = 10.0
_BACKLOG = 512
_ACCEPT_SECONDS = 0.05
"""For connections that the kernel made already to be accepted, before listening ends."""

_log = structlog.get_logger(__name__)


class SyslogError(Exception):
    """The listeners cannot start; the message says which and what to do."""


class Syslog:
    """Running listeners. Made by `start_syslog`."""

    def __init__(self, platform: Platform, tokens: IngestTokens, options: SyslogOptions) -> None:
        self._options = options
        self._counts = Counts(platform.metrics)
        self._outbox = Outbox(platform.log, sender_of(tokens, platform.now), platform.now, self._counts)
        self._streams = Streams(self._outbox, options, self._counts)
        self._servers: list[asyncio.Server] = []
        self._datagrams: asyncio.DatagramTransport | None = None
        self._inode = 0
        self._drops = 0
        self._certificate: Certificate | None = None
        self._looking: asyncio.Task[None] | None = None
        self.ports: dict[str, int] = {}
        """Port by `tcp`, `tls`, `udp`: which one it became where any free one was asked for."""

    async def start(self) -> None:
        """Open the ports. Raises SyslogError; nothing is open then."""
        async with AsyncExitStack() as undo:
            undo.push_async_callback(self.stop, 0.0)
            if self._options.tcp_port is not None:
                await self._listen("tcp", self._options.tcp_port, None)
            if self._options.tls_port is not None:
                await self._listen("tls", self._options.tls_port, self._read_certificate())
            if self._options.udp_port is not None:
                await self._receive(self._options.udp_port)
            undo.pop_all()
        self._looking = asyncio.get_running_loop().create_task(self._look())
        _log.info("syslog_listened", host=self._options.host, **self.ports)

    async def stop(self, drain_seconds: float = DRAIN_SECONDS) -> None:
        """Stop listening, let senders leave, keep what they sent."""
        if self._looking is not None:
            self._looking.cancel()
        if self._datagrams is not None:
            self._datagrams.close()
            self._look_at_drops()
        if self._servers:
            await asyncio.sleep(_ACCEPT_SECONDS)
        for server in self._servers:
            server.close()
        await self._streams.stop(drain_seconds)
        lost = await self._outbox.drain(drain_seconds)
        if lost:
            self._counts.lost("stopped", lost, "all", "the log took nothing until this process had to end")

    def _read_certificate(self) -> Certificate:
        certificate, key = self._options.certificate, self._options.key
        if certificate is None or key is None:
            raise SyslogError("syslog over TLS needs MINIXDR_SYSLOG_TLS_CERTIFICATE and MINIXDR_SYSLOG_TLS_KEY")
        try:
            self._certificate = Certificate(certificate, key)
        except CertificateError as error:
            raise SyslogError(f"syslog over TLS: {error}") from error
        return self._certificate

    async def _listen(self, name: str, port: int, certificate: Certificate | None) -> None:
        try:
            server = await asyncio.get_running_loop().create_server(
                self._streams.connection,
                self._options.host,
                port,
                ssl=None if certificate is None else certificate.context,
                ssl_handshake_timeout=None if certificate is None else _HANDSHAKE_SECONDS,
                backlog=_BACKLOG,
            )
        except OSError as error:
            raise SyslogError(_cannot(name, self._options.host, port, error)) from error
        self._servers.append(server)
        self.ports[name] = server.sockets[0].getsockname()[1]

    async def _receive(self, port: int) -> None:
        try:
            own = bound_socket(self._options.host, port)
        except OSError as error:
            raise SyslogError(_cannot("udp", self._options.host, port, error)) from error
        self._inode = os.fstat(own.fileno()).st_ino
        self.ports["udp"] = own.getsockname()[1]
        self._datagrams, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: Datagrams(self._outbox, self._options, self._counts), sock=own
        )

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            self.look()

    def look(self) -> None:
        """See whether the certificate changed and whether the kernel dropped datagrams."""
        if self._certificate is not None:
            try:
                if self._certificate.renew():
                    _log.info("syslog_certificate_was_renewed")
            except CertificateError as error:
                self._counts.say("tls", "syslog_certificate_was_not_renewed", why=str(error))
        if self._datagrams is not None:
            self._look_at_drops()

    def _look_at_drops(self) -> None:
        drops = kernel_drops(self._inode) or self._drops
        if drops > self._drops:
            why = "datagrams come faster than they are read; a larger net.core.rmem_max, or TCP, helps"
            self._counts.lost("kernel", drops - self._drops, "all", why)
            self._drops = drops


async def start_syslog(platform: Platform, tokens: IngestTokens, options: SyslogOptions) -> Syslog:
    """Return the running listeners; none where no port is asked for. Raises SyslogError."""
    syslog = Syslog(platform, tokens, options)
    await syslog.start()
    return syslog


def _cannot(name: str, host: str, port: int, error: OSError) -> str:
    setting = f"MINIXDR_SYSLOG_{name.upper()}_PORT"
    return f"syslog cannot listen on {name} {host}:{port}: {error.strerror or error}; set {setting} to another port, or to 0 for none"
