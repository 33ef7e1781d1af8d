"""pySigma's correlation rule -> `CorrelationSpec`. Source: Sigma correlation specification 2.1."""

from collections.abc import Sequence
from typing import Any

from sigma.correlations import (
    CorrelationConditionAND,
    CorrelationConditionItem,
    CorrelationConditionNOT,
    CorrelationConditionOR,
    SigmaCorrelationCondition,
    SigmaCorrelationRule,
    SigmaExtendedCorrelationCondition,
    SigmaRuleReference,
)

from minixdr.detect.kinds.sigma_correlation import check
from minixdr.detect.loading.condition import Unsupported
from minixdr.detect.rule import AllOf, AnyOf, CorrelationSpec, Expression, NoneOf, Reference
from minixdr.schema.finding import Analytic

_OPERATORS = ("gte", "gt", "lte", "lt", "eq", "neq")
_BOUNDS = "minixdr-bounds"
"""Attribute of a rule's document that carries a range's second comparison past pySigma, which reads only one."""


def split_range(body: dict[str, Any]) -> dict[str, Any]:
    """Return the document with one comparison in its condition, as pySigma wants it, and the others kept aside."""
    section = body.get("correlation")
    condition = section.get("condition") if isinstance(section, dict) else None
    if not isinstance(section, dict) or not isinstance(condition, dict):
        return body
    operators = [name for name in _OPERATORS if name in condition]
    if len(operators) < 2:  # noqa: PLR2004 - a range has two ends
        return body
    kept = {name: value for name, value in condition.items() if name not in operators[1:]}
    aside = {name: condition[name] for name in operators[1:]}
    return body | {"correlation": section | {"condition": kept}, _BOUNDS: aside}


def _bounds(rule: SigmaCorrelationRule) -> tuple[tuple[str, int | float], ...]:
    found = []
    for name, value in rule.custom_attributes.get(_BOUNDS, {}).items():
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise Unsupported(f"`{name}: {value}` is not a number")
        found.append((name, value))
    return tuple(found)


def in_a_circle(specs: Sequence[CorrelationSpec]) -> list[CorrelationSpec]:
    """Return the correlation rules that relate themselves, directly or through others, or rest on such rules."""
    left = list(specs)
    while True:
        names = {name for spec in left for name in spec.names}
        done = [spec for spec in left if not names & set(spec.rules)]
        if not done:
            return left
        left = [spec for spec in left if spec not in done]


def correlation(rule: SigmaCorrelationRule, analytic: Analytic, names: tuple[str, ...]) -> CorrelationSpec:
    """Return our form of the rule. Raises Unsupported."""
    condition = rule.condition
    extended = condition if isinstance(condition, SigmaExtendedCorrelationCondition) else None
    if rule.rules is not None:
        rules = tuple(reference.reference for reference in rule.rules)
    elif extended is not None:
        rules = tuple(extended.get_referenced_rules())
    else:
        raise Unsupported("a correlation rule without rules")
    if not rules:
        raise Unsupported("a correlation rule without rules")
    if not all(isinstance(name, str) for name in rules):
        raise Unsupported("a rule reference is not a text")
    fields = condition.fieldref if isinstance(condition, SigmaCorrelationCondition) else None
    percentile = condition.percentile if isinstance(condition, SigmaCorrelationCondition) else None
    if percentile is not None and not 0 <= percentile <= 100:  # noqa: PLR2004 - per cent
        raise Unsupported("`percentile` is not between 0 and 100")
    spec = CorrelationSpec(
        analytic=analytic,
        type=rule.type.name.lower(),
        rules=rules,
        timespan_seconds=rule.timespan.seconds,
        group_by=tuple(rule.group_by or ()),
        aliases={
            alias.alias: {reference.reference: field for reference, field in alias.mapping.items()}
            for alias in rule.aliases
        },
        operator=condition.op.name.lower() if isinstance(condition, SigmaCorrelationCondition) else "gte",
        bounds=_bounds(rule),
        threshold=condition.count if isinstance(condition, SigmaCorrelationCondition) else len(rules),
        fields=() if fields is None else (fields,) if isinstance(fields, str) else tuple(fields),
        percentile=percentile,
        expression=None if extended is None else _expression(extended.parsed),
        names=names,
        generate=rule.generate,
    )
    try:
        check(spec)
    except ValueError as error:
        raise Unsupported(str(error)) from error
    return spec


def _expression(node: CorrelationConditionItem | SigmaRuleReference) -> Expression:
    match node:
        case SigmaRuleReference():
            return Reference(node.reference)
        case CorrelationConditionAND():
            return AllOf(tuple(_expression(item) for item in node.args))
        case CorrelationConditionOR():
            return AnyOf(tuple(_expression(item) for item in node.args))
        case CorrelationConditionNOT():
            return NoneOf(_expression(node.args[0]))
        case _:
            raise Unsupported(f"a correlation condition of kind {type(node).__name__}")
