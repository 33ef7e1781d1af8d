"""Windows event log files (EVTX) -> the JSON that the `evtx` wheel makes of each record: {"Event": {"System": {...}, "EventData": {...}}}.

Source: the format is Microsoft's, described in [MS-EVEN6] and by libevtx; the wheel reads it. The raw record is that JSON, not the binary
XML, whose templates lie elsewhere in the file.

A chunk (64 KiB) or record that cannot be read is one malformed record, and the rest goes on. A chunk that is cut off, or overwritten, is
said here: the wheel passes over it in silence.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from evtx import PyEvtxParser, PyRecordsIterator

from minixdr.ingest.batching import BATCH_RECORDS, Batcher
from minixdr.ingest.content import Content
from minixdr.ingest.format import CERTAIN, NO, Format, Item
from minixdr.schema.record import Issue

_SIGNATURE = b"ElfFile\x00"
_CHUNK_SIGNATURE = b"ElfChnk\x00"
_HEADER_BYTES = 4096
_CHUNK_BYTES = 65536
_MOST_FAILURES = 100_000
"""Failures in a row after which a reader that does not come to an end is left."""


def _recognise(head: bytes) -> int:
    return CERTAIN if head.startswith(_SIGNATURE) else NO


def _read(content: Content) -> Iterator[Item]:
    stream = content.seekable
    if stream is None:
        yield Issue(content.file, None, 0, "file", "an EVTX file must be sought in, which this one cannot be")
        return
    yield from _damaged_chunks(content, stream)
    stream.seek(0)
    try:
        records = PyEvtxParser(stream, 1).records_json()
    except (RuntimeError, OSError, ValueError) as error:
        yield Issue(content.file, None, 0, "file", f"damaged EVTX file: {error}")
        return
    yield from _records(content, records)


def _records(content: Content, records: PyRecordsIterator) -> Iterator[Item]:
    batcher = Batcher(content, "evtx")
    failures = 0
    while failures < _MOST_FAILURES:
        reason = _gather(records, batcher.raws)
        failures = failures + 1 if reason and not batcher.raws else 0
        ended = reason is None and len(batcher.raws) < BATCH_RECORDS
        yield from batcher.flush()
        if ended:
            return
        if reason is not None:
            yield from batcher.refuse(reason, None)


def _gather(records: PyRecordsIterator, raws: list[bytes]) -> str | None:
    """Add the next records, at most a batch; return why one could not be read, where that ended it."""
    record: Any
    try:
        for record in records:
            raws.append(record["data"].encode("utf-8", "replace"))
            if len(raws) >= BATCH_RECORDS:
                break
    except (RuntimeError, OSError, ValueError) as error:
        return f"damaged: {error}"
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # what Rust raises; it is no Exception, and exported nowhere
            raise
        return f"damaged: the reader gave up: {error}"
    return None


def _damaged_chunks(content: Content, stream: BinaryIO) -> Iterator[Issue]:
    """Yield an issue for each chunk that is no chunk; those never written to are all zeros."""
    size = stream.seek(0, 2)
    offset = _HEADER_BYTES
    while offset < size:
        stream.seek(offset)
        signature = stream.read(len(_CHUNK_SIGNATURE))
        if signature.strip(b"\x00") and signature != _CHUNK_SIGNATURE:
            yield Issue(content.file, None, offset, "file", "damaged EVTX file: not a chunk")
        elif signature == _CHUNK_SIGNATURE and offset + _CHUNK_BYTES > size:
            yield Issue(content.file, None, offset, "file", "the EVTX file is cut off")
        offset += _CHUNK_BYTES


FORMAT = Format("evtx", _recognise, _read, stands_alone=False)
