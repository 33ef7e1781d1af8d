"""`minixdr ingest` against a real server: what it says is sent is there, once, and it says what is not."""

import gzip
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.integration.doors.ending import Ended, ended
from tests.integration.doors.test_clients import RECORDS, WHOLE, trail

HEADER = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
)
FLOW = "2 123456789012 eni-1 10.0.0.{} 10.0.1.1 4000 443 6 10 840 1767322800 1767322860 ACCEPT OK"


def _command(server, *arguments, token, url=None):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MINIXDR_")}
    environment |= {"MINIXDR_INGEST_TOKEN": token, "MINIXDR_URL": url or server.url}
    return [str(Path(sys.executable).with_name("minixdr")), "ingest", *map(str, arguments)], environment


def _ingest(server, *arguments, token, url=None, given=None):
    command, environment = _command(server, *arguments, token=token, url=url)
    return subprocess.run(command, env=environment, input=given, capture_output=True, timeout=120, check=False)


def test_files_of_all_kinds_arrive_whole(server, postgres, nats_url, tmp_path):
    """JSON, tables whose header stands in the file, archives, a folder; sent twice, they are there once."""
    token, organization_id = server.token()
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "trail.json.gz").write_bytes(
        gzip.compress(json.dumps({"Records": [trail(n) for n in range(300)]}).encode())
    )
    (logs / "flow.log").write_text("\n".join([HEADER, *(FLOW.format(n) for n in range(100))]) + "\n")
    first = _ingest(server, logs, token=token)
    assert (first.returncode, first.stdout) == (0, b"")
    assert b"on disk there: 400 records of 2 files (" in first.stderr
    second = _ingest(server, logs, "--quiet", token=token)
    assert (second.returncode, second.stderr) == (0, b"")
    assert ended(server, postgres, nats_url, organization_id, tmp_path / "lake") == Ended(400, 400, 0, 0, 0, 400)


def test_a_server_killed_in_the_middle_loses_and_doubles_nothing(server, postgres, nats_url, tmp_path):
    """Through standard input, slowly; the server is killed when half is written."""
    token, organization_id = server.token()
    command, environment = _command(server, "-", token=token)
    lines = [json.dumps(trail(number) | {"pad": "x" * 400}).encode() + b"\n" for number in range(RECORDS)]
    restarting = threading.Timer(1, server.start)
    restarting.daemon = True
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        for start in range(0, RECORDS, 500):
            if start == RECORDS // 2:
                server.kill()
                restarting.start()
            process.stdin.write(b"".join(lines[start : start + 500]))
            process.stdin.flush()
            time.sleep(0.05)
        process.stdin.close()
        assert process.wait(60) == 0, process.stderr.read()
    restarting.join()
    assert ended(server, postgres, nats_url, organization_id, tmp_path / "lake") == WHOLE


def test_windows_event_logs_arrive_decoded(server, postgres, nats_url, tmp_path, shared_data):
    """EVTX, from a file and from standard input, which cannot be sought in."""
    path = min(shared_data.rglob("*.evtx"), key=lambda each: each.stat().st_size)
    token, organization_id = server.token()
    assert _ingest(server, path, token=token).returncode == 0
    piped = _ingest(server, "-", token=token, given=path.read_bytes())
    assert piped.returncode == 0, piped.stderr
    whole = ended(server, postgres, nats_url, organization_id, tmp_path / "lake")
    assert whole.received > 0
    assert (whole.skipped, whole.malformed, whole.received % 2) == (0, 0, 0)


@pytest.mark.parametrize(
    ("name", "content", "status", "says"),
    [
        ("bad.log", f"{HEADER}\n{FLOW.format(1)}\nbroken\n".encode(), 1, b"1 record could not be read"),
        ("x.parquet", b"PAR1" + b"\x00" * 100, 1, b"a Parquet file, which is not supported"),
        ("missing", None, 2, b"No such file"),
    ],
)
def test_what_cannot_be_read_is_said(server, tmp_path, name, content, status, says):
    """By the exit status, and in words."""
    token, _ = server.token()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    done = _ingest(server, tmp_path / name, token=token)
    assert done.returncode == status, done.stderr
    assert says in done.stderr


def test_refusals_are_said(server, tmp_path):
    """A wrong token, a wrong address, a wrong name: the server's words, or ours, and status 2; nobody there: 3."""
    (tmp_path / "a.log").write_text("Jan  2 03:04:05 web sshd[1]: hello\n")
    token, _ = server.token()
    wrong = token[:-4] + ("aaaa" if not token.endswith("aaaa") else "bbbb")
    for arguments, changes, status, says in (
        ((), {"token": wrong}, 2, b"not known"),
        ((), {"token": ""}, 2, b"MINIXDR_INGEST_TOKEN"),
        ((), {"url": "ftp://x"}, 2, b"no address of a platform"),
        ((), {"url": server.url + "/api/v1"}, 2, b"the server says 404"),
        (("--source", "nothing"), {}, 2, b"there is no log source"),
        (("--format", "nothing"), {}, 2, b"there is no format"),
        (("--patience", "0"), {"url": "http://127.0.0.1:9"}, 3, b"send the same files again later"),
    ):
        done = _ingest(server, tmp_path / "a.log", *arguments, **{"token": token, **changes})
        assert done.returncode == status, (changes, done.stderr)
        assert says in done.stderr, (changes, done.stderr)
