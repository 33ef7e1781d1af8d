"""What strangers wrote becomes JSON that PostgreSQL takes."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest

from minixdr.adapters.postgres.json import TOO_DEEP, dumps


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"a": ["ü", 1, 1.5, None, True]}, {"a": ["ü", 1, 1.5, None, True]}),
        ("a\x00b", "a\ufffdb"),
        ("\\u0000", "\\u0000"),
        ({"\x00": "\x00"}, {"\ufffd": "\ufffd"}),
        (["\ud800x", "\U0001f600"], ["\ufffdx", "\U0001f600"]),
        ([float("nan"), float("inf"), 1], [None, None, 1]),
        ([float("nan"), "\x00", "\ud800"], [None, "\ufffd", "\ufffd"]),
        ({"at": datetime(2026, 1, 2, tzinfo=UTC), "x": "\x00"}, {"at": "2026-01-02T00:00:00+00:00", "x": "\ufffd"}),
        ({"id": UUID(int=1), "x": "\ud800"}, {"id": str(UUID(int=1)), "x": "\ufffd"}),
        (("a", ("b",)), ["a", ["b"]]),
    ],
)
def test_what_is_kept_is_readable_json(value: Any, kept: Any) -> None:
    """No text and no number makes it fail, and what can be kept is."""
    assert orjson.loads(dumps(value)) == kept


def test_numbers_beyond_64_bits_stay_whole() -> None:
    """jsonb holds numbers of any size."""
    assert dumps([2**64, -(2**70)]) == b"[18446744073709551616, -1180591620717411303424]"


def test_depth_is_bounded() -> None:
    """A record nested a million deep neither fails nor is copied."""
    value: Any = "bottom"
    for _ in range(1_000_000):
        value = [value]
    text = dumps({"a": value})
    assert TOO_DEEP.encode() in text
    assert len(text) < 1_000
    while value != "bottom":  # taken apart by hand: Python would recurse
        value = value[0]


def test_what_is_no_json_is_a_fault() -> None:
    """Nothing is guessed."""
    with pytest.raises(TypeError):
        dumps({"a": object()})
