"""Lines -> records, for formats in which a line is a record: the loop that they share, kept tight.

In: a content and a function that decodes one line. Out: batches, and an issue for each line that the function refuses.
"""

from collections.abc import Callable, Iterator

from minixdr.ingest.batching import BATCH_RECORDS, Batcher
from minixdr.ingest.content import Content
from minixdr.ingest.format import Item
from minixdr.ingest.lines import TOO_LONG, Run, runs
from minixdr.schema.record import JsonObject

Decode = Callable[[str], JsonObject | str | None]
"""Return the record of a line, why it is none, or None where it is not meant to be one (a header)."""


def decode_lines(content: Content, name: str, decode: Decode) -> Iterator[Item]:
    """Yield the records of the lines that are not blank."""
    batcher = Batcher(content, name)
    for run in runs(content):
        if run.whole:
            yield from _decode_run(run, batcher, decode)
        else:
            yield from batcher.refuse(f"line {TOO_LONG}", run.offset_bytes)
    yield from batcher.flush()


def _decode_run(run: Run, batcher: Batcher, decode: Decode) -> Iterator[Item]:
    lines = run.text.split(b"\n")
    at, offset = (
        0,
        run.offset_bytes,
    )  # of the last line that was refused: offsets are only counted where they are needed
    raws, bodies = batcher.raws, batcher.bodies
    for index, line in enumerate(lines):
        raw = line.strip(b"\r\x00")
        if not raw or raw.isspace():
            continue
        body = decode(raw.decode("utf-8", "replace"))
        if body.__class__ is dict:
            raws.append(raw)
            bodies.append(body)
            if len(raws) >= BATCH_RECORDS:
                yield from batcher.flush()
                raws, bodies = batcher.raws, batcher.bodies
        elif body is not None:
            offset += sum(map(len, lines[at:index])) + index - at
            at = index
            yield from batcher.refuse(str(body), offset)
            raws, bodies = batcher.raws, batcher.bodies
    batcher.size_bytes += len(run.text)
    if batcher.raws and batcher.size_bytes > 1 << 20:
        yield from batcher.flush()
