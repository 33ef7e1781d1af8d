"""The client of the native door tells what may be sent again from what may not, whatever a server answers."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from minixdr.adapters.native_door import NativeDoor
from minixdr.app.ingest import Reading, Way, ingest
from minixdr.app.services import BadSetting
from minixdr.ports.door import DoorBusyError, DoorRefusedError
from minixdr.ports.scan import InputFile


@pytest.fixture
def server():
    """Return a server that gives the answers of its list, one a request, and remembers the bodies."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            status, headers, body = (
                self.server.answers.pop(0) if self.server.answers else (200, {}, b'{"received":1,"batches":[]}')
            )
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made:
        made.answers, made.bodies = [], []
        threading.Thread(target=made.serve_forever, daemon=True).start()
        made.url = f"http://127.0.0.1:{made.server_port}"
        yield made
        made.shutdown()


def _send(server):
    door = NativeDoor(server.url, "mxi_a_b", "0")
    try:
        return door.send(b"body")
    finally:
        door.close()


@pytest.mark.parametrize(
    ("answer", "error", "says", "after"),
    [
        ((503, {"Retry-After": "7"}, b'{"detail":"full"}'), DoorBusyError, "503: full", 7),
        ((429, {"Retry-After": "99999999999999"}, b""), DoorBusyError, "429", 300),
        ((503, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, b"\xff"), DoorBusyError, "503", None),
        ((500, {}, b"<html>"), DoorBusyError, "500", None),
        ((401, {}, b'{"title":"t","detail":"not known"}'), DoorRefusedError, "401: not known", None),
        ((308, {"Location": "https://other/"}, b""), DoorRefusedError, "https://other/", None),
        ((200, {}, b"<html>"), DoorRefusedError, "no native door", None),
        ((200, {}, b'{"received":"many"}'), DoorRefusedError, "no native door", None),
    ],
)
def test_what_a_server_answers_is_understood(server, answer, error, says, after):
    """Busy is asked again when it says; refused is not."""
    server.answers.append(answer)
    with pytest.raises(error, match=says) as raised:
        _send(server)
    assert getattr(raised.value, "retry_after_seconds", None) == after


@pytest.mark.parametrize(
    ("url", "token"),
    [("x", "t"), ("ftp://x", "t"), ("http://", "t"), ("http://h?q", "t"), ("http://h", "a b"), ("http://h", "a\n")],
)
def test_a_wrong_address_or_token_is_said(url, token):
    """Before anything is sent."""
    with pytest.raises(BadSetting):
        NativeDoor(url, token, "0")


class _Files:
    def __init__(self, path):
        self.path = path

    def open(self, path):
        """Return the file."""
        return self.path.open("rb")

    def spill(self):
        """Return nothing: no format here needs it."""
        raise AssertionError


class _Watch:
    stopped = False

    def advance(self, size_bytes, records):
        """Do nothing."""

    def stopping(self):
        """Return whether a person asked to stop."""
        return self.stopped


def _ingest(server, tmp_path, patience=300.0, watch=None):
    path = tmp_path / "a.log"
    path.write_text("Jan  2 03:04:05 web sshd[1]: hello\n" * 5_000)
    door, waits, time = NativeDoor(server.url, "mxi_a_b", "0"), [], [0.0]

    def wait(seconds):
        waits.append(seconds)
        time[0] += seconds

    try:
        way = Way(door, patience, wait, lambda: time[0])
        return ingest([InputFile(str(path), 1)], Reading(_Files(path), None, None), way, watch or _Watch()), sum(waits)
    finally:
        door.close()


def test_a_busy_server_is_asked_again_with_the_same(server, tmp_path):
    """When it says; a server that knows what it has takes it once."""
    server.answers += [(503, {"Retry-After": "3"}, b"")]
    sent, waited = _ingest(server, tmp_path)
    assert (sent.malformed, sent.unread) == (0, [])
    assert waited == pytest.approx(3)
    assert len(server.bodies) == sent.requests + 1
    assert len(set(server.bodies)) == sent.requests


def test_patience_has_an_end(server, tmp_path):
    """It says so, and nothing goes on in the background."""
    server.answers += [(503, {}, b"")] * 500
    with pytest.raises(DoorBusyError):
        _ingest(server, tmp_path, patience=10)


def test_a_person_may_stop(server, tmp_path):
    """What was sent is counted; the rest is not begun."""
    watch = _Watch()
    watch.stopped = True
    sent, _ = _ingest(server, tmp_path, watch=watch)
    assert sent.interrupted
    assert server.bodies == []
