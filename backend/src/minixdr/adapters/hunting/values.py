"""Where an attribute's values are, as SQL: a column, an item of a list, a member of the JSON of attributes without a column.

Names of columns come from `ports/lake_columns.py` alone; whatever a person wrote is bound.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from minixdr.app.hunt.attributes import UNMAPPED
from minixdr.app.hunt.columns import named_columns
from minixdr.ports.lake_columns import ColumnKind
from minixdr.schema.hunt import Attribute, Kind

_LISTS = frozenset({ColumnKind.TEXTS, ColumnKind.WHOLES})
_PLACE = re.compile(r"\$([0-9]+)")


class Parameters:
    """The values of a statement, bound by number."""

    def __init__(self) -> None:
        self.values: list[Any] = []

    def bind(self, value: Any) -> str:
        """Return the place that stands for the value."""
        self.values.append(value)
        return f"${len(self.values)}"

    def used(self, sql: str) -> tuple[str, list[Any]]:
        """Return the statement and the values of the places in it, numbered anew: DuckDB refuses values that a statement has no place for."""
        places = sorted({int(number) for number in _PLACE.findall(sql)})
        new = {place: number for number, place in enumerate(places, 1)}
        text = _PLACE.sub(lambda found: f"${new[int(found[1])]}", sql)
        return text, [self.values[place - 1] for place in places]


class Values:
    """The values of one attribute."""

    def __init__(self, attribute: Attribute, parameters: Parameters) -> None:
        self._attribute = attribute
        self._parameters = parameters
        self._texts: dict[str, str] = {}
        self._column = named_columns().get(attribute.path)

    @property
    def path(self) -> str:
        """The attribute's path."""
        return self._attribute.path

    @property
    def kind(self) -> Kind:
        """The kind of the values."""
        return self._attribute.kind

    @property
    def in_json(self) -> bool:
        """Whether the values are texts out of JSON."""
        return self._column is None

    @property
    def one(self) -> bool:
        """Whether there is at most one value."""
        return self._column is not None and self._column.kind not in _LISTS

    @property
    def in_milliseconds(self) -> bool:
        """Whether times are whole numbers of milliseconds since 1970, as OCSF has them."""
        return self._column is None or self._column.kind is not ColumnKind.TIME

    def any(self, holds: Callable[[str], str]) -> str:
        """Return the condition that `holds`, given the SQL of a value, is true of any of the values."""
        if self.one:
            return holds(self.typed(self._name()))
        return f"{self._named()}len(list_filter({self.all()}, lambda v: {holds(self.typed('v'))})) > 0"

    def exists(self) -> str:
        """Return the condition that there is a value."""
        if self.one:
            return f"{self._name()} IS NOT NULL"
        return f"{self._named()}len(list_filter({self.all()}, lambda v: v IS NOT NULL)) > 0"

    def _named(self) -> str:
        """Return the beginning of a condition that leaves out JSON in which the name does not occur: looking for it costs a tenth of parsing."""
        if self._column is not None:
            return ""
        text, keys = self._json_text()
        return f"contains({text}, {self._bound(orjson.dumps(keys[-1]).decode()[1:])}) AND "

    def each(self) -> str:
        """Return the list of the different values, each as it is grouped and shown."""
        return f"list_distinct(list_transform({self.all()}, lambda v: {self.typed('v')}))"

    def first(self) -> str:
        """Return one value to sort by."""
        return self.typed(self._name() if self.one else f"({self.all()})[1]")

    def shown(self) -> str:
        """Return what a row shows."""
        if self._column is not None:
            return self.typed(self._name()) if self.one else self._name()
        return self._json()

    def all(self) -> str:
        """Return the values as a list."""
        if self._column is not None:
            return f"[{self._name()}]" if self.one else self._name()
        found = self._json()
        return (
            f"CASE json_type({found}) WHEN 'ARRAY' THEN from_json({found}, '[\"VARCHAR\"]') ELSE [{found} ->> '$'] END"
        )

    def typed(self, value: str) -> str:
        """Return the value as what its kind compares: JSON gives texts."""
        cast = _CASTS.get(self.kind) if self._column is None else None
        return value if cast is None else f"TRY_CAST({value} AS {cast})"

    def _name(self) -> str:
        return "" if self._column is None else f'"{self._column.name}"'

    def _json(self) -> str:
        """Return the JSON text of the value: a member by its path, for the record's own names also an object's member by member."""
        text, parts = self._json_text()
        ways = [[".".join(parts[:length]), *parts[length:]] for length in range(len(parts), 0, -1)]
        return f"coalesce({', '.join(f'json_extract({text}, {self._bound(_pointer(way))})' for way in ways)}, NULL)"

    def _json_text(self) -> tuple[str, list[str]]:
        """Return the column of JSON, and the keys that lead to the value."""
        path = self._attribute.path
        if path.startswith(UNMAPPED + "."):
            return UNMAPPED, [name or quoted for name, quoted in _PARTS.findall(path)][1:]
        return "attributes", [path]

    def _bound(self, text: str) -> str:
        if text not in self._texts:
            self._texts[text] = self._parameters.bind(text)
        return self._texts[text]


def _pointer(keys: Sequence[str]) -> str:
    """Return the JSON pointer (RFC 6901)."""
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in keys)


_PARTS = re.compile(r"([A-Za-z0-9_@$-]+)|`([^`]+)`")
_CASTS = {Kind.NUMBER: "DOUBLE", Kind.BOOLEAN: "BOOLEAN", Kind.TIME: "BIGINT"}
