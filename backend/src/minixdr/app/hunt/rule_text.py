"""A query's condition -> the detection of a Sigma rule.

In: the condition, and what the rule calls each attribute. Out: selections and the condition over them, or where the query says what Sigma cannot.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from minixdr.app.hunt.error import QueryError
from minixdr.schema.hunt import And, Attribute, Comparison, EntityIs, Expression, Literal, Not, Operator, Or, RawText

_MODIFIERS = {
    Operator.EQUAL: "",
    Operator.LIKE: "",
    Operator.CONTAINS: "|contains",
    Operator.STARTS_WITH: "|startswith",
    Operator.ENDS_WITH: "|endswith",
    Operator.MATCHES: "|re",
    Operator.CIDR: "|cidr",
    Operator.EXISTS: "|exists",
    Operator.LESS: "|lt",
    Operator.LESS_OR_EQUAL: "|lte",
    Operator.GREATER: "|gt",
    Operator.GREATER_OR_EQUAL: "|gte",
}
_AS_WRITTEN = frozenset({Operator.MATCHES, Operator.CIDR, Operator.LIKE})
"""Their values mean in Sigma what they mean in a query."""
_LOOSE, _TIGHT = 0, 1


def attributes_in(expression: Expression) -> Iterator[Attribute]:
    """Yield the attributes that the condition names."""
    if isinstance(expression, Comparison):
        yield expression.attribute
    elif isinstance(expression, Not):
        yield from attributes_in(expression.item)
    elif isinstance(expression, And | Or):
        for item in expression.items:
            yield from attributes_in(item)


def detection(expression: Expression, field: Callable[[Attribute], str]) -> dict[str, Any]:
    """Return Sigma's `detection`. Raises QueryError, also what `field` raises."""
    writer = _Writer(field)
    condition, _ = writer.write(expression)
    return {**writer.selections, "condition": condition}


class _Writer:
    def __init__(self, field: Callable[[Attribute], str]) -> None:
        self._field = field
        self.selections: dict[str, Any] = {}

    def write(self, expression: Expression) -> tuple[str, int]:
        """Return the condition and how tight it binds."""
        if isinstance(expression, Comparison):
            return self._selection("selection", dict([self._test(expression)])), _TIGHT
        if isinstance(expression, RawText):
            if expression.cased:
                raise QueryError("a rule's keywords do not tell cases apart: leave out `cased`", expression.start)
            return self._selection("keywords", [_plain(expression.text)]), _TIGHT
        if isinstance(expression, EntityIs):
            at = expression.starts[0] if expression.starts else 0
            reason = "a rule reads the fields of a record: name the attribute in place of `entity`"
            raise QueryError(reason, at, at + len(expression.names[0]) + 2)
        if isinstance(expression, Not):
            return f"not {self._bound(expression.item)}", _TIGHT
        if isinstance(expression, Or):
            return " or ".join(self._bound(item) for item in expression.items), _LOOSE
        return self._all(expression), _LOOSE

    def _bound(self, expression: Expression) -> str:
        text, binding = self.write(expression)
        return text if binding == _TIGHT else f"({text})"

    def _all(self, expression: And) -> str:
        """Tests of different fields stand in one selection, as people write them."""
        tests: dict[str, Any] = {}
        rest: list[Expression] = []
        for item in expression.items:
            if isinstance(item, Comparison):
                name, value = self._test(item)
                if name not in tests:
                    tests[name] = value
                    continue
            rest.append(item)
        parts = [self._selection("selection", tests)] if tests else []
        return " and ".join([*parts, *(self._bound(item) for item in rest)])

    def _selection(self, name: str, value: Any) -> str:
        place = sum(each.partition("_")[0] == name for each in self.selections) + 1
        unique = name if place == 1 else f"{name}_{place}"
        self.selections[unique] = value
        return unique

    def _test(self, test: Comparison) -> tuple[str, Any]:
        name = self._field(test.attribute) + _MODIFIERS[test.operator] + ("|cased" if test.cased else "")
        if test.operator is Operator.EXISTS:
            return name, True
        values = [self._value(test, value) for value in test.values]
        return name, values[0] if len(values) == 1 else values

    def _value(self, test: Comparison, value: Literal) -> Any:
        if isinstance(value, datetime):
            start = test.attribute.start
            raise QueryError("a rule does not compare times", start, start + len(test.attribute.path))
        if not isinstance(value, str) or test.operator in _AS_WRITTEN:
            return value
        return _plain(value)


def _plain(text: str) -> str:
    """Return the text as Sigma writes it: wildcards, and backslashes before what they would escape, are themselves."""
    return re.sub(r"\\(?=[\\*?]|\Z)|[*?]", lambda found: f"\\{found[0]}", text)
