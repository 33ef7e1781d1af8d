"""A part of a scan: files, read by one process."""

import io
import json
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from minixdr.app.scan import part
from minixdr.app.scan.part import Part, PartReader, PartResult, Tools, failed
from minixdr.detect.engine import Engine
from minixdr.detect.loading import load
from minixdr.detect.program import build
from minixdr.normalize.catalog import all_sources
from minixdr.pipeline import Detection
from minixdr.ports.scan import InputFile, NoRoom
from tests.integration.test_scan import RULE, cloudtrail
from tests.unit.app.scan.scans import Memory


class Held:
    """Files in memory. What is an error is raised when it is opened, or read."""

    def __init__(self, contents: dict[str, bytes | Exception]) -> None:
        self.contents = contents

    def open(self, path: str) -> BinaryIO:
        content = self.contents[path]
        if isinstance(content, Exception):
            raise content
        return io.BytesIO(content)

    def find(self, paths: Any) -> Any:
        raise NotImplementedError

    def spill(self) -> BinaryIO:
        return io.BytesIO()


class Quiet:
    """A reporter; asks to stop after so many questions."""

    def __init__(self, questions: int | None = None) -> None:
        self.questions = questions
        self.size_bytes = 0

    def advance(self, size_bytes: int, records: int) -> None:
        self.size_bytes += size_bytes

    def stopping(self) -> bool:
        if self.questions is None:
            return False
        self.questions -= 1
        return self.questions < 0


@pytest.fixture(scope="module")
def detection() -> Detection:
    """Return an engine with one rule, whose events a correlation rule wants."""
    rules = load([("keys.yml", RULE.encode())], {}).rules
    return Detection(Engine(build(rules), all_sources()), None, {"access_key_created": ("userIdentity.arn",)}, "local")


def _lines(*records: Any) -> bytes:
    return b"".join((r if isinstance(r, bytes) else json.dumps(r).encode()) + b"\n" for r in records)


def _read(
    detection: Detection, contents: dict[str, Any], spool: Memory | None = None, reporter: Quiet | None = None
) -> PartResult:
    tools = Tools(detection, Held(contents), spool or Memory(), None, None, "informational", True, True)
    files = tuple(InputFile(name, 100) for name in contents)
    result = PartReader(tools)(Part(files), reporter or Quiet())
    for account in result.files:
        receipt = account.receipt
        assert receipt.received == receipt.events + receipt.skipped + receipt.malformed
        assert sum(account.sources.values()) == receipt.events
    return result


KEY = cloudtrail(1, "CreateAccessKey", "iam")


def test_every_record_is_accounted_for(detection: Detection) -> None:
    """received = events + skipped + malformed, each with its reason; findings and observations lie in the spool."""
    spool = Memory()
    result = _read(detection, {"a": _lines(KEY, b"{broken", cloudtrail(2), {"unknown": 1})}, spool)
    receipt = result.files[0].receipt
    assert (receipt.received, receipt.events, receipt.skipped, receipt.malformed) == (4, 2, 1, 1)
    assert (len(result.found.positions), len(result.observed.positions), len(result.issues.positions)) == (1, 1, 2)
    assert set(result.analytics) == {"5b0a1f0e-6a3f-4d0e-9a66-0d7d2a1f0001"}
    assert len(spool.frames) == 4


@pytest.mark.parametrize(
    "record",
    [
        {**KEY, "userIdentity": {**KEY["userIdentity"], "userName": "b\ud800", "arn": "arn:\udfff"}},
        json.dumps({**KEY, "requestParameters": "@"}).replace('"@"', '{"a":' * 700 + "1" + "}" * 700).encode(),
    ],
    ids=["surrogate", "nested"],
)
def test_no_record_hides_those_after_it(detection: Detection, record: Any) -> None:
    """A name that is no Unicode, or a hundred brackets, cost an attacker's neighbors nothing."""
    result = _read(detection, {"bad\udcff": _lines(KEY, record, cloudtrail(3, "CreateAccessKey", "iam"))})
    assert not result.files[0].unreadable
    assert len(result.found.positions) == 3
    assert len(result.observed.positions) == len(result.observed.seconds) == 3


def test_a_record_that_cannot_be_kept_is_malformed(detection: Detection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where our own code fails on what a record gave, that record is counted, and the rest goes on."""
    whole = part.encode_found

    def encode(finding: Any, *, with_event: bool) -> bytes:
        if finding.record == 2:
            raise KeyError("x" * 1_000)
        return whole(finding, with_event=with_event)

    monkeypatch.setattr(part, "encode_found", encode)
    account = _read(detection, {"a": _lines(KEY, KEY, KEY)}).files[0]
    assert (account.receipt.received, account.receipt.events, account.receipt.malformed) == (3, 2, 1)
    assert [(problem.number, problem.kind) for problem in account.problems] == [(2, "malformed")]
    assert account.problems[0].reason.startswith("internal error, please report it: KeyError")
    assert len(account.problems[0].reason) < 350


def test_a_record_on_which_detection_fails_is_malformed(detection: Detection, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one record is found among the batch's."""
    whole = part.run

    def run(batch: Any, loaded: Detection) -> Any:
        if any(b"poison" in raw for raw in batch.raws):
            raise ZeroDivisionError("poison")
        return whole(batch, loaded)

    monkeypatch.setattr(part, "run", run)
    result = _read(detection, {"a": _lines(KEY, {**KEY, "eventName": "poison"}, KEY, KEY, KEY)})
    assert (result.files[0].receipt.events, result.files[0].receipt.malformed) == (4, 1)
    assert [problem.number for problem in result.files[0].problems] == [2]


def test_a_file_that_cannot_be_read_does_not_stop_the_others(detection: Detection) -> None:
    """It is said, with why."""
    result = _read(detection, {"a": PermissionError(13, "Permission denied"), "b": ValueError("odd"), "c": _lines(KEY)})
    assert [file.unreadable for file in result.files] == [True, True, False]
    assert [file.problems[0].reason for file in result.files[:2]] == [
        "cannot be read: Permission denied", "reading it failed: ValueError: odd",
    ]  # fmt: skip
    assert result.files[2].receipt.events == 1


def test_no_room_is_no_trouble_of_a_file(detection: Detection) -> None:
    """A full disk ends the scan; findings are not dropped while it goes on."""
    with pytest.raises(NoRoom, match="no room"):
        _read(detection, {"a": _lines(KEY, KEY)}, Memory(room=1))


def test_an_event_without_a_time_is_counted(detection: Detection) -> None:
    """A correlation rule cannot take it, and somebody is told."""
    result = _read(detection, {"a": _lines({**KEY, "eventTime": "1e999"}, KEY)})
    assert (len(result.found.positions), len(result.observed.positions), result.timeless) == (2, 1, 1)


def test_interrupted_it_keeps_what_it_has(detection: Detection) -> None:
    """The receipt holds for what was read; later files are not begun."""
    result = _read(detection, {"a": _lines(*[KEY] * 5_000), "b": _lines(KEY)}, reporter=Quiet(questions=1))
    assert result.interrupted
    assert [file.path for file in result.files] == ["a"]
    assert 0 < result.files[0].receipt.events < 5_000


def test_a_lost_part_names_its_files() -> None:
    """Nothing is known of them, and that is said of each."""
    result = failed(Part((InputFile("a", 1), InputFile("b", 1))), "it died")
    assert result.lost
    assert [(file.path, file.unreadable, file.problems[0].reason) for file in result.files] == [
        ("a", True, "it died"), ("b", True, "it died"),
    ]  # fmt: skip
    assert Path(result.found.spool) == Path()
