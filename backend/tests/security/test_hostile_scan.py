"""`minixdr scan` beside an attacker who writes the logs, names the files and plants what lies around: it says so, it bounds it, it goes on.

Processes, as a person or a pipeline runs them; no traceback may ever be seen, and no terminal escape.
"""

import gzip
import json
import os
import signal
import subprocess
import time
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.integration.test_scan import MANY, MINIXDR, RULE, cloudtrail

ESCAPE = "\x1b]0;owned\x07\x1b[2J[bold red]x[/nope]\r\n\u202e\u2028\ud800</script><script>alert(1)</script>'\"><img src=x onerror=alert(1)>"


def key(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Return a record that the rule matches."""
    return {**cloudtrail(number, "CreateAccessKey", "iam"), **changes}


def write(path: str, *records: Any) -> None:
    """Write JSON lines."""
    lines = (record if isinstance(record, bytes) else json.dumps(record).encode() for record in records)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(b"".join(line + b"\n" for line in lines))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache that these tests share: compiling anew for each would be most of their time."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in an empty folder with a rule and a correlation rule, and a temporary folder that is empty again afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MINIXDR_CACHE_DIR", str(cache))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    Path("rules").mkdir()
    Path("rules/a.yml").write_text(RULE)
    Path("rules/b.yml").write_text(MANY)
    yield tmp_path
    assert not list((tmp_path / "temporary").iterdir())


def scan(*arguments: str, rules: str = "rules", **settings: Any) -> subprocess.CompletedProcess[bytes]:
    """Return how a scan ended."""
    result = subprocess.run(
        [MINIXDR, "scan", *arguments, "-r", rules], capture_output=True, check=False, timeout=60, **settings
    )
    assert b"Traceback" not in result.stderr, result.stderr.decode()
    for printed in (result.stdout, result.stderr):
        assert not set(printed.decode()) & {"\x1b", "\x07", "\r", "\u202e"}
    return result


def shell(command: str) -> tuple[int, str]:
    """Return the status of `minixdr scan`, written S, and what it said on standard error."""
    words = f"{command.replace('S ', f'{MINIXDR} scan ')}; exit ${{PIPESTATUS[0]}}"
    result = subprocess.run(["/usr/bin/env", "bash", "-c", words], capture_output=True, check=False, timeout=60)
    errors = result.stderr.decode()
    assert "Traceback" not in errors
    assert "Exception ignored" not in errors
    return result.returncode, errors


class Page(HTMLParser):
    """Collects what a browser would run or load."""

    def __init__(self) -> None:
        super().__init__()
        self.active: list[Any] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.active += [name for name, value in attrs if name.startswith("on") or name in ("src", "style", "srcdoc")]
        self.active += [value for name, value in attrs if name == "href" and not str(value).startswith("#")]
        if tag in ("script", "img", "iframe", "object", "embed", "base", "form", "link", "foreignobject"):
            self.active.append(tag)


def test_nothing_that_a_record_says_is_run() -> None:
    """Escapes, markup and scripts in every field and name reach neither the terminal nor the browser; each output line is one JSON object."""
    name = ESCAPE.replace("/", "_").replace("\ud800", "\udcff")
    user = {"type": "IAMUser", "userName": ESCAPE, "arn": ESCAPE, "accountId": ESCAPE, "accessKeyId": ESCAPE}
    fields = dict.fromkeys(("eventID", "awsRegion", "userAgent", "sourceIPAddress", "errorCode", "requestID"), ESCAPE)
    broken = b"{" + ESCAPE.replace("\n", "").encode("utf-8", "replace")
    write(f"logs/{name}", key(1, userIdentity=user, requestParameters={ESCAPE: ESCAPE}, **fields), broken)
    title = json.dumps(ESCAPE.replace("\ud800", ""))
    Path("rules/a.yml").write_text(
        RULE.replace("Access Key Created", title).replace("attack.t1098", "'attack.t1098[/x]'")
    )
    Path("rules/broken.yml").write_text(f"title: {title}\ndetection: {title}")
    result = scan("logs", "-o", "out", "--report", "r.html", "--issues", "issues", "--stats")
    assert result.returncode == 1
    lines = [json.loads(line) for line in Path("out").read_bytes().split(b"\n")[:-1]]
    assert lines[0]["entities"]
    assert [json.loads(line)["kind"] for line in Path("issues").read_bytes().split(b"\n")[:-1]] == ["malformed"]
    page = Path("r.html").read_text("utf-8")
    seen = Page()
    seen.feed(page)
    assert seen.active.count("script") == 1
    assert set(seen.active) == {"script", "style"} or seen.active == ["script"]
    assert "alert(1)" in page
    assert not set(page) & {"\x1b", "\x07", "\u202e"}


def test_an_odd_record_hides_no_other() -> None:
    """A lone surrogate, seven hundred brackets, a file whose name is no Unicode: what came after is found, correlations included."""
    nested = json.dumps(key(2, requestParameters="@")).replace('"@"', '{"a":' * 700 + "1" + "}" * 700).encode()
    surrogate = key(3, userIdentity={**key()["userIdentity"], "userName": "b\ud800"})
    write("logs/bad\udcff.jsonl", key(1), nested, surrogate, key(4))
    result = scan("logs", "-o", "out", "--report", "r.html", "--stats")
    titles = [json.loads(line)["rule_title"] for line in Path("out").read_text().splitlines()]
    assert titles == ["Access Key Created"] * 4 + ["Many Access Keys"]
    assert b"received 4 = events 4" in result.stdout


def test_names_inside_archives_are_names_only() -> None:
    """Members whose names are paths or escapes are names only: nothing is written there, nothing reaches the terminal."""
    Path("logs").mkdir()
    with zipfile.ZipFile("logs/a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("../../up\x1b[2J.jsonl", "/etc/cron.d/x", "a\nb"):
            archive.writestr(name, json.dumps(key()) + "\n")
        archive.writestr("broken\x1b[2J.jsonl", b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 40)
    before = set(Path.cwd().rglob("*"))
    result = scan("logs", "-o", "out", "--stats")
    assert set(Path.cwd().rglob("*")) - before == {Path.cwd() / "out"}
    names = {json.loads(line)["file"] for line in Path("out").read_text().splitlines()}
    assert names == {"logs/a.zip!../../up\x1b[2J.jsonl", "logs/a.zip!/etc/cron.d/x", "logs/a.zip!a\nb"}
    assert b"logs/a.zip!broken\\x1b[2J.jsonl: " in result.stderr


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        ("S logs -r rules | head -1", 1, ""),
        ("S logs -r rules -o - | head -c 1", 1, ""),
        ("S logs -r rules -o - -q >&-", 2, "minixdr: -: standard output is closed"),
        ("S logs -r rules >&-", 1, ""),
        ("S logs -r rules -q 2>&-", 1, ""),
        ("S logs -r rules -o /dev/full", 2, "the outputs could not be written: No space left on device"),
        ("S logs -r rules -o - >/dev/full", 2, "the outputs could not be written: No space left on device"),
        ("S logs -r rules >/dev/full", 2, "the tables could not be printed: No space left on device"),
        ("env -u HOME MINIXDR_CACHE_DIR= S logs -r rules -q", 1, ""),
        ("MINIXDR_JOBS=many S logs -r rules -q", 2, "MINIXDR_JOBS is 'many'; it takes a number of processes"),
        ("PYTHONIOENCODING=ascii S logs -r rules", 1, ""),
        ("S $'no\\x1b[31mfile' -r rules", 2, "minixdr: no\\x1b[31mfile: No such file or directory"),
        ("S logs -r rules -o logs/a.jsonl", 2, "logs/a.jsonl would be written over, but it is read"),
        ("S logs pipe -r rules -q", 1, "pipe: cannot be read: not a regular file"),
    ],
)
def test_a_shell_is_told_what_happened(command: str, status: int, said: str) -> None:
    """Closed pipes, full disks, missing homes: the status says what was found, or one line what is wrong."""
    write("logs/a.jsonl", *(key(number, awsRegion="naïve 名") for number in range(300)))
    os.mkfifo("pipe")
    found, errors = shell(command)
    assert found == status, errors
    assert said in errors
    assert bool(errors) == bool(said) or found == 1


def _large(count: int = 4) -> None:
    """Write logs of so many million records, little on the disk."""
    benign = gzip.compress((json.dumps(cloudtrail(41)).encode() + b"\n") * 4_000)
    Path("logs").mkdir()
    for number in range(count):
        Path(f"logs/{number}.jsonl.gz").write_bytes(gzip.compress(json.dumps(key()).encode() + b"\n") + benign * 250)


def _started(*arguments: str) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        [MINIXDR, "scan", "logs", "-r", "rules", "-o", "out", "--stats", "-j", "2", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 30
    while len(_children(process.pid)) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)
    return process


def _children(parent: int) -> list[int]:
    found = Path(f"/proc/{parent}/task/{parent}/children")
    return [int(number) for number in found.read_text().split()] if found.exists() else []


def test_a_killed_process_is_said_and_the_others_go_on() -> None:
    """As the kernel does for want of memory; what was read of the rest is in the account."""
    _large()
    with _started() as process:
        os.kill(_children(process.pid)[0], signal.SIGKILL)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=60)
    assert process.returncode == 1, errors.decode()
    assert b"the process that read it ended (exit code -9)" in errors
    assert b"Interrupted" in errors
    assert b"Traceback" not in errors
    received = next(line for line in out.decode().splitlines() if line.startswith("received"))
    numbers = [int(word.replace(",", "")) for word in received.split() if word[0].isdigit()]
    assert numbers[0] == sum(numbers[1:]) > 0


def test_a_second_signal_leaves_at_once_and_leaves_nothing() -> None:
    """No output that is half written, no process, no temporary file (the fixture looks)."""
    _large()
    with _started() as process:
        children = _children(process.pid)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.endswith(b"minixdr: stopped\n")
    assert b"Traceback" not in errors
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["logs", "rules", "temporary"]
    assert not any(Path(f"/proc/{child}").exists() for child in children)


def test_children_of_a_killed_parent_end_in_silence(folder: Path) -> None:
    """Nobody is left to answer; nothing goes on reading. What a killed process leaves on the disk is in a folder of its owner's alone."""
    _large()
    with _started() as process:
        children = _children(process.pid)
        process.kill()
        _, errors = process.communicate(timeout=60)
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{child}").exists() for child in children) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(Path(f"/proc/{child}").exists() for child in children)
    assert b"Traceback" not in errors
    (left,) = (folder / "temporary").iterdir()
    assert left.stat().st_mode & 0o077 == 0
    for path in left.iterdir():
        path.unlink()
    left.rmdir()


def test_two_scans_share_a_cache(tmp_path: Path) -> None:
    """Both compile, one file stays, both find."""
    write("logs/a.jsonl", key())
    environment = {**os.environ, "MINIXDR_CACHE_DIR": str(tmp_path / "own")}
    both = [
        subprocess.Popen([MINIXDR, "scan", "logs", "-r", "rules", "-q"], env=environment, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    assert [process.communicate(timeout=60)[1] for process in both] == [b"", b""]
    assert [process.returncode for process in both] == [1, 1]
    assert len(list((tmp_path / "own").iterdir())) == 1
