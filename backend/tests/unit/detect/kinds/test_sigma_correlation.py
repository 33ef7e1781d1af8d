"""What correlation rules mean: the specification's examples, and what it leaves open."""

from datetime import UTC, datetime, timedelta

import pytest

from minixdr.detect.kinds.sigma_correlation import Bounds, Correlator, Observation, needed_fields
from minixdr.detect.loading.collection import load
from minixdr.schema.event import Entity

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
SPECIFICATION = "rules/sigma_correlation_examples/sigma-specification"
FOLDER = f"{SPECIFICATION}/tests/schema/correlation"


def rule(name, rule_id=None):
    """A rule to relate."""
    identity = f"id: {rule_id}\n" if rule_id else ""
    return f"title: {name}\nname: {name}\n{identity}logsource: {{product: windows}}\ndetection: {{s: {{EventID: 1}}, condition: s}}\n"


def specs_of(*documents):
    """Return the correlation rules of the documents; none may be refused."""
    loaded = load([("rules.yml", "\n---\n".join(documents).encode())], {})
    assert loaded.refusals == ()
    return loaded.correlations


class Log:
    """Makes up observations."""

    def __init__(self):
        self.observations = []

    def add(self, name, seconds, count=1, **fields):
        """Add observations a millisecond apart."""
        for number in range(count):
            place = len(self.observations)
            self.observations.append(
                Observation(
                    names=(name,),
                    event_id=f"{place:032x}",
                    time=START + timedelta(seconds=seconds, milliseconds=number),
                    fields=fields,
                    file="log.json",
                    record=place + 1,
                    source="microsoft_windows",
                    entities=(Entity("user", str(fields.get("User", "nobody")), "actor"),),
                )
            )
        return self

    def found(self, specs, **options):
        """Return the findings."""
        return list(Correlator(specs, lateness_seconds=60, **options).run(self.observations))


@pytest.fixture
def example(shared_data):
    """Return the correlation rules of one of the specification's examples, with rules for it to relate."""

    def read(name, *rules):
        return specs_of((shared_data / FOLDER / f"{name}.yml").read_text(), *rules)

    return read


def test_event_count_example(example):
    """100 failed logins to one computer within an hour, not 99 and not 100 to two computers."""
    specs = example("event_count", rule("failed", "5638f7c0-ac70-491d-8465-2a65075e0d86"))
    name = "5638f7c0-ac70-491d-8465-2a65075e0d86"
    [found] = Log().add(name, 0, 99, ComputerName="PC1").add(name, 3599, ComputerName="pc1").found(specs)
    assert found.matched == {"ComputerName": "PC1", "event_count": 100}
    assert len(found.event_ids) == 100
    assert Log().add(name, 0, 99, ComputerName="PC1").found(specs) == []
    assert Log().add(name, 0, 60, ComputerName="PC1").add(name, 1, 60, ComputerName="PC2").found(specs) == []
    assert Log().add(name, 0, 60, ComputerName="PC1").add(name, 3700, 60, ComputerName="PC1").found(specs) == []


def test_event_count_example_with_other_field_names(example):
    """A field with dots in its name groups like any other."""
    specs = example("event_count_ecs", rule("failed", "5638f7c0-ac70-491d-8465-2a65075e0d86"))
    fields = {"dns.question.name": "a.example"}
    assert len(Log().add("5638f7c0-ac70-491d-8465-2a65075e0d86", 0, 100, **fields).found(specs)) == 1
    assert Log().add("5638f7c0-ac70-491d-8465-2a65075e0d86", 0, 99, **fields).found(specs) == []


def test_value_count_example(example):
    """100 different users between one pair of computers in a day; the same user again does not count."""
    name = "5638f7c0-ac70-491d-8465-2a65075e0d86"
    specs = example("value_count", rule("failed", name))
    log, same = Log(), Log()
    for number in range(100):
        log.add(name, number * 800, ComputerName="DC", WorkstationName="W1", User=f"user{number}")
        same.add(name, number * 800, ComputerName="DC", WorkstationName="W1", User=f"user{number % 99}")
    [found] = log.found(specs)
    assert found.matched["value_count"] == 100
    assert same.found(specs) == []


def test_temporal_example(example):
    """Three kinds of reconnaissance within five minutes by one user on one computer, in any order."""
    specs = example("temporal", rule("recon_cmd_a"), rule("recon_cmd_b"), rule("recon_cmd_c"))
    ann = {"ComputerName": "PC1", "User": "ann"}
    log = Log().add("recon_cmd_c", 0, **ann).add("recon_cmd_a", 100, **ann).add("recon_cmd_b", 300, **ann)
    [found] = log.found(specs)
    assert found.matched["rules"] == ["recon_cmd_a", "recon_cmd_b", "recon_cmd_c"]
    assert found.entities == (Entity("user", "ann", "actor"),)
    late = Log().add("recon_cmd_c", 0, **ann).add("recon_cmd_a", 100, **ann).add("recon_cmd_b", 301, **ann)
    assert late.found(specs) == []
    bob = {"ComputerName": "PC1", "User": "bob"}
    assert (
        Log().add("recon_cmd_c", 0, **ann).add("recon_cmd_a", 1, **ann).add("recon_cmd_b", 2, **bob).found(specs) == []
    )


def test_temporal_ordered_example(example):
    """The same three in the order written, not in another."""
    specs = example("temporal_ordered", rule("recon_cmd_a"), rule("recon_cmd_b"), rule("recon_cmd_c"))
    ann = {"ComputerName": "PC1", "User": "ann"}
    log = Log().add("recon_cmd_b", 0, **ann).add("recon_cmd_a", 10, **ann)
    assert log.add("recon_cmd_c", 20, **ann).found(specs) == []
    [found] = log.add("recon_cmd_b", 30, **ann).add("recon_cmd_c", 40, **ann).found(specs)
    assert found.time == START + timedelta(seconds=40)
    assert len(found.event_ids) == 4, "all related events between the first step and the last"


def test_value_sum_example(example):
    """More than 1,000,000 bytes to a website in an hour, also where they are written as text."""
    specs = example("value_sum", rule("website_access"))
    ann = {"SourceIP": "192.0.2.7", "User": "ann"}
    log = (
        Log().add("website_access", 0, bytes_sent=600_000, **ann).add("website_access", 60, bytes_sent="400000", **ann)
    )
    assert log.found(specs) == []
    [found] = log.add("website_access", 3600, bytes_sent=1, **ann).found(specs)
    assert found.matched["value_sum"] == 1_000_001


def test_value_avg_example(example):
    """An average above 500 bytes over the day, not a single event above it."""
    specs = example("value_avg", rule("rule_a_id"))
    ann = {"SourceIP": "192.0.2.7", "User": "ann"}
    log = Log().add("rule_a_id", 0, BytesOut=900, **ann).add("rule_a_id", 60, BytesOut=100, **ann)
    assert log.found(specs) == []
    [found] = log.add("rule_a_id", 120, BytesOut=503, **ann).found(specs)
    assert found.matched["value_avg"] == 501


def test_value_percentile_example(example):
    """A process name that is at most 1 % of those a computer started in a day."""
    specs = example("value_percentile", rule("process_creation"))
    rare = Log().add("process_creation", 0, ComputerName="PC1", Image="odd.exe")
    rare.add("process_creation", 1, 99, ComputerName="PC1", Image="usual.exe")
    [found] = rare.found(specs)
    assert found.matched["value_percentile"] == ["odd.exe"]
    assert found.event_ids == (f"{0:032x}",)
    usual = Log().add("process_creation", 0, ComputerName="PC1", Image="odd.exe")
    assert usual.add("process_creation", 1, 98, ComputerName="PC1", Image="usual.exe").found(specs) == []


CHAIN = """
title: Many failed logins, then one that succeeds
id: b180ead8-d58f-40b2-ae54-c8940995b9b6
correlation: {type: temporal_ordered, rules: [many, success], group-by: [User], timespan: 10m}
---
title: Many failed logins
name: many
correlation: {type: event_count, rules: [failed], group-by: [ComputerName], timespan: 10m, condition: {gte: 10}}
"""


def test_a_correlation_over_a_correlation():
    """The outer rule groups by its own field, whatever the inner one groups by, and names the events of both."""
    specs = specs_of(CHAIN, rule("failed"), rule("success"))
    log = Log().add("failed", 0, 9, ComputerName="DC", User="ann").add("failed", 5, ComputerName="DC", User="bob")
    [found] = log.add("success", 500, ComputerName="W1", User="Ann").found(specs)
    assert found.analytic.title.startswith("Many failed logins, then")
    assert len(found.event_ids) == 11
    assert needed_fields(specs) == {"many": ("User",), "success": ("User",), "failed": ("ComputerName", "User")}
    before = Log().add("success", 0, ComputerName="W1", User="ann")
    assert before.add("failed", 10, 10, ComputerName="DC", User="ann").found(specs) == []


def test_a_silent_correlation_still_feeds_the_one_over_it():
    """A success long after the first finding of an attack that goes on is still found."""
    outer = CHAIN.replace("timespan: 10m}\n---", "timespan: 1m}\n---")
    specs = specs_of(outer, rule("failed"), rule("success"))
    log = Log()
    for second in range(0, 500, 10):
        log.add("failed", second, ComputerName="DC", User="ann")
    assert len(log.add("success", 505, ComputerName="DC", User="ann").found(specs)) == 1


def test_aliases_join_fields_of_different_names():
    """The specification's example: an address is the source in one event and the destination in the other."""
    specs = specs_of(
        """
title: Error, then a connection from inside
correlation:
    type: temporal
    rules: [internal_error, new_network_connection]
    group-by: [internal_ip, remote_ip]
    timespan: 10s
    aliases:
        internal_ip: {internal_error: destination.ip, new_network_connection: source.ip}
        remote_ip: {internal_error: source.ip, new_network_connection: destination.ip}
""",
        rule("internal_error"),
        rule("new_network_connection"),
    )
    inside, outside = "192.0.2.1", "203.0.113.9"
    log = Log().add("internal_error", 0, **{"destination.ip": inside, "source.ip": outside})
    same_way = Log().add("internal_error", 0, **{"destination.ip": inside, "source.ip": outside})
    [found] = log.add("new_network_connection", 3, **{"source.ip": inside, "destination.ip": outside}).found(specs)
    assert found.matched["internal_ip"] == inside
    same_way.add("new_network_connection", 3, **{"source.ip": outside, "destination.ip": inside})
    assert same_way.found(specs) == []
    assert needed_fields(specs)["internal_error"] == ("destination.ip", "source.ip")


def counting(condition, kind="event_count", more=""):
    """A rule that counts, of one group."""
    return specs_of(
        f"title: Count\ncorrelation: {{type: {kind}, rules: [a], timespan: 1m, condition: {{{condition}}}{more}}}",
        rule("a"),
    )


@pytest.mark.parametrize(
    ("condition", "counts"),
    [
        ("gt: 2", {3, 4, 5}),
        ("gte: 2", {2, 3, 4, 5}),
        ("lt: 2", {1}),
        ("lte: 2", {1, 2}),
        ("eq: 3", {3}),
        ("neq: 3", {1, 2, 4, 5}),
        ("gt: 2, lte: 4", {3, 4}),
    ],
)
def test_conditions(condition, counts):
    """Each comparison, and a range, holds for the counts it names and no others."""
    specs = counting(condition)
    assert {count for count in range(1, 6) if Log().add("a", 0, count).found(specs)} == counts


@pytest.mark.parametrize(
    ("kind", "more", "value"),
    [
        ("value_median", "", 15),
        ("value_avg", "", 32.5),
        ("value_percentile", ", percentile: 75", 20),
        ("value_sum", "", 130),
    ],
)
def test_what_values_add_up_to(kind, more, value):
    """Median (mean of the middle two), average, nearest-rank percentile and sum of 10, 10, 20 and 90."""
    specs = counting(f"field: n, eq: {value}{more}", kind)
    log = Log()
    for number in (90, 10, 20, 10):
        log.add("a", len(log.observations), n=number)
    assert len(log.found(specs)) == 1


def extended(condition, kind="temporal"):
    """A temporal rule with an extended condition."""
    text = f"title: T\ncorrelation: {{type: {kind}, rules: [a, b, c], timespan: 1m, condition: {condition}}}"
    return specs_of(text, rule("a"), rule("b"), rule("c"))


@pytest.mark.parametrize(
    ("condition", "events", "holds"),
    [
        ("(a or b) and c", "ac", True),
        ("(a or b) and c", "ab", False),
        ("a and b and not c", "ab", True),
        ("a and b and not c", "abc", False),
        ("a and not (b or c)", "a", True),
        ("a and not (b or c)", "ac", False),
    ],
)
def test_extended_conditions(condition, events, holds):
    """and, or, not over the rules that occurred."""
    log = Log()
    for place, name in enumerate(events):
        log.add(name, place)
    assert bool(log.found(extended(condition))) is holds


def test_extended_conditions_in_order():
    """temporal_ordered wants the rules that make the condition true in their order."""
    specs = extended("(a or b) and c", "temporal_ordered")
    assert Log().add("b", 0).add("a", 1).add("c", 2).found(specs)
    assert not Log().add("c", 0).add("a", 1).add("b", 2).found(specs)


def test_events_of_one_time_are_in_order():
    """Logs with whole seconds do not hide an order."""
    specs = specs_of(
        "title: T\ncorrelation: {type: temporal_ordered, rules: [a, b], timespan: 1m}", rule("a"), rule("b")
    )
    assert Log().add("b", 0).add("a", 0).found(specs)
    assert not Log().add("b", 0).add("a", 1).found(specs)


def test_an_attack_that_goes_on_is_told_once_in_a_timespan():
    """An hour of failures each second gives one finding a minute, with no event in two of them."""
    log = Log()
    for second in range(3600):
        log.add("a", second)
    found = log.found(counting("gte: 5"))
    assert 55 <= len(found) <= 60
    assert len({event_id for f in found for event_id in f.event_ids}) == sum(len(f.event_ids) for f in found)


def test_an_event_without_the_group_field_is_in_no_group():
    """Absent and null group nothing together; it is said how many were left out."""
    specs = counting("gte: 2", more=", group-by: [User]")
    correlator = Correlator(specs, lateness_seconds=0)
    assert list(correlator.run(Log().add("a", 0, 3, User=None).add("a", 1, 3).observations)) == []
    assert correlator.notes() == [
        "6 observations had no value in a group-by field and were left out of that correlation"
    ]


def test_a_list_is_in_a_group_for_each_element():
    """A value that occurs in two events' lists relates them."""
    specs = counting("gte: 2", more=", group-by: [ip]")
    [found] = Log().add("a", 0, ip=["192.0.2.1", "192.0.2.2"]).add("a", 1, ip=["192.0.2.2"]).found(specs)
    assert found.matched["ip"] == "192.0.2.2"


@pytest.mark.parametrize(
    "value", [{"a": [1]}, "x" * 100_000, "\ud800", 10**400, float("nan"), True, [[["deep"]], None], ""]
)
def test_values_of_any_type(value):
    """Whatever a field holds, it groups and counts by its text, and can be saved."""
    for specs in (
        counting("gte: 2", more=", group-by: [x]"),
        counting("field: x, gte: 1", "value_count"),
        counting("field: x, gte: 1", "value_sum"),
    ):
        correlator = Correlator(specs, lateness_seconds=60)
        correlator.add(Log().add("a", 0, 2, x=value).observations)
        correlator = Correlator.restore(correlator.save(), specs, lateness_seconds=60)
        correlator.advance(START + timedelta(hours=1))
        correlator = Correlator.restore(correlator.save(), specs, lateness_seconds=60)
        correlator.finish()


def test_late_observations_are_counted():
    """What comes later than the lateness bound is left out and said."""
    correlator = Correlator(counting("gte: 1"), lateness_seconds=60)
    correlator.advance(START + timedelta(hours=1))
    assert correlator.add(Log().add("a", 0).observations) == []
    assert correlator.finish() == []
    assert correlator.counters.late == 1


def test_one_far_future_time_hides_nothing():
    """Only the caller's watermark moves time on: a record that claims the year 9000 makes no other late."""
    correlator = Correlator(counting("gte: 3"), lateness_seconds=60)
    correlator.add(Log().add("a", 200_000_000_000).observations)
    correlator.add(Log().add("a", 0, 3).observations)
    correlator.advance(START + timedelta(minutes=5))
    assert correlator.counters.late == 0


def test_memory_is_bounded():
    """A million different groups keep no more than the bound, the oldest go first, and it is said how many."""
    specs = counting("gte: 2", more=", group-by: [User]")
    bounds = Bounds(groups_per_rule=100, waiting=50)
    correlator = Correlator(specs, lateness_seconds=60, bounds=bounds)
    log = Log()
    for number in range(2_000):
        log.add("a", number / 1000, User=f"user{number}")
    log.add("a", 3, User="user1999")
    assert len(list(correlator.run(log.observations))) == 1
    assert len(correlator._trackers[0].groups) <= 100
    assert correlator.counters.evicted_groups > 1_800
    assert any("forgotten for want of room" in note for note in correlator.notes())


def test_a_crowded_group_is_bounded():
    """One group keeps its latest entries; a threshold above the bound can still be reached."""
    log = Log().add("a", 0, 900)
    specs = counting("gte: 800")
    correlator = Correlator(specs, lateness_seconds=60, bounds=Bounds(entries_per_group=10))
    assert len(list(correlator.run(log.observations))) == 1
    few = Correlator(counting("gte: 5"), lateness_seconds=60, bounds=Bounds(entries_per_group=10))
    list(few.run(log.observations))
    assert few.counters.forgotten_entries == 890


def test_state_of_a_changed_rule_is_dropped():
    """A rule that changed starts anew, which is counted; bytes that are no state are refused."""
    correlator = Correlator(counting("gte: 3"), lateness_seconds=0)
    correlator.add(Log().add("a", 0, 2).observations)
    correlator.advance(START + timedelta(seconds=1))
    restored = Correlator.restore(correlator.save(), counting("gte: 2"), lateness_seconds=0)
    assert restored.counters.dropped_state == 1
    with pytest.raises(ValueError, match="cannot be read"):
        Correlator.restore(b"nonsense", counting("gte: 2"), lateness_seconds=0)


def test_the_same_findings_have_the_same_ids():
    """A second run over the same log gives the same finding ids."""
    log = Log().add("a", 0, 3)
    first, second = log.found(counting("gte: 3")), log.found(counting("gte: 3"))
    assert [f.finding_id for f in first] == [f.finding_id for f in second]
    assert len(first[0].finding_id) == 32


def test_rules_in_a_circle_are_refused():
    """A correlation rule that relates itself through another is listed, not run."""
    text = "title: {0}\nname: {0}\ncorrelation: {{type: temporal, rules: [{1}], timespan: 1m}}"
    loaded = load([("r.yml", "\n---\n".join([text.format("x", "y"), text.format("y", "x")]).encode())], {})
    assert loaded.correlations == ()
    assert len(loaded.refusals) == 2


def test_rules_of_others_run(shared_data):
    """Correlation rules as Hayabusa has them, loosely written, run and find guessed users."""
    name = "Sec_4625_Med_LogonFail_UserGuessing_Correlation.yml"
    text = (shared_data / "rules/sigma_correlation_examples/hayabusa" / name).read_bytes()
    loaded = load([(name, text)], {})
    assert loaded.refusals == ()
    [spec] = loaded.correlations
    log = Log()
    for number in range(30):
        fields = dict.fromkeys((*spec.group_by, *spec.fields), "192.0.2.9")
        log.add(spec.rules[0], number, **(fields | dict.fromkeys(spec.fields, f"user{number}")))
    assert len(log.found([spec])) == 1
