"""A batch of the log -> records, as a file's bytes become records.

In: what a door gave, each item a JSON object or a text as it arrived, or records that a file's format decoded already. Out: what `reading.read`
yields. Items are read together: objects as JSON lines (and unwrapped like them), texts host by host in the order they came. So several lines of
auditd become one record, an item that wraps records becomes several, and a blank one none.
"""

from collections import defaultdict, deque
from collections.abc import Generator, Iterator, Sequence
from io import BytesIO

import msgspec

from minixdr.ingest.reading import read
from minixdr.ports.log import LogBatch
from minixdr.schema.record import Batch, Beside, Issue

_BLANK = b" \t\r\n\x00"


def read_delivered(delivered: LogBatch) -> Iterator[Batch | Issue]:
    """Yield the records of a batch of the log, and what could not be read of it."""
    beside = _beside(delivered)
    if delivered.bodies is not None:
        yield Batch(
            delivered.origin,
            delivered.format or "json",
            delivered.first,
            delivered.raws,
            delivered.bodies,
            delivered.source,
            delivered.reference_at,
            beside,
        )
        return
    said: dict[bytes, deque[Beside | None]] = defaultdict(deque)
    number = delivered.first
    for format_name, items in _groups(delivered, beside, said):
        number += yield from _read_group(items, format_name, delivered, said, number)


def _groups(
    delivered: LogBatch, beside: Sequence[Beside | None] | None, said: dict[bytes, deque[Beside | None]]
) -> Iterator[tuple[str | None, list[bytes]]]:
    """Yield what can be read together, with the format where it is known. Only whole lines stand among others: the rest of an item that is torn,
    or of several lines, is not looked for in its neighbours."""
    objects: list[bytes] = []
    alone: list[bytes] = []
    texts: dict[str | None, list[bytes]] = defaultdict(list)
    for index, raw in enumerate(delivered.raws):
        item = raw.strip(_BLANK)
        if b"\n" in item:
            alone.append(item)
        elif item[:1] == b"{":
            (objects if item[-1:] == b"}" else alone).append(item)
        else:
            texts[None if delivered.hosts is None else delivered.hosts[index]].append(item)
        if beside is not None:
            said[item].append(beside[index])
    yield "json", objects
    for group in texts.values():
        yield None, group
    for item in alone:
        yield "json" if item[:1] == b"{" else None, [item]


def _read_group(
    items: list[bytes],
    format_name: str | None,
    delivered: LogBatch,
    said: dict[bytes, deque[Beside | None]],
    number: int,
) -> Generator[Batch | Issue, None, int]:
    """Yield the records of some items; return how many there were: an item that gave none is malformed."""
    count = 0
    trouble = "nothing of it is a record"
    before = number - 1
    for found in read(BytesIO(b"\n".join(items)), delivered.origin, format_name=format_name) if items else ():
        if isinstance(found, Issue):
            if found.number is None:
                trouble = found.reason
            else:
                count += 1
                yield msgspec.structs.replace(found, number=found.number + before)
            continue
        count += len(found.raws)
        found.first += before
        found.source = delivered.source
        found.reference_at = delivered.reference_at or delivered.received_at
        if said:
            found.beside = [said[raw].popleft() if said.get(raw) else None for raw in found.raws]
        yield found
    if not count and items:
        count = len(items)
        yield Issue(delivered.origin, number, None, "malformed", trouble, before + count if count > 1 else None)
    return count


def _beside(delivered: LogBatch) -> Sequence[Beside | None] | None:
    if delivered.times is None and delivered.hosts is None:
        return None
    nothing = [None] * len(delivered.raws)
    return [
        None if time is None and host is None else Beside(time, host)
        for time, host in zip(delivered.times or nothing, delivered.hosts or nothing, strict=True)
    ]
