"""Who takes part in a run: its anchors and their roles. Many runs share one cast, so what follows from it is worked out once."""

from collections.abc import Sequence

from minixdr.correlate.weights import ADDRESS, IDENTITY, MACHINE, SCOPE, TypeWeight

ACTOR = 2
"""Role code of an actor."""
COUNTED = {IDENTITY: (MACHINE,), MACHINE: (IDENTITY, ADDRESS), ADDRESS: (IDENTITY, MACHINE)}
"""Whose number makes an entity a hub: a user on many machines, a machine with many visitors, an address with many users or targets."""


class Cast:
    """Anchors and roles."""

    __slots__ = ("actors", "anchors", "codes", "identities", "listed", "machines", "others", "reached", "seen_by")

    def __init__(self, codes: tuple[int, ...], kinds: Sequence[TypeWeight]) -> None:
        numbers = sorted({code >> 2 for code in codes})
        self.codes = codes
        """number * 4 + role, sorted."""
        self.anchors = tuple(number for number in numbers if kinds[number].group != SCOPE)
        """Entity numbers, without those that hold everything of a customer."""
        self.listed = self.anchors or tuple(numbers)
        """What findings of one rule are listed by: where there is nothing better, the account."""
        self.actors = frozenset(code >> 2 for code in codes if code & 3 == ACTOR).intersection(self.anchors)
        self.identities = frozenset(number for number in self.actors if kinds[number].group == IDENTITY)
        """Those that act."""
        self.machines = tuple(number for number in self.anchors if kinds[number].group == MACHINE)
        self.others = tuple(self._others(kinds))
        """(entity * 8 + group of the other, the other) for each pair that counts towards a hub."""
        self.reached = tuple(
            (actor, other)
            for actor in sorted(self.actors)
            for other in self.anchors
            if other != actor and (other not in self.actors or kinds[other].group == IDENTITY)
        )
        """(actor, what it acts on)."""
        self.seen_by = self.machines or tuple(number for number in self.anchors if kinds[number].group == IDENTITY)
        """Whose number makes an artifact a hub, or a rule noise."""

    def _others(self, kinds: Sequence[TypeWeight]) -> list[tuple[int, int]]:
        others = []
        for number in self.anchors:
            counted = COUNTED[kinds[number].group]
            visited = kinds[number].group == MACHINE
            for other in self.anchors:
                group = kinds[other].group
                if other != number and group in counted and (not visited or other in self.actors):
                    others.append((number * 8 + group, other))
        return others
