"""Reads from a raw JSON record only the fields that rules ask for: quicker than parsing all of it.

For shapes whose fields are the record's own keys. A reader is a msgspec struct of one or more plans' fields; what it meets that is not a text, an integer
or null (a list, an object, a number with a fraction, broken JSON) it refuses, and the caller parses the whole record instead. Keys the struct lacks
are checked as JSON and thrown away. A key that is there twice: the last one counts, as in orjson.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import msgspec

from minixdr.detect.plan import Plan, Rules, compile_function
from minixdr.detect.values import ABSENT

Match = Callable[[Any], Rules]


class Reader(msgspec.Struct, frozen=True):
    """Reads the records of some plans."""

    decode: Callable[[bytes], Any]
    plans: frozenset[Plan]


class StructNames:
    """Names of struct attributes: the same field has the same in every reader, so a plan's function fits them all."""

    def __init__(self, keys: Sequence[str], required: Sequence[str]) -> None:
        """`keys` choose the route; without the fields `required` a record is not of the shape."""
        self.keys = keys
        self.required = required
        self._names: dict[str, str] = {}

    def attribute(self, field: str) -> str:
        """Return the attribute that holds the field."""
        return self._names.setdefault(field, f"f{len(self._names)}")

    def reader(self, plans: frozenset[Plan]) -> Reader:
        """Return a reader of the fields of all the plans."""
        wanted = dict.fromkeys(self.required)
        wanted |= dict.fromkeys(self.keys)
        for plan in plans:
            for _, name in plan.columns:
                wanted[name] = None
                wanted |= dict.fromkeys(parents(name))
        fields: list[Any] = [(self.attribute(name), str | int | None) for name in self.required]
        fields += [
            (self.attribute(name), str | int | None, ABSENT) for name in wanted if name not in self.required
        ]
        struct = msgspec.defstruct(
            "Fields", fields, rename={self.attribute(name): name for name in wanted}, gc=False
        )
        return Reader(msgspec.json.Decoder(struct).decode, plans)

    def route_key(self) -> Callable[[Any], tuple[Any, ...]]:
        """Return the function from a struct to the values that choose its route."""
        values = "".join(f"s.{self.attribute(key)}, " for key in self.keys)
        found: Callable[[Any], tuple[Any, ...]] = compile_function(f"def match(s):\n    return ({values})\n", {})
        return found

    def matcher(self, plan: Plan) -> Match:
        """Return the plan's function from a struct to rules. Raises TypeError when called on a record with an object on the way to a
        field `a.b`."""
        scope = plan.scope() | {"ABSENT": ABSENT}
        guards = [f"s.{self.attribute(parent)} is not ABSENT" for _, name in plan.columns for parent in parents(name)]
        values = "".join(f"m{n}[s.{self.attribute(name)}], " for n, (_, name) in enumerate(plan.columns))
        guard = f"    if {' or '.join(guards)}:\n        raise TypeError\n" if guards else ""
        match: Match = compile_function(f"def match(s):\n{guard}    return known[({values})]\n", scope)
        return match


def parents(name: str) -> list[str]:
    """Return the keys under which an object may hold the field: `a`, `a.b` of `a.b.c`."""
    parts = name.split(".")
    return list(accumulate(parts[:-1], lambda a, b: f"{a}.{b}"))


