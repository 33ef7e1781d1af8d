"""Files that somebody made to hurt the reader: counted and reported, never a traceback, never without bounds."""

import gzip
import io
import json
import struct
import tarfile
import zipfile

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from minixdr.ingest.reading import read
from minixdr.ingest.recognition import formats
from minixdr.schema.record import Batch, Issue
from tests.unit.ingest.streams import Trickle, collect, read_bytes


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"1 0 obj\n" * 100, "PDF"),
        (b"MZ\x90\x00\x03\x00\x00\x00\x04\x00" + bytes(range(256)) * 40, "executable"),
        (b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 40, "executable"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "image"),
        (b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00" + bytes(range(256)) * 40, "capture"),
        (b"SQLite format 3\x00" + bytes(range(256)) * 40, "SQLite"),
        (bytes(range(256)) * 40, "binary"),
        (b"\x00" * 100_000, "binary"),
    ],
)
def test_what_is_no_log_is_one_issue(content: bytes, what: str) -> None:
    """A picture among the logs is one line in the report, not a hundred thousand malformed records."""
    result = read_bytes(content)
    assert result.records == []
    assert len(result.issues) == 1
    assert result.issues[0].kind == "file"
    assert what in result.issues[0].reason


@pytest.mark.parametrize(
    "content", [b"MZ is how this line begins\nand another\n", b"PAR1 level\n" * 3, b"regf \n", b"BM\n"]
)
def test_a_text_that_begins_like_a_signature_is_text(content: bytes) -> None:
    """Letters are no proof."""
    assert read_bytes(content).formats == {"text"}


@pytest.mark.parametrize("depth", [1_000, 100_000])
@pytest.mark.parametrize("shape", ["line", "array", "object", "open"])
def test_nesting_is_no_trap(depth: int, shape: str) -> None:
    """A hundred thousand brackets are one record that nobody can use."""
    nest = b'{"a":' + b"[" * depth + b"]" * depth + b"}"
    content = {
        "line": b'{"b":1}\n' + nest + b'\n{"b":2}\n',
        "array": b'[{"b":1},' + nest + b',{"b":2}]',
        "object": b'{"b":1}{"b":2}' + b'{"a":' * depth + b"1" + b"}" * depth,
        "open": b'{"b":1}{"b":2}' + b'{"a":' * depth,
    }[shape]
    result = read_bytes(content)
    assert {"b": 1} in result.bodies
    assert {"b": 2} in result.bodies


@pytest.mark.parametrize(
    "value",
    [
        b"NaN",
        b"-Infinity",
        b"1" * 5000,
        b"1e999999",
        b'"\\ud800"',
        b'"\x00\x01"',
        b'"\xff\xfe"',
        b"1" * 30,
        b"-0.0e-999",
    ],
)
def test_odd_values_do_not_move_boundaries(value: bytes) -> None:
    """Whatever a value is, the objects around it are records of their own."""
    odd = b'{"v":' + value + b"}"
    for content in (
        b'{"a":1}\n' + odd + b'\n{"a":2}\n',
        b'[{"a":1},' + odd + b',{"a":2}]',
        b'{"Records":[{"a":1},' + odd + b',{"a":2}]}',
    ):
        result = read_bytes(content)
        assert result.raws == [b'{"a":1}', odd, b'{"a":2}']


def test_a_line_without_end_is_bounded() -> None:
    """A hundred megabytes without a line end are one malformed record."""
    block = b"x" * (1 << 20)

    class Long(io.RawIOBase):
        left = 100

        def read(self, size: int = -1, /) -> bytes:
            self.left -= 1
            return block if self.left >= 0 else b"\nend\n" if self.left == -1 else b""

    result = collect(Long())
    assert result.raws == [b"end"]
    assert [(issue.kind, issue.number) for issue in result.issues] == [("malformed", 1)]


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.ZstdCompressor(level=3).compress])
def test_a_bomb_is_stopped_and_said(compress: object) -> None:
    """What grows like no log is left, with a reason, after what came before."""
    line = b'{"a":"' + b"0" * 1_000_000 + b'"}\n'
    records, reasons = 0, []
    for item in read(io.BytesIO(compress(line * 400)), "bomb"):  # type: ignore[operator]
        if isinstance(item, Batch):
            records += len(item.raws)
        else:
            reasons.append(item.reason)
    assert 100 < records < 400
    assert any("bomb" in reason for reason in reasons)


def test_overlapping_members_are_no_files() -> None:
    """A zip whose members share bytes is read once, not a thousand times."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", b'{"a":1}\n' * 100)
        archive.filelist.extend([archive.filelist[0]] * 50)
    result = read_bytes(held.getvalue(), "x.zip")
    assert len(result.records) <= 100
    assert any("overlap" in reason.lower() for reason in result.reasons)


def test_an_encrypted_member_is_said() -> None:
    """What cannot be read is named; the other members are read."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("a.json", b'{"a":1}\n')
        archive.writestr("b.json", b'{"b":1}\n')
    content = bytearray(held.getvalue())
    directory = content.index(b"PK\x01\x02")
    content[directory + 8] |= 1
    result = read_bytes(bytes(content), "x.zip")
    assert [issue.file for issue in result.issues] == ["x.zip!a.json"]
    assert result.reasons == ["encrypted"]
    assert result.bodies == [{"b": 1}]


def test_archives_inside_archives_end() -> None:
    """Nesting is bounded."""
    content = b'{"a":1}\n'
    for _ in range(30):
        content = gzip.compress(content)
    result = read_bytes(content)
    assert result.records == []
    assert "inside each other" in result.reasons[0]


def test_a_lying_zip_directory_is_said() -> None:
    """Sizes and offsets that cannot be are damage, not a traceback."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", json.dumps({"a": "x" * 1000}))
    good = held.getvalue()
    directory = good.index(b"PK\x01\x02")
    for offset, value in ((20, 5), (20, 2**31), (24, 5), (42, 2**31), (42, 7), (10, 99)):
        content = bytearray(good)
        struct.pack_into("<I" if offset != 10 else "<H", content, directory + offset, value)
        result = read_bytes(bytes(content), "x.zip")
        assert result.issues or len(result.records) <= 1


@pytest.mark.parametrize("name", sorted(formats()))
@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=2000))
def test_no_bytes_raise(name: str, content: bytes) -> None:
    """Arbitrary bytes, taken for any format, give records and issues, never an exception."""
    read_bytes(content, format_name=name)


FRAGMENTS = st.sampled_from(
    [b"{", b"}", b"[", b"]", b'"', b",", b":", b"\n", b"\r\n", b" ", b"\\", b"\x00", b'{"a":1}', b'{"Records":[',
     b'"logEvents":[', b'{"message":"x","id":"1","timestamp":1}', b"<13>1 - h a - - - ", b"12 <13>",
     b"Nov  3 04:05:06 h a[1]: ", b"type=EXECVE msg=audit(1.2:3): a0=41 ", b"----\n", b"#fields\ta\tb\n",
     b"#types\tset[int]\tset[set[int]]\n", b"#separator \\x\n", b"a,b\n", b"1,2\n", b"srcaddr dstaddr\n", b"\xff\xfe",
     b"\xef\xbb\xbf", b"PK\x03\x04", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"BZh91AY&SY", b"\xfd7zXZ\x00",
     b"ElfFile\x00", b"ElfChnk\x00"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(parts=st.lists(FRAGMENTS, max_size=40), sizes=st.lists(st.integers(1, 30), min_size=1, max_size=8))
def test_chunk_boundaries_change_nothing(parts: list[bytes], sizes: list[int]) -> None:
    """However a stream is cut into pieces, the records and issues are the same."""
    content = b"".join(parts)

    def pieces() -> "object":
        while True:
            yield from sizes

    whole = read_bytes(content)
    cut = collect(_Seekable(content, pieces()))
    assert cut.records == whole.records
    assert [(issue.number, issue.kind) for issue in cut.issues] == [
        (issue.number, issue.kind) for issue in whole.issues
    ]


class _Seekable(Trickle):
    """Pieces, of a stream that can seek."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._at = (0, self._at, len(self._content))[whence] + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def seekable(self) -> bool:
        return True

    def readinto(self, target: bytearray, /) -> int:  # type: ignore[override]
        piece = self.read(len(target))
        target[: len(piece)] = piece
        return len(piece)


@pytest.mark.parametrize(
    "content",
    [
        b"[" + (b'{"a":1},' * 500 + b'{"a":NaN},') * 1000 + b'{"a":1}]',
        b'{\n"a": {\n}\n' * 30_000,
        b'{"a": "\n' * 50_000,
        b"[" + b'{"a":nope},' * 60_000 + b"]",
        b"[" * 3_000_000,
        b'{"a":[' * 1_000_000,
        b"type=SYSCALL msg=audit(1.2:3): " + b"a" * 3_000_000 + b"={" * 500_000,
        b"Nov  3 04:05:06 " + b"a:" * 1_500_000,
        b'<13>1 - h a - - [a b="' + b"\\" * 3_000_000,
        b'a,b\n"' * 200_000,
        b"#fields\t" + b"a\t" * 500_000 + b"\n" + b"1\t" * 500_000,
        b"<Event>" * 300_000,
        b"1000000 <13>1 - h a - - - x\n" * 50_000,
    ],
)
def test_effort_grows_with_size_only(content: bytes) -> None:
    """Input made so that a careless reader looks at each byte many times is read to its end like any other."""
    for item in read(io.BytesIO(content), "hostile"):
        assert item is not None


def test_a_sparse_member_is_stopped() -> None:
    """A tar member that claims exabytes of nothing is a bomb."""
    info = tarfile.TarInfo("a.json")
    info.type = tarfile.GNUTYPE_SPARSE
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[124:136] = b"00000000000\x00"
    header[386:398] = b"00000000000\x00"
    header[398:410] = b"00000000000\x00"
    header[483:495] = b"77777777777\x00"
    header[148:156] = b"        "
    header[148:156] = b"%06o\x00 " % sum(header)
    reasons = [
        item.reason for item in read(io.BytesIO(bytes(header) + bytes(1024)), "x.tar") if isinstance(item, Issue)
    ]
    assert reasons


def test_a_chosen_format_does_not_make_a_picture_a_log() -> None:
    """`--format` over a folder with a capture in it gives one issue for the capture; odd text is read as chosen."""
    result = read_bytes(b"\xd4\xc3\xb2\xa1" + bytes(range(256)) * 400, format_name="syslog")
    assert (result.records, len(result.issues)) == ([], 1)
    assert read_bytes(b"\x01\x02\x03 text\n" * 9, format_name="text").formats == {"text"}
