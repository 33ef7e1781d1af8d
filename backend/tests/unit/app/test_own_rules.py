"""What an organization's own rules may cost all workers."""

from types import SimpleNamespace
from uuid import UUID

import pytest

from minixdr.app import own_rules
from minixdr.app.own_rules import RuleText


def _rule(number: int, expressions: int) -> str:
    listed = "".join(f"      - 'a{number}b{each}.{{0,900}}c'\n" for each in range(expressions))
    return (
        f"title: r{number}\nid: {UUID(int=number + 1)}\nlogsource: {{product: aws, service: cloudtrail}}\nlevel: low\n"
        f"detection:\n  s:\n    eventName|re:\n{listed}  condition: s\n"
    )


def _reasons(text: str, others: int) -> list[str]:
    kept = [SimpleNamespace(rule_id=str(UUID(int=number + 1)), text=_rule(number, 5)) for number in range(others)]
    return [problem.reason for problem in own_rules._check(RuleText(text), kept, None).problems]  # type: ignore[arg-type]


def test_expressions_of_a_rule_are_bounded() -> None:
    assert _reasons(_rule(99, 5), 0) == []
    (reason,) = _reasons(_rule(99, 2_000), 0)
    assert "its regular expressions are too large together" in reason


def test_expressions_of_all_rules_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_rules, "_MOST_INSTRUCTIONS", 100_000)
    assert _reasons(_rule(99, 5), 1) == []
    (reason,) = _reasons(_rule(99, 5), 2)
    assert "the regular expressions of all rules are too large together" in reason
