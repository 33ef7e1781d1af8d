"""A correlator's state as bytes. What is read back is checked; it may be anybody's."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from minixdr.detect.kinds.sigma_correlation.group import Entry, Group, Seen
from minixdr.detect.kinds.sigma_correlation.observation import Counters, Observation
from minixdr.detect.kinds.sigma_correlation.tracker import Tracker
from minixdr.schema.event import Entity

_VERSION = 1
_LARGEST = 2**63


class GroupState(msgspec.Struct, array_like=True):
    """A group."""

    shown: tuple[str, ...]
    entries: list[Entry]
    size: int
    counts: list[tuple[Any, int]]
    total: str
    """Decimal text: sums of integers may exceed 64 bits."""
    silent_until: float
    frame_end: float
    seen: list[list[Seen]]
    last: list[float]
    best: list[list[float]]


class State(msgspec.Struct, array_like=True):
    """A correlator."""

    version: int
    taken_to: float
    waiting: list[Observation]
    counters: Counters
    rules: list[tuple[bytes, list[GroupState]]]
    """Digest of each rule, and its groups."""


def save(trackers: Sequence[Tracker], waiting: Mapping[Any, Observation], taken_to: float, counters: Counters) -> bytes:
    """Return the state as MessagePack."""
    rules = [(_digest(tracker), [_saved(group) for group in tracker.groups.values()]) for tracker in trackers]
    observations = [_clean(observation) for observation in waiting.values()]
    return msgspec.msgpack.encode(State(_VERSION, taken_to, observations, counters, rules))


def restore(content: bytes, trackers: Iterable[Tracker]) -> State:
    """Give the trackers their groups back and return the rest. Raises ValueError where the content is no state."""
    try:
        state = msgspec.msgpack.decode(content, type=State)
        if state.version != _VERSION:
            raise ValueError(f"the saved state has version {state.version}, not {_VERSION}")
        known = dict(state.rules)
        for tracker in trackers:
            groups = known.pop(_digest(tracker), None)
            for saved in groups or ():
                _restore(tracker, saved)
    except (msgspec.DecodeError, TypeError, IndexError) as error:
        raise ValueError(f"the saved state cannot be read: {error}") from error
    state.counters.dropped_state += len(known)
    return state


def _digest(tracker: Tracker) -> bytes:
    """Return a digest of all that a rule's state depends on."""
    spec = tracker.spec
    parts = [getattr(spec, name) for name in spec.__struct_fields__ if name != "analytic"]
    described = repr((spec.analytic.rule_id, parts, tracker.extra))
    return blake2b(described.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _saved(group: Group) -> GroupState:
    return GroupState(
        group.shown,
        list(group.entries),
        group.size,
        list(group.counts.items()),
        repr(group.total),
        group.silent_until,
        group.frame_end,
        [[(seconds, _clean(observation, with_fields=False)) for seconds, observation in each] for each in group.seen],
        group.last,
        group.best,
    )


def _restore(tracker: Tracker, saved: GroupState) -> None:
    group = Group(saved.shown, len(tracker.places))
    for entry in saved.entries:
        group.entries.append(entry._replace(value=_frozen(entry.value)))
    group.size = saved.size
    group.counts = {_frozen(key): number for key, number in saved.counts}
    group.total = float(saved.total) if set(saved.total) & set(".einf") else int(saved.total)
    group.silent_until, group.frame_end = saved.silent_until, saved.frame_end
    group.seen = [deque(each, maxlen=kept.maxlen) for each, kept in zip(saved.seen, group.seen, strict=True)]
    group.last, group.best = saved.last, saved.best
    group.touched = max(saved.last)
    tracker.groups[tuple(part.lower() for part in saved.shown)] = group
    tracker.kept += len(group.entries)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, (list, tuple)) else value


def _clean(observation: Observation, *, with_fields: bool = True) -> Observation:
    """Return the observation as MessagePack can carry it."""
    fields = {_text(name): _plain(value) for name, value in observation.fields.items()} if with_fields else {}
    return msgspec.structs.replace(
        observation, fields=fields, file=_text(observation.file), entities=_entities(observation.entities)
    )


def _entities(entities: Iterable[Entity]) -> tuple[Entity, ...]:
    return tuple(each if each.value.isascii() else Entity(each.type, _text(each.value), each.role) for each in entities)


def _text(value: str) -> str:
    """Return the text with lone surrogates as escapes, which is how groups write them too."""
    return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return {_text(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and not -_LARGEST <= value < _LARGEST:
        return str(value)
    return value if isinstance(value, (int, float, bool, type(None))) else _text(str(value))
