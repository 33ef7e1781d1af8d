"""What a simulation is made of: records placed in time and in a log, and the truth about those of an attack."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from minixdr.simulate.world import World


class Log(NamedTuple):
    """One log: what writes it, and whose it is (a region, a cluster, a host)."""

    kind: str
    """A key of `placement.KINDS`."""
    name: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an attack."""

    number: int
    title: str
    tactic: str
    """ATT&CK tactic id."""
    technique: str
    """ATT&CK technique id, of version 19."""


class Item(NamedTuple):
    """One record: when (seconds since 1970), where, its bytes, and the attack step it belongs to."""

    time: float
    log: Log
    content: bytes
    step: Step | None = None


Source = Callable[[Random, float, int], Iterator[Item]]
"""Given a generator of random numbers, an hour's start and a count: so many records within that hour, in any order."""


@dataclass(frozen=True, slots=True)
class Noise:
    """Ordinary days of one kind of log. Each module of `noise/` exports `NOISE`."""

    name: str
    share: float
    """Its part of all ordinary records."""
    build: Callable[[World], Source]


def serial(time: float, counter: int) -> int:
    """Return a number that grows with time and is unique among a thousand records of a second."""
    return int(time) % 1_000_000 * 1_000 + counter % 1_000
