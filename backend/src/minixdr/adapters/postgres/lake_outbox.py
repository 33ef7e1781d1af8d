"""The lake's outbox in PostgreSQL."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Row, Select, cast, delete, func, select, update

from minixdr.adapters.postgres.rows import read
from minixdr.adapters.postgres.tables.intake import lake_outbox
from minixdr.adapters.postgres.work import Work
from minixdr.ports.lake import WaitingFile
from minixdr.ports.stores.lake_outbox import Backlog, DamagedFile, MarkedFile

_COMMITTED = lake_outbox.c.committed_snapshot.is_not(None)
_DAMAGED = lake_outbox.c.damaged.is_not(None)
_WAITS = ~_COMMITTED & ~_DAMAGED
_FILE = tuple(lake_outbox.c[name] for name in ("seq", "organization_id", "name", "rows", "first_at", "last_at"))
_NUMBERS = 10_000
"""Of one statement: PostgreSQL takes 65,535 parameters."""


class PostgresLakeOutbox:
    """Implements ports.stores.lake_outbox.LakeOutbox."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def waiting(self, most: int, after: int = 0) -> Sequence[WaitingFile]:
        """Return files not yet marked."""
        seq = lake_outbox.c.seq
        return await self._files(self._select().where(_WAITS, seq > after).order_by(seq).limit(most))

    async def waiting_between(self, first_at: datetime, before: datetime) -> Sequence[WaitingFile]:
        """Return files not yet marked that may hold events of the time range."""
        meets = (lake_outbox.c.last_at >= first_at, lake_outbox.c.first_at < before)
        return await self._files(self._select().where(_WAITS, *meets).order_by(lake_outbox.c.seq))

    async def mark(self, snapshots: Mapping[int, int]) -> Sequence[MarkedFile]:
        """Mark files as committed; return those that were not marked before."""
        by_snapshot: dict[int, list[int]] = defaultdict(list)
        for seq, snapshot_id in snapshots.items():
            by_snapshot[snapshot_id].append(seq)
        marked: list[MarkedFile] = []
        for snapshot_id, seqs in by_snapshot.items():
            for start in range(0, len(seqs), _NUMBERS):
                new = await self._work.execute(
                    update(lake_outbox)
                    .where(_WAITS, lake_outbox.c.seq.in_(seqs[start : start + _NUMBERS]))
                    .values(committed_snapshot=snapshot_id, committed_at=func.now())
                    .returning(lake_outbox.c.seq, lake_outbox.c.organization_id)
                )
                marked.extend(MarkedFile(row.seq, row.organization_id) for row in new)
        return marked

    async def committed_before(self, moment: datetime, most: int) -> Sequence[WaitingFile]:
        """Return files marked before the moment."""
        old = lake_outbox.c.committed_at < moment
        return await self._files(self._select().where(old).order_by(lake_outbox.c.seq).limit(most))

    async def forget(self, seqs: Sequence[int]) -> None:
        """Remove files that are marked."""
        for start in range(0, len(seqs), _NUMBERS):
            chosen = lake_outbox.c.seq.in_(seqs[start : start + _NUMBERS])
            await self._work.execute(delete(lake_outbox).where(_COMMITTED, chosen))

    async def names(self) -> Sequence[str]:
        """Return all names."""
        return list((await self._work.execute(select(lake_outbox.c.name))).scalars())

    async def put_aside(self, seq: int, reason: str) -> DamagedFile | None:
        """Mark a file that waits as damaged."""
        marked = update(lake_outbox).where(_WAITS, lake_outbox.c.seq == seq).values(damaged=reason)
        row = (await self._work.execute(marked.returning(*_FILE, lake_outbox.c.batch_ids))).first()
        return None if row is None else DamagedFile(_file(row), row.batch_ids)

    async def damaged(self) -> Sequence[DamagedFile]:
        """Return those that were put aside."""
        chosen = select(*_FILE, lake_outbox.c.batch_ids).where(~_COMMITTED, _DAMAGED).order_by(lake_outbox.c.seq)
        return [DamagedFile(_file(row), row.batch_ids) for row in await self._work.execute(chosen)]

    async def take_back(self, seq: int) -> None:
        """Let a file that was put aside wait again."""
        await self._work.execute(update(lake_outbox).where(lake_outbox.c.seq == seq).values(damaged=None))

    async def backlog(self) -> Backlog:
        """Return what waits."""
        counted = select(
            func.count().label("files"),
            cast(func.coalesce(func.sum(lake_outbox.c.rows), 0), BigInteger).label("rows"),
            func.min(lake_outbox.c.created_at).label("oldest_at"),
        ).where(_WAITS)
        return read(Backlog, (await self._work.execute(counted)).one())

    @staticmethod
    def _select() -> Select[Any]:
        return select(*_FILE)

    async def _files(self, chosen: Select[Any]) -> Sequence[WaitingFile]:
        return [_file(row) for row in await self._work.execute(chosen)]


def _file(row: Row[Any]) -> WaitingFile:
    return WaitingFile(row.seq, str(row.organization_id), row.name, row.rows, row.first_at, row.last_at)
