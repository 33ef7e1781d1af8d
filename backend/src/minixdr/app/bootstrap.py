"""The first organization and its owner; a new password for who lost it. For who runs the machine: it asks nobody's leave."""

import re
import secrets
import unicodedata
from datetime import datetime
from uuid import UUID, uuid4

import msgspec

from minixdr.app import canary
from minixdr.app.access.noting import note_everywhere
from minixdr.app.passwords import Passwords, check_new_password
from minixdr.app.refusal import ConflictError, InvalidError, NotFoundError
from minixdr.ports.database import Database, Scope, Transaction
from minixdr.ports.stores.organizations import Organization, SlugTakenError
from minixdr.ports.stores.people import EmailTakenError, User
from minixdr.schema.role import Role

_PASSWORD_BYTES = 15
"""20 characters: 120 random bits."""
_LONGEST_SLUG = 40


class Owner(msgspec.Struct, frozen=True):
    """Who owns an organization now."""

    organization_id: UUID
    organization: str
    """Its slug."""
    user_id: UUID
    email: str
    password: str | None
    """A password made up here, to be shown once; None where one was given, or the person had an account."""
    changed: bool
    """False where all was so already."""


async def create_first_owner(
    database: Database, passwords: Passwords, email: str, organization: str, now: datetime
) -> Owner | None:
    """Return the owner of a first organization with a random password; None where there are organizations already."""
    async with database.transaction(Scope(system=True)) as tx:
        if canary.of_people(await tx.organizations.all()):
            return None
    return await create_owner(database, passwords, email, organization, now)


async def create_owner(
    database: Database, passwords: Passwords, email: str, organization: str, now: datetime, password: str | None = None
) -> Owner:
    """Make sure that there is this organization, and that this person owns it. An account that exists keeps its password.

    Raises InvalidError, and ConflictError where somebody else creates the same at this moment.
    """
    email, slug, name = checked_email(email), slug_of(organization), organization.strip()
    if slug == canary.SLUG:
        raise InvalidError("/organization", "this name is the platform's own: the deployment canary's")
    if password is not None:
        check_new_password(password, email)
    new_password = password or secrets.token_urlsafe(_PASSWORD_BYTES)
    hashed = await passwords.hash(new_password)
    try:
        async with database.transaction(Scope(system=True)) as tx:
            known = next((each for each in await tx.organizations.all() if each.slug == slug), None)
            kept = known or await tx.organizations.create(uuid4(), slug, name)
            before = await tx.users.by_email(email)
            user = before or await tx.users.create(uuid4(), email, email.partition("@")[0], hashed)
            changed = await _owned(tx, kept, user, now, new_organization=known is None)
    except (SlugTakenError, EmailTakenError):
        raise ConflictError("Somebody creates the same at this moment: try again.") from None
    made_up = new_password if before is None and password is None else None
    return Owner(kept.id, kept.slug, user.id, user.email, made_up, changed or before is None)


async def _owned(
    tx: Transaction, organization: Organization, user: User, now: datetime, *, new_organization: bool
) -> bool:
    await tx.enter(Scope(organization.id, user.id, "system", system=True))
    target = f"organization:{organization.id}"
    if new_organization:
        await tx.audit.add(
            "organization.created", target, {"slug": organization.slug, "name": organization.name}, at=now
        )
    added = await tx.members.add(user.id, Role.OWNER, None)
    if not added:
        member = await tx.members.get(user.id)
        if member is not None and member.role == Role.OWNER:
            return new_organization
        await tx.members.change_role(user.id, Role.OWNER)
    details = {"email": user.email, "role": str(Role.OWNER), "by": "the machine's administrator"}
    await tx.audit.add("member.added" if added else "member.role_changed", f"user:{user.id}", details, at=now)
    return True


async def reset_password(
    database: Database, passwords: Passwords, email: str, now: datetime, password: str | None = None
) -> str:
    """Give a person a new password (a random one unless told) and return it. Ends the person's sessions and any lock; a second factor stays.

    Raises NotFoundError, InvalidError.
    """
    email = checked_email(email)
    if password is not None:
        check_new_password(password, email)
    new_password = password or secrets.token_urlsafe(_PASSWORD_BYTES)
    hashed = await passwords.hash(new_password)
    async with database.transaction(Scope(system=True)) as tx:
        user = await tx.users.by_email(email)
        if user is None:
            raise NotFoundError(f"Nobody has the address {email}.")
        await tx.users.set_password(user.id, hashed)
        ended = await tx.sessions.revoke(user.id, now)
        details = {"sessions_ended": ended, "by": "the machine's administrator"}
        await note_everywhere(tx, user.id, "user.password_reset", target=f"user:{user.id}", details=details, now=now)
    return new_password


async def reset_second_factor(database: Database, email: str, now: datetime) -> None:
    """Ask a person for no code any more, and end the person's sessions. Raises NotFoundError, InvalidError."""
    email = checked_email(email)
    async with database.transaction(Scope(system=True)) as tx:
        user = await tx.users.by_email(email)
        if user is None:
            raise NotFoundError(f"Nobody has the address {email}.")
        await tx.users.set_totp(user.id, None)
        details = {"sessions_ended": await tx.sessions.revoke(user.id, now), "by": "the machine's administrator"}
        await note_everywhere(
            tx, user.id, "user.second_factor_reset", target=f"user:{user.id}", details=details, now=now
        )


def slug_of(name: str) -> str:
    """Return the slug of a name: `Acme Übersee GmbH` -> `acme-ubersee-gmbh`. Raises InvalidError where nothing is left."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")[:_LONGEST_SLUG].rstrip("-")
    if not slug:
        raise InvalidError("/organization", "an organization's name has at least one letter a to z or digit")
    return slug


def checked_email(email: str) -> str:
    """Return the address in lower case. Raises InvalidError where it is none: what matters is that mail and people can carry it."""
    email = email.strip().lower()
    if len(email) > _LONGEST_EMAIL or not re.fullmatch(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+", email):
        raise InvalidError("/email", "an email address looks like name@example.org")
    return email


_LONGEST_EMAIL = 254
"""RFC 5321."""
