"""A backup brings back everything that was acknowledged: people, findings, events, and what no worker had taken yet."""

import gzip
import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from minixdr.local.ports import free_port
from tests.integration.local.platforms import Up, run, until_gone, up

pytestmark = pytest.mark.xdist_group("minixdr-up")
_HUNT = {"query": "", "first_at": "2020-01-01T00:00:00Z", "before": "2030-01-01T00:00:00Z", "limit": 10_000}


def cloudtrail(folder: Path) -> list[dict[str, Any]]:
    """Return the CloudTrail records of a simulated intrusion."""
    made = run("simulate", "aws_intrusion", "--out", str(folder), "--seed", "7")
    assert made.returncode == 0, made.stderr
    files = sorted((folder / "logs").rglob("*CloudTrail*.json.gz"))
    return [record for file in files for record in json.loads(gzip.decompress(file.read_bytes()))["Records"]]


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.2)


class Person:
    """The owner, signed in."""

    def __init__(self, platform: Up, password: str) -> None:
        self.platform = platform
        status, self._headers = platform.sign_in(password)
        assert status < 300

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the api something that it grants."""
        status, answer, _ = self.platform.ask(method, path, body, self._headers)
        assert status < 300, answer
        return answer

    def event_ids(self) -> list[str]:
        """Return the ids of all events that a hunt finds."""
        found = self.ask("POST", "/api/v1/hunts/run", _HUNT)
        place = [column["name"] for column in found["columns"]].index("event_id")
        return sorted(row[place] for row in found["rows"])

    def findings(self) -> list[Any]:
        """Return all findings."""
        found, cursor = [], ""
        while True:
            page = self.ask("GET", f"/api/v1/findings?limit=200{cursor}")
            found += page["items"]
            if page["next_cursor"] is None:
                return sorted(found, key=lambda finding: finding["finding_id"])
            cursor = f"&cursor={page['next_cursor']}"

    def processed(self) -> int:
        """Return how many records have a receipt."""
        return sum(day["received"] for day in self.ask("GET", "/api/v1/completeness")["items"])


def test_a_backup_brings_everything_back(engine_folder: Path, tmp_path: Path) -> None:
    """Into an empty directory elsewhere, after the old one is lost."""
    records = cloudtrail(tmp_path / "simulated")
    half = len(records) // 2
    folder, file = engine_folder / "saved", engine_folder / "saved.tar.zst"
    with up(folder) as platform:
        password = platform.password
        person = Person(platform, password)
        token = person.ask("POST", "/api/v1/tokens", {"name": "test", "kind": "ingest"})["token"]
        send(platform, token, records[:half])
        until(lambda: person.processed() == half)
        until(lambda: len(person.event_ids()) == half)
        until(lambda: len(person.findings()) > 0)
        events, findings = person.event_ids(), person.findings()
        running = run("backup", str(file), "--data-dir", str(folder))
        assert running.returncode == 2
        assert "is in use by `minixdr up`" in running.stderr
        # What is accepted while no worker works is in the log, and nowhere else.
        os.kill(platform.part("worker-1"), signal.SIGSTOP)
        send(platform, token, records[half:])
        family = platform.family()
        platform.end(signal.SIGKILL)
        until_gone(family, 5)
    saved = run("backup", str(file), "--data-dir", str(folder))
    assert saved.returncode == 0, saved.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    shutil.rmtree(folder)
    folder = engine_folder / "elsewhere"
    restored = run("restore", str(file), "--data-dir", str(folder))
    assert restored.returncode == 0, restored.stderr
    with up(folder) as platform:
        person = Person(platform, password)
        assert "password" not in platform.said
        assert set(person.event_ids()) >= set(events)
        assert {finding["finding_id"] for finding in person.findings()} >= {
            finding["finding_id"] for finding in findings
        }
        until(lambda: person.processed() == len(records))
        until(lambda: len(person.event_ids()) == len(records))
        send(platform, token, records[:half])  # what was there before is still known
        until(lambda: platform.ask("GET", "/readyz")[0] == 200)
        time.sleep(2)
        assert len(person.event_ids()) == len(records)
        assert platform.end() == 0


def send(platform: Up, token: str, records: list[dict[str, Any]]) -> None:
    """Send records to the native door."""
    body = b"\n".join(json.dumps(record).encode() for record in records)
    status, answer, _ = platform.ask(
        "POST", "/api/ingest", body, {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
    )
    assert status < 300, answer


def test_there_must_be_something_to_save(tmp_path: Path) -> None:
    """An empty backup would lull somebody."""
    refused = run("backup", str(tmp_path / "b.tar.zst"), "--data-dir", str(tmp_path / "nothing"))
    assert refused.returncode == 2
    assert "there is no installation" in refused.stderr


def test_a_damaged_backup_changes_nothing(engine_folder: Path) -> None:
    """A directory that was empty is empty still."""
    file, folder = engine_folder / "damaged.tar.zst", engine_folder / "damaged"
    file.write_bytes(b"not a backup at all")
    refused = run("restore", str(file), "--data-dir", str(folder))
    assert refused.returncode == 2
    assert "damaged, or no backup" in refused.stderr
    assert not (folder / "secrets.json").exists()
    assert not (folder / "restore.new").exists()


def test_a_restore_that_was_killed_is_not_started(engine_folder: Path) -> None:
    """Half of the data is worse than none; the same restore is run again."""
    folder = engine_folder / "half"
    folder.mkdir()
    (folder / "restoring").touch()
    for command in (("up", "--port", str(free_port())), ("backup", str(engine_folder / "half.tar.zst"))):
        refused = run(*command, "--data-dir", str(folder))
        assert refused.returncode == 2
        assert "was not finished" in refused.stderr
