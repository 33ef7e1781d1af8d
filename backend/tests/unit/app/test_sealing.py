"""Sealed secrets open with the same key for the same purpose, and otherwise never."""

import pytest

from minixdr.app.sealing import UnreadableError, seal, unseal

KEY, OTHER_KEY = b"k" * 32, b"o" * 32


def test_what_was_sealed_opens() -> None:
    """The content comes back; two sealings of it differ."""
    first, second = seal(KEY, "totp:1", b"seed"), seal(KEY, "totp:1", b"seed")
    assert first != second
    assert unseal(KEY, "totp:1", first) == unseal(KEY, "totp:1", second) == b"seed"
    assert b"seed" not in first


@pytest.mark.parametrize(
    ("key", "purpose", "change"),
    [
        (OTHER_KEY, "totp:1", lambda sealed: sealed),
        (KEY, "totp:2", lambda sealed: sealed),
        (KEY, "totp:1", lambda sealed: sealed[:-1] + bytes([sealed[-1] ^ 1])),
        (KEY, "totp:1", lambda sealed: sealed[:5]),
        (KEY, "totp:1", lambda _: b""),
    ],
)
def test_nothing_else_opens_it(key: bytes, purpose: str, change) -> None:
    """Another key, another row, an altered or cut ciphertext: said, not guessed."""
    with pytest.raises(UnreadableError):
        unseal(key, purpose, change(seal(KEY, "totp:1", b"seed")))
