"""Invitations: an address is invited with a role; whoever has the link and is, or becomes, that person joins.

The link's secret is shown once. We send no mail: the inviter passes the link on.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import msgspec

from minixdr.app.access.sign_in import Gatekeeper, begin_session
from minixdr.app.credentials import hash_of, new_secret
from minixdr.app.passwords import check_new_password
from minixdr.app.platform import Platform
from minixdr.app.refusal import ConflictError, ForbiddenError, NotFoundError
from minixdr.ports.database import Scope, Transaction
from minixdr.ports.stores.access import Session
from minixdr.ports.stores.people import EmailTakenError, Invitation
from minixdr.schema.role import Role

LIFETIME = timedelta(days=7)


class NewAccount(msgspec.Struct, frozen=True):
    """What somebody gives who accepts an invitation and has no account."""

    secret: str
    name: str
    password: str
    address: str
    user_agent: str | None


async def invite(platform: Platform, scope: Scope, own: Role, email: str, role: Role) -> tuple[Invitation, str]:
    """Invite an address, and return the invitation and its secret. Raises ForbiddenError, ConflictError."""
    if not own.may(role):
        raise ForbiddenError(f"A role above your own ({own}) is not yours to give.")
    secret, now, email = new_secret(), platform.now(), email.strip().lower()
    async with platform.database.transaction(scope) as tx:
        if any(member.email == email for member in await tx.members.all()):
            raise ConflictError("This person is a member already.")
        invitation = await tx.invitations.create(email, role, hash_of(secret), now + LIFETIME, scope.user_id)
        details = {"email": email, "role": str(role)}
        await tx.audit.add("invitation.created", f"invitation:{invitation.id}", details, at=now)
    return invitation, secret


async def open_invitations(platform: Platform, scope: Scope) -> Sequence[Invitation]:
    """Return those that can be accepted."""
    async with platform.database.transaction(scope) as tx:
        return await tx.invitations.open(platform.now())


async def revoke(platform: Platform, scope: Scope, invitation_id: UUID) -> None:
    """Revoke an open invitation. Raises NotFoundError."""
    async with platform.database.transaction(scope) as tx:
        if not await tx.invitations.revoke(invitation_id, platform.now()):
            raise NotFoundError("There is no such open invitation.")
        await tx.audit.add("invitation.revoked", f"invitation:{invitation_id}", at=platform.now())


async def accept_as_new(platform: Platform, keeper: Gatekeeper, given: NewAccount) -> tuple[str, Session]:
    """Make an account of the invited address, join, and return a session and its secret.
    Raises NotFoundError, ConflictError where there is an account of the address, InvalidError, TooManyError."""
    now = platform.now()
    keeper.attempts.take(given.address, now)
    scope = Scope(token_hash=hash_of(given.secret), address=given.address)
    async with platform.database.transaction(scope) as tx:
        invitation = await _presented(tx, platform)
    check_new_password(given.password, invitation.email)
    hashed, user_id = await keeper.passwords.hash(given.password), uuid4()
    async with platform.database.transaction(scope) as tx:
        invitation = await _presented(tx, platform, lock=True)
        await tx.enter(Scope(invitation.organization_id, user_id, f"user:{user_id}", given.address))
        try:
            user = await tx.users.create(user_id, invitation.email, given.name, hashed)
        except EmailTakenError:
            raise ConflictError(
                "There is an account of this address: sign in with it, then accept the invitation."
            ) from None
        await _join(tx, invitation, user_id, platform)
        return await begin_session(tx, user, given.user_agent, now, second_factor=False)


async def accept_as_self(platform: Platform, scope: Scope, user_id: UUID, secret: str) -> UUID:
    """Join with the account that is signed in, and return the organization's id. Raises NotFoundError, ForbiddenError, ConflictError."""
    presenting = Scope(None, user_id, scope.actor, scope.address, token_hash=hash_of(secret))
    async with platform.database.transaction(presenting) as tx:
        invitation = await _presented(tx, platform, lock=True)
        user = await tx.users.get(user_id)
        if user is None or user.email != invitation.email:
            raise ForbiddenError("This invitation is for another address than yours.")
        await tx.enter(Scope(invitation.organization_id, user_id, scope.actor, scope.address))
        await _join(tx, invitation, user_id, platform)
    return invitation.organization_id


async def _presented(tx: Transaction, platform: Platform, *, lock: bool = False) -> Invitation:
    invitation = await tx.invitations.by_token(lock=lock)
    if invitation is None or invitation.revoked_at or invitation.accepted_at or invitation.expires_at <= platform.now():
        raise _not_good()
    return invitation


def _not_good() -> NotFoundError:
    return NotFoundError("The invitation is unknown, used, revoked or expired: ask for another.")


async def _join(tx: Transaction, invitation: Invitation, user_id: UUID, platform: Platform) -> None:
    if not await tx.invitations.accepted(invitation.id, platform.now()):
        raise _not_good()
    if not await tx.members.add(user_id, invitation.role, invitation.invited_by):
        raise ConflictError("You are a member of this organization already.")
    details = {"role": invitation.role, "invitation": str(invitation.id), "email": invitation.email}
    await tx.audit.add("member.joined", f"user:{user_id}", details, at=platform.now())
