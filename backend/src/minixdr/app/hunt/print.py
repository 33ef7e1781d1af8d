"""A query's tree -> its text in one fixed way; parsing that gives the tree again."""

from minixdr.schema.hunt import (
    And,
    Attribute,
    Comparison,
    Count,
    Distinct,
    EntityIs,
    Expression,
    Fields,
    Limit,
    Literal,
    Not,
    Operator,
    Or,
    Query,
    RawText,
    Sort,
    Stage,
    Timechart,
    Top,
)


def printed(query: Query) -> str:
    """Return the query's text."""
    parts = [] if query.where is None else [_expression(query.where)]
    parts.extend(f"| {_stage(stage)}" for stage in query.stages)
    return " ".join(parts)


def _expression(node: Expression) -> str:
    match node:
        case Comparison():
            return _test(node)
        case RawText():
            return ("cased " if node.cased else "") + _value(node.text)
        case EntityIs():
            return f"entity {_listed(node.names, '=', 'in')}"
        case Not():
            return f"not {_inside(node.item)}"
        case And():
            return " and ".join(_inside(item) for item in node.items)
        case Or():
            return " or ".join(_inside(item) for item in node.items)


def _inside(node: Expression) -> str:
    text = _expression(node)
    return f"({text})" if isinstance(node, (And, Or)) else text


def _test(test: Comparison) -> str:
    name = test.attribute.path
    if test.operator is Operator.EXISTS:
        return f"{name} exists"
    cased = " cased" if test.cased else ""
    several = "in" if test.operator is Operator.EQUAL else test.operator.value
    return f"{name} {_listed(test.values, f'{test.operator}{cased}', f'{several}{cased}')}"


def _listed(values: tuple[Literal, ...], one: str, several: str) -> str:
    return f"{one} {_value(values[0])}" if len(values) == 1 else f"{several} ({', '.join(map(_value, values))})"


def _value(value: Literal) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return repr(value)
    text = str(value) if isinstance(value, str) else value.isoformat()
    return '"' + text.replace('"', '""') + '"'


def _stage(stage: Stage) -> str:
    match stage:
        case Count():
            return f"count by {_names(stage.by)}" if stage.by else "count"
        case Top():
            return f"top {stage.count}"
        case Distinct():
            return f"distinct {_names(stage.attributes)}"
        case Sort():
            return "sort " + ", ".join(key.attribute.path + (" desc" if key.descending else "") for key in stage.keys)
        case Limit():
            return f"limit {stage.count}"
        case Fields():
            return f"fields {_names(stage.attributes)}"
        case Timechart():
            span = "" if stage.span_seconds is None else f" span {stage.span_seconds}s"
            return f"timechart{span}" + ("" if stage.by is None else f" by {stage.by.path}")


def _names(attributes: tuple[Attribute, ...]) -> str:
    return ", ".join(attribute.path for attribute in attributes)
