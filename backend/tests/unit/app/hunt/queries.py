"""Trees of queries, made by hypothesis."""

from hypothesis import strategies as st

from minixdr.schema.hunt import (
    And,
    Attribute,
    Comparison,
    Count,
    Distinct,
    EntityIs,
    Fields,
    Limit,
    Not,
    Operator,
    Or,
    Query,
    RawText,
    Sort,
    SortKey,
    Timechart,
    Top,
)

NAMES = (
    "actor.user.name",
    "api.operation",
    "unmapped.`a b`.c",
    "source",
    "count",
    "by_who",
    "x-y.1",
    "cased",
    "exists",
    "top",
    "in",
)
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
numbers = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False, width=32)
literals = texts | numbers | st.booleans()
attributes = st.sampled_from(NAMES).map(Attribute)
_VALUED = (Operator.EQUAL, Operator.CONTAINS, Operator.STARTS_WITH, Operator.ENDS_WITH, Operator.LIKE)


def _several(items, least=1):
    return st.lists(items, min_size=least, max_size=3).map(tuple)


tests = st.one_of(
    st.builds(Comparison, attributes, st.sampled_from(_VALUED), _several(literals), st.booleans()),
    st.builds(Comparison, attributes, st.sampled_from((Operator.MATCHES, Operator.CIDR)), _several(texts)),
    st.builds(Comparison, attributes, st.sampled_from((Operator.LESS, Operator.GREATER_OR_EQUAL)), st.tuples(literals)),
    st.builds(Comparison, attributes, st.just(Operator.EXISTS)),
    st.builds(RawText, texts, st.booleans()),
    st.builds(EntityIs, _several(texts)),
)


def _joined(parts):
    ands = st.lists(parts.filter(lambda node: not isinstance(node, And)), min_size=2, max_size=3)
    ors = st.lists(parts.filter(lambda node: not isinstance(node, Or)), min_size=2, max_size=3)
    return ands.map(lambda found: And(tuple(found))) | ors.map(lambda found: Or(tuple(found))) | parts.map(Not)


expressions = st.recursive(tests, _joined, max_leaves=8)
keys = st.builds(SortKey, attributes, st.booleans())
rows = st.integers(1, 10_000)
stages = st.one_of(
    st.builds(Count, st.lists(attributes, max_size=2).map(tuple)),
    st.builds(Top, rows),
    st.builds(Distinct, _several(attributes)),
    st.builds(Sort, _several(keys)),
    st.builds(Limit, rows),
    st.builds(Fields, _several(attributes)),
    st.builds(Timechart, st.none() | st.integers(1, 86_400), st.none() | attributes),
)
queries = st.builds(Query, st.none() | expressions, st.lists(stages, max_size=3).map(tuple))
