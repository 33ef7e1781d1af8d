"""Syslog listeners over real sockets: messages reach their organization, nothing is lost silently, nobody is let in without a token."""

import asyncio
import ipaddress
import socket
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
import uvloop

from minixdr.workers.syslog import datagrams, streams
from minixdr.workers.syslog.options import SyslogOptions, token_for
from minixdr.workers.syslog.service import SyslogError, start_syslog
from tests.integration.syslog.certificates import write_certificate
from tests.integration.syslog.parts import FIRST, SECOND, FixedTokens, MemoryLog, platform

TOKENS = {"first": FIRST, "second": SECOND}


def _message(number, data=b"-"):
    return b"<34>1 - host app - - %s message %d" % (data, number)


@asynccontextmanager
async def _serving(log, tokens=None, **options):
    given = {"host": "127.0.0.1", "tcp_port": 0, "default_token": "first", **options}
    parts = platform(log)
    syslog = await start_syslog(parts, tokens or FixedTokens(TOKENS), SyslogOptions(**given))
    syslog.value = lambda name, **labels: parts.metrics.registry.get_sample_value(name, labels) or 0
    try:
        yield syslog
    finally:
        await syslog.stop(1.0)


async def _until(condition, seconds=5.0):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def _send(syslog, data, name="tcp", context=None):
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", syslog.ports[name], ssl=context, server_hostname="localhost" if context else None
    )
    writer.write(data)
    await writer.drain()
    return reader, writer


async def _close(writer):
    writer.close()
    await writer.wait_closed()


def test_messages_of_a_connection_are_kept():
    """Both framings; a last line without its end too. The batch says where it came from."""

    async def run():
        log = MemoryLog()
        async with _serving(log) as syslog:
            framed = _message(1)
            _, writer = await _send(syslog, b"%d %s%s\n" % (len(framed), framed, _message(2)) + _message(3))
            await _close(writer)
            await _until(lambda: len(log.messages()) == 3)
            assert syslog.value("minixdr_door_records_total", door="syslog") == 3
        assert sorted(log.messages()) == [_message(1), _message(2), _message(3)]
        (batch, *_) = log.batches.values()
        assert (batch.door, batch.origin, batch.organization_id, batch.bodies) == (
            "syslog",
            "127.0.0.1",
            str(FIRST),
            None,
        )

    uvloop.run(run())


def test_a_token_in_structured_data_chooses_the_organization():
    """And is not kept; what a message text says chooses nothing."""

    async def run():
        log = MemoryLog()
        async with _serving(log) as syslog:
            lines = [_message(1, b'[minixdr@32473 token="second"]'), _message(2, b'- [minixdr@32473 token="second"]')]
            _, writer = await _send(syslog, b"\n".join(lines) + b"\n")
            await _until(lambda: len(log.batches) == 2)
            await _close(writer)
        assert log.messages(SECOND) == [_message(1)]
        assert log.messages(FIRST) == [lines[1]]

    uvloop.run(run())


@pytest.mark.parametrize(
    ("token", "changes"),
    [
        ("unknown", {}),
        ("first", {"revoked_at": datetime(2026, 1, 1, tzinfo=UTC)}),
        ("first", {"scopes": ("hec",)}),
        (None, {}),
    ],
)
def test_without_a_valid_token_nothing_is_taken(token, changes):
    """The connection is closed, so that the sender keeps what it still has; what was read is counted."""

    async def run():
        log = MemoryLog()
        async with _serving(log, FixedTokens(TOKENS, **changes), default_token=token) as syslog:
            reader, writer = await _send(syslog, _message(1) + b"\n")
            assert await asyncio.wait_for(reader.read(), 5) == b""
            await _close(writer)
            assert syslog.value("minixdr_syslog_dropped_total", reason="refused") == 1
        assert not log.batches

    uvloop.run(run())


def test_a_relays_good_messages_pass_beside_refused_ones():
    """One organization's revoked token does not stop the others behind the same relay."""

    async def run():
        log = MemoryLog()
        async with _serving(log) as syslog:
            _, writer = await _send(syslog, _message(1, b'[minixdr@32473 token="gone"]') + b"\n" + _message(2) + b"\n")
            await _until(lambda: log.messages() == [_message(2)])
            writer.write(_message(3) + b"\n")
            await _until(lambda: len(log.messages()) == 2)
            await _close(writer)

    uvloop.run(run())


def test_the_narrowest_network_counts():
    """Also for IPv4 peers of an IPv6 socket."""
    networks = [
        (ipaddress.ip_network(text), token)
        for text, token in (("10.0.0.0/8", "a"), ("10.1.0.0/16", "b"), ("2001:db8::/32", "c"))
    ]
    options = SyslogOptions("::", default_token="d", networks=networks)
    peers = {
        "10.2.0.1": "a",
        "10.1.2.3": "b",
        "::ffff:10.1.2.3": "b",
        "2001:db8::1": "c",
        "fe80::1%eth0": "d",
        "192.0.2.1": "d",
        "": "d",
    }
    assert {peer: token_for(peer, options) for peer in peers} == peers


def test_a_full_log_makes_senders_wait_and_loses_nothing():
    """What the sender could write is kept; what it could not, it still has. Memory stays bounded."""

    async def run():
        log = MemoryLog()
        log.full = True
        async with _serving(log) as syslog:
            _, writer = await _send(syslog, b"")
            line = _message(7, b"-") + b"x" * 1_000
            sent = 0
            with pytest.raises(TimeoutError):
                while True:
                    writer.write(b"".join(b"%s %d\n" % (line, number) for number in range(sent, sent + 100)))
                    sent += 100
                    assert sent < 100_000, "nothing stops the reading"
                    await asyncio.wait_for(writer.drain(), 1)
            assert syslog._streams.held_bytes < 2 << 20
            log.full = False
            await asyncio.wait_for(writer.drain(), 20)
            await _close(writer)
            await _until(lambda: len(log.messages()) == sent, 20)
        assert len(set(log.messages())) == sent

    uvloop.run(run())


def test_a_database_that_is_away_makes_senders_wait():
    """Whose message it is is not known then; it is not thrown away."""

    async def run():
        log, tokens = MemoryLog(), FixedTokens(TOKENS)
        tokens.away = True
        async with _serving(log, tokens) as syslog:
            _, writer = await _send(syslog, _message(1) + b"\n")
            await asyncio.sleep(0.2)
            assert not log.batches
            tokens.away = False
            await _until(lambda: log.messages() == [_message(1)])
            await _close(writer)

    uvloop.run(run())


def test_stopping_keeps_all_that_was_sent():
    """A sender that writes until it sees the FIN loses nothing."""

    async def run():
        log = MemoryLog()
        sent = 0
        async with _serving(log) as syslog:
            reader, writer = await _send(syslog, b"")
            stopping = None
            while not reader.at_eof():
                writer.write(_message(sent) + b"\n")
                await writer.drain()
                sent += 1
                if sent == 2_000:
                    stopping = asyncio.create_task(syslog.stop(5.0))
                if sent % 50 == 0:
                    await asyncio.sleep(0.001)
            await _close(writer)
            assert stopping is not None
            await stopping
        assert sent >= 2_000
        assert sorted(log.messages()) == sorted(_message(number) for number in range(sent))

    uvloop.run(run())


def test_stopping_does_not_wait_for_a_silent_sender():
    """An idle connection is closed after a short while."""

    async def run():
        async with _serving(MemoryLog()) as syslog:
            _, writer = await _send(syslog, b"")
            await _until(lambda: syslog._streams.open)
            began = asyncio.get_running_loop().time()
            await syslog.stop(30.0)
            assert asyncio.get_running_loop().time() - began < 4
            writer.close()

    uvloop.run(run())


def test_what_a_full_log_never_took_is_counted(monkeypatch):
    """A process that has to end while the log is full says how much it held."""

    async def run():
        log = MemoryLog()
        log.full = True
        async with _serving(log) as syslog:
            _, writer = await _send(syslog, _message(1) + b"\n")
            await asyncio.sleep(0.2)
            writer.write(_message(2) + b"\n" + _message(3) + b"\n")
            await asyncio.sleep(0.2)
            await syslog.stop(0.2)
            assert syslog.value("minixdr_syslog_dropped_total", reason="stopped") == 3
            writer.close()

    uvloop.run(run())


@pytest.mark.parametrize("bound", ["MOST_CONNECTIONS", "MOST_OF_A_PEER"])
def test_connections_are_bounded(monkeypatch, bound):
    """One too many is refused at once; the others go on, and there is room again when one ended."""
    monkeypatch.setattr(streams, bound, 2)

    async def run():
        log = MemoryLog()
        async with _serving(log) as syslog:
            kept = [await _send(syslog, b"") for _ in range(2)]
            await _until(lambda: len(syslog._streams.open) == 2)
            reader, writer = await _send(syslog, b"")
            with pytest.raises(ConnectionError):
                assert await reader.read() == b""
                raise ConnectionResetError
            writer.close()
            kept[0][1].write(_message(1) + b"\n")
            await _until(lambda: log.messages() == [_message(1)])
            await _close(kept[1][1])
            await _until(lambda: len(syslog._streams.open) == 1)
            _, again = await _send(syslog, _message(2) + b"\n")
            await _until(lambda: len(log.messages()) == 2)
            await _close(again)
            await _close(kept[0][1])

    uvloop.run(run())


def test_datagrams_are_kept_and_what_is_lost_is_counted():
    """UDP: one message each; refused, cut and full ones are counted."""

    async def run():
        log = MemoryLog()
        async with _serving(log, tcp_port=None, udp_port=0) as syslog:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                address = ("127.0.0.1", syslog.ports["udp"])
                for number in range(200):
                    sender.sendto(_message(number) + b"\n", address)
                sender.sendto(b"\n", address)
                sender.sendto(_message(1, b'[minixdr@32473 token="gone"]'), address)
                await _until(lambda: len(log.messages()) == 200)
                await _until(lambda: syslog.value("minixdr_syslog_dropped_total", reason="refused") == 1)
                syslog._outbox._offered_bytes = 32 << 20
                sender.sendto(_message(201), address)
                await _until(lambda: syslog.value("minixdr_syslog_dropped_total", reason="full") == 1)
                syslog._outbox._offered_bytes = 0
        assert sorted(log.messages()) == sorted(_message(number) for number in range(200))

    uvloop.run(run())


def test_what_the_kernel_drops_is_counted():
    """A socket that nobody reads overflows, and Linux says by how much."""

    async def run():
        async with _serving(MemoryLog(), tcp_port=None, udp_port=0) as syslog:
            own = syslog._datagrams.get_extra_info("socket")
            own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                for number in range(500):
                    sender.sendto(_message(number) + b"x" * 1_000, ("127.0.0.1", syslog.ports["udp"]))
            if datagrams.kernel_drops(syslog._inode) is None:
                pytest.skip("this system has no /proc/net/udp")
            syslog.look()
            assert syslog.value("minixdr_syslog_dropped_total", reason="kernel") > 100

    uvloop.run(run())


def test_a_renewed_certificate_needs_no_restart(tmp_path):
    """And a pair that does not fit changes nothing."""

    async def run():
        certificate, key = tmp_path / "tls.crt", tmp_path / "tls.key"
        write_certificate(certificate, key)
        old = certificate.read_bytes()
        log = MemoryLog()
        async with _serving(log, tcp_port=None, tls_port=0, certificate=certificate, key=key) as syslog:

            async def send(number, trusted):
                context = ssl.create_default_context(cadata=trusted.decode())
                _, writer = await _send(syslog, b"%d %s" % (len(_message(number)), _message(number)), "tls", context)
                await _until(lambda: _message(number) in log.messages())
                await _close(writer)

            await send(1, old)
            write_certificate(certificate, tmp_path / "other.key")
            syslog.look()
            await send(2, old)
            write_certificate(certificate, key)
            syslog.look()
            await send(3, certificate.read_bytes())
            with pytest.raises(ssl.SSLError):
                await send(4, old)

    uvloop.run(run())


@pytest.mark.parametrize("bad", [b"", b"no certificate"])
def test_a_certificate_that_cannot_be_used_is_said(tmp_path, bad):
    """Before any port is open."""
    (tmp_path / "a").write_bytes(bad)
    options = SyslogOptions("127.0.0.1", tls_port=0, certificate=tmp_path / "a", key=tmp_path / "a")
    with pytest.raises(SyslogError, match="syslog over TLS"):
        asyncio.run(start_syslog(platform(MemoryLog()), FixedTokens(TOKENS), options))


def test_a_port_in_use_is_said():
    """With the setting that changes it."""

    async def run():
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            with pytest.raises(SyslogError, match="MINIXDR_SYSLOG_TCP_PORT"):
                await start_syslog(
                    platform(MemoryLog()), FixedTokens(TOKENS), SyslogOptions("127.0.0.1", tcp_port=port)
                )

    uvloop.run(run())
