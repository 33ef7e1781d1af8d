"""Passwords: argon2id (RFC 9106) by pwdlib, and what a new one must be.

A hash costs 64 MiB and about a tenth of a second by design, so few are computed at once: who asks meanwhile waits for a bounded time, and is then
told to come back. NIST SP 800-63B asks for length, not for kinds of characters.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple, TypeVar

from anyio import CapacityLimiter, fail_after, to_thread
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from minixdr.app.refusal import InvalidError, TooManyError

LEAST_CHARACTERS = 12
MOST_CHARACTERS = 256
"""Enough for a sentence; a bound on what is hashed."""
_AT_ONCE = 2  # 128 MiB
_LONGEST_WAIT_SECONDS = 5.0
_NOBODYS = "$argon2id$v=19$m={},t={},p={}$MDEyMzQ1Njc4OWFiY2RlZg$RdescudvJCsgt3ub+b3dWRWJTmaaJObG2n4vS8Ks1OA"
"""Checked where there is no user, so that it takes as long as where there is one."""


class Cost(NamedTuple):
    """What a hash costs: RFC 9106's second recommendation, for machines with little memory."""

    memory_kib: int = 65_536
    passes: int = 3
    lanes: int = 4


T = TypeVar("T")


class Passwords:
    """Computes hashes in threads, few at once. One for a process."""

    def __init__(
        self, at_once: int = _AT_ONCE, longest_wait_seconds: float = _LONGEST_WAIT_SECONDS, cost: Cost | None = None
    ) -> None:
        cost = cost or Cost()
        self._hasher = PasswordHash((Argon2Hasher(cost.passes, cost.memory_kib, cost.lanes),))
        self._nobodys = _NOBODYS.format(*cost)
        self._limiter = CapacityLimiter(at_once)
        self._longest_wait_seconds = longest_wait_seconds

    async def hash(self, password: str) -> str:
        """Return the password's hash in the PHC string format. Raises TooManyError where too many are being computed."""
        return await self._compute(partial(self._hasher.hash, password))

    async def matches(self, password: str, hashed: str | None) -> bool:
        """Return whether the hash is the password's. With None it takes as long, and is false. Raises TooManyError."""
        if len(password) > MOST_CHARACTERS:
            password, hashed = "", None
        found = await self._compute(partial(self._hasher.verify, password, hashed or self._nobodys))
        return found and hashed is not None

    async def _compute(self, work: Callable[[], T]) -> T:
        task = object()
        try:
            with fail_after(self._longest_wait_seconds):
                await self._limiter.acquire_on_behalf_of(task)
        except TimeoutError:
            raise TooManyError(
                "too many people sign in at this moment; try again", self._longest_wait_seconds
            ) from None
        try:
            return await to_thread.run_sync(work)
        finally:
            self._limiter.release_on_behalf_of(task)


def check_new_password(password: str, email: str, pointer: str = "/password") -> None:
    """Raises InvalidError where the password cannot be taken."""
    if not LEAST_CHARACTERS <= len(password) <= MOST_CHARACTERS:
        raise InvalidError(pointer, f"a password has {LEAST_CHARACTERS} to {MOST_CHARACTERS} characters")
    if len(set(password)) < _LEAST_DIFFERENT:
        raise InvalidError(pointer, f"a password has at least {_LEAST_DIFFERENT} different characters")
    if email.split("@", 1)[0].casefold() in password.casefold() and len(email.split("@", 1)[0]) >= _LEAST_DIFFERENT:
        raise InvalidError(pointer, "a password does not contain the name in the email address")


_LEAST_DIFFERENT = 5
