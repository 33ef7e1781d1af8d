"""Lines of text, whatever they say: {"message": line}. The format of everything that no other format claims.

Not covered: records of several lines; each line is a record. Bytes that are no UTF-8 become U+FFFD in the body; the raw record keeps them.
"""

from collections.abc import Iterator

from minixdr.ingest.content import Content
from minixdr.ingest.format import Format, Item
from minixdr.ingest.line_records import decode_lines
from minixdr.schema.record import JsonObject


def _recognise(head: bytes) -> int:
    return 1 if head else 0


def _decode(line: str) -> JsonObject:
    return {"message": line}


def _read(content: Content) -> Iterator[Item]:
    return decode_lines(content, "text", _decode)


FORMAT = Format("text", _recognise, _read)
