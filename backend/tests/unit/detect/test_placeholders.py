"""Placeholders of rules: `field|expand: '%name%'`."""

from minixdr.detect.loading import load
from minixdr.detect.rule import And, Not, Or, Regex, Text, Wildcard

ANYTHING = (Wildcard(many=True),)


def _rule(condition: str, first: str, second: str = "value") -> bytes:
    return f"""
title: A rule
id: 6b5e7f2a-0000-4000-8000-000000000001
logsource: {{product: windows}}
detection:
    selection:
        {first}
    filter:
        b: '{second}'
    condition: {condition}
""".encode()


def test_a_placeholder_is_each_of_its_values() -> None:
    """Text around it stays, and the values' wildcards are wildcards."""
    loaded = load([("r.yml", _rule("selection", "a|expand: 'x-%names%'"))], {"names": ["one", "tw*"]})
    (rule,) = loaded.rules
    assert rule.condition == Or((Text("a", ("x-one",)), Text("a", ("x-tw", *ANYTHING))))
    assert not loaded.warnings


def test_a_placeholder_without_values_is_any_value_and_is_said() -> None:
    """A rule over a list that nobody gave runs; the person is told which list."""
    loaded = load([("r.yml", _rule("selection and not filter", "a|expand: '%names%'"))], {})
    (rule,) = loaded.rules
    assert rule.condition == And((Text("a", ANYTHING), Not(Text("b", ("value",)))))
    assert not loaded.refusals
    assert [(warning.path, warning.rule_id) for warning in loaded.warnings] == [("r.yml", rule.analytic.rule_id)]
    assert "%names%" in loaded.warnings[0].reason


def test_in_a_regular_expression_any_value_is_any_text() -> None:
    """`*` alone would be no expression."""
    loaded = load([("r.yml", _rule("selection", "a|re|expand: '^x%names%$'"))], {})
    assert [rule.condition for rule in loaded.rules] == [Regex("a", "^x.*$")]
