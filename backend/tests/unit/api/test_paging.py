"""Cursors: they lead through a list, and are worth nothing anywhere else."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from minixdr.api.paging import PageRequest
from minixdr.api.problem import ProblemError

KEY = b"k" * 32
ROWS = list(range(7))


def request(cursor: str | None = None, *, key: bytes = KEY, bound_to: bytes = b"b" * 32) -> PageRequest:
    return PageRequest(3, cursor, key, bound_to)


def first_cursor() -> str:
    cursor = request().page(ROWS, lambda row: (row,), str).next_cursor
    assert cursor is not None
    return cursor


def test_pages_show_every_row_once() -> None:
    """Following the cursors gives the list."""
    seen: list[int] = []
    cursor, pages = None, 0
    while True:
        asked = request(cursor)
        after = asked.after(tuple[int])
        rows = [row for row in ROWS if after is None or row > after[0]][: asked.most]
        page = asked.page(rows, lambda row: (row,), lambda row: row)
        seen += page.items
        pages += 1
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == ROWS
    assert pages == 3


def test_a_position_keeps_its_types() -> None:
    """Times and ids come back as they went in."""
    position = (datetime(2026, 3, 2, 1, 2, 3, 456789, tzinfo=UTC), UUID(int=7), None, 2.5)
    cursor = request().page(ROWS, lambda _: position, str).next_cursor
    assert request(cursor).after(tuple[datetime, UUID, str | None, float]) == position


@pytest.mark.parametrize(
    "asked",
    [
        lambda cursor: request(cursor, key=b"o" * 32),
        lambda cursor: request(cursor, bound_to=b"o" * 32),
        lambda cursor: request(cursor[:-2] + "AA"),
        lambda cursor: request("A" + cursor[1:]),
        lambda _: request("é"),
        lambda _: request("%%%"),
        lambda _: request(""),
    ],
)
def test_a_cursor_of_another_list_is_refused(asked) -> None:
    """Another organization or filter, an altered one, no cursor at all: 400, never another's rows."""
    with pytest.raises(ProblemError) as caught:
        asked(first_cursor()).after(tuple[int])
    assert caught.value.status == 400


def test_a_cursor_of_another_shape_is_refused() -> None:
    """Signed, but with a position that this list does not have."""
    with pytest.raises(ProblemError):
        request(first_cursor()).after(tuple[str, str])
