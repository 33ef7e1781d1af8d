"""Signing in with a password, and with a second factor where the person has one.

Whether an address is somebody's cannot be told from the answer, nor from how long it takes. The password is checked outside of the transaction
(it takes a tenth of a second), and what was true then is checked again inside.
"""

from datetime import datetime, timedelta

import msgspec
from anyio import current_time, sleep

from minixdr.app.access.attempts import Attempts, lock_after, refuse_while_locked
from minixdr.app.access.noting import note_everywhere
from minixdr.app.credentials import hash_of, hash_of_recovery_code, new_secret
from minixdr.app.passwords import Passwords
from minixdr.app.platform import Platform
from minixdr.app.refusal import RefusedError, TooManyError
from minixdr.app.sealing import unseal
from minixdr.app.totp import accepted_step
from minixdr.ports.database import Scope, Transaction
from minixdr.ports.stores.access import NewSession, Session
from minixdr.ports.stores.people import User

LIFETIME = timedelta(days=7)
"""After which a session ends however much it is used."""
_LONGEST_AGENT = 300
_FAILURE_SECONDS = 0.5
"""A failure takes at least so long: what is written down of the failure of somebody who exists (some milliseconds) cannot be seen in the time."""


class WrongCredentialsError(RefusedError):
    """Address, password or code is wrong: which of them is not said."""


class SecondFactorNeededError(RefusedError):
    """The password is right; a code is needed too."""


class SignIn(msgspec.Struct, frozen=True):
    """What a person gives."""

    email: str
    password: str
    code: str | None
    """Of the authenticator app, or a recovery code."""
    address: str
    user_agent: str | None


class Gatekeeper:
    """One process's memory of attempts, and its bound on hashing."""

    def __init__(self, passwords: Passwords | None = None, failure_seconds: float = _FAILURE_SECONDS) -> None:
        self.failure_seconds = failure_seconds
        self.passwords = passwords or Passwords()
        self.attempts = Attempts()


async def sign_in(platform: Platform, keeper: Gatekeeper, given: SignIn) -> tuple[str, Session]:
    """Return a new session and its secret.

    Raises WrongCredentialsError, SecondFactorNeededError, TooManyError; DatabaseAwayError.
    """
    began = current_time()
    try:
        made = await _sign_in(platform, keeper, given)
    except TooManyError:
        platform.metrics.sign_ins.labels("limited").inc()
        raise
    except RefusedError:
        platform.metrics.sign_ins.labels("refused").inc()
        await sleep(max(0.0, began + keeper.failure_seconds - current_time()))
        raise
    platform.metrics.sign_ins.labels("accepted").inc()
    return made


async def _sign_in(platform: Platform, keeper: Gatekeeper, given: SignIn) -> tuple[str, Session]:
    email, now = given.email.strip().lower(), platform.now()
    keeper.attempts.take(given.address, now)
    scope = Scope(email=email, address=given.address)
    async with platform.database.transaction(scope) as tx:
        known = await tx.users.by_email(email)
    if known is None:
        keeper.attempts.refuse_while_locked(email, now)
    else:
        refuse_while_locked(known.locked_until, now)
    right = await keeper.passwords.matches(given.password, known.password_hash if known else None)
    if known is None:
        keeper.attempts.failed(email, now)
        raise _wrong()

    async def decide(tx: Transaction) -> tuple[str, Session] | RefusedError:
        return await _decide(platform, tx, known, given, right=right)

    decided = await platform.database.run(scope, decide)
    if isinstance(decided, RefusedError):
        raise decided  # not within the transaction: the failure it counted must be kept
    return decided


async def _decide(
    platform: Platform, tx: Transaction, seen: User, given: SignIn, *, right: bool
) -> tuple[str, Session] | RefusedError:
    now = platform.now()
    user = await tx.users.by_email(seen.email, lock=True)
    if user is None or user.disabled_at is not None or user.password_hash != seen.password_hash:
        return _wrong()
    refuse_while_locked(user.locked_until, now)
    await tx.enter(Scope(None, user.id, f"user:{user.id}", given.address))
    second = False
    if right and user.totp_confirmed_at is not None:
        if not given.code:
            return SecondFactorNeededError("Give the code of your authenticator app, or a recovery code, as `code`.")
        second = right = await uses_second_factor(platform, tx, user, given.code, now)
    if not right:
        failures = await tx.users.sign_in_failed(user.id, lock_after(user.failed_sign_ins + 1, now))
        await note_everywhere(
            tx, user.id, "session.refused", target=f"user:{user.id}", details={"failures": failures}, now=now
        )
        return _wrong()
    await tx.users.signed_in(user.id)
    return await begin_session(tx, user, given.user_agent, now, second_factor=second)


async def uses_second_factor(platform: Platform, tx: Transaction, user: User, code: str, now: datetime) -> bool:
    """Use up the code: the app's, or a recovery code. Return whether it was good. The transaction is the person's."""
    if user.totp_secret_encrypted is None:
        return False
    seed = unseal(platform.secret_key, f"totp:{user.id}", user.totp_secret_encrypted).decode()
    step = accepted_step(seed, code, now, user.totp_last_step)
    if step is not None:
        return await tx.users.use_totp_step(user.id, step)
    return await tx.users.use_recovery_code(user.id, hash_of_recovery_code(code), now)


async def begin_session(
    tx: Transaction, user: User, user_agent: str | None, now: datetime, *, second_factor: bool
) -> tuple[str, Session]:
    """Return a new session of the person, looking at the oldest of their organizations, and its secret. The transaction is the person's."""
    secret = new_secret()
    memberships = await tx.members.of_user(user.id)
    session = await tx.sessions.create(
        NewSession(
            token_hash=hash_of(secret),
            user_id=user.id,
            organization_id=memberships[0][0] if memberships else None,
            created_at=now,
            expires_at=now + LIFETIME,
            address=tx.scope.address,
            user_agent=None if user_agent is None else user_agent[:_LONGEST_AGENT],
            second_factor=second_factor,
        )
    )
    details = {"second_factor": second_factor}
    await note_everywhere(tx, user.id, "session.created", target=f"user:{user.id}", details=details, now=now)
    return secret, session


def _wrong() -> WrongCredentialsError:
    return WrongCredentialsError("The email address, the password or the code is wrong.")
