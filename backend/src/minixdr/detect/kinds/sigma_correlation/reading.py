"""Which fields correlation rules read of whom, and the values there as keys, numbers and texts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import islice, product
from math import isfinite
from typing import Any, TypeGuard

from minixdr.detect.rule import CorrelationSpec
from minixdr.detect.values import elements, text

_LONGEST_KEY = 1_024
"""Characters of a value that are kept; of what is longer the head and a digest."""
_LARGEST_NUMBER = 2**63
_LONGEST_NUMBER = 40


def needed_fields(specs: Sequence[CorrelationSpec]) -> dict[str, tuple[str, ...]]:
    """Return rule name or id -> the fields that correlation rules read of its events, for every rule they relate."""
    found: dict[str, set[str]] = {}
    outer = outer_fields(specs)
    for spec, more in zip(specs, outer, strict=True):
        for name in spec.rules:
            fields = found.setdefault(name, set())
            for wanted in (*spec.group_by, *spec.fields, *more):
                aliased = spec.aliases.get(wanted, {})
                fields.update(
                    aliased.values() if aliased and name not in aliased else (field_of(spec, wanted, (name,)),)
                )
    return {name: tuple(sorted(fields)) for name, fields in found.items()}


def outer_fields(specs: Sequence[CorrelationSpec]) -> list[tuple[str, ...]]:
    """Return for each spec the fields that correlation rules over it read of its conclusions.

    Raises ValueError where correlation rules relate each other in a circle.
    """
    known: dict[int, tuple[str, ...]] = {}
    for place in depth_order(specs):
        spec = specs[place]
        fields: set[str] = set()
        for other_place, other in enumerate(specs):
            if set(spec.names) & set(other.rules):
                wanted = (*other.group_by, *other.fields, *known[other_place])
                fields.update(field_of(other, name, spec.names) for name in wanted)
        known[place] = tuple(sorted(fields))
    return [known[place] for place in range(len(specs))]


def depth_order(specs: Sequence[CorrelationSpec]) -> list[int]:
    """Return the specs' places, each before those it relates. Raises ValueError where they relate each other in a circle."""
    users = {
        place: {other for other, o in enumerate(specs) if set(spec.names) & set(o.rules)}
        for place, spec in enumerate(specs)
    }
    order: list[int] = []
    while users:
        free = sorted(place for place, above in users.items() if not above)
        if not free:
            circle = ", ".join(specs[place].analytic.rule_id for place in sorted(users))
            raise ValueError(f"correlation rules relate each other in a circle: {circle}")
        order.extend(free)
        users = {place: above - set(free) for place, above in users.items() if place not in free}
    return order


def field_of(spec: CorrelationSpec, name: str, rule_names: Iterable[str]) -> str:
    """Return the field that a group-by name or value field means in the events of a rule."""
    aliased = spec.aliases.get(name)
    if aliased:
        for rule in rule_names:
            if rule in aliased:
                return aliased[rule]
    return name


def short(value: str) -> str:
    """Return the text as it is kept: bounded, and with nothing in it that is not Unicode."""
    if len(value) > _LONGEST_KEY:
        value = value[:_LONGEST_KEY] + blake2b(value.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")


Key = tuple[str, ...]


def is_usual(value: Any) -> TypeGuard[str]:
    """Return whether the value is a text that is kept as it is."""
    return type(value) is str and len(value) <= _LONGEST_KEY and value.isascii()


def keys_of(fields: Mapping[str, Any], names: Sequence[str], limit: int, crowded: Callable[[], None]) -> list[Key]:
    """Return the groups (or distinct values) an event is in, as texts as they are written; none where a field has no value.

    `crowded` is called where there are more than `limit`.
    """
    parts: list[list[str]] = []
    for name in names:
        value = fields.get(name)
        if type(value) is str:
            parts.append([short(value)])
            continue
        found = {short(each): None for item in elements(value) if (each := text(item)) is not None}
        if not found:
            return []
        parts.append(list(found))
    combined = list(islice(product(*parts), limit + 1))
    if len(combined) > limit:
        crowded()
        combined.pop()
    return combined


def numbers_of(fields: Mapping[str, Any], names: Sequence[str]) -> tuple[int | float, ...]:
    """Return the numbers in the fields, also those written as texts."""
    found: list[int | float] = []
    for name in names:
        for item in elements(fields.get(name)):
            number = _number(item)
            if number is not None:
                found.append(number)
    return tuple(found)


def _number(value: Any) -> int | float | None:
    if isinstance(value, str) and len(value) <= _LONGEST_NUMBER and value.isascii():
        try:
            value = int(value) if value.strip().lstrip("+-").isdigit() else float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if abs(value) < _LARGEST_NUMBER and isfinite(value) else None
