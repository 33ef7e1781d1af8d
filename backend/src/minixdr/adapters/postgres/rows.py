"""From rows to the types of the ports."""

from typing import Any, TypeVar

import msgspec
from sqlalchemy import Column, Row, Table

T = TypeVar("T", bound=msgspec.Struct)


def columns(table: Table, kind: type[msgspec.Struct]) -> list[Column[Any]]:
    """Return the table's columns of the type's fields, in their order."""
    return [table.c[name] for name in kind.__struct_fields__]


def read(kind: type[T], row: Row[Any]) -> T:
    """Return the value of a row whose columns are named like the type's fields."""
    return msgspec.convert({str(name): value for name, value in row._mapping.items()}, kind)  # noqa: SLF001 - its public name


def read_optional(kind: type[T], row: Row[Any] | None) -> T | None:
    """Return the same, None of None."""
    return None if row is None else read(kind, row)
