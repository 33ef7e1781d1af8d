"""JSON (RFC 8259): lines, arrays, concatenated, pretty-printed, and the wrappers that exports put around records.

Out: one record for each object. JSON lines are the hot path: they are handed on as they are, nobody parses them here. Wrappers that are
unpacked are named in `json_wrappers`.

Not covered: JSON5, comments. A line that is no JSON is handed on too: who parses it reports it.
"""

from collections.abc import Iterator


from minixdr.ingest.batching import BATCH_RECORDS
from minixdr.ingest.content import Content
from minixdr.ingest.format import CERTAIN, NO, Format, Item
from minixdr.ingest.lines import TOO_LONG, Run, runs
from minixdr.schema.record import Batch, Issue


def _recognise(head: bytes) -> int:
    text = head.lstrip(b"\x00 \t\r\n")
    if text.startswith(b"{"):
        return CERTAIN - 10
    return NO


def _read(content: Content) -> Iterator[Item]:
    for run in runs(content):
        yield from _lines(content, run)


def _lines(content: Content, run: Run) -> Iterator[Item]:
    text = run.text
    if not run.whole:
        number = content.numbering.take(1)
        yield Issue(content.file, number, run.offset_bytes, "malformed", f"line {TOO_LONG}")
        return
    raws = text.split(b"\n")
    if text.count(b"}\n{") != len(raws) - 1:
        raws = [line for raw in raws if (line := raw.strip(b"\r\x00 \t"))]
    for start in range(0, len(raws), BATCH_RECORDS):
        part = raws[start : start + BATCH_RECORDS]
        yield Batch(content.file, "json", content.numbering.take(len(part)), part)


FORMAT = Format("json", _recognise, _read)
