"""The lake's outbox: which staged files are not part of the table yet. Workers add to it (`intake.add_staged`), the committer empties it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from minixdr.ports.lake import WaitingFile


class Backlog(msgspec.Struct, frozen=True):
    """What waits for the committer."""

    files: int
    rows: int
    oldest_at: datetime | None
    """When the longest waiting was staged."""


class DamagedFile(msgspec.Struct, frozen=True):
    """A staged file that was put aside, or taken back."""

    file: WaitingFile
    batch_ids: Sequence[str]
    """Whose events are in it."""


class MarkedFile(msgspec.Struct, frozen=True):
    """A staged file that is part of the table from now on."""

    seq: int
    organization_id: UUID


class LakeOutbox(Protocol):
    """Staged files that the transaction's scope shows: its organization's, with `system` all. One that was put aside does not wait."""

    async def waiting(self, most: int, after: int = 0) -> Sequence[WaitingFile]:
        """Return files not yet marked as committed with a number beyond `after`, by number."""

    async def waiting_between(self, first_at: datetime, before: datetime) -> Sequence[WaitingFile]:
        """Return files not yet marked as committed that may hold events of the time range."""

    async def mark(self, snapshots: Mapping[int, int]) -> Sequence[MarkedFile]:
        """Mark files as committed: number -> snapshot. Those marked already stay as they are. Return those that were not."""

    async def committed_before(self, moment: datetime, most: int) -> Sequence[WaitingFile]:
        """Return files marked before the moment, by the database's clock as it was then."""

    async def forget(self, seqs: Sequence[int]) -> None:
        """Remove files that are marked as committed; others stay."""

    async def names(self) -> Sequence[str]:
        """Return the names of all files, marked or not."""

    async def put_aside(self, seq: int, reason: str) -> DamagedFile | None:
        """Mark a file that waits as damaged. Return it; None where it does not wait."""

    async def damaged(self) -> Sequence[DamagedFile]:
        """Return those that were put aside."""

    async def take_back(self, seq: int) -> None:
        """Let a file that was put aside wait again."""

    async def backlog(self) -> Backlog:
        """Return what waits."""
