"""The first organization and its owner, made by a person in a browser: only while there is none, and only with the setup code.

The code is random, good until the first organization is made, and kept as a hash. Who starts the platform sees it (the api's log, `minixdr up`,
`minixdr admin setup-code`); who merely reaches a new installation over the network does not.
"""

import secrets
from datetime import datetime
from uuid import uuid4

import msgspec

from minixdr.app.access.sign_in import Gatekeeper, begin_session
from minixdr.app.bootstrap import checked_email, slug_of
from minixdr.app.canary import of_people
from minixdr.app.credentials import hash_of
from minixdr.app.passwords import check_new_password
from minixdr.app.platform import Platform
from minixdr.app.refusal import ConflictError, ForbiddenError
from minixdr.ports.database import Database, Scope
from minixdr.ports.stores.access import Session
from minixdr.ports.stores.organizations import SlugTakenError
from minixdr.ports.stores.people import EmailTakenError
from minixdr.schema.role import Role

_CODE_BYTES = 15
"""20 characters: 120 random bits."""
_CODES_KEPT = 10
"""Each api that starts makes one: one that was begun before is still good, one of a month of restarts is not."""
_SYSTEM = Scope(system=True)


class FirstOwner(msgspec.Struct, frozen=True):
    """What a person gives who sets the platform up."""

    setup_code: str
    email: str
    name: str
    password: str
    organization: str
    """Its name."""
    address: str
    user_agent: str | None


class FirstRun:
    """One process's knowledge of whether there is an organization: once there is, the database is not asked again."""

    def __init__(self) -> None:
        self._done = False

    async def needed(self, database: Database) -> bool:
        """Return whether there is no organization yet. Raises DatabaseAwayError."""
        if not self._done:
            async with database.transaction(_SYSTEM) as tx:
                self._done = bool(of_people(await tx.organizations.all()))
        return not self._done


async def new_setup_code(database: Database, now: datetime, given: str | None = None, *, alone: bool) -> str | None:
    """Make a code good (a random one unless told) and return it; None where there is an organization already.

    `alone`: those of before are not good any more. Raises DatabaseAwayError.
    """
    async with database.transaction(_SYSTEM) as tx:
        if of_people(await tx.organizations.all()):
            return None
        code = given or secrets.token_urlsafe(_CODE_BYTES)
        await tx.setup_codes.add(hash_of(code), now, kept=1 if alone else _CODES_KEPT)
    return code


async def set_up(platform: Platform, keeper: Gatekeeper, given: FirstOwner) -> tuple[str, Session]:
    """Make the organization and its owner; return a session of the owner and its secret.

    Raises ForbiddenError where the code is not good, ConflictError where there is an organization, InvalidError, TooManyError; DatabaseAwayError.
    """
    now, code_hash = platform.now(), hash_of(given.setup_code.strip())
    keeper.attempts.take(given.address, now)
    async with platform.database.transaction(_SYSTEM) as tx:
        if of_people(await tx.organizations.all()):
            raise _done()
        if not await tx.setup_codes.holds(code_hash):
            raise _wrong_code()
    email, slug, name = checked_email(given.email), slug_of(given.organization), given.organization.strip()
    check_new_password(given.password, email)
    hashed = await keeper.passwords.hash(given.password)
    user_id, organization_id = uuid4(), uuid4()
    actor = f"user:{user_id}"
    async with platform.database.transaction(Scope(system=True, address=given.address)) as tx:
        if not await tx.setup_codes.take(code_hash):
            raise _wrong_code()
        if of_people(await tx.organizations.all()):
            raise _done()
        try:
            await tx.organizations.create(organization_id, slug, name)
        except SlugTakenError:  # of the deployment canary's: there is no other
            raise ConflictError("This name is the platform's own: choose another for the organization.") from None
        try:
            user = await tx.users.create(user_id, email, given.name, hashed)
        except EmailTakenError:
            raise ConflictError(
                "There is an account of this address already: `minixdr admin create-owner` makes its person the owner."
            ) from None
        await tx.enter(Scope(organization_id, user_id, actor, given.address))
        await tx.members.add(user_id, Role.OWNER, None)
        target = f"organization:{organization_id}"
        await tx.audit.add("organization.created", target, {"slug": slug, "name": name, "by": "the setup page"}, at=now)
        details = {"email": email, "role": str(Role.OWNER), "by": "the setup page"}
        await tx.audit.add("member.added", actor, details, at=now)
        return await begin_session(tx, user, given.user_agent, now, second_factor=False)


def _done() -> ConflictError:
    return ConflictError("The platform is set up already: sign in, or ask for an invitation.")


def _wrong_code() -> ForbiddenError:
    return ForbiddenError(
        "The setup code is wrong, or another took its place. It stands in the log of the api and in what `minixdr up` printed; "
        "`minixdr admin setup-code` makes a new one."
    )
