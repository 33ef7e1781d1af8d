"""Views of lists that people keep: their own, or for all of the organization."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from minixdr.app.platform import Platform
from minixdr.app.refusal import ConflictError, ForbiddenError, InvalidError, NotFoundError
from minixdr.ports.database import Scope, Transaction
from minixdr.ports.stores.saved_views import SavedView, ViewContent
from minixdr.schema.role import Role

_MOST_OWN = 500
"""Of one person: bounds what one account can fill the platform with."""


async def list_saved(
    platform: Platform, scope: Scope, page: str | None, after: tuple[str, UUID] | None, most: int
) -> Sequence[SavedView]:
    """Return own and shared views by name."""
    async with platform.database.transaction(scope) as tx:
        return await tx.saved_views.page(scope.user_id, page, after, most)


async def get_saved(platform: Platform, scope: Scope, view_id: UUID) -> SavedView:
    """Return one. Raises NotFoundError."""
    async with platform.database.transaction(scope) as tx:
        return await _view(tx, view_id)


async def save(platform: Platform, scope: Scope, content: ViewContent) -> SavedView:
    """Keep a new one. Raises InvalidError, ConflictError."""
    _check(content, scope.user_id)
    async with platform.database.transaction(scope) as tx:
        if scope.user_id is not None and await tx.saved_views.own(scope.user_id) >= _MOST_OWN:
            raise ConflictError(f"You saved {_MOST_OWN} views; that is the most. Remove one.")
        made = await tx.saved_views.add(scope.user_id, content)
        await tx.audit.add("view.saved", f"view:{made.id}", _details(made), at=platform.now())
    return made


async def change_saved(
    platform: Platform,
    scope: Scope,
    role: Role,
    view_id: UUID,
    changed: Mapping[str, Any],
    match: Callable[[SavedView], None],
) -> SavedView:
    """Return the view with these fields changed; `match` may refuse what it is now. Raises NotFoundError, ForbiddenError, InvalidError."""
    async with platform.database.transaction(scope) as tx:
        now = await _view(tx, view_id, lock=True)
        match(now)
        _allow(now, scope, role)
        kept = {name: getattr(now, name) for name in ViewContent.__struct_fields__}
        content = ViewContent(**(kept | dict(changed)))
        _check(content, now.created_by)
        made = await tx.saved_views.change(view_id, content)
        await tx.audit.add("view.changed", f"view:{view_id}", _details(made), at=platform.now())
    return made


async def remove_saved(platform: Platform, scope: Scope, role: Role, view_id: UUID) -> None:
    """Remove one. Raises NotFoundError, ForbiddenError."""
    async with platform.database.transaction(scope) as tx:
        now = await _view(tx, view_id, lock=True)
        _allow(now, scope, role)
        await tx.saved_views.remove(view_id)
        await tx.audit.add("view.removed", f"view:{view_id}", {"name": now.name}, at=platform.now())


async def _view(tx: Transaction, view_id: UUID, *, lock: bool = False) -> SavedView:
    found = await tx.saved_views.get(tx.scope.user_id, view_id, lock=lock)
    if found is None:
        raise NotFoundError("There is no such view, or it is somebody else's own.")
    return found


def _allow(view: SavedView, scope: Scope, role: Role) -> None:
    mine = view.created_by is not None and view.created_by == scope.user_id
    if not mine and role not in {Role.ADMIN, Role.OWNER}:
        raise ForbiddenError("Somebody else saved this view: save a copy, or ask an admin.")


def _check(content: ViewContent, owner: UUID | None) -> None:
    if owner is None and not content.shared:
        raise InvalidError("/shared", "A view that no person owns must be shared: nobody would see it.")


def _details(view: SavedView) -> dict[str, Any]:
    return {
        name: value
        for name, value in msgspec.structs.asdict(view).items()
        if name in {"name", "page", "query", "shared"}
    }
