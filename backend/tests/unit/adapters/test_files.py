"""Files on a disk: found, cached, spooled, written."""

import os
import sys
from pathlib import Path

import pytest

from minixdr.adapters.disk_cache import DiskCache, ShippedCache, ShippingCache, digest_of_code
from minixdr.adapters.input_files import DiskFiles
from minixdr.adapters.output_files import OutputFiles
from minixdr.adapters.rule_files import RuleFiles, TextFiles
from minixdr.adapters.spool_files import SpoolFile, SpoolFolder
from minixdr.ports.scan import NoRoom


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
    reasons = {Path(problem.path).name: problem.reason for problem in unreadable}
    assert "embedded null" in reasons.pop("a\0b")  # Python's versions word it differently
    assert reasons == {
        "pipe": "not a regular file",
        "broken": "No such file or directory",
        "missing": "No such file or directory",
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


def _planted(path: Path, how: str) -> None:
    """Do to a kept file what somebody else might."""
    if how == "readable by others":
        path.chmod(0o644)
    elif how == "writable by others":
        path.chmod(0o606)
    elif how == "a link":
        path.rename(path.with_suffix(".moved"))
        path.symlink_to(path.with_suffix(".moved"))
    elif how == "two names":
        path.with_suffix(".other").hardlink_to(path)
    elif how == "a pipe":
        path.unlink()
        os.mkfifo(path, 0o600)
    elif how == "a folder":
        path.unlink()
        path.mkdir(0o700)


@pytest.mark.parametrize(
    "how", ["readable by others", "writable by others", "a link", "two names", "a pipe", "a folder"]
)
def test_a_planted_file_is_not_believed(tmp_path: Path, how: str) -> None:
    """What the cache holds is run; what another user may have put there is compiled anew instead, and replaced."""
    cache = DiskCache(tmp_path)
    cache.store("key", b"mine")
    (kept,) = tmp_path.iterdir()
    _planted(kept, how)
    assert cache.load("key") is None
    cache.store("key", b"mine again")
    assert cache.load("key") == (b"mine again" if how != "a folder" else None)


def test_a_file_of_another_user_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor by root, in a folder that anybody may write to."""
    cache = DiskCache(tmp_path)
    cache.store("key", b"theirs")
    monkeypatch.setattr("os.geteuid", lambda: os.getuid() + 1)
    assert cache.load("key") is None


def test_the_cache_forgets_only_its_own_files(tmp_path: Path) -> None:
    """Whoever names their home as the cache keeps their files."""
    for number in range(60):
        (tmp_path / f"thesis{number}.tex").write_text("dear")
        os.utime(tmp_path / f"thesis{number}.tex", (0, 0))
    cache = DiskCache(tmp_path)
    for number in range(40):
        cache.store(f"key{number}", b"x")
    assert len(list(tmp_path.glob("thesis*"))) == 60
    assert len(list(tmp_path.iterdir())) < 60 + 40


def test_what_came_with_the_installation_is_taken(tmp_path: Path) -> None:
    """Whoever runs the program, from a folder that cannot be written to; what is not there is kept in the user's own cache."""
    ShippingCache(tmp_path / "shipped").store("key", b"shipped")
    (kept,) = (tmp_path / "shipped").iterdir()
    assert (kept.parent.stat().st_mode & 0o777, kept.stat().st_mode & 0o777) == (0o755, 0o644)
    cache = ShippedCache(tmp_path / "shipped", DiskCache(tmp_path / "own"))
    assert cache.load("key") == b"shipped"
    cache.store("other", b"own")
    assert cache.load("other") == b"own"
    assert list((tmp_path / "shipped").iterdir()) == [kept]


@pytest.mark.parametrize("how", ["writable by others", "a link", "a pipe", "a folder"])
def test_a_file_that_others_wrote_came_with_no_installation(tmp_path: Path, how: str) -> None:
    """What is kept there is run: it is believed only where root or this user alone can have written it."""
    ShippingCache(tmp_path).store("key", b"shipped")
    (kept,) = tmp_path.iterdir()
    _planted(kept, how)
    assert ShippedCache(tmp_path, DiskCache(None)).load("key") is None


def test_compiled_rules_that_cannot_be_kept_are_an_error(tmp_path: Path) -> None:
    """An image without its rules would start slowly, and nobody would know why."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="Not a directory"):
        ShippingCache(tmp_path / "file" / "folder").store("key", b"x")


def test_without_a_folder_nothing_is_kept() -> None:
    """There is no home, and that is no error."""
    cache = DiskCache(None)
    cache.store("key", b"x")
    assert cache.load("key") is None


def test_the_kernel_s_files_are_no_logs() -> None:
    """`minixdr scan /` does not wait for /proc/kmsg, nor read what has no end."""
    files, unreadable = DiskFiles().find(["/proc/self"])
    assert not [file for file in files if file.path.startswith("/proc/self/net")]
    reasons = {problem.path: problem.reason for problem in unreadable}
    assert reasons["/proc/self/pagemap"] == "no log: the kernel makes its content"


def test_a_pipe_that_took_a_log_s_place_is_not_waited_for(tmp_path: Path) -> None:
    """What was a file when it was found may be a pipe when it is opened."""
    log = tmp_path / "a.log"
    log.write_text("x")
    files, _ = DiskFiles().find([str(log)])
    log.unlink()
    os.mkfifo(log)
    with pytest.raises(OSError, match="not a regular file any more"):
        DiskFiles().open(files[0].path)


def test_a_missing_path_is_told_from_one_that_cannot_be_read(tmp_path: Path) -> None:
    """A slip of the keyboard from a broken link."""
    (tmp_path / "broken").symlink_to(tmp_path / "nothing")
    _, unreadable = DiskFiles().find([str(tmp_path / "broken"), str(tmp_path / "missing")])
    assert [problem.missing for problem in unreadable] == [False, True]


def test_one_file_has_one_identity(tmp_path: Path) -> None:
    """By whatever name."""
    (tmp_path / "a").write_text("x")
    (tmp_path / "b").symlink_to("a")
    found = [DiskFiles().find([str(tmp_path / name)])[0][0].identity for name in "ab"]
    assert found[0] == found[1] is not None


def test_a_full_disk_is_no_room(tmp_path: Path) -> None:
    """Said with what to do, at the frame or at the flush that fails, not when the file is closed."""
    spool = SpoolFile(Path("/dev/full"))
    with pytest.raises(NoRoom, match="No space left on device; set TMPDIR"):
        spool.append(b"x" * 1_000_000)
    small = SpoolFile(Path("/dev/full"))
    small.append(b"x")
    with pytest.raises(NoRoom, match="No space left on device"):
        small.flush()
    spool.close()
    small.close()
    with pytest.raises(NoRoom, match="cannot be kept in the temporary folder"):
        SpoolFile(tmp_path / "missing" / "spool")


def test_a_link_is_written_through(tmp_path: Path) -> None:
    """The file that it points to is replaced, the link stays."""
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    with OutputFiles().open(str(tmp_path / "link")) as file:
        file.write(b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_a_name_as_long_as_names_may_be_can_be_written(tmp_path: Path) -> None:
    """The name of the file before it takes its place is no longer than that."""
    with OutputFiles().open(str(tmp_path / ("x" * 255))) as file:
        file.write(b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["x" * 255]


def test_a_folder_that_is_missing_is_said_by_the_name_that_was_given(tmp_path: Path) -> None:
    """Not by that of a temporary file."""
    target = str(tmp_path / "missing" / "out")
    with pytest.raises(OSError, match="No such file") as error, OutputFiles().open(target):
        pass
    assert error.value.filename == target


@pytest.mark.parametrize("path", ["-", "/dev/stdout", "/dev/fd/1"])
def test_standard_output_is_not_replaced(
    path: str, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By any of its names: root could put a file in the place of /dev/stdout, for every program of the machine."""
    monkeypatch.setattr("tempfile.mkstemp", None)  # were this test to fail, it would do just that
    with OutputFiles().open(path) as file:
        file.write(b"line\n")
    assert capfdbinary.readouterr().out == b"line\n"


def test_a_pipe_is_written_to() -> None:
    """`-o >(gzip > out.gz)` of a shell names one."""
    reading, writing = os.pipe()
    with OutputFiles().open(f"/dev/fd/{writing}") as file:
        file.write(b"x")
    os.close(writing)
    assert os.read(reading, 10) == b"x"
    os.close(reading)


def test_without_standard_output_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon that closed it."""
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(OSError, match="standard output is closed"), OutputFiles().open("-"):
        pass


def test_only_files_below_a_folder_are_read_as_rules(tmp_path: Path) -> None:
    """A pipe or a broken link among the rules is not waited for; a name that is no Unicode can be printed."""
    os.mkfifo(tmp_path / "a.yml")
    (tmp_path / "b.yml").symlink_to("nothing")
    (tmp_path / "c\udcff.yml").write_text("c")
    for reader in (RuleFiles(), TextFiles()):
        assert [(Path(path).name, text) for path, text in reader.read([str(tmp_path)])] == [("c\\udcff.yml", b"c")]
    with pytest.raises(OSError, match="No such file"):
        RuleFiles().read([str(tmp_path / "b.yml")])


def test_a_list_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """`/dev/zero` as a list of indicators is said, not read."""
    monkeypatch.setattr("minixdr.adapters.rule_files._LARGEST_TEXT_BYTES", 1_000)
    with pytest.raises(OSError, match="larger than 1,000 bytes"):
        TextFiles().read(["/dev/zero"])


def test_other_code_has_another_digest(tmp_path: Path) -> None:
    """What an older version of the code compiled is not taken for what this one would."""
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / "a.py").write_text("x = 1\n")
    before = digest_of_code(tmp_path)
    (tmp_path / "kinds" / "a.py").write_text("x = 2\n")
    assert before
    assert digest_of_code(tmp_path) not in ("", before)
