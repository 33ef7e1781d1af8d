"""Passwords: hashed with argon2id, few at once, as slow for nobody as for somebody."""

import asyncio

import pytest

from minixdr.app.passwords import Passwords, check_new_password
from minixdr.app.refusal import InvalidError, TooManyError

GOOD = "correct horse battery"


def test_a_password_matches_its_own_hash_only() -> None:
    """argon2id, a salt of its own each time."""

    async def run() -> None:
        passwords = Passwords()
        first, second = await passwords.hash(GOOD), await passwords.hash(GOOD)
        assert first.startswith("$argon2id$")
        assert first != second
        assert await passwords.matches(GOOD, first)
        assert not await passwords.matches(GOOD + " ", first)

    asyncio.run(run())


def test_nobody_has_no_password() -> None:
    """Without a hash nothing matches, nor does a password that is too long to be one."""

    async def run() -> None:
        passwords = Passwords()
        assert not await passwords.matches("", None)
        assert not await passwords.matches(GOOD, None)
        assert not await passwords.matches("x" * 10_000, await passwords.hash(GOOD))

    asyncio.run(run())


def test_who_waits_too_long_is_told_to_come_back() -> None:
    """No more are computed at once than memory is set aside for."""

    async def run() -> list[object]:
        passwords = Passwords(at_once=1, longest_wait_seconds=0.01)
        return await asyncio.gather(*(passwords.matches(GOOD, None) for _ in range(6)), return_exceptions=True)

    results = asyncio.run(run())
    assert False in results
    assert any(isinstance(result, TooManyError) for result in results)


@pytest.mark.parametrize("password", ["short", "x" * 257, "aaaaaaaaaaaaaa", "ann.smithson-2026"])
def test_a_weak_password_is_refused(password: str) -> None:
    """Too short, too long, one letter, the person's own name."""
    with pytest.raises(InvalidError):
        check_new_password(password, "ann.smithson@example.com")


def test_a_sentence_is_taken() -> None:
    """Length is what counts."""
    check_new_password(GOOD, "ann@example.com")
