"""What people of an organization write cannot hold a worker."""

import time
from dataclasses import replace

import pytest

from minixdr.detect.filters import Filter, Filters
from minixdr.detect.linear import linear_refusal, linear_search
from minixdr.detect.loading import FilterError, load_filter
from minixdr.detect.patterns import RegexTexts, regex_test
from minixdr.detect.rule import And, KeywordRegex, Not, Or, Regex
from minixdr.normalize.source import Routing
from minixdr.schema.event import LogSource
from tests.unit.detect.made_up import SOURCE
from tests.unit.detect.test_filters import ONE, finding_of

_BOMBS = ("(a+)+b", "(a|a)*b", "(a|aa)+b", "a*a*a*a*a*a*b", "(.*)*x")
_TEXT = "a" * 60_000 + "é!\n"


@pytest.mark.parametrize("pattern", _BOMBS)
def test_no_expression_takes_long(pattern: str) -> None:
    """On a text that a backtracking search would not finish in a lifetime."""
    began = time.perf_counter()
    assert not linear_search(pattern, "")(_TEXT)
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize("pattern", _BOMBS)
def test_no_filter_takes_long(pattern: str) -> None:
    """The engine of filters runs them so, whatever the text."""
    source = replace(SOURCE, routing=Routing((), lambda _: (ONE,)))
    filters = Filters(
        [Filter("f", frozenset("a"), load_filter(f"selection: {{p|re: '{pattern}'}}"))],
        {"a": LogSource("one", "up")},
        [source],
    )
    began = time.perf_counter()
    assert filters.withholding(finding_of("a", {"p": _TEXT})) == ()
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize("pattern", [r"a(?=b)", r"(a)\1", r"a{2000}", r"(?<!x)y"])
def test_what_cannot_run_so_is_refused(pattern: str) -> None:
    """With the reason: by the loader, when it is written; by the engine, had it come so far."""
    with pytest.raises(FilterError, match="nvalid"):
        load_filter(f"selection: {{p|re: '{pattern}'}}")
    assert "RE2" in (linear_refusal(Not(And((KeywordRegex(pattern), Regex("p", "x"))))) or "")


def test_expressions_that_take_long_to_compile_are_refused() -> None:
    """Each is small enough, and a rule of 64 KiB holds thousands."""
    large = [Regex("p", f"a{number}.{{0,900}}b") for number in range(10)]
    assert linear_refusal(Or(tuple(large[:2]))) is None
    assert "too large together" in (linear_refusal(Or(tuple(large))) or "")


@pytest.mark.parametrize(
    ("pattern", "flags", "text"),
    [
        ("^ab.c$", "", "abxc"), ("^ab.c$", "i", "ABxC"), ("b$", "m", "b\nc"), ("a.b", "s", "a\nb"), ("a.b", "", "a\nb"), ("[0-9]{3}", "", "x123"),
        (r"\d+\.\d+", "", "v1.2"), ("é", "i", "É"), ("x", "", "\ud800x"), (r"\bword\b", "", "a word."),
    ],
)  # fmt: skip
def test_it_says_what_a_backtracking_search_says(pattern: str, flags: str, text: str) -> None:
    """Where both have the syntax."""
    test = Regex("p", pattern, flags)
    assert regex_test(test, RegexTexts(linear=True))(text) == regex_test(test, RegexTexts())(text)
