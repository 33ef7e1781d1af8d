"""What the table's snapshots say of the outbox: which of its numbers each commit took, and which rows were there already.

A summary holds numbers as ranges (`4-17,19`): they are given before transactions are kept, so "all up to 19" would be wrong.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache

import orjson
from pyiceberg.table import Table

OUTBOX = "minixdr.outbox"
FENCE = "minixdr.fence"
REPEATS = "minixdr.repeats"
Repeats = Mapping[int, Mapping[str, Mapping[str, int]]]
"""Number in the outbox -> batch -> log source -> rows that the lake had already."""


def committed_seqs(table: Table, seqs: Iterable[int]) -> Mapping[int, int]:
    """Return number -> snapshot for those that a kept snapshot took."""
    wanted = set(seqs)
    found: dict[int, int] = {}
    for snapshot in reversed(table.metadata.snapshots) if wanted else ():
        text = None if snapshot.summary is None else snapshot.summary.additional_properties.get(OUTBOX)
        if text is None:
            continue
        for first, last in read_ranges(text):
            if len(wanted) < last - first:
                found |= {seq: snapshot.snapshot_id for seq in wanted if first <= seq <= last}
            else:
                found |= {seq: snapshot.snapshot_id for seq in range(first, last + 1) if seq in wanted}
    return found


def write_ranges(numbers: Sequence[int]) -> str:
    """Return ascending numbers as `4-17,19`."""
    parts: list[str] = []
    start = previous = numbers[0]
    for number in [*numbers[1:], None]:
        if number is not None and number == previous + 1:
            previous = number
            continue
        parts.append(str(start) if start == previous else f"{start}-{previous}")
        if number is not None:
            start = previous = number
    return ",".join(parts)


@lru_cache(maxsize=4_096)  # snapshots are asked again with every view
def read_ranges(text: str) -> tuple[tuple[int, int], ...]:
    """Return what `write_ranges` wrote as (first, last)."""
    return tuple(
        (int(first), int(last or first)) for first, _, last in (part.partition("-") for part in text.split(","))
    )


def repeats_of(table: Table, snapshot_ids: Collection[int]) -> Repeats:
    """Return what these commits found to be in the table already, as far as their snapshots are kept."""
    found: dict[int, Mapping[str, Mapping[str, int]]] = {}
    for snapshot in table.metadata.snapshots:
        text = None if snapshot.summary is None else snapshot.summary.additional_properties.get(REPEATS)
        if text is not None and snapshot.snapshot_id in snapshot_ids:
            found.update((int(seq), counts) for seq, counts in orjson.loads(text).items())
    return found
