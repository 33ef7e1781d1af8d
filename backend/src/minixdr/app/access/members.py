"""Members of an organization and their roles. Nobody gives or takes a role above the own one; an organization keeps an owner."""

from collections.abc import Sequence
from uuid import UUID

from minixdr.app.platform import Platform
from minixdr.app.refusal import ConflictError, ForbiddenError, NotFoundError
from minixdr.ports.database import Scope, Transaction
from minixdr.ports.stores.people import LastOwnerError, Member
from minixdr.schema.role import Role


async def list_members(platform: Platform, scope: Scope) -> Sequence[Member]:
    """Return all members."""
    async with platform.database.transaction(scope) as tx:
        return await tx.members.all()


async def get_member(platform: Platform, scope: Scope, user_id: UUID) -> Member:
    """Return one. Raises NotFoundError."""
    async with platform.database.transaction(scope) as tx:
        return await _member(tx, user_id)


async def change_role(platform: Platform, scope: Scope, own: Role, user_id: UUID, role: Role) -> Member:
    """Change a member's role. Raises NotFoundError, ForbiddenError, ConflictError."""
    async with platform.database.transaction(scope) as tx:
        member = await _member(tx, user_id)
        _check_within(own, Role(member.role), role)
        try:
            changed = await tx.members.change_role(user_id, role)
        except LastOwnerError:
            raise _last_owner() from None
        if changed is None:
            raise _no_member()
        details = {"from": member.role, "to": str(role), "email": member.email}
        await tx.audit.add("member.role_changed", f"user:{user_id}", details, at=platform.now())
        await _revoke_invitations(tx, user_id, role if role.may(Role.ADMIN) else None, platform)
        return changed


async def remove_member(platform: Platform, scope: Scope, own: Role, user_id: UUID) -> None:
    """Take a person out of the organization: what they send next is refused. Raises NotFoundError, ForbiddenError, ConflictError."""
    async with platform.database.transaction(scope) as tx:
        member = await _member(tx, user_id)
        _check_within(own, Role(member.role))
        try:
            removed = await tx.members.remove(user_id)
        except LastOwnerError:
            raise _last_owner() from None
        if not removed:
            raise _no_member()
        details = {"email": member.email, "role": member.role}
        await tx.audit.add("member.removed", f"user:{user_id}", details, at=platform.now())
        await _revoke_invitations(tx, user_id, None, platform)


async def _revoke_invitations(tx: Transaction, user_id: UUID, most: Role | None, platform: Platform) -> None:
    """Revoke the member's open invitations to more than the role `most` (None: all of them): they would be a way back in, or up."""
    now = platform.now()
    for invitation in await tx.invitations.open(now):
        allowed = most is not None and most.may(Role(invitation.role))
        if invitation.invited_by == user_id and not allowed and await tx.invitations.revoke(invitation.id, now):
            details = {"email": invitation.email, "role": invitation.role}
            await tx.audit.add("invitation.revoked", f"invitation:{invitation.id}", details, at=now)


async def _member(tx: Transaction, user_id: UUID) -> Member:
    member = await tx.members.get(user_id)
    if member is None:
        raise _no_member()
    return member


def _check_within(own: Role, *roles: Role) -> None:
    if not all(own.may(role) for role in roles):
        raise ForbiddenError(f"A role above your own ({own}) is not yours to give or to take.")


def _no_member() -> NotFoundError:
    return NotFoundError("There is no such member in this organization.")


def _last_owner() -> ConflictError:
    return ConflictError("An organization keeps at least one owner: make somebody else an owner first.")
