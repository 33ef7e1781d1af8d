"""pySigma's correlation rule -> `CorrelationSpec`. Source: Sigma correlation specification 2.1."""

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

from minixdr.detect.loading.condition import Unsupported
from minixdr.detect.rule import AllOf, AnyOf, CorrelationSpec, Expression, NoneOf, Reference
from minixdr.schema.finding import Analytic


def correlation(rule: SigmaCorrelationRule, analytic: Analytic, names: tuple[str, ...]) -> CorrelationSpec:
    """Return our form of the rule. Raises Unsupported."""
    condition = rule.condition
    extended = isinstance(condition, SigmaExtendedCorrelationCondition)
    if rule.rules is not None:
        rules = tuple(reference.reference for reference in rule.rules)
    elif extended:
        rules = tuple(condition.get_referenced_rules())
    else:
        raise Unsupported("a correlation rule without rules")
    if not rules:
        raise Unsupported("a correlation rule without rules")
    if not all(isinstance(name, str) for name in rules):
        raise Unsupported("a rule reference is not a text")
    fields = condition.fieldref if isinstance(condition, SigmaCorrelationCondition) else None
    percentile = condition.percentile if isinstance(condition, SigmaCorrelationCondition) else None
    if rule.type.name == "VALUE_PERCENTILE" and not (percentile is not None and 0 <= percentile <= 100):  # noqa: PLR2004 - per cent
        raise Unsupported("value_percentile needs `percentile` between 0 and 100")
    return CorrelationSpec(
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
        threshold=condition.count if isinstance(condition, SigmaCorrelationCondition) else len(rules),
        fields=() if fields is None else (fields,) if isinstance(fields, str) else tuple(fields),
        percentile=percentile,
        expression=_expression(condition.parsed) if extended else None,
        names=names,
        generate=rule.generate,
    )


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
