"""JSON (RFC 8259): lines, arrays, concatenated, pretty-printed, and the wrappers that exports put around records.

Out: one record for each object. JSON lines are the hot path: they are handed on as they are, nobody parses them here. Everything else, and
lines that wrap records (`ingest/json/wrappers.py`), goes through `ingest/json/splitting.py`.

Not covered: JSON5, comments. A line that is no JSON, between lines that are, is handed on too: who parses it reports it.
"""

import re
from collections.abc import Iterator
from operator import itemgetter
from typing import Any

import orjson

from minixdr.ingest.batching import BATCH_RECORDS, Batcher
from minixdr.ingest.content import Content
from minixdr.ingest.format import CERTAIN, LIKELY, NO, Format, Item
from minixdr.ingest.json.splitting import split
from minixdr.ingest.json.wrappers import Inside, envelope_kind, list_name
from minixdr.ingest.lines import TOO_LONG, Run, runs
from minixdr.schema.record import Batch

_BLANK = b" \t\r\n\x00\x1e"
_START = re.compile(rb'\{\s*["}]|\[\s*[{\]]')
_WRAPPERS = (b'{"Records"', b'{"records"', b'{"messageType"', b'{"_index"', b'{"log"', b'{"preview"')
"""How lines begin that wrap records: of CloudTrail, Azure, CloudWatch Logs, Elasticsearch, Docker, Splunk. Of others the first line of a file or
block is looked at."""
_SEEN_LINES = 20
_STARTS = frozenset((b"", b"{", b"}", b"[", b"]", b'"', b","))
"""How lines of JSON begin, pretty-printed or not."""
_HEAD, _LAST = itemgetter(slice(max(map(len, _WRAPPERS)))), itemgetter(-1)
_OBJECT_END = {ord("}")}


def _recognise(head: bytes) -> int:
    text = head.lstrip(_BLANK)
    seen = [line.strip(_BLANK) for line in text.split(b"\n")[:_SEEN_LINES]]
    if _START.match(text):
        # a whole object on the first line may be a stranger's: most lines must look like JSON's
        alike = sum(1 for line in seen if line[:1] in _STARTS)
        return CERTAIN - 10 if alike * 2 >= len(seen) or not seen[0].endswith(b"}") else NO
    good = sum(1 for line in seen if line.startswith(b'{"') and line.endswith(b"}"))
    return LIKELY if good * 2 > len(seen) else NO


def _read(content: Content) -> Iterator[Item]:
    batcher = Batcher(content, "json")
    if _are_lines(content.head):
        yield from _lines(content, batcher)
    else:
        yield from split(content, batcher, content.blocks())


def _are_lines(head: bytes) -> bool:
    """Return whether each line is a record."""
    line, newline, _ = head.lstrip(_BLANK).partition(b"\n")
    line = line.strip(_BLANK)
    if not newline and len(line) > 1 << 15:
        return False  # a long first line may be a wrapper's, or an array
    if not line.startswith(b"{"):
        return not line.startswith(b"[") and bool(newline)
    return _is_record(line, newline)


def _is_record(line: bytes, newline: bytes = b"\n") -> bool:
    try:
        body: Any = orjson.loads(line)
    except orjson.JSONDecodeError:
        return bool(newline) and line.endswith(b"}") and line != b"{}"
    return isinstance(body, dict) and list_name(body) is None and envelope_kind(body) is Inside.RECORD


def _lines(content: Content, batcher: Batcher) -> Iterator[Item]:
    remaining = _with_next_line(runs(content))
    for run in remaining:
        if not run.whole:
            yield from batcher.refuse(f"line {TOO_LONG}", run.offset_bytes)
        elif (lines := _all_records(run.text)) is not None:
            yield from _batches(content, lines)
        else:
            yield from _mixed(content, batcher, run, remaining)


def _with_next_line(remaining: Iterator[Run]) -> Iterator[Run]:
    """Yield runs that end with a whole object, or a line that is none: whether an object goes on, the line behind it says."""
    kept: Run | None = None
    for run in remaining:
        if kept is not None and run.whole:
            run = Run(kept.offset_bytes, kept.text + b"\n" + run.text)  # noqa: PLW2901 - the same run, with what belongs to it
        elif kept is not None:
            yield kept
        kept = None
        last = run.text.rfind(b"\n") + 1
        if run.whole and run.text[last : last + 1] == b"{" and not run.text.rstrip(_BLANK).endswith(b"}"):
            kept = Run(run.offset_bytes + last, run.text[last:])
            run = Run(run.offset_bytes, run.text[: max(0, last - 1)])  # noqa: PLW2901 - what is left of the run
        if run.text:
            yield run
    if kept is not None:
        yield kept


def _all_records(text: bytes) -> list[bytes] | None:
    """Return the lines, without blank ones, where each begins and ends as an object does and none wraps records; None elsewhere."""
    lines = text.split(b"\n")
    try:
        alike = set(map(_LAST, lines)) == _OBJECT_END
    except IndexError:  # a blank line
        alike = False
    if not alike:
        lines = [stripped for line in lines if (stripped := line.strip(_BLANK))]
        if set(map(_LAST, lines)) != _OBJECT_END:
            return None
    heads = set(map(_HEAD, lines))  # few are different: of a log's lines each begins with the same key
    if any(not head.startswith(b"{") or head.startswith(_WRAPPERS) for head in heads):
        return None
    return lines if not lines or _is_record(lines[0]) else None


def _batches(content: Content, raws: list[bytes]) -> Iterator[Batch]:
    for start in range(0, len(raws), BATCH_RECORDS):
        part = raws[start : start + BATCH_RECORDS]
        yield Batch(content.file, "json", content.numbering.take(len(part)), part)


def _mixed(content: Content, batcher: Batcher, run: Run, remaining: Iterator[Run]) -> Iterator[Item]:
    """Yield the records of lines that are not all alike: blank, ended by CRLF, padded, wrapping records, or no lines any more."""
    at = 0
    text = run.text
    while at < len(text):
        end = text.find(b"\n", at)
        end = len(text) if end < 0 else end
        line = text[at:end].strip(_BLANK)
        if line.startswith(b"[") or (line.startswith(_WRAPPERS) and not _is_record(line)):
            yield from split(content, batcher, iter([line]), run.offset_bytes + at)
        elif line.startswith(b"{") and not line.endswith(b"}") and _goes_on(text, end):
            rest = (part.text + b"\n" for part in remaining)
            yield from split(content, batcher, _chain(text[at:] + b"\n", rest), run.offset_bytes + at)
            return
        elif line:
            yield from batcher.add_raw(line)
        at = end + 1
    yield from batcher.flush()


def _goes_on(text: bytes, end: int) -> bool:
    """Return whether the object of a line goes on in the next: pretty-printed."""
    return text[end + 1 : end + 2] in (b" ", b"\t", b'"')


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


FORMAT = Format("json", _recognise, _read)
