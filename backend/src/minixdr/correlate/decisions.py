"""What people decided about incidents: these belong together, those do not. Later automatic joins respect it."""

from collections.abc import Iterable, Iterator
from hashlib import blake2b

import msgspec


class Together(msgspec.Struct, frozen=True, tag=True):
    """Two findings are of one incident, whatever speaks against it."""

    decision_id: str
    one: str
    two: str
    reason: str


class Apart(msgspec.Struct, frozen=True, tag=True):
    """Findings on the left are not of one incident with those on the right."""

    decision_id: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    reason: str

    def marks(self) -> Iterator[tuple[str, str]]:
        """Yield (finding id, mark)."""
        for side, names in (("left", self.left), ("right", self.right)):
            for name in names:
                yield name, f"{self.decision_id}/{side}"


Decision = Together | Apart


def together(one: str, two: str, reason: str) -> Together:
    """Return the decision; its id is made of what it says."""
    one, two = sorted((one, two))
    return Together(_id("together", (one,), (two,)), one, two, reason)


def apart(left: Iterable[str], right: Iterable[str], reason: str) -> Apart:
    """Return the decision; its id is made of what it says."""
    sides = tuple(sorted(left)), tuple(sorted(right))
    return Apart(_id("apart", *sides), *sides, reason)


def _id(kind: str, one: tuple[str, ...], two: tuple[str, ...]) -> str:
    digest = blake2b(kind.encode(), digest_size=16)
    for side in (one, two):
        digest.update(b"\0\0")
        for name in side:
            digest.update(name.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()
