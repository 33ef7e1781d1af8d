"""The attributes that hunts may name, of the lake's columns."""

from functools import cache

from minixdr.app.hunt.attributes import Attributes, kind_of_type
from minixdr.ports.lake_columns import COLUMNS, Column, ColumnKind
from minixdr.schema.hunt import Kind
from minixdr.schema.ocsf.kinds import KINDS

_HIDDEN = frozenset({"organization_id", "attributes", "body", "raw_bytes"})
"""Columns that are how the lake keeps things: what they hold is asked for by its own names."""
_JSON = frozenset({"unmapped", "doubts"})
_KINDS = {
    ColumnKind.TEXT: Kind.TEXT,
    ColumnKind.TEXTS: Kind.TEXT,
    ColumnKind.WHOLE: Kind.NUMBER,
    ColumnKind.WHOLES: Kind.NUMBER,
    ColumnKind.FLAG: Kind.BOOLEAN,
    ColumnKind.TIME: Kind.TIME,
}


@cache
def named_columns() -> dict[str, Column]:
    """Return the columns by the names that queries use."""
    return {column.attribute or column.name: column for column in COLUMNS if column.name not in _HIDDEN}


@cache
def hunt_attributes() -> Attributes:
    """Return what queries may name."""
    return Attributes({name: _kind(column) for name, column in named_columns().items()})


def _kind(column: Column) -> Kind:
    if column.name in _JSON:
        return Kind.ANY
    if column.attribute is not None and column.kind is ColumnKind.WHOLE:
        return kind_of_type(
            KINDS.get(column.attribute.rpartition(".")[2], "integer_t")
        )  # OCSF's times are whole numbers
    return _KINDS[column.kind]
