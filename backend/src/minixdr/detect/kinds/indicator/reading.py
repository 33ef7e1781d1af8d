"""The content of a list -> indicators, whatever its format: recognised by content, as feeds are renamed at will.

In: bytes of a file. Out: `Entry`s and, for what is none, `Refused` with line and reason.
"""

from typing import Any

import orjson

from minixdr.detect.kinds.indicator import feeds, lines
from minixdr.detect.kinds.indicator.entry import Entries, Refused


def read(content: bytes) -> Entries:
    """Yield the indicators of a list."""
    if content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        content = content.decode("utf-16", "replace").encode()
    start = content[:1_000].lstrip()[:2]
    if start[:1] == b"{" or (start[:1] == b"[" and start[1:2] in (b"{", b"]", b"\n", b"\r", b" ", b'"')):
        yield from _json(content)
    else:
        yield from lines.read(content)


def _json(content: bytes) -> Entries:
    try:
        documents: list[tuple[int | None, Any]] = [(None, orjson.loads(content))]
    except orjson.JSONDecodeError as whole:
        documents = []
        for number, line in enumerate(content.splitlines(), 1):  # a JSON document a line
            if line.strip():
                try:
                    documents.append((number, orjson.loads(line)))
                except orjson.JSONDecodeError:
                    yield Refused(number if number > 1 else None, f"not JSON: {whole}")
                    if number == 1:
                        return
    for line_number, document in documents:
        yield from feeds.read(document, line_number)
