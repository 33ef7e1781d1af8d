"""A query's names and kinds."""

from datetime import UTC, datetime

import pytest

from minixdr.app.hunt.attributes import Attributes
from minixdr.app.hunt.check import checked
from minixdr.app.hunt.error import QueryError
from minixdr.schema.hunt import Comparison, Kind, Query

ATTRIBUTES = Attributes(
    {
        "source": Kind.TEXT,
        "time": Kind.TIME,
        "actor.user.name": Kind.TEXT,
        "src_endpoint.port": Kind.NUMBER,
        "is_remote": Kind.BOOLEAN,
        "process.cmd_line": Kind.TEXT,
    }
)


def _check(text: str) -> Query:
    return checked(text, ATTRIBUTES, lambda pattern: "no" if "(?=" in pattern else None)


def _test(text: str) -> Comparison:
    where = _check(text).where
    assert isinstance(where, Comparison)
    return where


def test_kinds_are_those_of_the_column_or_of_ocsf():
    """What has no column is known by the schema; the record's own names may be anything."""
    assert _test("src_endpoint.port = 1").attribute.kind is Kind.NUMBER
    assert _test('src_endpoint.hostname = "x"').attribute.kind is Kind.TEXT
    assert _test("process.created_time > '2026-01-01'").attribute.kind is Kind.TIME
    assert _test('unmapped.requestParameters.x = "x"').attribute.kind is Kind.ANY


def test_values_become_those_of_the_kind():
    """A number in quotes is a number where numbers are; a number is a text where texts are."""
    assert _test('src_endpoint.port = "443"').values == (443,)
    assert _test("actor.user.name = 12").values == ("12",)
    assert _test("unmapped.x = true").values == ("true",)
    assert _test('is_remote = "TRUE"').values == (True,)
    assert _test('time >= "2026-01-31T12:00:00+02:00"').values == (datetime(2026, 1, 31, 10, tzinfo=UTC),)
    assert _test('src_endpoint.ip in cidr "10.1.2.3/8"').values == ("10.0.0.0/8",)


@pytest.mark.parametrize(
    ("text", "place", "says", "suggests"),
    [
        (
            'actr.user.name = "x"',
            0,
            "unknown attribute actr.user.name: did you mean actor.user.name?",
            "actor.user.name",
        ),
        ('process.comand_line = "x"', 0, "did you mean", "process.cmd_line"),
        ('device.hostnam = "x"', 0, "did you mean device.hostname", "device.hostname"),
        ('actor.user = "x"', 0, "unknown attribute", None),
        ('qwertz = "x"', 0, "unknown attribute qwertz", None),
        ('user.name > "x"', 0, "compares numbers and times", None),
        ('src_endpoint.port contains "4"', 0, "compares texts", None),
        ('src_endpoint.port = "http"', 20, "numbers", None),
        ("is_remote = 1", 12, "true or false", "true"),
        ('time > "yesterday"', 7, "is a time", None),
        ('src_endpoint.ip in cidr ("10.0.0.0/8", "x")', 39, "no network", None),
        ('user.name matches "(?=x)"', 18, "RE2", None),
        ('user.name matches ""', 18, "regular expression", None),
        (f'user.name matches "{"x" * 501}"', 18, "500", None),
        ("user.name matches (" + ", ".join(['"x"'] * 21) + ")", 119, "20 regular", None),
        ('""', 0, "empty", None),
        ('entity = "user:"', 9, "value", None),
        ("| top 5", 2, "count by", None),
        ("| count | count", 0, "once", None),
        ("| count by source | sort time", 25, "source, count", "count"),
        ("| count by source | fields time", 27, "before", None),
        ("| limit 10001", 2, "10,000", None),
        ("| count by nonsense", 11, "unknown attribute", None),
        ("| count by " + ", ".join(["source"] * 9), 11, "at most 8", None),
        (f'user.name = "{"x" * 5000}"', 12, "4,096", None),
    ],
)
def test_what_cannot_run_is_said_with_its_place(text, place, says, suggests):
    """No query runs that means something else than it says."""
    with pytest.raises(QueryError) as raised:
        _check(text)
    assert says in raised.value.message
    assert raised.value.start == place
    assert suggests is None or suggests in raised.value.suggestions


def test_a_table_is_sorted_by_its_columns():
    """What was counted is no event any more."""
    assert _check("| count by source | sort count desc, source | limit 5").stages


def test_completions_lead_through_objects():
    """A name is completed part by part; objects are marked."""
    found = dict(ATTRIBUTES.completions("actor.", 50))
    assert found["actor.user.name"] is Kind.TEXT
    assert found["actor.user"] is None
    assert dict(ATTRIBUTES.completions("dst_endpoint.por", 50)) == {"dst_endpoint.port": Kind.NUMBER}
    assert ATTRIBUTES.completions("no.such.thing.", 50) == []
