"""Syslog over UDP (RFC 5426): a message a datagram. Nothing tells a sender to wait, so what was lost is counted.

The kernel drops datagrams that come faster than they are read; Linux says how many in /proc/net/udp. Elsewhere it is not known.
"""

import asyncio
import socket
from pathlib import Path

from minixdr.ingest.doors.syslog_frames import LONGEST_MESSAGE_BYTES, FrameCounts
from minixdr.ingest.doors.syslog_token import take_token
from minixdr.workers.syslog.counts import Counts
from minixdr.workers.syslog.options import UNIDENTIFIED, SyslogOptions, token_for
from minixdr.workers.syslog.outbox import Outbox

RECEIVE_BYTES = 16 << 20
"""Asked of the kernel, which gives as much as net.core.rmem_max allows: some 10,000 messages while this process does something else."""
_TABLES = (Path("/proc/net/udp"), Path("/proc/net/udp6"))
_INODE, _DROPS = 9, 12
"""Columns of the table."""


class Datagrams(asyncio.DatagramProtocol):
    """Takes datagrams."""

    def __init__(self, outbox: Outbox, options: SyslogOptions, counts: Counts) -> None:
        self._outbox = outbox
        self._options = options
        self._counts = counts

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Take a message, where there is a token and room for it."""
        peer = addr[0]
        if len(data) > LONGEST_MESSAGE_BYTES:
            self._counts.framing(FrameCounts(truncated=1), peer)
        message, token = take_token(data[:LONGEST_MESSAGE_BYTES].strip(b"\r\n\x00"))
        token = token or token_for(peer, self._options)
        if not message or message.isspace():
            return
        if token is None:
            self._counts.lost("refused", 1, peer, UNIDENTIFIED)
        elif not self._outbox.offer(token, peer, message):
            self._counts.lost("full", 1, peer, "the log takes nothing, and UDP cannot wait")


def bound_socket(host: str, port: int) -> socket.socket:
    """Return a socket with as large a buffer as the kernel gives. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)  # noqa: FBT003 - its signature
        try:
            made.setsockopt(socket.SOL_SOCKET, _FORCE, RECEIVE_BYTES)
        except OSError:  # only root may go beyond net.core.rmem_max
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        made.bind((host, port))
    except BaseException:
        made.close()
        raise
    return made


_FORCE = getattr(socket, "SO_RCVBUFFORCE", 33)
"""Linux's number; Python does not name it."""


def kernel_drops(inode: int) -> int | None:
    """Return how many datagrams the kernel dropped at the socket, None where it does not say."""
    for table in _TABLES:
        try:
            lines = table.read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            columns = line.split()
            if len(columns) > _DROPS and columns[_INODE] == str(inode):
                return int(columns[_DROPS])
    return None
