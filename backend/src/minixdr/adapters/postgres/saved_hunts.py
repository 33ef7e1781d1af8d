"""Saved hunts."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, delete, func, insert, or_, select, tuple_, update

from minixdr.adapters.postgres.rows import columns, read, read_optional
from minixdr.adapters.postgres.tables.work import saved_hunts
from minixdr.adapters.postgres.work import Work
from minixdr.ports.stores.saved_hunts import HuntContent, SavedHunt

_KEPT = columns(saved_hunts, SavedHunt)


class PostgresSavedHunts:
    """Implements ports.stores.saved_hunts.SavedHunts."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def page(self, user_id: UUID | None, after: tuple[str, UUID] | None, most: int) -> Sequence[SavedHunt]:
        """Return own and shared hunts; see the port."""
        asked = select(*_KEPT).where(_visible(user_id)).order_by(saved_hunts.c.name, saved_hunts.c.id).limit(most)
        if after is not None:
            asked = asked.where(tuple_(saved_hunts.c.name, saved_hunts.c.id) > tuple_(*after))
        return [read(SavedHunt, row) for row in await self._work.execute(asked)]

    async def get(self, user_id: UUID | None, hunt_id: UUID, *, lock: bool = False) -> SavedHunt | None:
        """Return one; see the port."""
        asked = select(*_KEPT).where(saved_hunts.c.id == hunt_id, _visible(user_id))
        row = (await self._work.execute(asked.with_for_update() if lock else asked)).first()
        return read_optional(SavedHunt, row)

    async def add(self, user_id: UUID | None, content: HuntContent) -> SavedHunt:
        """Save one; see the port."""
        values = msgspec.structs.asdict(content) | {
            "organization_id": self._work.scope.organization_id,
            "created_by": user_id,
        }
        return read(SavedHunt, (await self._work.execute(insert(saved_hunts).values(values).returning(*_KEPT))).one())

    async def change(self, hunt_id: UUID, content: HuntContent) -> SavedHunt:
        """Replace what it says; see the port."""
        values = msgspec.structs.asdict(content) | {"updated_at": func.now(), "version": saved_hunts.c.version + 1}
        changed = update(saved_hunts).where(saved_hunts.c.id == hunt_id).values(values).returning(*_KEPT)
        return read(SavedHunt, (await self._work.execute(changed)).one())

    async def remove(self, hunt_id: UUID) -> None:
        """Remove one; see the port."""
        await self._work.execute(delete(saved_hunts).where(saved_hunts.c.id == hunt_id))


def _visible(user_id: UUID | None) -> ColumnElement[bool]:
    shared = saved_hunts.c.shared.is_(True)
    return shared if user_id is None else or_(shared, saved_hunts.c.created_by == user_id)
