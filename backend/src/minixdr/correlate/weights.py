"""How well an entity ties two findings together: by its type, how rare it is, how far apart the findings are.

The numbers are judgments, held by stories in the tests and by docs/measurements/correlation.md, not fitted to a data set.
"""

import re
from typing import NamedTuple

HOUR = 3_600.0
SLOT_SECONDS = 900
"""Findings of one rule on the same entities within a quarter of an hour are one run: a person reads them as one."""
DAY_SLOTS = 96
LONGEST_GAP_SECONDS = 72 * HOUR
"""Beyond this nothing is joined: no weight below reaches the threshold."""


class TypeWeight(NamedTuple):
    """What a type of entity is worth."""

    group: int
    """Entities of one group (a user, its e-mail address, its access key) say the same thing twice: the best one counts."""
    weight: float
    """0 to 1: of two findings close in time that share it, how likely are they one story, if nothing else is known?"""
    tau_hours: float
    """The weight falls by e in this time, for an entity on which the rules are rarely seen."""
    anchor: bool
    """A run of findings agrees in all its anchors; what is no anchor (a process, a file) differs from finding to finding."""


IDENTITY, MACHINE, ADDRESS, ARTIFACT, RULE, SCOPE = range(6)

TYPES: dict[str, TypeWeight] = {
    "access_key": TypeWeight(IDENTITY, 1.0, 48, anchor=True),
    "session": TypeWeight(IDENTITY, 1.0, 24, anchor=True),
    "user": TypeWeight(IDENTITY, 0.8, 36, anchor=True),
    "email": TypeWeight(IDENTITY, 0.8, 36, anchor=True),
    "service_account": TypeWeight(IDENTITY, 0.7, 24, anchor=True),
    "role": TypeWeight(IDENTITY, 0.3, 12, anchor=True),
    "container": TypeWeight(MACHINE, 0.9, 24, anchor=True),
    "pod": TypeWeight(MACHINE, 0.8, 24, anchor=True),
    "host": TypeWeight(MACHINE, 0.7, 24, anchor=True),
    "workload": TypeWeight(MACHINE, 0.5, 12, anchor=True),
    "address": TypeWeight(ADDRESS, 0.6, 24, anchor=True),
    "process": TypeWeight(ARTIFACT, 1.0, 24, anchor=False),
    "file_hash": TypeWeight(ARTIFACT, 0.6, 48, anchor=False),
    "certificate": TypeWeight(ARTIFACT, 0.6, 48, anchor=False),
    "domain": TypeWeight(ARTIFACT, 0.45, 24, anchor=False),
    "url": TypeWeight(ARTIFACT, 0.5, 24, anchor=False),
    "resource": TypeWeight(ARTIFACT, 0.45, 12, anchor=False),
    "file": TypeWeight(ARTIFACT, 0.3, 12, anchor=False),
    # hold everything a customer has, and so tie nothing together
    "account": TypeWeight(SCOPE, 0.0, 1, anchor=True),
    "cluster": TypeWeight(SCOPE, 0.0, 1, anchor=True),
    "namespace": TypeWeight(SCOPE, 0.0, 1, anchor=True),
}
_INSTANCE_WEIGHT = TypeWeight(MACHINE, 0.7, 24, anchor=True)
_INSTANCE = re.compile(r"i-[0-9a-f]{8,17}\Z")
"""An EC2 instance: a machine, by the name that the cloud's own log has for it."""
RULE_WEIGHT = TypeWeight(RULE, 0.45, 0.25, anchor=False)
"""A rule that is seldom seen, on several machines within minutes: one cause, even where no entity says so."""
FILE_WEIGHT = TypeWeight(RULE, 0.5, 24, anchor=False)
"""The same rule in the same file, for findings that name no entity."""

SHARED_NAMES = frozenset({
    "administrator", "admin", "root", "guest", "user", "test", "ubuntu", "ec2-user", "ec2user", "centos", "debian", "nobody", "www-data",
    "apache", "nginx", "postgres", "mysql", "oracle", "daemon", "kubernetes-admin", "system:anonymous", "defaultaccount",
})  # fmt: skip
"""Names that every machine has its own of."""
SHARED_NAME_WEIGHT = 0.15
THRESHOLD = 0.35
"""Above a domain or a file alone, below an address alone within minutes."""

LEVEL_WEIGHT = {"informational": 0.6, "low": 0.75, "medium": 0.95, "high": 1.0, "critical": 1.0}
LEVEL_TIME = {"informational": 0.1, "low": 0.25, "medium": 0.5, "high": 1.0, "critical": 1.0}
"""How long a finding of that level goes on saying something: two bad ones on a host half a day apart are hardly chance, two small ones are."""
PATIENCE = {"informational": 0.5, "low": 0.75, "medium": 1.0, "high": 2.0, "critical": 4.0}
"""How often a rule may be seen before it counts as noise."""


def weight_of(kind: str, value: str) -> TypeWeight | None:
    """Return what an entity is worth, None for one of an unknown type."""
    if kind == "resource" and _INSTANCE.match(value):
        return _INSTANCE_WEIGHT
    return TYPES.get(kind)


def noun(kind: str, value: str) -> str:
    """Return what a person calls an entity of this type: `access key`."""
    return "instance" if kind == "resource" and _INSTANCE.match(value) else kind.replace("_", " ")


def repetition(slots: int, patience: float) -> tuple[float, float]:
    """Return (weight, time) factors of a rule that was seen on an entity in so many quarter hours of three days.

    Rules that are seen there again and again say little about each other: first only over short gaps, then not at all.
    """
    seen = (slots - 1) / patience
    return 1.0 / (1.0 + (seen / 24.0) ** 2), 1.0 / (1.0 + seen / 4.0)


def calm(slots: int) -> float:
    """Return the time factor of an entity on which rules are seen in so many quarter hours of three days: three hours' worth is one story."""
    return 12.0 / max(12, slots)


def breadth(others: int) -> float:
    """Return the factor of an entity seen with so many others in three days: eight are a story, hundreds are a hub."""
    return min(1.0, 8.0 / others) if others else 1.0


def noise(slots: int, entities: int, patience: float) -> float:
    """Return the factor of a rule that is seen all day, on machine after machine."""
    often = (slots / (32.0 * patience)) ** 2
    many = (entities / (15.0 * patience)) ** 2
    return 1.0 - often / (1.0 + often) * many / (1.0 + many)
