"""A backup file comes back whole, or is refused."""

import io
import json
import tarfile
from pathlib import Path

import pytest
import zstandard

from minixdr.local.archive import extract, new_archive
from minixdr.local.error import LocalError


def archive(path: Path, members: dict[str, bytes], kind: bytes = tarfile.REGTYPE) -> Path:
    """Write an archive by hand."""
    plain = io.BytesIO()
    with tarfile.open(mode="w", fileobj=plain) as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size, member.type = len(content), kind
            member.linkname = "/etc/passwd"
            tar.addfile(member, io.BytesIO(content))
    path.write_bytes(zstandard.compress(plain.getvalue()))
    return path


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """Return an archive of two files."""
    (tmp_path / "lake" / "day").mkdir(parents=True)
    (tmp_path / "lake" / "day" / "part.parquet").write_bytes(b"columns" * 10_000)
    (tmp_path / "secrets.json").write_bytes(b"{}")
    with new_archive(tmp_path / "backup.tar.zst") as made:
        made.add("secrets.json", tmp_path / "secrets.json")
        made.add_folder("lake", tmp_path / "lake")
        made.finish({"version": "1"})
    return tmp_path / "backup.tar.zst"


def test_what_went_in_comes_out(written: Path, tmp_path: Path) -> None:
    """With its list."""
    listed = extract(written, tmp_path / "out")
    assert listed["version"] == "1"
    assert (tmp_path / "out" / "lake" / "day" / "part.parquet").read_bytes() == b"columns" * 10_000
    assert sorted(listed["files"]) == ["lake/day/part.parquet", "secrets.json"]


def test_it_is_its_owners_alone(written: Path) -> None:
    """It holds secrets."""
    assert written.stat().st_mode & 0o777 == 0o600


def test_a_backup_that_fails_leaves_no_file(tmp_path: Path) -> None:
    """Half a backup is never taken for one."""
    with pytest.raises(FileNotFoundError), new_archive(tmp_path / "backup.tar.zst") as made:
        made.add("secrets.json", tmp_path / "missing")
    assert list(tmp_path.iterdir()) == []


def test_one_that_was_cut_off_is_refused(written: Path, tmp_path: Path) -> None:
    """At every place before the list's end; after it only checksums follow."""
    content = written.read_bytes()
    for length in range(0, len(content) * 3 // 4, max(1, len(content) // 40)):
        written.write_bytes(content[:length])
        with pytest.raises(LocalError, match="damaged"):
            extract(written, tmp_path / f"out-{length}")


def test_one_with_a_changed_byte_is_refused(written: Path, tmp_path: Path) -> None:
    """Wherever a byte matters: nothing else than what went in ever comes out."""
    content = written.read_bytes()
    refused = 0
    for place in range(6, len(content)):
        written.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        folder = tmp_path / f"out-{place}"
        try:
            listed = extract(written, folder)
        except LocalError:
            refused += 1
        else:
            assert sorted(listed["files"]) == ["lake/day/part.parquet", "secrets.json"], place
            assert (folder / "lake" / "day" / "part.parquet").read_bytes() == b"columns" * 10_000, place
            assert (folder / "secrets.json").read_bytes() == b"{}", place
    assert refused > len(content) * 3 // 4


@pytest.mark.parametrize("name", ["../outside", "/etc/cron.d/mine", "lake/../../outside", ".."])
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    """A backup from elsewhere cannot write where it likes."""
    made = archive(tmp_path / "bad.tar.zst", {name: b"x"})
    with pytest.raises(LocalError, match="leads out"):
        extract(made, tmp_path / "in" / "out")
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_a_link_or_device_is_refused(tmp_path: Path, kind: bytes) -> None:
    """Only plain files are in a backup."""
    made = archive(tmp_path / "bad.tar.zst", {"lake/file": b""}, kind)
    with pytest.raises(LocalError):
        extract(made, tmp_path / "out")


def test_a_list_that_lies_is_refused(tmp_path: Path) -> None:
    """A file that was changed, added or left out is noticed."""
    listed = json.dumps({"format": 1, "files": {"a": {"size": 1, "sha256": "0" * 64}}}).encode()
    made = archive(tmp_path / "bad.tar.zst", {"a": b"x", "manifest.json": listed})
    with pytest.raises(LocalError, match="not what its list says"):
        extract(made, tmp_path / "out")


def test_a_newer_format_is_said(tmp_path: Path) -> None:
    """And not guessed at."""
    made = archive(tmp_path / "new.tar.zst", {"manifest.json": b'{"format": 2, "files": {}}'})
    with pytest.raises(LocalError, match="has format 2; this version reads 1"):
        extract(made, tmp_path / "out")
