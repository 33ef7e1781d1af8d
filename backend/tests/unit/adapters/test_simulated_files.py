"""A simulation's folder on disk."""

from pathlib import Path

import pytest

from minixdr.adapters.simulated_files import FolderFiles


def test_content_is_added_to_the_end_of_a_file(tmp_path: Path) -> None:
    """Hours of one log follow each other in one file, its folders made on the way."""
    files = FolderFiles(tmp_path / "out")
    files.append("logs/a/b.log", b"one\n")
    files.append("logs/a/b.log", b"two\n")
    assert (tmp_path / "out" / "logs" / "a" / "b.log").read_bytes() == b"one\ntwo\n"


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    """A second run does not double the records of the first."""
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(FileExistsError, match="not empty"):
        FolderFiles(tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "keep"
