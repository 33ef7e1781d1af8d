"""Lines of text, whatever they say: {"message": line}. The format of everything that no other format claims.

Not covered: records of several lines; each line is a record. Bytes that are no UTF-8 become U+FFFD in the body; the raw record keeps them.
"""

from collections.abc import Iterator

from minixdr.ingest.batching import Batcher
from minixdr.ingest.content import Content
from minixdr.ingest.format import Format, Item
from minixdr.ingest.lines import TOO_LONG, lines


def _recognise(head: bytes) -> int:
    return 1 if head else 0


def _read(content: Content) -> Iterator[Item]:
    batcher = Batcher(content, "text")
    for line in lines(content):
        if line.whole:
            yield from batcher.add(line.text, {"message": line.text.decode("utf-8", "replace")})
        else:
            yield from batcher.refuse(f"line {TOO_LONG}", line.offset_bytes)
    yield from batcher.flush()


FORMAT = Format("text", _recognise, _read)
