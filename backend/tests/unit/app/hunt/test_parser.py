"""The hunt language's text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minixdr.app.hunt.error import QueryError
from minixdr.app.hunt.parser import parse
from minixdr.app.hunt.print import printed
from minixdr.schema.hunt import (
    And,
    Attribute,
    Comparison,
    Count,
    EntityIs,
    Not,
    Operator,
    Or,
    Query,
    RawText,
    Timechart,
    Top,
)
from tests.unit.app.hunt.queries import queries

_WORDS = (
    "and",
    "or",
    "not",
    "in",
    "cidr",
    "(",
    ")",
    ",",
    "|",
    "=",
    "!=",
    "<",
    "count",
    "by",
    "top",
    "a.b",
    '"x"',
    "'",
    '"',
    "5",
    "1h",
    "cased",
    "`",
)


def _test(text):
    where = parse(text).where
    assert isinstance(where, Comparison)
    return where


@settings(max_examples=400, deadline=None)
@given(queries)
def test_a_printed_query_is_read_as_itself(query):
    """What is saved and shown means what was asked."""
    assert parse(printed(query)) == query


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=60) | st.lists(st.sampled_from(_WORDS), max_size=25).map(" ".join))
def test_no_text_breaks_the_parser(text):
    """Any text is a query, or is refused with a place inside it."""
    try:
        parse(text)
    except QueryError as error:
        assert 0 <= error.start <= error.end <= max(len(text), error.start)
        assert error.start <= len(text)
        assert error.message


def test_the_example_of_the_documentation():
    """Comparisons, lists, networks, pipes."""
    query = parse(
        'source = "aws_cloudtrail" and api.operation in ("CreateUser", \'AttachUserPolicy\') and src_endpoint.ip in cidr "10.0.0.0/8"'
        ' and process.cmd_line contains "-enc" | count by actor.user.name | top 20'
    )
    assert query == Query(
        And(
            (
                Comparison(Attribute("source"), Operator.EQUAL, ("aws_cloudtrail",)),
                Comparison(Attribute("api.operation"), Operator.EQUAL, ("CreateUser", "AttachUserPolicy")),
                Comparison(Attribute("src_endpoint.ip"), Operator.CIDR, ("10.0.0.0/8",)),
                Comparison(Attribute("process.cmd_line"), Operator.CONTAINS, ("-enc",)),
            )
        ),
        (Count((Attribute("actor.user.name"),)), Top(20)),
    )


def test_and_binds_closer_than_or_and_not_closest():
    """`a or b and not c` is `a or (b and (not c))`."""
    a, b, c = (RawText(letter) for letter in "abc")
    assert parse('"a" OR "b" AND NOT "c"').where == Or((a, And((b, Not(c)))))


def test_a_backslash_is_a_backslash_and_a_quote_is_doubled():
    """Paths of Windows are written as they are."""
    assert _test(r'process.file.path endswith "\new\cmd.exe"').values == (r"\new\cmd.exe",)
    assert _test('a = "he said ""hi"""').values == ('he said "hi"',)
    assert _test("a = 'it''s'").values == ("it's",)


def test_entities_and_unequal():
    """`entity` stands for all entities of an event; `!=` and `not in` are negations."""
    assert parse('entity = "user:alice"').where == EntityIs(("user:alice",))
    assert parse('entity not in ("host:a", "b")').where == Not(EntityIs(("host:a", "b")))
    assert parse("a != 5").where == Not(Comparison(Attribute("a"), Operator.EQUAL, (5,)))


def test_spans():
    """A chart's span has a unit."""
    assert parse("| timechart span 15m by source").stages == (Timechart(900, Attribute("source")),)


@pytest.mark.parametrize(
    ("text", "place", "says", "suggests"),
    [
        ("source = aws", 9, "quotes", '"aws"'),
        ('a contians "x"', 2, "comparison", "contains"),
        ("a == 1", 2, "=", "="),
        ('a = "x" && b = 1', 8, "and", "and"),
        ('a = "x', 4, "closing", None),
        ('a = "x" b = "y"', 8, "and", "and"),
        ("(a = 1", 6, ")", ")"),
        ("a in (1, 2", 10, ")", None),
        ("| cuont", 2, "count", "count"),
        ("| top 0 by a", 6, "1 or more", None),
        ("| timechart span 5", 17, "span", "1h"),
        ("a = 99999999999999999999", 4, "64 bits", None),
        ("a =", 3, "value", None),
        ("a = ;", 4, "quotes", None),
        ('a = "\ud800"', 5, "surrogate", None),
        ("(" * 60 + "a = 1", 41, "deeper", None),
        ("entity = 5", 9, "text", None),
        (" or ".join(["a = 1"] * 201), 9 * 200, "at most 200 tests", None),
        (f"a in ({', '.join(['1'] * 1001)})", 3007, "1,000 values", None),
        ("a" * 20_000, 16_384, "16,384", None),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text, place, says, suggests):
    """A person is pointed to the mistake."""
    with pytest.raises(QueryError) as raised:
        parse(text)
    assert raised.value.start == place
    assert says in raised.value.message
    assert suggests is None or suggests in raised.value.suggestions
