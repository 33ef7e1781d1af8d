"""What is kept of one group of one correlation rule, and what that adds up to."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from math import ceil, fsum
from typing import Any, NamedTuple

from minixdr.detect.kinds.sigma_correlation.observation import Observation
from minixdr.detect.kinds.sigma_correlation.reading import Key

NEVER = float("-inf")
_LAST_SEEN = 4
"""Events of each related rule whose entities a finding carries: enough to name who and where, few enough to keep for every group."""


class Entry(NamedTuple):
    """An observation in a group's time frame."""

    seconds: float
    event_ids: str | tuple[str, ...]
    place: int
    """Which of the related rules."""
    value: tuple[Any, ...]
    """Numbers, or texts of distinct values in lower case."""
    extra: tuple[tuple[str, ...], ...]
    """Values of fields that correlation rules over this one read."""


Seen = tuple[float, Observation]
"""An event that a finding tells of, and its time."""


class Group:
    """One group."""

    __slots__ = (
        "best",
        "counts",
        "entries",
        "frame_end",
        "last",
        "seen",
        "shown",
        "silent_until",
        "size",
        "total",
        "touched",
    )

    def __init__(self, shown: Key, places: int) -> None:
        self.shown = shown
        """The group-by values as first written."""
        self.entries: deque[Entry] = deque()
        self.size = 0
        """Entries that came, those forgotten for want of room too."""
        self.counts: dict[Any, int] = {}
        """Distinct value, or place of a related rule -> how often."""
        self.total: int | float = 0
        self.silent_until = NEVER
        self.frame_end = NEVER
        self.seen: list[deque[Seen]] = [deque(maxlen=_LAST_SEEN) for _ in range(places)]
        self.touched = NEVER
        """When an entry came last."""
        self.last = [NEVER] * places
        """When each related rule last occurred."""
        self.best: list[list[float]] = []
        """For each chain of temporal_ordered, the latest start of its first 1, 2, ... steps."""

    def shown_key(self) -> Key:
        """Return the group-by values in lower case: what tells groups apart."""
        return tuple([part.lower() for part in self.shown])

    def latest(self) -> Seen:
        """Return the last event."""
        return max((each[-1] for each in self.seen if each), key=_seconds)

    def all_seen(self, since: float) -> list[Seen]:
        """Return the kept events since the time, in time order."""
        return sorted((seen for each in self.seen for seen in each if seen[0] >= since), key=_seconds)


def _seconds(seen: Seen) -> float:
    return seen[0]


def count(counts: dict[Any, int], keys: Iterable[Any]) -> None:
    """Add one for each key."""
    for key in keys:
        counts[key] = counts.get(key, 0) + 1


def discount(counts: dict[Any, int], keys: Iterable[Any]) -> None:
    """Take one away for each key; what is at none is gone."""
    for key in keys:
        if counts[key] == 1:
            del counts[key]
        else:
            counts[key] -= 1


def average(numbers: Sequence[int | float]) -> float:
    """Return the arithmetic mean."""
    return fsum(numbers) / len(numbers)


def median(numbers: Sequence[int | float]) -> int | float:
    """Return the middle number, the mean of the two middle ones where there is none."""
    ordered = sorted(numbers)
    half, odd = divmod(len(ordered), 2)
    return ordered[half] if odd else (ordered[half - 1] + ordered[half]) / 2


def percentile(numbers: Sequence[int | float], percent: int) -> int | float:
    """Return the nearest-rank percentile: the smallest number that at least that many percent do not exceed."""
    ordered = sorted(numbers)
    return ordered[max(0, ceil(percent * len(ordered) / 100) - 1)]


def shares(counts: Mapping[Any, int]) -> dict[Any, float]:
    """Return each value's share of all, in percent."""
    total = sum(counts.values())
    return {value: 100 * number / total for value, number in counts.items()}


def advance_chain(chain: Sequence[int], best: list[float], last: Sequence[float], place: int, seconds: float) -> None:
    """Take an event of a related rule into the chain: `best[k]` is the latest start of its first k + 1 steps."""
    if len(set(chain)) < len(chain):  # a rule that must occur twice: one event cannot be both steps
        for step in range(len(chain) - 1, -1, -1):
            if chain[step] == place:
                best[step] = max(best[step], best[step - 1] if step else seconds)
        return
    for step, wanted in enumerate(chain):
        if last[wanted] == seconds:  # events of one time count as in order, whichever was taken first
            best[step] = max(best[step], best[step - 1] if step else seconds)


def longest_chain(entries: Iterable[Entry], order: Sequence[int]) -> int:
    """Return how many steps of the order occurred one after the other, steps left out allowed."""
    times: list[list[float]] = [sorted(e.seconds for e in entries if e.place == place) for place in order]
    ends = [NEVER]  # ends[n]: the earliest end of a chain of n steps
    used: list[Counter[int]] = [Counter()]
    for place, at in zip(order, times, strict=True):
        for length in range(len(ends) - 1, -1, -1):
            again = used[length][place]
            found = next((t for t in at if (t > ends[length] if again else t >= ends[length])), None)
            if found is None:
                continue
            if length + 1 == len(ends):
                ends.append(found)
                used.append(used[length] + Counter([place]))
            elif found < ends[length + 1]:
                ends[length + 1] = found
                used[length + 1] = used[length] + Counter([place])
    return len(ends) - 1
