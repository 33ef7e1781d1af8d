"""Upkeep of the table: many small files become few sorted ones, old days go, forgotten snapshots and orphaned files go.

Iceberg's own `expire_snapshots` (PyIceberg 0.12) forgets snapshots and deletes no file; here is what deletes. A file is deleted when no kept
snapshot, no kept metadata and no row of the outbox names it, and it is older than a day (metadata: an hour): younger ones may be of a commit
under way.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import TypeVar

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
from pyiceberg.manifest import DataFile, ManifestFile
from pyiceberg.table import Table

from minixdr.adapters.lake.arrow import PLAIN_SCHEMA
from minixdr.adapters.lake.data_files import conform, day_number, write_data_file
from minixdr.adapters.lake.reading import Files, Listed
from minixdr.adapters.lake.snapshots import FENCE
from minixdr.adapters.lake.staging import FOLDER as STAGING
from minixdr.adapters.lake.table import NAME, NAMESPACE, EventTable, translated
from minixdr.adapters.lake.transaction import Deadline, LeanTransaction
from minixdr.adapters.lake.warehouse import StoredFile, Warehouse
from minixdr.ports.lake import LakeAwayError, LakeConflictError, Step, Upkeep

T = TypeVar("T")

FILE_ROWS = 200_000
"""Rows of a compacted file: some 30 MB; twenty times that in memory while it is sorted."""
FILE_BYTES = 64 << 20
"""Of a compacted file whose records are large."""
_SMALL_ROWS, _SMALL_BYTES = FILE_ROWS // 2, FILE_BYTES // 2
_OPEN_DAY_FILES = 24
"""Files of one row group's rows or fewer that a day may have while events still come: two minutes of commits."""
_OPEN_DAY_ROWS = 65_536
_CLOSED_AFTER = timedelta(hours=2)
"""After its end a day seldom gets more events; what comes still is compacted again."""
SNAPSHOTS_KEPT_FOR = timedelta(minutes=15)
"""Longer than any hunt runs. Each one makes every commit slower: PyIceberg copies and writes them all."""
_ORPHANS_OLDER_THAN = timedelta(days=1)
_METADATA_OLDER_THAN = timedelta(hours=1)
"""Each commit leaves three small files that the next ones supersede: a day of them would be 50,000."""
_METADATA = f"{NAMESPACE}/{NAME}/metadata/"
_ATTEMPTS = 5


def compact(table: EventTable, files: Files, now: datetime, fence: int, step: Step) -> Upkeep:
    """Rewrite the most fragmented organization and day; see ports.lake."""
    opened, deadline = table.load(), Deadline()
    chosen = max(_fragmented(files.all(opened), now), key=len, default=[])
    if not chosen:
        return Upkeep()
    rows = pa.concat_tables([_read(table.warehouse, file.uri) for file in chosen])
    if rows.num_rows != sum(file.rows for file in chosen):
        raise LakeAwayError("files of the lake do not have the rows that their manifests say; nothing was changed")
    written = write_data_file(opened, table.warehouse, rows)
    step("compacted file written")
    tried(lambda: _replace(table.load(), [file.data_file for file in chosen], [written], fence, deadline))
    step("compaction committed")
    return Upkeep(len(chosen), 1, rows.num_rows)


def _fragmented(files: Iterator[Listed], now: datetime) -> Iterator[list[Listed]]:
    """Yield, for each organization and day with too many small files, the earliest that make one file of the right size."""
    today = day_number(now - _CLOSED_AFTER)
    small: dict[tuple[str, int], list[Listed]] = defaultdict(list)
    for file in files:
        if file.size_bytes < _SMALL_BYTES and file.rows < (_SMALL_ROWS if file.day < today else _OPEN_DAY_ROWS):
            small[file.organization_id, file.day].append(file)
    for (_, day), found in small.items():
        if len(found) >= (2 if day < today else _OPEN_DAY_FILES):
            yield _enough(sorted(found, key=lambda file: file.first))


def _enough(files: Sequence[Listed]) -> list[Listed]:
    chosen: list[Listed] = []
    rows = size = 0
    for file in files:
        rows, size = rows + file.rows, size + file.size_bytes
        if len(chosen) > 1 and (rows > FILE_ROWS or size > FILE_BYTES):
            break
        chosen.append(file)
    return chosen


def _read(warehouse: Warehouse, uri: str) -> pa.Table:
    name = warehouse.name_of(uri)
    if name is None:
        raise LakeAwayError(f"{uri} is not in the warehouse {warehouse.address}: was the lake moved?")
    with translated():
        found = pq.read_table(warehouse.path(name), filesystem=warehouse.files, partitioning=None)
    fields = [PLAIN_SCHEMA.field(column) for column in found.column_names]
    return conform(found.cast(pa.schema(fields)))


def drop_days(table: EventTable, files: Files, organization_id: str, before: date, fence: int) -> Upkeep:
    """Drop the organization's days before this one; see ports.lake."""
    bound = (before - date(1970, 1, 1)).days

    def drop() -> Upkeep:
        opened = table.load()
        found = files.all(opened, organization_id)
        chosen = [file for file in found if file.organization_id == organization_id and file.day < bound]
        if chosen:
            _replace(opened, [file.data_file for file in chosen], [], fence, Deadline())
        return Upkeep(len(chosen), 0, sum(file.rows for file in chosen))

    return tried(drop)


def tried(change: Callable[[], T]) -> T:
    """Return what the change of the table returned, tried again where another commit came between: a commit every few seconds is usual."""
    for _ in range(_ATTEMPTS - 1):
        with suppress(LakeConflictError):
            return change()
    return change()


def _replace(table: Table, old: Sequence[DataFile], new: Sequence[DataFile], fence: int, deadline: Deadline) -> None:
    with translated():
        transaction = LeanTransaction(table, deadline)
        overwrite = transaction.update_snapshot(snapshot_properties={FENCE: str(fence)}).overwrite()
        for file in old:
            overwrite.delete_data_file(file)
        for file in new:
            overwrite.append_data_file(file)
        overwrite.commit()
        transaction.commit_transaction()


def forget_snapshots(table: EventTable, now: datetime) -> None:
    """Forget old snapshots; see ports.lake."""
    tried(lambda: _forget(table.load(), now - SNAPSHOTS_KEPT_FOR))


def delete_orphans(table: EventTable, now: datetime, kept_staged: Sequence[str]) -> int:
    """Delete what nothing names; see ports.lake."""
    found = [*table.warehouse.list(STAGING), *table.warehouse.list(f"{NAMESPACE}/{NAME}")]
    with translated():
        kept = set(_named(table.load(), table.warehouse)) | set(kept_staged)
    orphans = [file.name for file in found if file.name not in kept and _is_old(file, now)]
    table.warehouse.delete(orphans)
    return len(orphans)


def _is_old(file: StoredFile, now: datetime) -> bool:
    return file.modified_at < now - (_METADATA_OLDER_THAN if file.name.startswith(_METADATA) else _ORPHANS_OLDER_THAN)


def _forget(table: Table, oldest: datetime) -> None:
    if any(snapshot.timestamp_ms < oldest.timestamp() * 1000 for snapshot in table.snapshots()[:-1]):
        with translated():
            table.maintenance.expire_snapshots().older_than(oldest).commit()


def _named(table: Table, warehouse: Warehouse) -> Iterator[str]:
    """Yield the names of all files that the table's metadata reaches."""
    uris = {table.metadata_location} | {entry.metadata_file for entry in table.metadata.metadata_log}
    manifests: dict[str, ManifestFile] = {}
    for snapshot in table.snapshots():
        uris.add(snapshot.manifest_list)
        manifests |= {manifest.manifest_path: manifest for manifest in snapshot.manifests(table.io)}
    uris |= set(manifests)
    for manifest in manifests.values():
        uris |= {entry.data_file.file_path for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True)}
    for uri in uris:
        name = warehouse.name_of(uri)
        if name is None:
            raise LakeAwayError(f"{uri} is not in the warehouse {warehouse.address}: was the lake moved?")
        yield name
