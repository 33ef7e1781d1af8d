"""What rules need, and whether a condition can hold where fields are missing."""

import pytest

from minixdr.app.rule_needs import UNKNOWN, Needs
from minixdr.detect.loading import load
from minixdr.detect.program import build

_ID = "5b0a1f0e-6a3f-4d0e-9a66-0d7d2a1f03{:02}"


def _rule(detection: str, number: int = 1) -> str:
    return (
        f"title: r{number}\nid: {_ID.format(number)}\nname: r{number}\nlogsource: {{product: windows}}\n"
        f"detection: {detection}\nlevel: low\n"
    )


def _needs(*texts: str) -> Needs:
    loaded = load([("a.yml", "---\n".join(texts).encode())], {})
    assert not loaded.refusals
    return Needs(build(loaded.rules), loaded.correlations)


@pytest.mark.parametrize(
    ("detection", "fields", "can"),
    [
        ("{s: {a: 1, b: 2}, condition: s}", {"a"}, False),
        ("{s: {a: 1, b: 2}, condition: s}", {"a", "b"}, True),
        ("{s: {a: 1}, t: {b: 2}, condition: s or t}", {"b"}, True),
        ("{s: {a: 1}, t: {b: 2}, condition: s and not t}", {"a"}, True),
        ("{s: {a: 1}, t: {b: null}, condition: s and t}", {"a"}, True),
        ("{s: {a: 1}, t: {b: null}, condition: s and not t}", {"a"}, False),
        ("{s: {a: 1}, t: {'b|exists': false}, condition: s and t}", {"a"}, True),
        ("{s: {'a|fieldref': b}, condition: s}", {"a"}, False),
        ("{s: [evil], condition: s}", set(), True),
    ],
)
def test_a_condition_can_hold_without_some_fields(detection: str, fields: set[str], can: bool) -> None:
    """What is absent holds only for tests of absence; an OR needs one side; words are looked for anywhere."""
    needs = _needs(_rule(detection))
    (rule,) = needs.rules.values()
    assert needs.can_hold(rule, fields.__contains__, lambda _: UNKNOWN) is can


def test_a_field_with_one_value_decides() -> None:
    """Records of event 4688 never satisfy a rule for event 1102, whatever else they hold."""
    needs = _needs(_rule("{s: {EventID: 1102}, t: {EventID: 4688}, condition: s and not t}"))
    (rule,) = needs.rules.values()
    for value, can in ((1102, True), (4688, False), ("1102", True), (UNKNOWN, True)):
        assert needs.can_hold(rule, lambda _: True, lambda _, value=value: value) is can  # type: ignore[misc]


def test_correlations_need_all_or_some() -> None:
    """Temporal ones need each rule; a count needs one of them."""
    one, two = _rule("{s: {a: 1}, condition: s}", 1), _rule("{s: {b: 1}, condition: s}", 2)

    def correlation(kind: str, number: int, more: str) -> str:
        return (
            f"title: c{number}\nid: {_ID.format(number)}\ncorrelation:\n    type: {kind}\n    rules: [r1, r2]\n"
            f"    group-by: [a]\n    timespan: 5m\n{more}level: high\n"
        )

    needs = _needs(one, two, correlation("temporal", 3, ""), correlation("event_count", 4, "    condition: {gte: 5}\n"))
    first, both, some = _ID.format(1), _ID.format(3), _ID.format(4)
    assert needs.related(both) == [first, _ID.format(2)]
    assert sorted(needs.related_by(first)) == [both, some]
    assert not needs.can_fire(both, {first}.__contains__)
    assert needs.can_fire(some, {first}.__contains__)
    assert not needs.can_fire(some, set[str]().__contains__)
