"""The engine's account of a batch, and what it says of a match."""

import json
from typing import Any

import pytest

from minixdr.detect.engine import NO_OBJECT, NOT_RECOGNISED, Engine
from minixdr.detect.program import build
from minixdr.detect.rule import And, FieldRef, IsNull, Keyword, Not, Or, Regex, Rule, Text, Wildcard
from minixdr.normalize.source import Routing, Shape, Source
from minixdr.schema.event import LogSource
from minixdr.schema.finding import Analytic
from minixdr.schema.record import Batch
from tests.unit.detect.made_up import SOURCE

ANY = Wildcard(many=True)


def contains(field: str, text: str) -> Text:
    return Text(field, (ANY, text, ANY))


def rule(condition: Any, **log_source: str) -> Rule:
    return Rule(Analytic("id", "title", "sigma", "low"), LogSource(**log_source), condition)


def engine(*conditions: Any, sources: tuple[Source, ...] = (SOURCE,), **more: Any) -> Engine:
    return Engine(build([rule(condition) for condition in conditions]), sources, **more)


def batch(*bodies: Any) -> Batch:
    return Batch("f", "json", 1, [json.dumps(body).encode() for body in bodies])


def test_every_record_is_accounted_for() -> None:
    """A record is an event, skipped or malformed, with its place; none is lost, and one bad record does not hurt its neighbors."""
    known = Source(
        "known", "Known", frozenset({"json"}), (Shape("s", lambda body: "a" in body),), SOURCE.routing, SOURCE.normalize
    )
    raws = [b'{"a":"x"}', b"{", b"[1]", b'{"b":1}', b'{"a":"\xff x"}', b'{"a":"\\ud800 x"}', b"null", b'{"a":"x"}']
    matched = engine(contains("a", "x"), sources=(known,)).match(Batch("f", "json", 1, raws))
    assert [match.index for match in matched.matches] == [0, 4, 5, 7]
    assert [index for index, _ in matched.malformed] == [1, 2, 6]
    assert dict(matched.malformed)[2] == NO_OBJECT
    assert matched.skipped == [(3, NOT_RECOGNISED)]
    assert matched.sources == {"known": 4}


def test_sources_that_take_turns_are_told_apart() -> None:
    """Lines of several sources in one file, in any order, each meet their own rules."""
    sources = tuple(
        Source(
            name,
            name,
            frozenset({"json"}),
            (Shape("s", lambda body, name=name: body.get("of") == name),),
            Routing((), lambda _, name=name: (LogSource(None, name, None),)),
            SOURCE.normalize,
        )
        for name in ("one", "two", "three")
    )
    rules = [rule(contains("a", "x"), product=name) for name in ("one", "two", "three")]
    bodies = [{"of": ("one", "two", "three")[number * number % 3], "a": "x"} for number in range(30)]
    matched = Engine(build(rules), sources).match(batch(*bodies))
    assert [(match.source.name, list(match.rules)) for match in matched.matches] == [
        (body["of"], [("one", "two", "three").index(body["of"])]) for body in bodies
    ]
    assert sum(matched.sources.values()) == 30


def test_a_named_source_is_the_only_one_asked() -> None:
    """Where a person says what a file is, nothing else is recognised in it."""
    given = batch({"a": "x"})
    given.source = "another"
    assert engine(contains("a", "x")).match(given).skipped == [(0, NOT_RECOGNISED)]


def test_a_match_is_explained_by_what_decided() -> None:
    """Of an AND all parts, of an OR those that hold, of a list the element; by the rule author's names; nothing for what is absent."""
    condition = And(
        (contains("a", "x"), Or((contains("b", "y"), contains("c", "z"))), Not(contains("d", "w")), IsNull("e"))
    )
    ready = engine(condition)
    (match,) = ready.match(batch({"a": ["no", "ox"], "b": "no", "c": {"z": 1}, "d": "v"})).matches
    assert ready.explain(match, 0) == {"a": "ox", "c": {"z": 1}}


def test_keywords_and_relations_are_explained() -> None:
    """A keyword is shown by the value that holds it, a relation by both fields."""
    ready = engine(And((Keyword((ANY, "evil", ANY)), FieldRef("a", "b", "equals"))))
    (match,) = ready.match(batch({"a": "Same", "b": "same", "deep": [{"z": "so Evil"}]})).matches
    assert ready.explain(match, 0) == {"keyword": "so Evil", "a": "Same", "b": "same"}


def test_values_are_read_as_the_rule_reads_them() -> None:
    """Fields that correlation rules ask for go through the log source's names, paths and all; what is absent is left out."""
    named = Routing((), lambda _: (LogSource(None, "up", None, {"user": "who.name"}),))
    source = Source(
        "named",
        "Named",
        frozenset({"json"}),
        (Shape("s", lambda _: True, None, {"ip": "addr"}),),
        named,
        SOURCE.normalize,
    )
    ready = engine(contains("user", "al"), sources=(source,))
    (match,) = ready.match(batch({"who": {"name": "alice"}, "addr": "192.0.2.1", "n": None})).matches
    assert ready.values(match, 0, ["user", "ip", "n", "absent"]) == {"user": "alice", "ip": "192.0.2.1", "n": None}
    assert ready.explain(match, 0) == {"user": "alice"}


def test_a_field_that_routes_in_one_log_source_is_a_field_in_another() -> None:
    """A log source may call another field by the name of the one that chooses the route: each rule is decided by its own."""
    renamed = LogSource("renamed", "up", None, {"k": "other"})
    routing = Routing(("k",), lambda _: (renamed, LogSource(None, "up", None)))
    source = Source("s", "S", frozenset({"json"}), (Shape("s", lambda _: True),), routing, SOURCE.normalize)
    rules = [
        rule(Text("k", ("x",)), category="renamed", product="up"),
        rule(Text("k", ("x",)), product="up", service=None),
    ]
    matched = Engine(build(rules), [source]).match(batch({"k": "x", "other": "y"}, {"k": "y", "other": "x"}))
    assert [(match.index, list(match.rules)) for match in matched.matches] == [(1, [0, 1])]


@pytest.mark.parametrize("key", [True, 1, 1.0, False, 0, [1], {"a": 1}, None, "1", 10**30, "x" * 100_000])
def test_what_chooses_the_route_may_be_anything(key: Any) -> None:
    """True is not 1, a list is no key, and no value of the routing field stops the others."""
    routing = Routing(("k",), lambda _: (LogSource(None, "up", None),))
    source = Source("s", "S", frozenset({"json"}), (Shape("s", lambda _: True),), routing, SOURCE.normalize)
    ready = engine(Text("k", ("1",)), Text("k", ("true",)), sources=(source,))
    bodies = [{"k": key}, {"k": 1}, {"k": True}, {"k": "1"}, {"k": key}]
    given = Batch("f", "json", 1, [b"{}"] * len(bodies), bodies)
    expected = {"1": [0], "true": [1]}
    said = [
        expected.get("true" if body["k"] is True else "1" if body["k"] in (1, 1.0, "1", [1]) else "", [])
        for body in bodies
    ]
    for _ in ("first", "remembered"):
        rules = {match.index: list(match.rules) for match in ready.match(given).matches}
        assert [rules.get(place, []) for place in range(len(bodies))] == said


def test_what_is_remembered_is_bounded() -> None:
    """Ever new values make the engine forget; it answers the same, and holds no more than it may."""
    ready = engine(contains("a", "7x"), remembered_bytes=100_000)
    for start in range(0, 5_000, 100):
        found = ready.match(batch(*({"a": f"{number}x" + "y" * 200} for number in range(start, start + 100)))).matches
        assert len(found) == 10
    assert ready.budget.forgotten > 3
    assert ready.budget.spent_bytes <= 100_000


def test_endless_kinds_of_records_do_not_pile_up() -> None:
    """An attacker who invents channels and event ids gets no plan for each."""
    routing = Routing(("c", "e"), lambda _: (LogSource(None, "up", None),))
    source = Source("s", "S", frozenset({"json"}), (Shape("s", lambda _: True),), routing, SOURCE.normalize)
    ready = engine(And((Text("c", ("x",)), contains("a", "z"))), sources=(source,))
    matched = ready.match(
        batch(*({"c": f"x{number}", "e": number, "a": "z"} for number in range(3_000)), {"c": "x", "a": "z"})
    )
    assert [match.index for match in matched.matches] == [3_000]
    assert len(ready._routes._plans) == 2


def test_a_long_text_does_not_backtrack_for_ever() -> None:
    """A rule's expression that backtracks sees the beginning of a very long value only, and that is counted."""
    ready = engine(Regex("a", "(?=x)x+y$"))
    assert not ready.match(batch({"a": "x" * 200_000})).matches
    assert ready.shortened == 1
