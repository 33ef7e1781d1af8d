"""Logs of parts are bounded, and keep lines whole."""

from pathlib import Path

from minixdr.local.part_log import PartLog


def test_lines_are_put_together_again(tmp_path: Path) -> None:
    """A line that comes in pieces is one line."""
    log = PartLog(tmp_path / "part.log")
    assert log.add(b"one\ntw") == ["one"]
    assert log.add(b"o\n\xff\n") == ["two", "\\xff"]
    assert log.add(b"rest") == []
    assert log.end() == ["rest"]
    log.close()
    assert (tmp_path / "part.log").read_text() == "one\ntwo\n\\xff\nrest\n"


def test_a_part_that_writes_much_does_not_fill_the_disk(tmp_path: Path) -> None:
    """The oldest is given up."""
    log = PartLog(tmp_path / "part.log", most_bytes=10_000)
    for number in range(10_000):
        log.add(b"line %d of a part that cannot stop\n" % number)
    log.close()
    files = list(tmp_path.iterdir())
    assert len(files) == 5
    assert sum(file.stat().st_size for file in files) <= 50_000
    assert "line 9999 " in (tmp_path / "part.log").read_text()


def test_a_line_without_end_takes_bounded_memory(tmp_path: Path) -> None:
    """It is cut."""
    log = PartLog(tmp_path / "part.log")
    assert len(log.add(b"x" * 200_000)) == 3
    assert len(log.end()) == 1
    log.close()


def test_lines_lost_to_a_full_disk_are_counted(tmp_path: Path) -> None:
    """The gap is said where the log goes on."""
    log = PartLog(Path("/dev/full"))
    log.add(b"one\ntwo\n")
    log.close()
    log._handler.baseFilename = str(tmp_path / "part.log")
    log.add(b"three\n")
    log.close()
    assert (tmp_path / "part.log").read_text() == "[2 lines could not be written here]\nthree\n"
