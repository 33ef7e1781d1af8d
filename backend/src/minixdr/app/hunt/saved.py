"""Hunts that people keep: their own, or for all of the organization."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from minixdr.app.hunt.error import QueryError
from minixdr.app.hunt.parser import parse
from minixdr.app.platform import Platform
from minixdr.app.refusal import ForbiddenError, InvalidError, NotFoundError
from minixdr.ports.database import Scope, Transaction
from minixdr.ports.stores.saved_hunts import HuntContent, SavedHunt
from minixdr.schema.role import Role


async def list_saved(
    platform: Platform, scope: Scope, after: tuple[str, UUID] | None, most: int
) -> Sequence[SavedHunt]:
    """Return own and shared hunts by name."""
    async with platform.database.transaction(scope) as tx:
        return await tx.saved_hunts.page(scope.user_id, after, most)


async def get_saved(platform: Platform, scope: Scope, hunt_id: UUID) -> SavedHunt:
    """Return one. Raises NotFoundError."""
    async with platform.database.transaction(scope) as tx:
        return await _hunt(tx, hunt_id)


async def save(platform: Platform, scope: Scope, content: HuntContent) -> SavedHunt:
    """Keep a new one. Raises InvalidError."""
    _check(content, scope.user_id)
    async with platform.database.transaction(scope) as tx:
        made = await tx.saved_hunts.add(scope.user_id, content)
        await tx.audit.add("hunt.saved", f"hunt:{made.id}", _details(made), at=platform.now())
    return made


async def change_saved(
    platform: Platform,
    scope: Scope,
    role: Role,
    hunt_id: UUID,
    changed: Mapping[str, Any],
    match: Callable[[SavedHunt], None],
) -> SavedHunt:
    """Return the hunt with these fields changed; `match` may refuse what it is now. Raises NotFoundError, ForbiddenError, InvalidError."""
    async with platform.database.transaction(scope) as tx:
        now = await _hunt(tx, hunt_id, lock=True)
        match(now)
        _allow(now, scope, role)
        kept = {name: getattr(now, name) for name in HuntContent.__struct_fields__}
        content = HuntContent(**(kept | dict(changed)))
        _check(content, now.created_by)
        made = await tx.saved_hunts.change(hunt_id, content)
        await tx.audit.add("hunt.changed", f"hunt:{hunt_id}", _details(made), at=platform.now())
    return made


async def remove_saved(platform: Platform, scope: Scope, role: Role, hunt_id: UUID) -> None:
    """Remove one. Raises NotFoundError, ForbiddenError."""
    async with platform.database.transaction(scope) as tx:
        now = await _hunt(tx, hunt_id, lock=True)
        _allow(now, scope, role)
        await tx.saved_hunts.remove(hunt_id)
        await tx.audit.add("hunt.removed", f"hunt:{hunt_id}", {"name": now.name}, at=platform.now())


async def _hunt(tx: Transaction, hunt_id: UUID, *, lock: bool = False) -> SavedHunt:
    found = await tx.saved_hunts.get(tx.scope.user_id, hunt_id, lock=lock)
    if found is None:
        raise NotFoundError("There is no such hunt, or it is somebody else's own.")
    return found


def _allow(hunt: SavedHunt, scope: Scope, role: Role) -> None:
    mine = hunt.created_by is not None and hunt.created_by == scope.user_id
    if not mine and role not in {Role.ADMIN, Role.OWNER}:
        raise ForbiddenError("Somebody else saved this hunt: save a copy, or ask an admin.")


def _check(content: HuntContent, owner: UUID | None) -> None:
    """The query must be one; whether its attributes exist is asked when it runs."""
    if owner is None and not content.shared:
        raise InvalidError("/shared", "A hunt that no person owns must be shared: nobody would see it.")
    try:
        parse(content.query)
    except QueryError as error:
        raise InvalidError("/query", f"{error.message} (at character {error.start + 1})") from error


def _details(hunt: SavedHunt) -> dict[str, Any]:
    return {"name": hunt.name, "query": hunt.query, "shared": hunt.shared}
