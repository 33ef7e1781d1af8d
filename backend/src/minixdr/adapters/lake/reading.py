"""Which files of the table may hold an organization's rows of a time range.

A manifest never changes, so what it lists is read once and remembered; a new snapshot costs its new manifests. The rows are read by whoever
asked: hunts by `adapters/hunting`, single events by `lookup.py`.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from threading import Lock
from typing import NamedTuple

from pyiceberg.conversions import from_bytes
from pyiceberg.manifest import DataFile, ManifestEntryStatus, ManifestFile
from pyiceberg.table import Table
from pyiceberg.types import TimestamptzType

from minixdr.adapters.lake.data_files import day_number
from minixdr.adapters.lake.lookup import Lookup
from minixdr.adapters.lake.snapshots import committed_seqs
from minixdr.adapters.lake.table import EventTable, translated
from minixdr.ports.lake import LakeView

_REMEMBERED_FILES = 200_000
"""Of all remembered manifests together: about 60 MB."""


class Listed(NamedTuple):
    """A data file as its manifest lists it."""

    uri: str
    organization_id: str
    day: int
    """Days since 1970."""
    rows: int
    size_bytes: int
    first: int
    """Microseconds since 1970 of its earliest and its latest row."""
    last: int
    data_file: DataFile


class Files:
    """The table's files. For several threads."""

    def __init__(self, table: EventTable) -> None:
        self._table = table
        self._manifests: OrderedDict[str, tuple[Listed, ...]] = OrderedDict()
        self._count = 0
        self._lock = Lock()
        self.lookup = Lookup(table.warehouse)
        """Looks rows of the files up by their ids."""

    def view(self, organization_id: str, first_at: datetime, before: datetime, seqs: Sequence[int]) -> LakeView:
        """Return the files; see ports.lake."""
        table = self._table.load()
        first, last = _microseconds(first_at), _microseconds(before) - 1
        files = [
            file
            for file in self.all(table, organization_id)
            if file.first <= last and file.last >= first and file.organization_id == organization_id
        ]
        files.sort(key=lambda file: (file.first, file.uri))
        return LakeView(
            files=tuple(file.uri for file in files),
            rows=sum(file.rows for file in files),
            size_bytes=sum(file.size_bytes for file in files),
            committed=frozenset(committed_seqs(table, seqs)),
        )

    def all(self, table: Table, organization_id: str | None = None) -> Iterator[Listed]:
        """Yield the files of the table's current snapshot; those of manifests that cannot hold the organization are left out."""
        snapshot = table.current_snapshot()
        if snapshot is None:
            return
        with translated():
            for manifest in snapshot.manifests(table.io):
                if organization_id is None or _may_hold(manifest, organization_id):
                    yield from self._listed(table, manifest)

    def _listed(self, table: Table, manifest: ManifestFile) -> tuple[Listed, ...]:
        path = manifest.manifest_path
        with self._lock:
            known = self._manifests.get(path)
            if known is not None:
                self._manifests.move_to_end(path)
                return known
        time_id = table.schema().find_field("time").field_id
        found = tuple(
            _listed(entry.data_file, time_id)
            for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True)
            if entry.status != ManifestEntryStatus.DELETED
        )
        with self._lock:
            if path not in self._manifests:
                self._manifests[path] = found
                self._count += len(found)
            while self._count > _REMEMBERED_FILES and len(self._manifests) > 1:
                self._count -= len(self._manifests.popitem(last=False)[1])
        return found


def _listed(file: DataFile, time_id: int) -> Listed:
    lower, upper = file.lower_bounds[time_id], file.upper_bounds[time_id]
    return Listed(
        uri=file.file_path,
        organization_id=file.partition[0],
        day=file.partition[1],
        rows=file.record_count,
        size_bytes=file.file_size_in_bytes,
        first=int(from_bytes(TimestamptzType(), lower)),
        last=int(from_bytes(TimestamptzType(), upper)),
        data_file=file,
    )


def _may_hold(manifest: ManifestFile, organization_id: str) -> bool:
    if not manifest.partitions:
        return True
    bounds = manifest.partitions[0]
    text = organization_id.encode()
    return (bounds.lower_bound is None or bounds.lower_bound <= text) and (
        bounds.upper_bound is None or text <= bounds.upper_bound
    )


def _microseconds(moment: datetime) -> int:
    moment = moment.astimezone(UTC)
    return day_number(moment) * 86_400_000_000 + (
        (moment.hour * 3_600 + moment.minute * 60 + moment.second) * 1_000_000 + moment.microsecond
    )
