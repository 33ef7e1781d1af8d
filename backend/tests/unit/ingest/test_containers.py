"""Compressed files and archives: recognized by what they begin with, read in blocks, and what is damaged is said."""

import bz2
import gzip
import io
import itertools
import lzma
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable

import pytest
import zstandard

from tests.unit.ingest.streams import Trickle, collect, read_bytes

LINES = b"".join(
    b'{"number":%d,"pad":"%s"}\n' % (number, str(number * 7919).encode() * (number % 9)) for number in range(20_000)
)


def _zstd(content: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(content)


def _zstd_stream(content: bytes) -> bytes:
    """Frames without a size, as `zstd < pipe` writes them."""
    compressor = zstandard.ZstdCompressor(level=9).compressobj()
    return compressor.compress(content) + compressor.flush()


COMPRESSORS: list[Callable[[bytes], bytes]] = [gzip.compress, _zstd, _zstd_stream, bz2.compress, lzma.compress]


@pytest.mark.parametrize("compress", COMPRESSORS)
def test_compressed_files_are_read(compress: Callable[[bytes], bytes]) -> None:
    """The name does not matter, and several members or frames are one file."""
    half = LINES.index(b"\n", len(LINES) // 2) + 1
    for content in (compress(LINES), compress(LINES[:half]) + compress(LINES[half:])):
        result = read_bytes(content, "name.txt")
        assert b"\n".join(result.raws) + b"\n" == LINES
        assert result.issues == []


@pytest.mark.parametrize("compress", COMPRESSORS)
def test_what_came_before_the_cut_is_kept(compress: Callable[[bytes], bytes]) -> None:
    """A file that is cut off gives its beginning, and says that it is cut off and where."""
    content = compress(LINES)
    result = read_bytes(content[: len(content) * 9 // 10])
    assert 100 < len(result.records) < 20_000
    assert LINES.startswith(b"\n".join(result.raws[:-1]) + b"\n")
    (issue,) = result.issues
    assert issue.kind == "file"
    assert "cut off" in issue.reason
    assert issue.offset_bytes is not None
    assert issue.offset_bytes > 0


@pytest.mark.parametrize("compress", COMPRESSORS)
def test_damage_is_said(compress: Callable[[bytes], bytes]) -> None:
    """Bytes that were overwritten end the file with a reason, never with a traceback."""
    content = bytearray(compress(LINES))
    content[len(content) // 2 : len(content) // 2 + 40] = bytes(range(200, 240))
    result = read_bytes(bytes(content))
    assert len(result.issues) == 1
    assert result.issues[0].kind == "file"


def test_a_wrong_checksum_costs_no_record() -> None:
    """gzip's checksum comes last: where it is wrong, everything before it is there, and it is said."""
    content = bytearray(gzip.compress(LINES))
    content[-6] ^= 0xFF
    result = read_bytes(bytes(content))
    assert len(result.records) == 20_000
    assert "damaged gzip data" in result.reasons[0]


@pytest.mark.parametrize("compress", COMPRESSORS)
def test_something_behind_the_end_is_said(compress: Callable[[bytes], bytes]) -> None:
    """Padding is nothing; garbage behind the end is said, and all records are kept."""
    content = compress(LINES)
    assert len(read_bytes(content + b"this is no compressed data").records) == 20_000
    assert read_bytes(content + b"this is no compressed data").issues
    if compress in (gzip.compress, bz2.compress):
        assert read_bytes(content + b"\x00" * 512).issues == []


@pytest.mark.parametrize("compress", COMPRESSORS)
@pytest.mark.parametrize("size", [7, 1000])
def test_blocks_of_any_size_give_the_same(compress: Callable[[bytes], bytes], size: int) -> None:
    """How the stream is cut does not matter."""
    small = LINES[: LINES.index(b"\n", 30_000) + 1]
    result = collect(Trickle(compress(small), itertools.repeat(size)))
    assert b"\n".join(result.raws) + b"\n" == small
    assert result.issues == []


def _zip(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return held.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_of_zip_archives_are_files(method: int) -> None:
    """Each member is a file of its own, with its own numbers; compression inside is opened, too."""
    inner = _zip({"deep.json": b'{"d":1}\n'})
    content = _zip(
        {"a.json": b'{"a":1}\n{"a":2}\n', "dir/": b"", "../b.gz": gzip.compress(b'{"b":1}\n'), "c.zip": inner}, method
    )
    result = read_bytes(content, "x.zip")
    assert [(file, number) for file, number, *_ in result.records] == [
        ("x.zip!a.json", 1),
        ("x.zip!a.json", 2),
        ("x.zip!../b.gz", 1),
        ("x.zip!c.zip!deep.json", 1),
    ]
    assert result.issues == []


@pytest.mark.parametrize("compress", [bytes, gzip.compress, _zstd])
def test_members_of_tar_archives_are_files(compress: Callable[[bytes], bytes]) -> None:
    """tar, tar.gz and tar.zst are read in one pass; links are no files."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for name, content in (("a.json", b'{"a":1}\n' * 3000), ("b.json.gz", gzip.compress(b'{"b":1}\n'))):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    result = read_bytes(compress(held.getvalue()), "x.tar")
    assert len(result.records) == 3001
    assert result.records[-1][:2] == ("x.tar!b.json.gz", 1)
    assert result.issues == []
    cut = read_bytes(compress(held.getvalue())[: -len(compress(held.getvalue())) // 2], "x.tar")
    assert cut.issues


def test_an_empty_file_has_no_records_and_no_issues() -> None:
    """Nothing is nothing, compressed or not."""
    for content in (b"", gzip.compress(b""), _zstd(b""), _zip({}), b"\n\n", b"\xef\xbb\xbf"):
        result = read_bytes(content)
        assert (result.records, result.issues) == ([], [])


def test_a_log_that_compresses_a_hundred_times_is_read() -> None:
    """Repetitive logs are no bombs."""
    content = b'{"message":"the same line again and again","level":"info"}\n' * 400_000
    compressed = gzip.compress(content)
    assert len(content) > 100 * len(compressed)
    result = read_bytes(compressed)
    assert len(result.records) == 400_000
    assert result.issues == []


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_archive_that_is_cut_off_keeps_what_came_before(method: int) -> None:
    """Without its directory an archive is read from the start; the member that is cut off gives its beginning."""
    content = _zip(
        {"a.json": b'{"a":1}\n', "b.png": b"\x89PNG\r\n\x1a\n" + bytes(100_000), "c.json": LINES, "d.json": LINES},
        method,
    )
    result = read_bytes(content[: len(content) - len(content) // 4], "x.zip")
    files = Counter(record[0] for record in result.records)
    assert files["x.zip!a.json"] == 1
    assert files["x.zip!c.json"] == 20_000
    assert 100 < files["x.zip!d.json"] < 20_000
    assert {"x.zip!b.png", "x.zip!d.json"} <= {issue.file for issue in result.issues}
    assert any("cut off" in reason for reason in result.reasons)
