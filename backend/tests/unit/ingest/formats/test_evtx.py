"""Windows event log files: what can be read of them, and what is damaged."""

import gzip
import io
import random
from pathlib import Path

import orjson
import pytest

from tests.unit.ingest.streams import collect, read_bytes

CHUNK_BYTES = 65536
HEADER_BYTES = 4096


@pytest.fixture(scope="module")
def event_log(shared_data: Path) -> bytes:
    """Return a log of several chunks."""
    files = sorted((shared_data / "windows").rglob("*.evtx"), key=lambda path: (path.stat().st_size, path.name))
    return next(path.read_bytes() for path in files if path.stat().st_size > HEADER_BYTES + 3 * CHUNK_BYTES)


def test_records_are_the_json_of_the_reader(event_log: bytes) -> None:
    """The raw record is JSON with the event's parts; every record of the file is there."""
    result = read_bytes(event_log)
    assert result.formats == {"evtx"}
    assert result.issues == []
    assert len(result.records) > 50
    for raw in result.raws:
        assert "System" in orjson.loads(raw)["Event"]


def test_a_compressed_event_log_is_read(event_log: bytes) -> None:
    """EVTX must be sought in: compressed, it is held in memory, or in what the caller gives."""
    plain = read_bytes(event_log)
    assert read_bytes(gzip.compress(event_log)).raws == plain.raws
    assert collect(io.BytesIO(gzip.compress(event_log)), spill=io.BytesIO).raws == plain.raws


def test_a_log_that_is_cut_off_says_so(event_log: bytes) -> None:
    """The reader passes over half a chunk in silence; here it is said."""
    whole = len(read_bytes(event_log).records)
    result = read_bytes(event_log[: HEADER_BYTES + CHUNK_BYTES + CHUNK_BYTES // 2])
    assert 0 < len(result.records) < whole
    assert [(issue.kind, issue.offset_bytes) for issue in result.issues] == [("file", HEADER_BYTES + CHUNK_BYTES)]


def test_a_chunk_that_was_overwritten_says_so(event_log: bytes) -> None:
    """What is no chunk any more is named; the others are read."""
    content = bytearray(event_log)
    content[HEADER_BYTES + CHUNK_BYTES : HEADER_BYTES + CHUNK_BYTES + 8] = b"garbage!"
    result = read_bytes(bytes(content))
    assert result.records
    assert ("file", HEADER_BYTES + CHUNK_BYTES) in [(issue.kind, issue.offset_bytes) for issue in result.issues]


@pytest.mark.parametrize("seed", range(25))
def test_damage_costs_what_is_damaged(event_log: bytes, seed: int) -> None:
    """Overwritten bytes give malformed records with a reason; nothing raises and nothing goes on for ever."""
    chance = random.Random(seed)
    content = bytearray(event_log)
    for _ in range(60):
        content[chance.randrange(HEADER_BYTES, len(content))] = chance.randrange(256)
    result = read_bytes(bytes(content))
    assert len(result.records) + len(result.issues) <= 100_000
    assert all(issue.reason for issue in result.issues)


def test_a_header_alone_is_no_traceback() -> None:
    """A file that only begins like a log is an issue."""
    for content in (b"ElfFile\x00", b"ElfFile\x00" + b"\x00" * 50, b"ElfFile\x00" + b"\xff" * 5000):
        result = read_bytes(content)
        assert result.records == []
        assert result.issues
