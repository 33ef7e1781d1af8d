"""All correlation rules at work, in event time."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from heapq import heappop, heappush
from itertools import islice

from minixdr.detect.kinds.sigma_correlation import state
from minixdr.detect.kinds.sigma_correlation.finding import derived, finding
from minixdr.detect.kinds.sigma_correlation.observation import Bounds, Counters, Observation
from minixdr.detect.kinds.sigma_correlation.reading import Key, outer_fields
from minixdr.detect.kinds.sigma_correlation.tracker import Conclusion, Reader, Tracker
from minixdr.detect.rule import CorrelationSpec
from minixdr.schema.finding import Finding

_AT_ONCE = 2_000
"""Observations that `run` sorts together: few enough to yield findings early, many enough that sorting costs nothing."""
_END = float("inf")

Place = tuple[float, str, tuple[str, ...]]
"""What orders observations, and tells repeats: time, event id, names of the rule."""


class Correlator:
    """Takes observations, gives findings. See the package for what a correlation rule means here."""

    def __init__(
        self, specs: Sequence[CorrelationSpec], *, lateness_seconds: float, bounds: Bounds | None = None
    ) -> None:
        """Raises ValueError where rules relate each other in a circle, or a condition has too many alternatives."""
        self.specs = tuple(specs)
        self.bounds = bounds or Bounds()
        self.counters = Counters()
        self._lateness = float(lateness_seconds)
        self._timers: list[tuple[float, int, Key]] = []
        self._trackers = [
            Tracker(number, spec, extra, self.bounds, self.counters)
            for number, (spec, extra) in enumerate(zip(self.specs, outer_fields(self.specs), strict=True))
        ]
        self._readers: dict[tuple[str, ...], list[tuple[Tracker, Reader]]] = {}
        for tracker in self._trackers:
            tracker.nested = bool(self._readers_of(tracker.spec.names))
            tracker.wait = Timer(self._timers, tracker.number)
        self._waiting: dict[Place, Observation] = {}
        self._taken_to = -_END
        """Observations before this time were taken."""
        self._findings: list[Finding] = []

    def add(self, observations: Iterable[Observation]) -> list[Finding]:
        """Keep observations until the watermark passed them. Returns findings only where there is no more room to wait."""
        waiting, counters, taken_to = self._waiting, self.counters, self._taken_to
        for observation in observations:
            if observation.time is None:
                counters.timeless += 1
                continue
            seconds = observation.time.timestamp()
            if seconds < taken_to:
                counters.late += 1
                continue
            waiting[seconds, observation.event_id, observation.names] = observation
        if len(waiting) > self.bounds.waiting:
            places = sorted(waiting)
            early = places[: len(places) // 2]
            counters.early += len(early)
            self._take(early)
            self._taken_to = max(self._taken_to, early[-1][0])
        return self._given()

    def advance(self, watermark: datetime) -> list[Finding]:
        """Return the findings up to the watermark less the lateness bound. The watermark is the caller's word that nothing older is to come, not the
        time of some record."""
        return self._advance(watermark.timestamp() - self._lateness)

    def _advance(self, taken_to: float) -> list[Finding]:
        if taken_to > self._taken_to:
            self._taken_to = taken_to
            places = sorted(self._waiting)
            self._take(
                [place for place in places if place[0] < taken_to] if places and places[-1][0] >= taken_to else places
            )
            self._judge(taken_to)
        return self._given()

    def finish(self) -> list[Finding]:
        """Return the remaining findings: nothing more is to come, open frames are judged."""
        self._take(sorted(self._waiting))
        self._judge(_END)
        self._taken_to = _END
        return self._given()

    def run(self, observations: Iterable[Observation]) -> Iterator[Finding]:
        """Yield the findings of observations that come in about their order of time (within the lateness bound), to their end."""
        rest = iter(observations)
        while chunk := list(islice(rest, _AT_ONCE)):
            yield from self.add(chunk)
            times = [observation.time for observation in chunk if observation.time is not None]
            if times:
                yield from self.advance(max(times))
        yield from self.finish()

    @property
    def waits(self) -> bool:
        """Whether time alone may give findings."""
        return bool(self._waiting or self._timers)

    def _given(self) -> list[Finding]:
        findings, self._findings = self._findings, []
        return findings

    def _take(self, places: Sequence[Place]) -> None:
        waiting, timers, readers = self._waiting, self._timers, self._readers
        for place in places:
            observation = waiting.pop(place)
            seconds, names = place[0], place[2]
            if timers and timers[0][0] < seconds:
                self._judge(seconds)
            for tracker, reader in readers[names] if names in readers else self._readers_of(names):
                for conclusion in tracker.observe(seconds, observation, reader):
                    self._conclude(conclusion)

    def _readers_of(self, names: tuple[str, ...]) -> list[tuple[Tracker, Reader]]:
        found = [(tracker, reader) for tracker in self._trackers if (reader := tracker.reader(names)) is not None]
        self._readers[names] = found
        return found

    def _judge(self, until: float) -> None:
        """Judge frames that ended before the time, in the order of their ends."""
        timers = self._timers
        while timers and timers[0][0] < until:
            end, number, key = heappop(timers)
            for conclusion in self._trackers[number].judge(key, end):
                self._conclude(conclusion)

    def _conclude(self, conclusion: Conclusion) -> None:
        tracker = conclusion.tracker
        found = finding(conclusion, self.bounds.event_ids)
        if tracker.spec.reported and not conclusion.silent:
            self._findings.append(found)
        if not tracker.nested:
            return
        observation = derived(conclusion, found)
        for outer, reader in (
            self._readers_of(observation.names)
            if observation.names not in self._readers
            else self._readers[observation.names]
        ):
            if conclusion.silent and not outer.temporal:
                continue
            for further in outer.observe(conclusion.seconds, observation, reader):
                self._conclude(further)

    def notes(self) -> list[str]:
        """Return what a person should know: what was dropped, forgotten or could not be grouped."""
        return [text.format(number) for name, text in _NOTES.items() if (number := getattr(self.counters, name))]

    def save(self) -> bytes:
        """Return the whole state. Findings that were given are not in it."""
        return state.save(self._trackers, self._waiting, self._taken_to, self.counters)

    @classmethod
    def restore(
        cls, content: bytes, specs: Sequence[CorrelationSpec], *, lateness_seconds: float, bounds: Bounds | None = None
    ) -> "Correlator":
        """Return a correlator that goes on where `save` was called. A rule that changed meanwhile starts anew, which is counted.

        Raises ValueError where the content is no state."""
        correlator = cls(specs, lateness_seconds=lateness_seconds, bounds=bounds)
        restored = state.restore(content, correlator._trackers)
        correlator._taken_to = restored.taken_to
        for name in Counters.__struct_fields__:
            setattr(correlator.counters, name, getattr(restored.counters, name))
        for observation in restored.waiting:
            if observation.time is not None:
                correlator._waiting[observation.time.timestamp(), observation.event_id, observation.names] = observation
        for tracker in correlator._trackers:
            for key, group in tracker.groups.items():
                if not tracker.growing:
                    heappush(correlator._timers, (group.frame_end, tracker.number, key))
        return correlator


class Timer:
    """Remembers when a frame must be judged."""

    __slots__ = ("_number", "_timers")

    def __init__(self, timers: list[tuple[float, int, Key]], number: int) -> None:
        self._timers = timers
        self._number = number

    def __call__(self, end: float, key: Key) -> None:
        """Judge the group's frame after `end`."""
        heappush(self._timers, (end, self._number, key))


_NOTES = {
    "late": "{:,} observations came later than the lateness bound and were left out of correlation",
    "timeless": "{:,} observations without a time were left out of correlation",
    "early": "{:,} observations were correlated before all older ones had come, for want of room",
    "ungrouped": "{:,} observations had no value in a group-by field and were left out of that correlation",
    "valueless": "{:,} observations had no (numeric) value in the field that a correlation counts or sums",
    "evicted_groups": "{:,} groups of correlation rules were forgotten for want of room, those quiet longest",
    "forgotten_entries": "{:,} observations of crowded groups were forgotten for want of room, the oldest",
    "combinations": "{:,} observations with long lists in their fields were correlated by some of the elements only",
    "dropped_state": "{:,} correlation rules changed since their state was saved and started anew",
}
