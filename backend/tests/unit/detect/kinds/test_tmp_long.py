"""Correlations under any order, repeats and interruptions, against a naive evaluator."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from minixdr.detect.kinds.sigma_correlation import Correlator, Observation
from minixdr.detect.rule import AllOf, AnyOf, CorrelationSpec, NoneOf, Reference
from minixdr.schema.finding import Analytic
from tests.unit.detect.kinds.naive_correlation import evaluate

START = datetime(2026, 1, 1, tzinfo=UTC)
ANALYTIC = Analytic("r-1", "A relation", "sigma_correlation", "high")
LATENESS = 30
RULES = ("a", "b", "c")

expressions = st.recursive(
    st.sampled_from([Reference(name) for name in RULES]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda items: AllOf(tuple(items))),
        st.lists(inner, min_size=2, max_size=3).map(lambda items: AnyOf(tuple(items))),
        inner.map(NoneOf),
    ),
    max_leaves=5,
)


@st.composite
def specs(draw):
    """A correlation rule of any type."""
    kind = draw(
        st.sampled_from(
            [
                "event_count",
                "value_count",
                "temporal",
                "temporal_ordered",
                "value_sum",
                "value_avg",
                "value_median",
                "value_percentile",
            ]
        )
    )
    temporal = kind.startswith("temporal")
    rules = RULES if temporal else draw(st.sampled_from([("a",), ("a", "b")]))
    extended = temporal and draw(st.booleans())
    return CorrelationSpec(
        analytic=ANALYTIC,
        type=kind,
        rules=rules,
        timespan_seconds=draw(st.sampled_from([5, 20, 60])),
        group_by=draw(st.sampled_from([(), ("user",), ("user", "host")])),
        operator=draw(st.sampled_from(["lt", "lte", "gt", "gte", "eq", "neq"])),
        threshold=draw(st.integers(0, 5)),
        bounds=draw(st.sampled_from([(), (("lte", 6),), (("gt", 1),)])),
        fields=("n",) if kind.startswith("value") else (),
        percentile=draw(st.sampled_from([0, 25, 50, 99, 100])) if kind == "value_percentile" else None,
        expression=draw(expressions) if extended else None,
    )


@st.composite
def observations(draw):
    """Some observations, in order of time; some events satisfy several rules."""
    found = []
    seconds = 0.0
    for number in range(draw(st.integers(0, 40))):
        seconds += draw(st.sampled_from([0, 0, 0.5, 1, 3, 5, 20, 61]))
        fields = {
            "user": draw(st.sampled_from(["ann", "Ann", "bob", None])),
            "host": draw(st.sampled_from(["h1", 7])),
            "n": draw(st.sampled_from([-1, 0, 1, 2, 2.5, 100, None])),
        }
        event_id = f"{draw(st.integers(0, 999)):03d}{number:029d}"
        for name in draw(st.sets(st.sampled_from(RULES), min_size=1, max_size=2)):
            time = START + timedelta(seconds=seconds)
            found.append(Observation((name,), event_id, time, fields, "log.json", number + 1, "aws_cloudtrail"))
    return found


def summary(findings):
    """What is compared of findings."""
    return sorted((f.finding_id, f.event_ids, f.time, str(f.matched)) for f in findings)


def run(spec, events):
    """Return the findings of all observations in one go."""
    correlator = Correlator([spec], lateness_seconds=LATENESS)
    return [*correlator.add(events), *correlator.finish()]


def chain_only(spec):
    """Return whether a finding names fewer events than its time frame holds."""
    return spec.type == "temporal_ordered"


@settings(max_examples=1500, deadline=None)
@given(specs(), observations())
def test_equals_the_naive_evaluator(spec, events):
    """The findings are those of a reading that looks at everything again each time."""
    found = run(spec, events)
    expected = evaluate(spec, events)
    if chain_only(spec):
        assert len(found) == len(expected)
        assert sorted(f.event_ids[-1] for f in found) == sorted(ids[-1] for _, ids in expected)
    else:
        groups = [tuple(str(f.matched[name]).lower() for name in spec.group_by) for f in found]
        assert sorted(zip(groups, [f.event_ids for f in found], strict=True)) == sorted(expected)


@settings(max_examples=500, deadline=None)
@given(specs(), observations(), st.randoms(use_true_random=False))
def test_order_and_repeats_do_not_matter(spec, events, random):
    """Observations that come out of order within the lateness bound, and twice, give the same findings."""
    shuffled = sorted(
        [*events, *random.sample(events, len(events) // 2)],
        key=lambda o: o.time.timestamp() + random.uniform(0, LATENESS - 1),
    )
    correlator = Correlator([spec], lateness_seconds=LATENESS)
    found = []
    watermark = START
    for observation in shuffled:
        found += correlator.add([observation])
        watermark = max(watermark, observation.time)
        if random.random() < 0.3:
            found += correlator.advance(watermark)
    found += correlator.finish()
    assert summary(found) == summary(run(spec, events))


@settings(max_examples=500, deadline=None)
@given(specs(), observations(), st.randoms(use_true_random=False))
def test_saved_and_resumed_is_uninterrupted(spec, events, random):
    """State that is saved and restored at any point goes on as if nothing had been."""
    correlator = Correlator([spec], lateness_seconds=LATENESS)
    found = []
    for observation in events:
        if random.random() < 0.3:
            correlator = Correlator.restore(correlator.save(), [spec], lateness_seconds=LATENESS)
        found += correlator.add([observation])
        found += correlator.advance(observation.time)
    correlator = Correlator.restore(correlator.save(), [spec], lateness_seconds=LATENESS)
    found += correlator.finish()
    assert summary(found) == summary(run(spec, events))
