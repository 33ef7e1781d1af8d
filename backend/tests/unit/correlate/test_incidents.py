"""The state: whatever order and batches findings come in, the incidents are the same; what people decide holds and can be taken back."""

from itertools import pairwise
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minixdr.correlate import FindingKey, Incidents, State, UnknownIncidentError, WrongStateError, correlate
from minixdr.schema.event import Entity
from minixdr.schema.incident import Incident

from .stories import DAY, HOUR, MINUTE, START, Story, cloud_intrusion

_ENTITIES = [
    Entity("user", "ana", "actor"),
    Entity("user", "ben", "actor"),
    Entity("user", "ben", "target"),
    Entity("host", "a", "target"),
    Entity("host", "b", "target"),
    Entity("host", "c", "actor"),
    Entity("address", "198.51.100.1", "actor"),
    Entity("address", "198.51.100.2", "related"),
    Entity("file_hash", "00ff", "related"),
    Entity("process", "p1", "related"),
    Entity("account", "111122223333", "related"),
    Entity("telephone", "of a type nobody knows", "related"),
]


def _key(number: int, rule: int, seconds: float | None, entities: tuple[Entity, ...]) -> FindingKey:
    levels = ("informational", "low", "medium", "high", "critical", "unheard of")
    tactics = ("TA0001", "TA0006", "TA0010", "TA9999")
    return FindingKey(
        finding_id=f"{number:032x}",
        seconds=seconds,
        rule_id=f"rule-{rule}",
        title=f"Rule {rule}",
        level=levels[rule % len(levels)],
        tactics=tactics[: rule % 4],
        techniques=(f"T{1000 + rule}",),
        source="test",
        file=f"{rule % 2}.log",
        entities=entities,
    )


_moments = st.one_of(
    st.none(),
    st.floats(START, START + 2 * HOUR),
    st.sampled_from([START, START + MINUTE, START + 899.0, START + 900.0]),
    st.floats(START, START + 25 * DAY),
)
_findings = st.lists(
    st.tuples(st.integers(0, 7), _moments, st.lists(st.sampled_from(_ENTITIES), max_size=4).map(tuple)),
    min_size=1,
    max_size=40,
).map(lambda items: [_key(number, *item) for number, item in enumerate(items)])


def _batches(keys: list[FindingKey], cuts: list[int]) -> list[list[FindingKey]]:
    places = sorted({0, len(keys), *(cut % (len(keys) + 1) for cut in cuts)})
    return [keys[start:end] for start, end in pairwise(places)]


@settings(max_examples=150, deadline=None)
@given(keys=_findings, data=st.data())
def test_order_batches_and_repeats_make_no_difference(keys: list[FindingKey], data: st.DataObject) -> None:
    """The same findings, shuffled, cut into batches and partly repeated, are the same incidents, and each finding is in one of them."""
    whole = correlate(keys)
    shuffled = data.draw(st.permutations(keys))
    repeated = data.draw(st.lists(st.sampled_from(keys), max_size=5))
    state = Incidents()
    for batch in _batches([*shuffled, *repeated], data.draw(st.lists(st.integers(0, 100), max_size=6))):
        state.add(batch)
    assert state.incidents() == whole
    held = [finding for incident in whole for finding in incident.finding_ids]
    assert sorted(held) == sorted(key.finding_id for key in keys)


def _busy_weeks(seed: int) -> list[FindingKey]:
    """Return findings of three weeks on few entities, dense enough that what a batch changes reaches days on."""
    chance = Random(seed)
    keys = []
    for number in range(300):
        rule = min(int(chance.expovariate(0.4)), 11)
        moment = START + chance.random() * 21 * DAY
        keys.append(_key(number, rule, moment, tuple(chance.sample(_ENTITIES, chance.randrange(1, 4)))))
    return keys


@pytest.mark.parametrize("seed", range(6))
def test_batches_over_busy_weeks_make_no_difference(seed: int) -> None:
    """Days that a batch does not reach are kept, those that it reaches are worked out anew, and the result is that of all at once."""
    keys = _busy_weeks(seed)
    whole = correlate(keys)
    Random(-seed).shuffle(keys)
    state = Incidents()
    for start in range(0, len(keys), 15):
        state.add(keys[start : start + 15])
    assert state.incidents() == whole


def test_late_findings_reach_ties_that_begin_days_later() -> None:
    """What makes a key a hub on one day takes its tie to a finding two days on apart, though that came first."""
    pair, crowd = Story("pair"), Story("crowd")
    pair.tell(0, "Key used", "key:AKIASHARED0000000")
    pair.tell(46 * HOUR, "Trail stopped", "key:AKIASHARED0000000")
    for number in range(300):
        crowd.tell(-20 * HOUR + number, f"Call {number % 7}", f"key:AKIASHARED0000000 host:h{number}", "low")
    state = Incidents()
    state.add(pair.keys)
    assert len(state) == 1
    state.add(crowd.keys)
    assert state.incidents() == correlate([*crowd.keys, *pair.keys])
    assert sum(not pair.ids().isdisjoint(incident.finding_ids) for incident in state.incidents()) == 2


def test_findings_a_week_later_leave_old_ties_as_they_are() -> None:
    """A tie into the days that are worked out anew is found again, though its other end lies before them."""
    story = Story("story")
    story.tell(0, "Key used", "key:AKIAEXAMPLE0000000")
    story.tell(46 * HOUR, "Trail stopped", "key:AKIAEXAMPLE0000000")
    state = Incidents()
    state.add(story.keys)
    for day in range(3, 14):
        changes = state.add([Story(f"{day}").tell(day * DAY, "Something else", f"user:{day}!")])
        assert len(changes.changed) == 1
        assert not changes.gone


@settings(max_examples=100, deadline=None)
@given(keys=_findings, cuts=st.lists(st.integers(0, 100), max_size=5))
def test_changes_say_all_that_changed(keys: list[FindingKey], cuts: list[int]) -> None:
    """Whoever keeps incidents by applying the changes has what the state has."""
    state = Incidents()
    kept: dict[str, Incident] = {}
    for batch in _batches(keys, cuts):
        changes = state.add(batch)
        for name in changes.gone:
            del kept[name]
        kept.update((incident.incident_id, incident) for incident in changes.changed)
        assert set(changes.gone.values()) <= set(kept)
    assert kept == {incident.incident_id: incident for incident in state.incidents()}


@settings(max_examples=100, deadline=None)
@given(keys=_findings, later=_findings)
def test_saved_state_continues_equally(keys: list[FindingKey], later: list[FindingKey]) -> None:
    """A state that went through bytes is the state: the same incidents now and after more findings."""
    state = Incidents()
    state.add(keys)
    if len(state) > 1:
        one, two, *_ = state.incidents()
        state.merge(one.incident_id, two.incident_id, "the same laptop")
    again = Incidents.restore(msgspec.msgpack.decode(msgspec.msgpack.encode(state.save()), type=State))
    assert again.incidents() == state.incidents()
    more = [msgspec.structs.replace(key, finding_id=f"f{key.finding_id}") for key in later]
    assert again.add(more) == state.add(more)
    assert again.incidents() == state.incidents()
    assert again.decisions() == state.decisions()


@settings(max_examples=100, deadline=None)
@given(keys=_findings, data=st.data())
def test_what_people_decide_can_be_taken_back(keys: list[FindingKey], data: st.DataObject) -> None:
    """Merge then unmerge, split then unsplit: as if it had never been."""
    state = Incidents()
    state.add(keys)
    before = state.incidents()
    if len(before) > 1:
        one, two = data.draw(st.permutations(before))[:2]
        decision, _ = state.merge(one.incident_id, two.incident_id, "")
        together = next(incident for incident in state.incidents() if one.finding_ids[0] in incident.finding_ids)
        assert {*one.finding_ids, *two.finding_ids} <= set(together.finding_ids)
        state.undo(decision)
        assert state.incidents() == before
    large = max(before, key=lambda incident: len(incident.finding_ids))
    if len(large.finding_ids) > 1:
        some = data.draw(st.sets(st.sampled_from(large.finding_ids), min_size=1, max_size=len(large.finding_ids) - 1))
        decision, _ = state.split(large.incident_id, some, "another story")
        for incident in state.incidents():
            inside = some & set(incident.finding_ids)
            outside = (set(large.finding_ids) - some) & set(incident.finding_ids)
            assert not (inside and outside)
        state.undo(decision)
        assert state.incidents() == before


def test_split_holds_when_more_findings_come() -> None:
    """What a person took apart is not glued again by a finding that would tie both sides."""
    story = Story("story")
    early = [story.tell(number * MINUTE, f"Step {number}", "user:ana! host:a") for number in range(4)]
    state = Incidents()
    (whole,) = state.add(story.keys).changed
    state.split(whole.incident_id, [early[0].finding_id], "a test of the red team")
    assert len(state) == 2
    state.add([story.tell(5 * MINUTE, "Step 5", "user:ana! host:a"), story.tell(30.0, "Step 6", "user:ana! host:a")])
    assert len(state) == 2


def test_merge_after_a_split_wins() -> None:
    """A person who joins what was split means it."""
    story = Story("story")
    for number in range(4):
        story.tell(number * MINUTE, f"Step {number}", "user:ana! host:a")
    state = Incidents()
    (whole,) = state.add(story.keys).changed
    _, changes = state.split(whole.incident_id, [story.keys[0].finding_id], "no")
    one, two = changes.changed
    state.merge(one.incident_id, two.incident_id, "yes")
    (again,) = state.incidents()
    assert again.finding_ids == whole.finding_ids


def test_merge_says_who_joined() -> None:
    """Where nothing but a person ties two findings, the join says so."""
    one, two = Story("one"), Story("two")
    one.tell(0, "Phishing", "user:ana!")
    two.tell(DAY, "Dump", "host:b")
    state = Incidents()
    first, second = state.add([*one.keys, *two.keys]).changed
    state.merge(first.incident_id, second.incident_id, "ana's old laptop")
    (incident,) = state.incidents()
    assert [join.reason for join in incident.joins] == ["the first finding", "joined by a person: ana's old laptop"]


def test_late_finding_that_connects_two_incidents_says_so() -> None:
    """The incident that is no more is named with the one that took its findings."""
    story = Story("story")
    story.tell(0, "Phishing", "user:ana!")
    story.tell(2 * HOUR, "Dump", "host:a", "critical")
    state = Incidents()
    state.add(story.keys)
    assert len(state) == 2
    changes = state.add([story.tell(HOUR, "Logon", "user:ana! host:a")])
    (whole,) = changes.changed
    assert len(whole.finding_ids) == 3
    assert set(changes.gone.values()) == {whole.incident_id}


def test_forgotten_incidents_leave_the_rest_as_it_is() -> None:
    """A state that lives for years drops what ended long ago, and only that."""
    old, new = cloud_intrusion("old"), cloud_intrusion("new", 90 * DAY, "ben")
    state = Incidents()
    state.add([*old.keys, *new.keys])
    kept = state.incidents()[1]
    changes = state.forget(START + 60 * DAY)
    assert state.incidents() == (kept,)
    assert not changes.changed
    assert list(changes.gone.values()) == [None]
    assert len(state.save().runs) == len(new.keys)


def test_wrong_names_are_refused() -> None:
    """No decision is made about incidents or findings that are not there."""
    state = Incidents()
    (incident,) = state.add(cloud_intrusion().keys).changed
    with pytest.raises(UnknownIncidentError):
        state.merge(incident.incident_id, "0" * 32, "")
    with pytest.raises(ValueError, match="some of"):
        state.split(incident.incident_id, incident.finding_ids, "")
    with pytest.raises(ValueError, match="some of"):
        state.split(incident.incident_id, ["nothing"], "")
    with pytest.raises(KeyError):
        state.undo("nothing")
    assert state.decisions() == ()


def test_damaged_state_is_refused() -> None:
    """A state of another version, or one whose numbers point nowhere, is not continued from."""
    state = Incidents()
    state.add(cloud_intrusion().keys)
    saved = state.save()
    with pytest.raises(WrongStateError):
        Incidents.restore(msgspec.structs.replace(saved, version=99))
    for field in ("rules", "entities"):
        with pytest.raises(WrongStateError):
            Incidents.restore(msgspec.structs.replace(saved, **{field: []}))
