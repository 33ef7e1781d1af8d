"""Tokens and codes: their shape, and that only hashes of them are needed."""

import pytest

from minixdr.app.credentials import hash_of, hash_of_recovery_code, is_token, new_recovery_codes, new_secret, new_token


@pytest.mark.parametrize("kind", ["api", "ingest"])
def test_a_new_token_is_recognised_as_its_kind_only(kind) -> None:
    """An ingest token is no API token, nor the other way."""
    token, prefix = new_token(kind)
    assert token.startswith(f"{prefix}_")
    assert is_token(token, kind)
    assert not is_token(token, "ingest" if kind == "api" else "api")


@pytest.mark.parametrize(
    "text", ["", "mxa_", "mxa_abcdefgh_short", "mxa_abcdefgh_" + "x" * 44, "mxa_abcdefgh_" + "x" * 43 + "\n"]
)
def test_what_is_no_token_is_not_looked_for(text: str) -> None:
    """A shape that we never made."""
    assert not is_token(text, "api")


def test_a_recovery_code_may_be_typed_in_any_way() -> None:
    """Dashes, spaces and case do not matter; ten codes differ."""
    codes = new_recovery_codes()
    assert len(set(codes)) == 10
    assert hash_of_recovery_code(codes[0]) == hash_of_recovery_code(codes[0].upper().replace("-", " "))
    assert hash_of_recovery_code(codes[0]) != hash_of_recovery_code(codes[1])


def test_hostile_text_has_a_hash_too() -> None:
    """A lone surrogate is no crash."""
    assert hash_of("\ud800") != hash_of(new_secret())
