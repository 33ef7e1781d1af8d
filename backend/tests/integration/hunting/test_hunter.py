"""DuckDB over the lake's files finds what the language says."""

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minixdr.adapters.hunting.engine import Engine
from minixdr.adapters.hunting.hunter import DuckdbHunter
from minixdr.adapters.lake.arrow import PLAIN_SCHEMA
from minixdr.app.hunt.check import checked
from minixdr.app.hunt.columns import hunt_attributes
from minixdr.app.hunt.print import printed
from minixdr.ports.hunting import HuntInput
from minixdr.schema.hunt import And, Attribute, Comparison, EntityIs, Kind, Not, Operator, Or, Query, RawText
from tests.contract.samples import sample_files
from tests.integration.hunting.lake_events import BEFORE, FIRST_AT, NoWatch, lake_events, table_of, write
from tests.integration.hunting.oracle import holds, text_of, values_of

MINE, OTHER = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"


class Place:
    """Events in files, and a hunter over them."""

    def __init__(self, folder):
        self.events = list(lake_events(sample_files(), MINE))
        others = list(lake_events(sample_files()[:5], OTHER))
        half = len(self.events) // 2
        mixed = [table_of(self.events[:half], MINE), table_of(others, OTHER)]
        files = [write(folder / "a.parquet", pa.concat_tables(mixed)), write(folder / "b.parquet", mixed[1])]
        self.engine = Engine([str(folder)], PLAIN_SCHEMA)
        self.hunter = DuckdbHunter(self.engine)
        self.given = HuntInput(MINE, FIRST_AT, BEFORE, files, table_of(self.events[half:], MINE))

    def ask(self, text, most=10_000):
        return self.run(checked(text, hunt_attributes(), self.hunter.regex_error), most)

    def run(self, query, most=10_000):
        return self.hunter.run(query, self.given, most, NoWatch())

    def expected(self, where):
        return sorted(row.event.event_id for row in self.events if holds(where, row))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    found = Place(tmp_path_factory.mktemp("hunts"))
    yield found
    found.engine.close()


class Words(dict):
    """Values by attribute."""

    def __repr__(self):
        return "words"


def _words(place):
    """Attributes and values of the events, so that queries find something."""
    seen = {}
    for row in place.events:
        for path in [*row.event.attributes, "source", "origin", "record", "time_known"]:
            for value in values_of(row, path):
                if value is not None and not isinstance(value, (list, dict)):
                    seen.setdefault(path, set()).add(value)
        for key, value in row.event.unmapped.items():
            if isinstance(value, (str, int, float, bool)) and key.replace(".", "").isalnum():
                seen.setdefault(f"unmapped.{key}", set()).add(value)
    return Words({path: sorted(values, key=str)[:40] for path, values in sorted(seen.items()) if path != "time"})


_TEXTUAL = (Operator.EQUAL, Operator.CONTAINS, Operator.STARTS_WITH, Operator.ENDS_WITH, Operator.LIKE)
_ORDERED = (Operator.LESS, Operator.LESS_OR_EQUAL, Operator.GREATER, Operator.GREATER_OR_EQUAL)


@st.composite
def comparisons(draw, words):
    path = draw(st.sampled_from(list(words)))
    kind = hunt_attributes().kind(path)
    if draw(st.integers(0, 9)) == 0:
        return Comparison(Attribute(path), Operator.EXISTS)
    value = draw(st.sampled_from(words[path]))
    if kind is Kind.NUMBER:
        return Comparison(Attribute(path), draw(st.sampled_from((Operator.EQUAL, *_ORDERED))), (value,))
    if kind is Kind.BOOLEAN:
        return Comparison(Attribute(path), Operator.EQUAL, (value,))
    if kind is Kind.TIME:
        return Comparison(Attribute(path), draw(st.sampled_from(_ORDERED)), ("2024-05-01T00:00:00Z",))
    if kind is Kind.ANY and draw(st.booleans()):
        return Comparison(Attribute(path), draw(st.sampled_from(_ORDERED)), (draw(st.integers(-5, 70_000)),))
    text = text_of(value)
    start = draw(st.integers(0, max(len(text) - 1, 0)))
    end = draw(st.integers(start, len(text)))
    operator = draw(st.sampled_from(_TEXTUAL))
    piece = {
        Operator.EQUAL: text,
        Operator.CONTAINS: text[start:end],
        Operator.STARTS_WITH: text[:end],
        Operator.ENDS_WITH: text[start:],
        Operator.LIKE: text[:start]
        + "*"
        + text[start:end].replace("*", "?")
        + "?" * (len(text) - end > 0)
        + text[end + 1 :],
    }[operator]
    if draw(st.booleans()):
        piece = piece.upper() if piece.isascii() else piece
    return Comparison(
        Attribute(path),
        operator,
        (piece, *draw(st.lists(st.sampled_from(["x", "%", "_", "\\", "'"]), max_size=1))),
        draw(st.booleans()),
    )


def expressions(place):
    words = _words(place)
    entities = sorted({f"{entity.type}:{entity.value}" for row in place.events for entity in row.event.entities})
    leaves = (
        comparisons(words)
        | st.integers(0, len(entities) - 1).map(lambda number: EntityIs((entities[number],)))
        | st.sampled_from(["Admin", "10.", '{"', "%"]).map(RawText)
    )
    return st.recursive(
        leaves,
        lambda parts: st.tuples(parts, parts).map(And) | st.tuples(parts, parts).map(Or) | parts.map(Not),
        max_leaves=6,
    )


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_query_finds_what_python_finds(place, data):
    """The compiled query and the language's plain meaning agree on real shapes of events, absent values and lists included."""
    query = Query(data.draw(expressions(place)))
    ready = checked(printed(query), hunt_attributes(), place.hunter.regex_error)
    found = sorted(row[0] for row in place.run(ready).rows)
    assert found == place.expected(ready.where)
