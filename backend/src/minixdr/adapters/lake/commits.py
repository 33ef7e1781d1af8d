"""Staged files -> one Iceberg append, exactly once.

The snapshot's summary holds which numbers of the outbox it took (`minixdr.outbox`, ranges: `4-17,19`): numbers are given before transactions
are kept, so "all up to 19" would be wrong. Who was killed after the append, before the outbox said so, is found out there. A committer that slept
while another took over fails at the catalog's compare-and-swap (table.py), looks at the snapshots since it read the outbox, and finds its files
taken, or these snapshots forgotten: whatever the lease says, it appends nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

import orjson
import pyarrow as pa  # type: ignore[import-untyped]
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table

from minixdr.adapters.lake.data_files import by_partition, write_data_file
from minixdr.adapters.lake.reading import Files
from minixdr.adapters.lake.repeats import Repeated
from minixdr.adapters.lake.snapshots import FENCE, OUTBOX, REPEATS, Repeats, committed_seqs, write_ranges
from minixdr.adapters.lake.table import EventTable, translated
from minixdr.adapters.lake.transaction import Deadline, LeanTransaction
from minixdr.ports.lake import LakeCommit, LakeConflictError, LakeMoment, Step, WaitingFile

_ROWS_AT_ONCE = 200_000
_BYTES_AT_ONCE = 512 << 20
"""Held in memory while a file is written, twice while it is sorted: 200,000 rows with records of 1 KB."""
_ATTEMPTS = 5
"""Compaction commits too: who meets it tries again, on top of it."""


class Committer:
    """One commit."""

    def __init__(
        self,
        table: EventTable,
        files: Files,
        read: Callable[[WaitingFile], pa.Table],
        fence: int,
        step: Step,
    ) -> None:
        self._table = table
        self._files = files
        self._read = read
        self._fence = fence
        self._deadline = Deadline()
        self._step = step

    def commit(self, waiting: Sequence[WaitingFile], since: LakeMoment) -> LakeCommit | None:
        """Append what is not in the table yet; see ports.lake."""
        opened = self._table.load()
        _check_memory(opened, since)
        taken = committed_seqs(opened, [file.seq for file in waiting])
        left = [file for file in waiting if file.seq not in taken]
        if not left:
            return None
        written = []
        repeated = Repeated(self._files, opened)
        for portion, read in self._portions(left):
            for _, _, rows in by_partition(repeated.without(portion, read)):
                written.append(write_data_file(opened, self._table.warehouse, rows))
                self._step("data file written")
        seqs = tuple(sorted(file.seq for file in left))
        snapshot_id = self._append(Taken(seqs, written, repeated.found), since)
        self._step("snapshot committed")
        rows = sum(file.record_count for file in written)
        return LakeCommit(snapshot_id, seqs, rows, len(written), repeated.found)

    def _portions(self, files: Sequence[WaitingFile]) -> Iterator[tuple[list[WaitingFile], pa.Table]]:
        """Yield the files in portions that memory can hold, with their rows; those of an organization together."""
        portion: list[WaitingFile] = []
        tables: list[pa.Table] = []
        rows = size = 0
        for file in sorted(files, key=lambda file: (file.organization_id, file.first_at)):
            table = self._read(file)
            portion.append(file)
            tables.append(table)
            rows, size = rows + table.num_rows, size + table.nbytes
            if rows >= _ROWS_AT_ONCE or size >= _BYTES_AT_ONCE:
                yield portion, pa.concat_tables(tables, promote_options="default")
                portion, tables, rows, size = [], [], 0, 0
        if portion:
            yield portion, pa.concat_tables(tables, promote_options="default")

    def _append(self, taken: "Taken", since: LakeMoment) -> int:
        """Append the files to the table as it is now: others may have compacted it meanwhile, or taken what we wrote."""
        for _ in range(_ATTEMPTS - 1):
            with suppress(LakeConflictError):
                return self._append_once(taken, since)
            if committed_seqs(self._table.load(), taken.seqs):
                break
        return self._append_once(taken, since)

    def _append_once(self, taken: "Taken", since: LakeMoment) -> int:
        opened = self._table.load()
        _check_memory(opened, since)
        if committed_seqs(opened, taken.seqs):
            raise LakeConflictError("another committer took the same files")
        with translated():
            transaction = LeanTransaction(opened, self._deadline)
            append = transaction.update_snapshot(
                snapshot_properties={
                    OUTBOX: write_ranges(taken.seqs),
                    FENCE: str(self._fence),
                    **(
                        {REPEATS: orjson.dumps(taken.repeats, option=orjson.OPT_NON_STR_KEYS).decode()}
                        if taken.repeats
                        else {}
                    ),
                }
            ).merge_append()
            for data_file in taken.files:
                append.append_data_file(data_file)
            append.commit()
            self._step("manifests written")
            transaction.commit_transaction()
        return append.snapshot_id


class Taken(NamedTuple):
    """What a commit takes into the table."""

    seqs: Sequence[int]
    files: Sequence[DataFile]
    repeats: Repeats


def _check_memory(table: Table, since: LakeMoment) -> None:
    """Raise LakeConflictError where snapshots since then are forgotten already: nobody can tell what they took."""
    known = {snapshot.sequence_number for snapshot in table.snapshots()}
    if not known.issuperset(range(since.sequence + 1, table.last_sequence_number + 1)):
        raise LakeConflictError("this committer slept so long that the table forgot what others did meanwhile")
