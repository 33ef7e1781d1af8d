"""Where findings are: their frames lie in spools, a few numbers for each in memory, so that a scan can find a million."""

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import merge

import msgspec

from minixdr.app.scan.frames import key_of_frame
from minixdr.correlate.key import FindingKey
from minixdr.ports.scan import Spools
from minixdr.schema.finding import Analytic


@dataclass(slots=True)
class Places:
    """Frames of one process, in the order they were written: a spool and positions in it."""

    spool: str
    positions: "array[int]" = field(default_factory=lambda: array("Q"))


@dataclass(slots=True)
class Observed:
    """Observations of one process: when (seconds since 1970), and where in its spool."""

    spool: str
    seconds: "array[float]" = field(default_factory=lambda: array("d"))
    positions: "array[int]" = field(default_factory=lambda: array("Q"))

    def in_order(self) -> Iterator[tuple[float, str, int]]:
        """Yield (seconds, spool, position) by time."""
        for place in sorted(range(len(self.seconds)), key=self.seconds.__getitem__):
            yield self.seconds[place], self.spool, self.positions[place]


def in_order(parts: list[Observed]) -> Iterator[tuple[float, str, int]]:
    """Yield all observations by time."""
    return merge(*(part.in_order() for part in parts))


class Found(msgspec.Struct, frozen=True, gc=False):
    """A finding, and where its frame is."""

    finding_id: str
    rule_id: str
    seconds: float | None
    spool: str
    position: int


class AllFound:
    """Every finding of a scan, in the order of files and records; those of correlation rules last."""

    def __init__(self) -> None:
        self.analytics: dict[str, Analytic] = {}
        """By rule id, those that found something."""
        self.counts: Counter[str] = Counter()
        """By rule id, without repeats."""
        self._found: list[Found] = []
        self._known: set[str] = set()

    def __len__(self) -> int:
        return len(self._found)

    @property
    def repeats(self) -> int:
        """How many of them were found before: the same event read again, from another file or a copy of it."""
        return len(self._found) - len(self._known)

    def __iter__(self) -> Iterator[Found]:
        return iter(self._found)

    def take(self, places: Places, spools: Spools) -> Iterator[FindingKey]:
        """Add findings; yield the key of each as it is added, so that no more than one is in memory."""
        for position in places.positions:
            key = key_of_frame(spools.read(places.spool, position))
            rule_id = self.analytics[key.rule_id].rule_id  # one text for all findings of a rule
            self._found.append(Found(key.finding_id, rule_id, key.seconds, places.spool, position))
            if key.finding_id not in self._known:
                self._known.add(key.finding_id)
                self.counts[rule_id] += 1
            yield key
