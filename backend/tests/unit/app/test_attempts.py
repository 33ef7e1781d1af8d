"""Addresses that nobody has are locked as accounts are."""

from datetime import UTC, datetime, timedelta

import pytest

from minixdr.app.access.attempts import FREE_FAILURES, Attempts
from minixdr.app.refusal import TooManyError


def test_a_pause_does_not_tell_which_addresses_have_accounts() -> None:
    """An account counts failures until somebody signs in, however long ago they were: so does what nobody has."""
    attempts, now = Attempts(), datetime(2026, 3, 2, 10, tzinfo=UTC)
    for _ in range(FREE_FAILURES):
        attempts.failed("nobody@example.com", now)
    later = now + timedelta(hours=5)
    attempts.refuse_while_locked("nobody@example.com", later)
    attempts.failed("nobody@example.com", later)
    with pytest.raises(TooManyError):
        attempts.refuse_while_locked("nobody@example.com", later)
