"""Organizations: a person's own, a new one, and changes to the one looked at."""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID, uuid4

import msgspec

from minixdr.app.platform import Platform
from minixdr.app.refusal import ConflictError, NotFoundError
from minixdr.ports.database import Scope
from minixdr.ports.stores.organizations import Organization, OrganizationChange, SlugTakenError
from minixdr.ports.stores.service_levels import KEY, ServiceLevel
from minixdr.schema.role import Role

_MOST_OF_ONE_PERSON = 20
"""Bounds what one account can fill the platform with."""


async def organizations_of(platform: Platform, scope: Scope, user_id: UUID) -> Sequence[tuple[Organization, Role]]:
    """Return the person's organizations and the role in each, by name."""
    async with platform.database.transaction(Scope(None, user_id, scope.actor, scope.address)) as tx:
        roles = dict(await tx.members.of_user(user_id))
        found = [organization for organization in await tx.organizations.all() if organization.id in roles]
    return [(organization, Role(roles[organization.id])) for organization in sorted(found, key=lambda item: item.name)]


async def create_organization(
    platform: Platform, scope: Scope, user_id: UUID, session_id: UUID, slug: str, name: str
) -> Organization:
    """Return a new organization of which the person is the owner, and look at it. Raises ConflictError."""
    organization_id = uuid4()
    async with platform.database.transaction(Scope(None, user_id, scope.actor, scope.address)) as tx:
        if len(await tx.members.of_user(user_id)) >= _MOST_OF_ONE_PERSON:
            raise ConflictError(f"You are a member of {_MOST_OF_ONE_PERSON} organizations; that is the most.")
        await tx.enter(Scope(organization_id, user_id, scope.actor, scope.address))
        try:
            made = await tx.organizations.create(organization_id, slug, name)
        except SlugTakenError:
            raise _slug_taken() from None
        await tx.members.add(user_id, Role.OWNER, None)
        await tx.sessions.look_at(session_id, organization_id)
        details = {"slug": slug, "name": name}
        await tx.audit.add("organization.created", f"organization:{organization_id}", details, at=platform.now())
        return made


async def get_organization(platform: Platform, scope: Scope) -> Organization:
    """Return the organization looked at. Raises NotFoundError."""
    async with platform.database.transaction(scope) as tx:
        found = None if scope.organization_id is None else await tx.organizations.get(scope.organization_id)
    if found is None:
        raise NotFoundError("The organization is gone.")
    return found


async def change_organization(
    platform: Platform,
    scope: Scope,
    change: OrganizationChange,
    check: Callable[[Organization], None],
    service_levels: Mapping[str, ServiceLevel] | None = None,
) -> Organization:
    """Change the organization looked at and return it; `service_levels` are those of some severities.

    `check` gets what it is now, and raises where it is not what the caller has seen.
    Raises NotFoundError, ConflictError."""
    given = {name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not msgspec.UNSET}
    async with platform.database.transaction(scope) as tx:
        organization_id = scope.organization_id
        found = None if organization_id is None else await tx.organizations.get(organization_id, lock=True)
        if found is None or organization_id is None:
            raise NotFoundError("The organization is gone.")
        check(found)
        if service_levels is not None:
            levels = msgspec.to_builtins({**found.service_levels, **service_levels})
            change = msgspec.structs.replace(change, settings={**found.settings, KEY: levels})
            given["settings"] = change.settings
        try:
            changed = await tx.organizations.change(organization_id, change)
        except SlugTakenError:
            raise _slug_taken() from None
        if changed is None:
            raise NotFoundError("The organization is gone.")
        differences = {
            name: {"from": getattr(found, name), "to": value}
            for name, value in given.items()
            if getattr(found, name) != value
        }
        if differences:
            await tx.audit.add(
                "organization.changed", f"organization:{organization_id}", differences, at=platform.now()
            )
        return changed


def _slug_taken() -> ConflictError:
    return ConflictError("Another organization has this slug: choose another.")
