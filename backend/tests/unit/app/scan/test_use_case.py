"""The order of a scan's steps."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from minixdr.app.ruleset import load_ruleset
from minixdr.app.scan import use_case
from minixdr.app.scan.conclude import Conclusion
from minixdr.app.scan.part import PartReader
from minixdr.ports.scan import InputFile
from minixdr.wiring import services
from tests.integration.test_scan import RULE, cloudtrail
from tests.unit.app.scan.scans import make_request
from tests.unit.app.scan.test_part import Quiet


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a rule and ten logs of one finding each."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MINIXDR_CACHE_DIR", str(tmp_path / "cache"))
    Path("rule.yml").write_text(RULE)
    Path("logs").mkdir()
    for number in range(10):
        Path(f"logs/{number}.jsonl").write_text(json.dumps(cloudtrail(number, "CreateAccessKey", "iam")) + "\n")
    return tmp_path


def _scan(**changes: Any) -> Conclusion:
    request = make_request(rules=("rule.yml",), **changes)
    ruleset = load_ruleset(request, services())
    return use_case.scan(request, services(), ruleset, use_case.find_files(request, services()), Quiet())


def test_a_file_that_kills_its_reader_hides_no_other(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small files are read together; where one of them crashes a library, the others are read again, alone, and keep their order."""
    parent = os.getpid()
    whole = PartReader.__call__

    def read(self: PartReader, part: Any, reporter: Any) -> Any:
        if os.getpid() != parent and any(file.path == "logs/4.jsonl" for file in part.files):
            os.kill(os.getpid(), 9)
        return whole(self, part, reporter)

    monkeypatch.setattr(PartReader, "__call__", read)
    monkeypatch.setattr(use_case, "_PART_FILES", 5)
    conclusion = _scan(jobs=2, output="out.jsonl")
    names = [json.loads(line)["file"] for line in Path("out.jsonl").read_text().splitlines()]
    assert names == [f"logs/{number}.jsonl" for number in range(10) if number != 4]
    unread = [file for file in conclusion.account.files if file.unreadable]
    assert [(file.path, file.problems[0].reason) for file in unread] == [
        ("logs/4.jsonl", "the process that read it ended (exit code -9)")
    ]
    assert conclusion.account.receipt().received == conclusion.account.receipt().events == 9


def test_what_was_found_is_told_where_it_cannot_be_written(folder: Path) -> None:
    """A full disk at the end of an hour costs the file, not the tables."""
    conclusion = _scan(jobs=1, output="/dev/full")
    assert conclusion.unwritten == "the outputs could not be written: No space left on device"
    assert len(conclusion.found) == 10


def test_many_small_files_are_shared_out() -> None:
    """A hundred thousand files of a few bytes are work for all processes."""
    parts = list(use_case._parts([InputFile(str(number), 10) for number in range(1_000)], 1_000_000))
    assert len(parts) >= 4
    assert [file.path for part in parts for file in part.files] == [str(number) for number in range(1_000)]
