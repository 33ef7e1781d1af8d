"""Which staged rows the lake has already: a client sent again what it had sent, in other batches.

The same record has the same id, and says the same time: only files whose times meet a row's need to be looked at. A row without a time of its own
stands at the time when it was received, so it is looked for in the hours before too. Who finds repeats is the one committer, so that of two batches
that two workers took at the same moment one is first.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

import pyarrow as pa  # type: ignore[import-untyped]
from pyiceberg.table import Table

from minixdr.adapters.lake.reading import Files, Listed
from minixdr.ports.lake import WaitingFile

_TIMELESS_REACH = timedelta(hours=6)
_MICROSECOND = timedelta(microseconds=1)


class Repeated:
    """What one commit found."""

    def __init__(self, files: Files, table: Table) -> None:
        self._files, self._table = files, table
        self._seen: set[str] = set()
        self.found: dict[int, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))

    def without(self, portion: Sequence[WaitingFile], rows: pa.Table) -> pa.Table:
        """Return the rows (of these files, in their order) that are new to the lake and to this commit; count the others."""
        ids = rows["event_id"].to_pylist()
        known = self._known(rows, ids)
        seen, keep = self._seen, []
        repeated: list[int] = []
        for place, event_id in enumerate(ids):
            if event_id in seen or event_id in known:
                repeated.append(place)
            else:
                keep.append(place)
            seen.add(event_id)
        if not repeated:
            return rows
        sources, batches, numbers = rows["source"], rows["batch_id"], _numbers(portion)
        for place in repeated:
            self.found[numbers[place]][batches[place].as_py()][sources[place].as_py()] += 1
        return rows.take(pa.array(keep, pa.int64()))

    def _known(self, rows: pa.Table, ids: Sequence[str]) -> set[str]:
        """Return the ids that the table has."""
        spans: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
        organizations = rows["organization_id"].to_pylist()
        times = rows["time"].cast(pa.int64()).to_pylist()  # as datetimes they would cost a hundred times as much
        known = rows["time_known"].to_pylist()
        for event_id, organization_id, last, sure in zip(ids, organizations, times, known, strict=True):
            first = last if sure else last - _TIMELESS_REACH // _MICROSECOND
            spans[organization_id].append((first, last, event_id))
        found: set[str] = set()
        for organization_id, wanted in spans.items():
            for files, some in _grouped(self._files.all(self._table, organization_id), organization_id, wanted):
                found.update(self._files.lookup.rows(files, ("event_id",), some)["event_id"].to_pylist())
        return found


def _grouped(
    files: Iterable[Listed], organization_id: str, wanted: Sequence[tuple[int, int, str]]
) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the files that may hold wanted rows, and the ids to look for in them."""
    first, last = min(span[0] for span in wanted), max(span[1] for span in wanted)
    near = [
        file for file in files if file.organization_id == organization_id and file.first <= last and file.last >= first
    ]
    chosen: list[str] = []
    ids: set[str] = set()
    for file in near:
        some = [event_id for begin, end, event_id in wanted if begin <= file.last and end >= file.first]
        if some:
            chosen.append(file.uri)
            ids.update(some)
    if chosen:
        yield chosen, sorted(ids)


def _numbers(portion: Sequence[WaitingFile]) -> list[int]:
    return [file.seq for file in portion for _ in range(file.rows)]
