"""The lake on Iceberg: implements `ports.lake.Lake` over the parts beside this module."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]

from minixdr.adapters.lake import staging
from minixdr.adapters.lake.commits import Committer
from minixdr.adapters.lake.reading import Files
from minixdr.adapters.lake.snapshots import committed_seqs, repeats_of
from minixdr.adapters.lake.table import EventTable
from minixdr.adapters.lake.upkeep import compact, delete_orphans, drop_days, forget_snapshots
from minixdr.adapters.lake.warehouse import S3Options, Warehouse
from minixdr.ports.lake import (
    DamagedFileError,
    LakeCommit,
    LakeEvent,
    LakeMoment,
    LakeView,
    StagedFile,
    Step,
    Upkeep,
    WaitingFile,
)


def no_step(_: str) -> None:
    """Take no notice of a step."""


class IcebergLake:
    """One process's lake."""

    def __init__(self, warehouse: str, catalog_url: str, s3: S3Options | None = None) -> None:
        """`warehouse`: a folder or `s3://bucket/prefix`; `catalog_url`: of the serving role of our PostgreSQL."""
        self.warehouse = Warehouse(warehouse, s3)
        self.table = EventTable(catalog_url, self.warehouse)
        self._files = Files(self.table)

    def prepare(self) -> None:
        """Make or evolve the table; see ports.lake."""
        self.table.prepare()

    def stage(self, organization_id: str, name: str, events: Sequence[LakeEvent]) -> StagedFile:
        """Write the events of a batch; see ports.lake."""
        staged, content = staging.encode(organization_id, name, events)
        self.warehouse.write(staged.name, content)
        return staged

    def read_staged(self, waiting: Sequence[WaitingFile], columns: Sequence[str] | None = None) -> Any:
        """Return the rows of staged files; see ports.lake."""
        tables = [staging.decode(file.name, self._content(file.name), columns) for file in waiting]
        return pa.concat_tables(tables) if tables else staging.empty(columns)

    def _read_present(self, waiting: WaitingFile) -> pa.Table:
        """Return the rows of a staged file with the columns that have a value in it."""
        return staging.decode_present(waiting.name, self._content(waiting.name))

    def _content(self, name: str) -> bytes:
        try:
            return self.warehouse.read(name)
        except FileNotFoundError as error:
            raise DamagedFileError(f"{name}: the outbox names it, and it is gone", name) from error

    def delete_staged(self, names: Sequence[str]) -> None:
        """Delete staged files; see ports.lake."""
        self.warehouse.delete(names)

    def committed(self, seqs: Sequence[int]) -> Mapping[int, int]:
        """Return which are in the table; see ports.lake."""
        return committed_seqs(self.table.load(), seqs)

    def repeats(self, snapshot_ids: Collection[int]) -> Mapping[int, Mapping[str, Mapping[str, int]]]:
        """Return what these commits found to be there already; see ports.lake."""
        return repeats_of(self.table.load(), snapshot_ids)

    def last_commit_at(self) -> datetime | None:
        """Return when the table last changed; see ports.lake."""
        snapshot = self.table.load().current_snapshot()
        return None if snapshot is None else datetime.fromtimestamp(snapshot.timestamp_ms / 1_000, UTC)

    def moment(self) -> LakeMoment:
        """Return the table as it is now; see ports.lake."""
        return LakeMoment(self.table.load().last_sequence_number)

    def commit(
        self, waiting: Sequence[WaitingFile], since: LakeMoment, fence: int, step: Step = no_step
    ) -> LakeCommit | None:
        """Make staged files part of the table; see ports.lake."""
        return Committer(self.table, self._files, self._read_present, fence, step).commit(waiting, since)

    def view(self, organization_id: str, first_at: datetime, before: datetime, seqs: Sequence[int] = ()) -> LakeView:
        """Return the table's files; see ports.lake."""
        return self._files.view(organization_id, first_at, before, seqs)

    def read_files(self, files: Sequence[str], columns: Sequence[str], event_ids: Sequence[str]) -> Any:
        """Return the rows with these ids; see ports.lake."""
        return self._files.lookup.rows(files, columns, event_ids)

    def compact(self, now: datetime, fence: int, step: Step = no_step) -> Upkeep:
        """Rewrite small files; see ports.lake."""
        return compact(self.table, self._files, now, fence, step)

    def drop_days(self, organization_id: str, before: date, fence: int) -> Upkeep:
        """Drop old days; see ports.lake."""
        return drop_days(self.table, self._files, organization_id, before, fence)

    def forget_snapshots(self, now: datetime) -> None:
        """Forget old snapshots; see ports.lake."""
        forget_snapshots(self.table, now)

    def delete_orphans(self, now: datetime, kept_staged: Sequence[str]) -> int:
        """Delete what nothing names; see ports.lake."""
        return delete_orphans(self.table, now, kept_staged)

    def close(self) -> None:
        """Close connections."""
        self._files.lookup.close()
        self.table.close()
