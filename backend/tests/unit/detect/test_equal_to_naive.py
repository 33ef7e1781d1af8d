"""The engine gives what the naive evaluator gives: generated rules and records, both matchers."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minixdr.detect import hyperscan_matcher
from minixdr.detect.aho_corasick_matcher import AhoCorasickMatcher
from minixdr.detect.engine import Engine
from minixdr.detect.hyperscan_matcher import HyperscanMatcher
from minixdr.detect.program import build
from minixdr.detect.rule import (
    And,
    Bool,
    Cidr,
    Compare,
    Exists,
    FieldRef,
    IsNull,
    Keyword,
    KeywordRegex,
    Not,
    Number,
    Or,
    Regex,
    Rule,
    Text,
    TimePart,
    Wildcard,
)
from minixdr.ingest.repair import parse_json
from minixdr.normalize.source import Routing, Shape, Source
from minixdr.schema.event import LogSource
from minixdr.schema.finding import Analytic
from minixdr.schema.record import Batch
from tests.unit.detect import naive

_NAMED = LogSource("made", "up", None, {"mapped": "b"})
SOURCE = Source(
    name="made_up",
    title="Made up",
    formats=frozenset({"json"}),
    shapes=(
        Shape("plain", lambda body: "other" not in body, None, {"renamed": "a"}),
        Shape("nested", lambda body: "other" in body, lambda body: {"a": 1, **body}),
    ),
    routing=Routing(
        ("k",), lambda key: (_NAMED, LogSource(None, "up", "s")) if key[0] == 1 else (LogSource(None, "up", "s"),)
    ),
    normalize=lambda record: pytest.fail("not asked for"),
)

RULE_LETTERS = 'abAB1. */\\-\n\r\x0b\x00\x1c"äÄİıKſßé😀'  # noqa: RUF001 - letters whose lower case surprises
LETTERS = RULE_LETTERS + "\ud800"
FIELDS = ["a", "b", "c.d", "e.f.g", "k", "mapped", "renamed"]
texts = st.text(LETTERS, max_size=6) | st.sampled_from(
    [
        "",
        "true",
        "1",
        "0x1f",
        "12",
        "1e3",
        "192.0.2.7",
        "2001:db8::1",
        "::ffff:192.0.2.9",
        "2026-11-25T01:02:03Z",
        "abab",
        "ab" * 40,
    ]
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 1, 2, 12, -1, 2**63, 2**70, 10**16, 1.0, 2.5, 1e16, 1e22, -0.0, 1e-7]),
    texts,
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["d", "f", "g", "f.g"]), inner, max_size=2)
    ),
    max_leaves=5,
)
records = st.dictionaries(st.sampled_from(["a", "b", "c", "c.d", "e", "e.f", "k", "z", "other"]), values, max_size=6)

literals = st.text(RULE_LETTERS, min_size=1, max_size=3)
patterns = st.lists(literals | st.builds(Wildcard, st.booleans()), max_size=4).map(tuple)
regexes = st.sampled_from(
    [
        "a",
        "^a",
        "b$",
        "a.b",
        "[ab]+",
        "(?:ab){2,}",
        "\\s",
        "\\w\\W",
        "^$",
        "",
        "a\\.b",
        "\\d+",
        "[^a]",
        "k",
        "ß",
        "a|B",
        "^(?!a)",
        "(a)\\1",
        "\\bab",
    ]
)
flags = st.lists(st.sampled_from("ims"), unique=True).map(lambda found: "".join(sorted(found)))
fields = st.sampled_from(FIELDS)
numbers = st.sampled_from([0, 1, 2, 12, 31, 2.5, -1, 2**70, 1e16])
tests = st.one_of(
    st.builds(Text, fields, patterns, st.booleans()),
    st.builds(Text, fields, literals.map(lambda text: (Wildcard(True), text, Wildcard(True))), st.booleans()),
    st.builds(Regex, fields, regexes, flags),
    st.builds(Number, fields, numbers),
    st.builds(Bool, fields, st.booleans()),
    st.builds(IsNull, fields),
    st.builds(Exists, fields, st.booleans()),
    st.builds(Compare, fields, st.sampled_from(["lt", "lte", "gt", "gte"]), numbers.filter(lambda n: n < 2**64)),
    st.builds(Cidr, fields, st.sampled_from(["192.0.2.0/24", "2001:db8::/32", "0.0.0.0/0"])),
    st.builds(
        FieldRef, fields, fields, st.sampled_from(["equals", "startswith", "endswith", "contains"]), st.booleans()
    ),
    st.builds(
        TimePart,
        fields,
        st.sampled_from(["minute", "hour", "day", "week", "month", "year"]),
        st.sampled_from([1, 2, 11, 25, 48, 2026]),
    ),
    st.builds(Keyword, literals.map(lambda text: (Wildcard(True), text, Wildcard(True))), st.booleans()),
    st.builds(KeywordRegex, regexes, flags),
)
conditions = st.recursive(
    tests,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(And, st.lists(inner, min_size=1, max_size=4).map(tuple))
        | st.builds(Or, st.lists(inner, min_size=1, max_size=6).map(tuple))
    ),
    max_leaves=8,
)
log_sources = st.builds(
    LogSource, st.sampled_from([None, "made"]), st.sampled_from([None, "up"]), st.sampled_from([None, "s"])
)


def rule_of(condition: Any, log_source: LogSource) -> Rule:
    return Rule(Analytic("x", "x", "sigma", "low"), log_source, condition)


rules = st.lists(st.builds(rule_of, conditions, log_sources), min_size=1, max_size=8)


def _aho_corasick(patterns: Any, _databases: Any, regex_texts: Any) -> Any:
    return AhoCorasickMatcher(patterns, regex_texts)


def _hyperscan(patterns: Any, databases: Any, regex_texts: Any) -> Any:
    return HyperscanMatcher(patterns, databases, regex_texts)


def parsed(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return parse_json(raw)


def found(engine: Engine, batch: Batch) -> list[list[int]]:
    matched = engine.match(batch)
    assert not matched.malformed and not matched.skipped
    assert sum(matched.sources.values()) == len(batch.raws)
    rules_of = {match.index: list(match.rules) for match in matched.matches}
    return [rules_of.get(index, []) for index in range(len(batch.raws))]


@pytest.mark.parametrize(
    "choose",
    [
        pytest.param(_aho_corasick, id="ahocorasick-rs"),
        pytest.param(
            _hyperscan,
            id="hyperscan",
            marks=pytest.mark.skipif(not hyperscan_matcher.available(), reason="no hyperscan for this platform"),
        ),
    ],
)
@given(rules, st.lists(records, min_size=1, max_size=8), st.booleans(), st.sampled_from([500, 10**7]))
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_generated_rules_hold_as_they_are_written(
    choose: Any, rules: list[Rule], bodies: list[Any], escaped: bool, remembered_bytes: int
) -> None:
    """Whatever a rule says and whatever a record holds, the engine gives what the text of the rule means: the first time, and remembered."""
    raws = [json.dumps(body, ensure_ascii=escaped).encode("utf-8", "surrogatepass") for body in bodies]
    engine = Engine(build(rules), [SOURCE], None, remembered_bytes, choose)
    expected = [naive.matches(rules, [SOURCE], body) for body in bodies]
    for _ in ("first", "remembered"):
        assert found(engine, Batch("f", "json", 1, raws, bodies)) == expected
    expected = [naive.matches(rules, [SOURCE], parsed(raw)) for raw in raws]
    engine = Engine(build(rules), [SOURCE], None, remembered_bytes, choose)
    for _ in ("first", "remembered"):
        assert found(engine, Batch("f", "json", 1, raws)) == expected
