"""A scan never writes over what it reads."""

import os
from pathlib import Path
from typing import Any

import pytest

from minixdr.app.scan.outputs import apart
from minixdr.app.scan.request import BadInput
from minixdr.app.scan.use_case import find_files
from minixdr.wiring import services
from tests.unit.app.scan.scans import make_request


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a log, a rule, a list, and links to them."""
    monkeypatch.chdir(tmp_path)
    Path("logs").mkdir()
    for name in ("logs/a.jsonl", "rule.yml", "list.txt"):
        Path(name).write_text('{"eventName":"a"}\n')
        Path(Path(name).name + ".link").symlink_to(name)
    Path("hard.jsonl").hardlink_to("logs/a.jsonl")
    return tmp_path


def _request(**changes: Any) -> Any:
    return make_request(**{"rules": ("rule.yml",), "indicators": ("list.txt",), **changes})


@pytest.mark.parametrize("option", ["output", "report", "issues"])
@pytest.mark.parametrize(
    "path",
    ["logs/a.jsonl", "a.jsonl.link", "hard.jsonl", "rule.yml", "rule.yml.link", "list.txt", "./logs/../logs/a.jsonl"],
)
def test_evidence_is_not_written_over(folder: Path, option: str, path: str) -> None:
    """A log, a rule, a list, by whatever name, is refused as an output."""
    with pytest.raises(BadInput, match="would be written over"):
        find_files(_request(**{option: path}), services())


@pytest.mark.parametrize("start", ["", '{"incident_id":null,"finding_id":"1"}', '{"kind":"skipped","file":"a"}',
                                   '<!doctype html><html lang="en" data-made-by="minixdr"><head>'])  # fmt: skip
def test_an_earlier_output_is_replaced_and_no_log(folder: Path, start: str) -> None:
    """The same command can be run twice, its output inside the folder that is scanned."""
    Path("logs/out").write_text(start)
    files, _ = find_files(_request(output="logs/out"), services())
    assert [file.path for file in files] == ["logs/a.jsonl"]


def test_two_outputs_are_two_files(folder: Path) -> None:
    """They would overwrite each other."""
    for path in ("x", "-"):
        with pytest.raises(BadInput, match="two outputs go to"):
            apart(_request(output=path, issues=path), [], services())


def test_a_missing_path_stops_and_an_unreadable_one_does_not(folder: Path) -> None:
    """A slip of the keyboard is said at once; one socket among a hundred logs (`/var/log/*`) does not stop the others."""
    os.mkfifo("pipe")
    files, unreadable = find_files(_request(paths=("logs", "pipe")), services())
    assert ([file.path for file in files], [problem.path for problem in unreadable]) == (["logs/a.jsonl"], ["pipe"])
    with pytest.raises(BadInput, match=r"missing\.log: No such file"):
        find_files(_request(paths=("logs", "missing.log")), services())
    with pytest.raises(BadInput, match="no files below pipe; pipe: not a regular file"):
        find_files(_request(paths=("pipe",)), services())
