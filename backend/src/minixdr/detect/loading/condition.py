"""pySigma's condition tree -> ours.

Source: pySigma 2.0 (`sigma.conditions`, `sigma.types`), Sigma specification 2.1, appendix modifiers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.types import (
    CompareOperators,
    Placeholder,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SigmaTimestampPart,
    SigmaType,
    SpecialChars,
)

from minixdr.detect.rule import (
    And,
    Bool,
    Cidr,
    Compare,
    Condition,
    Exists,
    FieldRef,
    IsNull,
    Keyword,
    KeywordRegex,
    Not,
    Number,
    Or,
    Regex,
    Text,
    TimePart,
    Wildcard,
)

Placeholders = Mapping[str, Sequence[str]]
"""Name -> values. Asked for a name without values, it gives none (`collection._Given`)."""

MANY = Wildcard(many=True)
ONE = Wildcard(many=False)
_FLAGS = {
    SigmaRegularExpressionFlag.IGNORECASE: "i",
    SigmaRegularExpressionFlag.MULTILINE: "m",
    SigmaRegularExpressionFlag.DOTALL: "s",
}


_GREATEST_NUMBER = 2**63 - 1  # what a compiled rule can hold


class Unsupported(Exception):  # noqa: N818 - it says what the rule is
    """The condition holds something that cannot be run; the message says what."""


def convert(node: Any, placeholders: Placeholders) -> Condition:
    """Return our condition of a postprocessed pySigma condition. Raises Unsupported."""
    match node:
        case ConditionAND():
            return _join(And, [convert(item, placeholders) for item in node.args])
        case ConditionOR():
            return _join(Or, [convert(item, placeholders) for item in node.args])
        case ConditionNOT():
            return Not(convert(node.args[0], placeholders))
        case ConditionFieldEqualsValueExpression():
            return _field_test(node.field, node.value, placeholders)
        case ConditionValueExpression():
            return _keyword(node.value, placeholders)
        case None:
            raise Unsupported("the condition is empty")
        case _:
            raise Unsupported(f"a condition of kind {type(node).__name__}")


def _join(kind: type[And] | type[Or], items: list[Condition]) -> Condition:
    if not items:
        raise Unsupported("an empty group in the condition")
    return items[0] if len(items) == 1 else kind(tuple(items))


def _field_test(field: str, value: SigmaType, placeholders: Placeholders) -> Condition:  # noqa: C901, PLR0912 - a table
    match value:
        case SigmaString():
            cased = isinstance(value, SigmaCasedString)
            return _join(Or, [Text(field, pattern(text), cased) for text in _expanded(value, placeholders)])
        case SigmaTimestampPart():
            return TimePart(field, value.timestamp_part.name.lower(), int(value.number))
        case SigmaNumber():
            return Number(field, value.number)
        case SigmaBool():
            return Bool(field, value.boolean)
        case SigmaNull():
            return IsNull(field)
        case SigmaExists():
            return Exists(field, bool(value))
        case SigmaRegularExpression():
            regexes = _expanded_regexes(value, placeholders)
            return _join(Or, [Regex(field, regex, _flags(value)) for regex in regexes])
        case SigmaCIDRExpression():
            return Cidr(field, str(value.network))
        case SigmaCompareExpression():
            if value.op is CompareOperators.NEQ:
                return Not(Number(field, value.number.number))
            if not -_GREATEST_NUMBER <= value.number.number <= _GREATEST_NUMBER:
                raise Unsupported(f"a comparison with a number beyond 64 bits in field {field}")
            return Compare(field, value.op.name.lower(), value.number.number)
        case SigmaFieldReference():
            relation = "startswith" if value.starts_with else "endswith" if value.ends_with else "equals"
            return FieldRef(field, value.field, "contains" if value.starts_with and value.ends_with else relation)
        case SigmaExpansion():
            return _join(Or, [_field_test(field, item, placeholders) for item in value.values])
        case _:
            raise Unsupported(f"a value of kind {type(value).__name__} in field {field}")


def _keyword(value: SigmaType, placeholders: Placeholders) -> Condition:
    match value:
        case SigmaString():
            cased = isinstance(value, SigmaCasedString)
            return _join(Or, [Keyword(_contained(pattern(text)), cased) for text in _expanded(value, placeholders)])
        case SigmaNumber():
            return Keyword((MANY, str(value.number), MANY))
        case SigmaBool():
            return Keyword((MANY, str(value.boolean).lower(), MANY))
        case SigmaRegularExpression():
            regexes = _expanded_regexes(value, placeholders)
            return _join(Or, [KeywordRegex(regex, _flags(value)) for regex in regexes])
        case SigmaExpansion():
            return _join(Or, [_keyword(item, placeholders) for item in value.values])
        case _:
            raise Unsupported(f"a keyword of kind {type(value).__name__}")


def pattern(value: SigmaString) -> tuple[str | Wildcard, ...]:
    """Return the literals and wildcards of a string; neighbours are merged."""
    parts: list[str | Wildcard] = []
    for part in value.s:
        if isinstance(part, str):
            if not part:
                continue
            if parts and isinstance(parts[-1], str):
                parts[-1] += part
            else:
                parts.append(part)
        elif part is SpecialChars.WILDCARD_MULTI:
            if not parts or parts[-1] != MANY:
                parts.append(MANY)
        elif part is SpecialChars.WILDCARD_SINGLE:
            parts.append(ONE)
        elif isinstance(part, Placeholder):
            raise Unsupported(f"placeholder %{part.name}% in a place where it cannot be expanded")
    return tuple(parts)


def _contained(parts: tuple[str | Wildcard, ...]) -> tuple[str | Wildcard, ...]:
    head = () if parts and parts[0] == MANY else (MANY,)
    tail = () if len(parts) > 0 and parts[-1] == MANY else (MANY,)
    return (*head, *parts, *tail)


def _expanded(value: SigmaString, placeholders: Placeholders, anything: str = "*") -> list[SigmaString]:
    """Return the string with each placeholder's values. One without values is any value, as pySigma's wildcard transformation has it: a rule that
    excludes a list nobody gave stays quiet, and `Loaded.warnings` says so."""
    if not value.contains_placeholder():
        return [value]

    def values(placeholder: Placeholder) -> Any:
        return (SigmaString(text) for text in placeholders[placeholder.name] or (anything,))

    return list(value.replace_placeholders(values))


def _expanded_regexes(value: SigmaRegularExpression, placeholders: Placeholders) -> list[str]:
    return [str(text) for text in _expanded(value.regexp, placeholders, ".*")]


def _flags(value: SigmaRegularExpression) -> str:
    return "".join(sorted(_FLAGS[flag] for flag in value.flags))
