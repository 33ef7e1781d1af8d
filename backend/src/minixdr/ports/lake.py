"""The lake: every event with its raw record, for hunting and for keeping.

A worker *stages* the events of some batches as one file (staging them again is harmless), and writes the file's name into the outbox within its
transaction. The committer makes what is staged part of the table: one Iceberg table of all organizations, partitioned by organization and
day. A reader sees both, each event once (`app/lake/read.py`). The columns are in `lake_columns.py`.

Methods of `Lake` block (they read and write files, and parse them): call them in a thread.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

import msgspec

from minixdr.schema.event import Event


class LakeEvent(msgspec.Struct, frozen=True):
    """One row: an event and what the platform knows beside it."""

    event: Event
    time: datetime
    """The event's own time, else what the door's protocol gave, else when it was received. Aware UTC."""
    received_at: datetime
    batch_id: str


class StagedFile(msgspec.Struct, frozen=True):
    """A file of one organization's events that is durably written and not yet part of the table."""

    name: str
    """Relative to the warehouse; derived from the organization, the batch and which of its events are in it."""
    organization_id: str
    rows: int
    size_bytes: int
    first_at: datetime
    last_at: datetime


class WaitingFile(msgspec.Struct, frozen=True):
    """A staged file as the outbox has it."""

    seq: int
    """Its number in the outbox, of no other file."""
    organization_id: str
    name: str
    rows: int
    first_at: datetime
    last_at: datetime


class LakeMoment(msgspec.Struct, frozen=True):
    """The table as it was before the outbox was read."""

    sequence: int
    """How many snapshots there were; 0: nothing was ever committed."""


class LakeCommit(msgspec.Struct, frozen=True):
    """What one commit made part of the table."""

    snapshot_id: int
    seqs: tuple[int, ...]
    rows: int
    files: int
    repeats: Mapping[int, Mapping[str, Mapping[str, int]]] = {}
    """Number in the outbox -> batch -> log source -> rows that the table had already and that were left out."""


class LakeView(msgspec.Struct, frozen=True):
    """The table's files that may hold rows of a time range, at one moment."""

    files: tuple[str, ...]
    """Parquet; addresses as DuckDB takes them: absolute paths, or `s3://...`."""
    rows: int
    """Rows in them, also those outside the range."""
    size_bytes: int
    committed: frozenset[int]
    """Of the asked-for numbers of the outbox: those whose events are in the table already."""


class Upkeep(msgspec.Struct, frozen=True):
    """What one run of upkeep did."""

    files_before: int = 0
    """Files that were rewritten or dropped."""
    files_after: int = 0
    rows: int = 0
    """Rows in them."""


Row = dict[str, Any]
Step = Callable[[str], None]
"""Told of each step that was taken, by its name. Tests die there."""


class LakeConflictError(Exception):
    """Another committer changed the table meanwhile. Nothing was changed; look anew what is left to do."""


class LakeAwayError(Exception):
    """The warehouse or the catalog does not answer now."""


class DamagedFileError(Exception):
    """A file of the lake is not what was written, or is gone; the message names it."""

    def __init__(self, message: str, name: str | None = None) -> None:
        super().__init__(message)
        self.name = name
        """Of a staged file."""


class Stage(Protocol):
    """What a worker writes with."""

    def stage(self, organization_id: str, name: str, events: Sequence[LakeEvent]) -> StagedFile:
        """Write events, durably (fsync, rename), under a name made of `name` and of their ids. `events` is not empty. Raises LakeAwayError."""


class Lake(Stage, Protocol):
    """The lake."""

    def prepare(self) -> None:
        """Make the table where it is missing, and add columns that it lacks. Harmless when repeated, by several at once too.
        Raises LakeAwayError."""

    def committed(self, seqs: Sequence[int]) -> Mapping[int, int]:
        """Return which of these numbers of the outbox are in the table, and by which snapshot. Sure for numbers that are not marked, since
        snapshots are forgotten only after that. Raises LakeAwayError."""

    def repeats(self, snapshot_ids: Collection[int]) -> Mapping[int, Mapping[str, Mapping[str, int]]]:
        """Return number in the outbox -> batch -> log source -> rows that these commits left out: the table had them. Raises LakeAwayError."""

    def last_commit_at(self) -> datetime | None:
        """Return when the table last changed; None where it never did. Raises LakeAwayError."""

    def moment(self) -> LakeMoment:
        """Return the table as it is now, for `commit`. Raises LakeAwayError."""

    def commit(
        self, waiting: Sequence[WaitingFile], since: LakeMoment, fence: int, step: Step = ...
    ) -> LakeCommit | None:
        """Make staged files part of the table, all or none of them; those that are already are left out; None where none is left.

        `since`: taken before the outbox was read for `waiting`; what others committed after it is seen, however long this one slept.
        `fence`: the number of the lease, kept with the snapshot. Raises LakeConflictError, LakeAwayError, DamagedFileError.
        """

    def view(self, organization_id: str, first_at: datetime, before: datetime, seqs: Sequence[int] = ()) -> LakeView:
        """Return the table's files that may hold the organization's rows of the time range. Raises LakeAwayError."""

    def read_staged(self, waiting: Sequence[WaitingFile], columns: Sequence[str] | None = None) -> Any:
        """Return the rows of staged files as one pyarrow.Table with these columns (None: all). Raises LakeAwayError, DamagedFileError."""

    def read_files(self, files: Sequence[str], columns: Sequence[str], event_ids: Sequence[str]) -> Any:
        """Return the rows with these event ids as a pyarrow.Table with these columns. Raises LakeAwayError."""

    def delete_staged(self, names: Sequence[str]) -> None:
        """Delete staged files; those that are gone already are no error. Raises LakeAwayError."""

    def compact(self, now: datetime, fence: int, step: Step = ...) -> Upkeep:
        """Rewrite the small files of one organization and day as few large sorted ones, the most fragmented first. `files_before` is 0 where
        nothing is left to do. Raises LakeConflictError, LakeAwayError."""

    def drop_days(self, organization_id: str, before: date, fence: int) -> Upkeep:
        """Drop the organization's days before this one. Raises LakeConflictError, LakeAwayError."""

    def forget_snapshots(self, now: datetime) -> None:
        """Forget snapshots older than a quarter of an hour: each makes commits slower. Raises LakeConflictError, LakeAwayError."""

    def delete_orphans(self, now: datetime, kept_staged: Sequence[str]) -> int:
        """Delete files that no kept snapshot names and that are older than a day (metadata: an hour). `kept_staged`: what the outbox names.
        Return how many there were. Raises LakeAwayError."""
