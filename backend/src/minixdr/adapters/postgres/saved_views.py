"""Saved views."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, delete, func, insert, or_, select, tuple_, update

from minixdr.adapters.postgres.rows import columns, read, read_optional
from minixdr.adapters.postgres.tables.notify import saved_views
from minixdr.adapters.postgres.work import Work
from minixdr.ports.stores.saved_views import SavedView, ViewContent

_KEPT = columns(saved_views, SavedView)


class PostgresSavedViews:
    """Implements ports.stores.saved_views.SavedViews."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def page(
        self, user_id: UUID | None, page: str | None, after: tuple[str, UUID] | None, most: int
    ) -> Sequence[SavedView]:
        """Return own and shared views; see the port."""
        asked = select(*_KEPT).where(_visible(user_id)).order_by(saved_views.c.name, saved_views.c.id).limit(most)
        if page is not None:
            asked = asked.where(saved_views.c.page == page)
        if after is not None:
            asked = asked.where(tuple_(saved_views.c.name, saved_views.c.id) > tuple_(*after))
        return [read(SavedView, row) for row in await self._work.execute(asked)]

    async def own(self, user_id: UUID) -> int:
        """Return how many the person saved."""
        asked = select(func.count()).select_from(saved_views).where(saved_views.c.created_by == user_id)
        return int((await self._work.execute(asked)).scalar_one())

    async def get(self, user_id: UUID | None, view_id: UUID, *, lock: bool = False) -> SavedView | None:
        """Return one; see the port."""
        asked = select(*_KEPT).where(saved_views.c.id == view_id, _visible(user_id))
        row = (await self._work.execute(asked.with_for_update() if lock else asked)).first()
        return read_optional(SavedView, row)

    async def add(self, user_id: UUID | None, content: ViewContent) -> SavedView:
        """Save one; see the port."""
        values = msgspec.structs.asdict(content) | {
            "organization_id": self._work.scope.organization_id,
            "created_by": user_id,
        }
        return read(SavedView, (await self._work.execute(insert(saved_views).values(values).returning(*_KEPT))).one())

    async def change(self, view_id: UUID, content: ViewContent) -> SavedView:
        """Replace what it says; see the port."""
        values = msgspec.structs.asdict(content) | {"updated_at": func.now(), "version": saved_views.c.version + 1}
        changed = update(saved_views).where(saved_views.c.id == view_id).values(values).returning(*_KEPT)
        return read(SavedView, (await self._work.execute(changed)).one())

    async def remove(self, view_id: UUID) -> None:
        """Remove one; see the port."""
        await self._work.execute(delete(saved_views).where(saved_views.c.id == view_id))


def _visible(user_id: UUID | None) -> ColumnElement[bool]:
    shared = saved_views.c.shared.is_(True)
    return shared if user_id is None else or_(shared, saved_views.c.created_by == user_id)
