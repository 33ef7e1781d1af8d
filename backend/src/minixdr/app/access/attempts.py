"""How often somebody may try to sign in: bounds an address, and locks an account after failures in a row.

Accounts that exist are locked in the database. Addresses nobody has are locked here, by the same schedule, so that a lock does not tell which exist.
All of it is bounded: the oldest is forgotten, never the memory.
"""

from collections import OrderedDict
from datetime import datetime, timedelta

from minixdr.app.refusal import TooManyError

FREE_FAILURES = 5
"""So often a password may be mistyped in a row."""
_FIRST_LOCK = timedelta(seconds=30)
_LONGEST_LOCK = timedelta(minutes=15)
"""Bounds what somebody can do to another's account by failing on purpose."""
_MOST_KNOWN = 10_000
_BURST = 30
_A_MINUTE = 20.0
"""Attempts an address has at once, and gets back in a minute: an office shares one."""


def lock_after(failures: int, now: datetime) -> datetime | None:
    """Return until when an account is locked after so many failures in a row: 30 s after the fifth, doubling up to 15 minutes; None: not."""
    if failures < FREE_FAILURES:
        return None
    doublings = min(failures - FREE_FAILURES, 10)
    return now + min(_FIRST_LOCK * (1 << doublings), _LONGEST_LOCK)


def refuse_while_locked(locked_until: datetime | None, now: datetime) -> None:
    """Raises TooManyError where it is locked now."""
    if locked_until is not None and locked_until > now:
        seconds = (locked_until - now).total_seconds()
        raise TooManyError("Too many failed attempts to sign in as this person; wait, then try again.", seconds)


class Attempts:
    """What one process remembers of attempts."""

    def __init__(self) -> None:
        self._left: OrderedDict[str, tuple[float, datetime]] = OrderedDict()
        self._failed: OrderedDict[str, tuple[int, datetime]] = OrderedDict()

    def take(self, address: str, now: datetime) -> None:
        """Count an attempt from the address. Raises TooManyError where it has none left."""
        left, at = self._left.pop(address, (float(_BURST), now))
        left = min(float(_BURST), left + max(0.0, (now - at).total_seconds()) * _A_MINUTE / 60)
        taken = left >= 1
        self._left[address] = (left - 1 if taken else left, now)
        _bound(self._left)
        if not taken:
            raise TooManyError(
                "Too many attempts from this address; wait, then try again.", (1 - left) * 60 / _A_MINUTE
            )

    def refuse_while_locked(self, email: str, now: datetime) -> None:
        """Raises TooManyError where failures of an address that nobody has lock it now."""
        count, at = self._failed.get(email, (0, now))
        refuse_while_locked(lock_after(count, at), now)

    def failed(self, email: str, now: datetime) -> None:
        """Count a failure of an address that nobody has: as those of an account, however long ago the one before was."""
        count, _ = self._failed.pop(email, (0, now))
        self._failed[email] = (count + 1, now)
        _bound(self._failed)


def _bound(known: OrderedDict[str, tuple[float, datetime]] | OrderedDict[str, tuple[int, datetime]]) -> None:
    while len(known) > _MOST_KNOWN:
        known.popitem(last=False)
