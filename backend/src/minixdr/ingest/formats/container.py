"""Container logs of Kubernetes (CRI) -> the records that the containers wrote: JSON as JSON, text by its own format.

Source: Kubernetes CRI logging design ("<time> stdout|stderr F|P <text>"), as containerd and CRI-O write it to /var/log/containers. Parts
(P) are put together until a full line (F). The runtime's own time and stream are dropped. Docker's json-file driver writes JSON and is read
as that.

Not covered: which pod a file belongs to, which only its name says.
"""

import re
from collections.abc import Iterator

from minixdr.ingest.batching import Batcher
from minixdr.ingest.content import Content
from minixdr.ingest.format import CERTAIN, NO, Format, Item
from minixdr.ingest.lines import TOO_LONG, lines
from minixdr.ingest.messages import Messages

_LINE = re.compile(
    rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) (stdout|stderr) ([FP])(?::[^ ]*)? (.*)$",
    re.DOTALL,
)
_SEEN_LINES = 20
_MOST_PARTS_BYTES = 4 << 20
"""containerd cuts lines at 16 KiB; a line of more than this is handed on in pieces."""


def _recognise(head: bytes) -> int:
    """Most of the first lines must fit: one may be a stranger's."""
    seen = [line for line in head.split(b"\n")[:_SEEN_LINES] if line.strip()]
    good = sum(1 for line in seen if _LINE.match(line.lstrip()))
    return CERTAIN if good * 2 > len(seen) else NO


def _read(content: Content) -> Iterator[Item]:
    batcher = Batcher(content, "json")
    messages = Messages(content, batcher)
    parts: dict[bytes, bytes] = {}
    for line in lines(content):
        found = _LINE.match(line.text) if line.whole else None
        if found is None:
            yield from messages.flush()
            reason = "not a line of a container runtime" if line.whole else f"line {TOO_LONG}"
            yield from batcher.refuse(reason, line.offset_bytes)
            continue
        stream, kind, text = found.groups()
        parts[stream] = parts.get(stream, b"") + text
        if kind == b"F" or len(parts[stream]) > _MOST_PARTS_BYTES:
            yield from messages.add(parts.pop(stream))
    for text in parts.values():
        yield from messages.add(text)
    yield from messages.flush()


FORMAT = Format("container", _recognise, _read)
