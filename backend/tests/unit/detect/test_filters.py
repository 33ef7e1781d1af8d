"""A filter reads a record through the log source of the rule whose finding it is."""

from dataclasses import replace
from typing import Any

import pytest

from minixdr.detect.filters import Filter, Filters
from minixdr.detect.loading import load_filter
from minixdr.normalize.source import Routing
from minixdr.schema.event import Event, LogSource
from minixdr.schema.finding import Analytic, Finding
from minixdr.schema.record import Record
from tests.unit.detect.made_up import SOURCE

ONE, TWO = LogSource("one", "up", None, {"x": "p"}), LogSource("two", "up", None, {"x": "q"})


def finding_of(rule_id: str, body: dict[str, Any]) -> Finding:
    """Return a finding of the rule on a record."""
    record = Record("f", 1, b"{}", body, "json")
    event = Event("0" * 32, "made_up", 0, None, {}, {}, (), (), record)
    return Finding("0" * 32, Analytic(rule_id, rule_id, "sigma", "low"), None, (), "f", 1, "made_up", {}, (), event)


@pytest.mark.parametrize(("body", "withheld"), [({"p": 1, "q": 2}, ["a"]), ({"p": 2, "q": 1}, ["b"]), ({"x": 1}, [])])
def test_names_are_those_of_the_rules_log_source(body: dict[str, Any], withheld: list[str]) -> None:
    """To rule a, of category one, `x` is `p`; to rule b, of category two, it is `q`: one filter of both reads each its way."""
    source = replace(SOURCE, routing=Routing((), lambda _: (ONE, TWO)))
    wanted = {"a": LogSource("one", "up"), "b": LogSource("two", "up")}
    filters = Filters([Filter("f", frozenset("ab"), load_filter("selection: {x: 1}"))], wanted, [source])
    assert [rule_id for rule_id in "ab" if filters.withholding(finding_of(rule_id, body))] == withheld


def test_filters_of_several_rules_do_not_mix() -> None:
    """A filter of another rule withholds nothing, though this rule, of the same log source, has one too."""
    source = replace(SOURCE, routing=Routing((), lambda _: (ONE,)))
    wanted = {"a": LogSource("one", "up"), "b": LogSource("one", "up")}
    of_a = Filter("f", frozenset("a"), load_filter("selection: {x: 1}"))
    of_b = Filter("g", frozenset("b"), load_filter("selection: {x: 2}"))
    filters = Filters([of_a, of_b], wanted, [source])
    assert [filters.withholding(finding_of(rule_id, {"p": 1})) for rule_id in "abc"] == [("f",), (), ()]
