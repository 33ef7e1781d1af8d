"""Files on a disk: found, cached, spooled, written."""

import os
from pathlib import Path

import pytest

from minixdr.adapters.disk_cache import DiskCache
from minixdr.adapters.input_files import DiskFiles
from minixdr.adapters.output_files import OutputFiles
from minixdr.adapters.rule_files import RuleFiles
from minixdr.adapters.spool_files import SpoolFolder


def test_files_are_found_once_and_in_order(tmp_path: Path) -> None:
    """A file given twice, or by two names, is read once; folders in sorted order."""
    for name in ("b/2.log", "b/1.log", "a.log"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "link.log").symlink_to(tmp_path / "a.log")
    (tmp_path / "loop").symlink_to(tmp_path)
    files, unreadable = DiskFiles().find([str(tmp_path / "b"), str(tmp_path), str(tmp_path / "b")])
    assert [Path(file.path).name for file in files] == ["1.log", "2.log", "a.log"]
    assert not unreadable


def test_what_is_no_file_is_said(tmp_path: Path) -> None:
    """A missing path, a broken link and a pipe are named with their reason; the rest is found."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "broken").symlink_to(tmp_path / "nothing")
    (tmp_path / "good.log").write_text("x")
    files, unreadable = DiskFiles().find([str(tmp_path), str(tmp_path / "missing"), "a\0b"])
    assert [Path(file.path).name for file in files] == ["good.log"]
    assert {Path(problem.path).name: problem.reason for problem in unreadable} == {
        "pipe": "not a regular file",
        "broken": "No such file or directory",
        "missing": "No such file or directory",
        "a\0b": "embedded null byte",
    }


def test_the_cache_gives_back_what_it_was_given(tmp_path: Path) -> None:
    """A key never names a file outside of the cache."""
    cache = DiskCache(tmp_path / "cache")
    assert cache.load("rules-1") is None
    cache.store("../../rules-1", b"content")
    assert cache.load("../../rules-1") == b"content"
    assert [path.parent for path in tmp_path.rglob("*rules-1*")] == [tmp_path / "cache"]
    assert (tmp_path / "cache").stat().st_mode & 0o077 == 0


def test_a_cache_that_cannot_be_written_to_is_no_error(tmp_path: Path) -> None:
    """A read-only home does not stop a scan."""
    (tmp_path / "file").write_text("")
    cache = DiskCache(tmp_path / "file" / "cache")
    cache.store("key", b"content")
    assert cache.load("key") is None


def test_the_cache_forgets_the_oldest(tmp_path: Path) -> None:
    """The cache does not grow without end."""
    cache = DiskCache(tmp_path)
    for number in range(40):
        cache.store(f"key{number}", b"x")
    assert len(list(tmp_path.iterdir())) < 40
    assert cache.load("key39") == b"x"


def test_frames_come_back_from_another_spool(tmp_path: Path) -> None:
    """What one process spooled another reads; the folder is gone afterwards."""
    with SpoolFolder() as spools:
        first, second = spools.create(), spools.create()
        positions = [
            (first.name, first.append(b"a" * 10)),
            (second.name, second.append(b"")),
            (first.name, first.append(b"b")),
        ]
        first.flush()
        second.flush()
        assert [spools.read(*position) for position in positions] == [b"a" * 10, b"", b"b"]
        folder = spools._folder
        assert folder is not None
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()


def test_an_output_is_whole_or_not_there(tmp_path: Path) -> None:
    """A run that fails leaves the file of the run before."""
    target = tmp_path / "out.jsonl"
    with OutputFiles().open(str(target)) as file:
        file.write(b"first")
    assert target.stat().st_mode & 0o777 == 0o600
    with pytest.raises(RuntimeError), OutputFiles().open(str(target)) as file:
        file.write(b"second")
        raise RuntimeError
    assert target.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [target]


def test_an_output_that_cannot_be_written_to_is_an_error_at_once(tmp_path: Path) -> None:
    """Nobody scans for an hour to learn that the folder was missing."""
    with pytest.raises(OSError, match="No such file"), OutputFiles().open(str(tmp_path / "missing" / "out")):
        pass


def test_rule_files_are_found_below_folders(tmp_path: Path) -> None:
    """YAML files only, hidden ones not, sorted."""
    for name in ("b.yml", "a.yaml", "c.txt", ".hidden.yml", "sub/d.YML"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    found = RuleFiles().read([str(tmp_path)])
    assert [Path(path).name for path, _ in found] == ["a.yaml", "b.yml", "d.YML"]
    assert found[0][1] == b"a.yaml"
