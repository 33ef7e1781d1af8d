"""rsyslog, unmodified, over TCP and TLS: 10,000 messages while the listener is restarted come through, each once."""

import asyncio
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import aclosing, contextmanager, suppress

import pytest

from minixdr.adapters.log.jetstream import JetStreamLog
from minixdr.local.accounts import engine_account
from minixdr.local.engines import running
from minixdr.local.nats import Nats
from minixdr.local.ports import free_port
from tests.integration.syslog.certificates import write_certificate

MESSAGES = 10_000
RSYSLOGD = shutil.which("rsyslogd") or shutil.which("rsyslogd", path="/usr/sbin:/sbin")
_PLAIN = """
global(workDirectory="{folder}" maxMessageSize="64k")
module(load="imfile" mode="inotify")
input(type="imfile" file="{folder}/app.log" tag="app" freshStartTail="off")
{more}
action(type="omfwd" target="127.0.0.1" port="{port}" protocol="tcp" TCP_Framing="{framing}" template="RSYSLOG_SyslogProtocol23Format" {options}
       queue.type="LinkedList" queue.size="50000" queue.filename="out" queue.saveOnShutdown="on"
       action.resumeRetryCount="-1" action.resumeInterval="1")
"""
_TLS = """
global(DefaultNetstreamDriver="gtls" DefaultNetstreamDriverCAFile="{certificate}")
"""
_TLS_OPTIONS = (
    'StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost"'
)


@pytest.fixture
def nats(engine_folder, tmp_path):
    """Return a log server of this test's own."""
    server = Nats(engine_folder / f"nats-{tmp_path.name}", free_port(), "of-a-test", engine_account(None))
    server.create()
    with running(server, tmp_path / "nats.log"):
        yield server


@contextmanager
def _rsyslogd(folder):
    command = [RSYSLOGD, "-n", "-f", str(folder / "rsyslog.conf"), "-i", str(folder / "rsyslog.pid")]
    with (
        (folder / "rsyslog.out").open("wb") as output,
        subprocess.Popen(command, stdout=output, stderr=output) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


class _Server:
    def __init__(self, *arguments):
        self._command = [sys.executable, "-m", "tests.integration.syslog.serve", *map(str, arguments)]
        self._port = int(arguments[1])
        self._process = None

    def start(self):
        self._process = subprocess.Popen(self._command)
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self._port), 1).close()
            except OSError:
                assert time.monotonic() < until
                assert self._process.poll() is None
                time.sleep(0.05)
            else:
                return

    def ask_to_stop(self):
        self._process.send_signal(signal.SIGTERM)

    def wait(self):
        assert self._process.wait(30) == 0


async def _messages(nats_url):
    """Return the messages in the log, and take them out."""
    log = await JetStreamLog.connect(nats_url, most_bytes=1 << 30)
    found = []
    async with aclosing(log.deliveries(most=100)) as deliveries:
        while await log.waiting():
            with suppress(TimeoutError):
                async with asyncio.timeout(2):
                    for delivery in await anext(deliveries):
                        found += delivery.batch.raws
                        await delivery.done()
    await log.close()
    return found


async def _batches(nats_url):
    log = await JetStreamLog.connect(nats_url, most_bytes=1 << 30)
    try:
        return await log.waiting()
    finally:
        await log.close()


def _restart_twice(server):
    """Restart the server while messages come: they go on coming while it stops, and while it is away."""
    for _ in range(2):
        time.sleep(2)
        server.ask_to_stop()
        server.wait()
        time.sleep(1)
        server.start()


def _wait_until_quiet(nats_url, seconds):
    """Return when nothing came for three seconds."""
    until = time.monotonic() + seconds
    before = -1
    while time.monotonic() < until and (now := asyncio.run(_batches(nats_url))) != before:
        before = now
        time.sleep(3)


@pytest.mark.skipif(RSYSLOGD is None, reason="rsyslogd is not installed")
@pytest.mark.parametrize(
    ("name", "framing"), [("tcp", "traditional"), ("tcp", "octet-counted"), ("tls", "octet-counted")]
)
def test_rsyslog_loses_and_doubles_nothing_over_a_restart(nats, tmp_path, name, framing):
    """A restart as an operator does it (SIGTERM), twice, under load."""
    certificate, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    write_certificate(certificate, key)
    ports = {"tcp": free_port(), "tls": free_port()}
    server = _Server(nats.url, ports["tcp"], ports["tls"], certificate, key)
    text = _PLAIN.format(
        folder=tmp_path, port=ports[name], framing=framing,
        more=_TLS.format(certificate=certificate) if name == "tls" else "", options=_TLS_OPTIONS if name == "tls" else "",
    )  # fmt: skip
    (tmp_path / "rsyslog.conf").write_text(text)
    (tmp_path / "app.log").touch()
    server.start()
    with _rsyslogd(tmp_path) as rsyslogd, (tmp_path / "app.log").open("a") as lines:
        operator = threading.Thread(target=_restart_twice, args=[server])
        operator.start()
        for number in range(MESSAGES):
            lines.write(f"message {number:05d} {'x' * 200}\n")
            if number % 50 == 0:
                lines.flush()
                time.sleep(0.06)
        lines.flush()
        operator.join()
        _wait_until_quiet(nats.url, 40)
        assert rsyslogd.poll() is None, (tmp_path / "rsyslog.out").read_text()
    server.ask_to_stop()
    server.wait()
    found = asyncio.run(_messages(nats.url))
    numbers = [int(raw.split(b"message ")[1][:5]) for raw in found]
    missing = sorted(set(range(MESSAGES)) - set(numbers))
    assert not missing, (len(missing), missing[:10], (tmp_path / "rsyslog.out").read_text()[-2_000:])
    assert len(numbers) == MESSAGES
