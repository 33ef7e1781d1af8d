"""One's own account: name, password, second factor, sessions. What weakens it needs the password again."""

from uuid import UUID

from minixdr.app.access.attempts import lock_after, refuse_while_locked
from minixdr.app.access.noting import note_everywhere
from minixdr.app.access.sign_in import Gatekeeper, WrongCredentialsError, uses_second_factor
from minixdr.app.credentials import hash_of_recovery_code, new_recovery_codes
from minixdr.app.passwords import check_new_password
from minixdr.app.platform import Platform
from minixdr.app.refusal import ConflictError, InvalidError, NotFoundError
from minixdr.app.sealing import seal, unseal
from minixdr.app.totp import accepted_step, address, new_seed
from minixdr.ports.database import Scope, Transaction
from minixdr.ports.stores.people import User


async def change_password(
    platform: Platform, keeper: Gatekeeper, scope: Scope, session_id: UUID, current: str, new: str
) -> None:
    """Change the password and end all other sessions. Raises WrongCredentialsError, InvalidError, TooManyError."""
    user = await _confirmed(platform, keeper, scope, current)
    check_new_password(new, user.email, "/new_password")
    if new == current:
        raise InvalidError("/new_password", "the new password is the old one")
    hashed, now = await keeper.passwords.hash(new), platform.now()
    async with platform.database.transaction(scope) as tx:
        await tx.users.set_password(user.id, hashed)
        ended = await tx.sessions.revoke(user.id, now, but=session_id)
        await _note(tx, user, "user.password_changed", {"sessions_ended": ended}, platform)


async def begin_totp(platform: Platform, keeper: Gatekeeper, scope: Scope, password: str) -> tuple[str, str]:
    """Return a new seed and its `otpauth://` address. It counts once a code confirms it. Raises WrongCredentialsError, ConflictError."""
    user = await _confirmed(platform, keeper, scope, password)
    if user.totp_confirmed_at is not None:
        raise ConflictError("There is a second factor already: disable it first.")
    seed = new_seed()
    async with platform.database.transaction(scope) as tx:
        await tx.users.set_totp(user.id, seal(platform.secret_key, f"totp:{user.id}", seed.encode()))
    return seed, address(seed, user.email)


async def confirm_totp(platform: Platform, scope: Scope, code: str) -> list[str]:
    """Ask for codes from now on, and return recovery codes: they are not shown again. Raises ConflictError, InvalidError."""
    now = platform.now()
    async with platform.database.transaction(scope) as tx:
        user = await _own(tx, lock=True)
        if user.totp_secret_encrypted is None or user.totp_confirmed_at is not None:
            raise ConflictError("No second factor waits to be confirmed: begin one first.")
        seed = unseal(platform.secret_key, f"totp:{user.id}", user.totp_secret_encrypted).decode()
        step = accepted_step(seed, code, now, user.totp_last_step)
        if step is None or not await tx.users.use_totp_step(user.id, step):
            raise InvalidError("/code", "the code is wrong: is the clock of your device right?")
        await tx.users.confirm_totp(user.id, now)
        codes = await _new_codes(tx, user)
        await _note(tx, user, "user.second_factor_enabled", {}, platform)
    return codes


async def disable_totp(platform: Platform, keeper: Gatekeeper, scope: Scope, password: str, code: str) -> None:
    """Ask for codes no more. Raises WrongCredentialsError, ConflictError."""
    user = await _confirmed(platform, keeper, scope, password)
    if user.totp_confirmed_at is None:
        raise ConflictError("There is no second factor.")
    await _use_code(platform, scope, code)
    async with platform.database.transaction(scope) as tx:
        await tx.users.set_totp(user.id, None)
        await _note(tx, user, "user.second_factor_disabled", {}, platform)


async def renew_recovery_codes(platform: Platform, keeper: Gatekeeper, scope: Scope, password: str) -> list[str]:
    """Replace the recovery codes and return them. Raises WrongCredentialsError, ConflictError."""
    user = await _confirmed(platform, keeper, scope, password)
    if user.totp_confirmed_at is None:
        raise ConflictError("There is no second factor to recover from.")
    async with platform.database.transaction(scope) as tx:
        codes = await _new_codes(tx, user)
        await _note(tx, user, "user.recovery_codes_renewed", {}, platform)
    return codes


async def rename(platform: Platform, scope: Scope, name: str) -> None:
    """Change the own name."""
    async with platform.database.transaction(scope) as tx:
        user = await _own(tx)
        await tx.users.rename(user.id, name)
        await _note(tx, user, "user.renamed", {"from": user.name, "to": name}, platform)


async def end_session(platform: Platform, scope: Scope, user_id: UUID, session_id: UUID) -> None:
    """End one of the person's sessions. Raises NotFoundError."""
    async with platform.database.transaction(scope) as tx:
        if not await tx.sessions.revoke(user_id, platform.now(), session_id=session_id):
            raise NotFoundError("You have no such session.")
        await note_everywhere(
            tx,
            user_id,
            "session.revoked",
            target=f"user:{user_id}",
            details={"session": str(session_id)},
            now=platform.now(),
        )


async def end_other_sessions(platform: Platform, scope: Scope, user_id: UUID, session_id: UUID) -> int:
    """End all of the person's sessions but this one, and return how many."""
    async with platform.database.transaction(scope) as tx:
        ended = await tx.sessions.revoke(user_id, platform.now(), but=session_id)
        if ended:
            details = {"sessions_ended": ended}
            await note_everywhere(
                tx, user_id, "session.revoked", target=f"user:{user_id}", details=details, now=platform.now()
            )
    return ended


async def look_at(platform: Platform, scope: Scope, user_id: UUID, session_id: UUID, organization_id: UUID) -> None:
    """Look at another of the person's organizations. Raises NotFoundError."""
    async with platform.database.transaction(scope) as tx:
        if await tx.members.role(organization_id, user_id) is None:
            raise NotFoundError("You are not a member of such an organization.")
        await tx.sessions.look_at(session_id, organization_id)


async def _confirmed(platform: Platform, keeper: Gatekeeper, scope: Scope, password: str) -> User:
    """Return the person, whose password this is. Failures count as failures to sign in. Raises WrongCredentialsError, TooManyError."""
    keeper.attempts.take(scope.address or "", platform.now())
    async with platform.database.transaction(scope) as tx:
        user = await _own(tx)
    refuse_while_locked(user.locked_until, platform.now())
    if await keeper.passwords.matches(password, user.password_hash):
        return user
    await _failed(platform, scope, user)
    raise WrongCredentialsError("The password is wrong.")


async def _use_code(platform: Platform, scope: Scope, code: str) -> None:
    async with platform.database.transaction(scope) as tx:
        user = await _own(tx, lock=True)
        good = await uses_second_factor(platform, tx, user, code, platform.now())
    if not good:
        await _failed(platform, scope, user)
        raise WrongCredentialsError("The code is wrong.")


async def _failed(platform: Platform, scope: Scope, user: User) -> None:
    now = platform.now()
    async with platform.database.transaction(scope) as tx:
        known = await _own(tx, lock=True)  # others may have failed meanwhile
        failures = await tx.users.sign_in_failed(user.id, lock_after(known.failed_sign_ins + 1, now))
        await _note(tx, user, "session.refused", {"failures": failures}, platform)


async def _own(tx: Transaction, *, lock: bool = False) -> User:
    user = None if tx.scope.user_id is None else await tx.users.get(tx.scope.user_id, lock=lock)
    if user is None:
        raise NotFoundError("This account is gone.")
    return user


async def _new_codes(tx: Transaction, user: User) -> list[str]:
    codes = new_recovery_codes()
    await tx.users.set_recovery_codes(user.id, [hash_of_recovery_code(code) for code in codes])
    return codes


async def _note(tx: Transaction, user: User, action: str, details: dict[str, object], platform: Platform) -> None:
    await note_everywhere(tx, user.id, action, target=f"user:{user.id}", details=details, now=platform.now())
