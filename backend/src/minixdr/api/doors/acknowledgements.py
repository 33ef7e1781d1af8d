"""Splunk HEC's acknowledgement ids: given per token and channel, true once, then forgotten.

An id is given when the records of its request are on disk, so each id that is remembered is true. They live in this process alone: after a restart,
or at another process, an id is unknown, thus false, and the sender sends again what the platform then knows as repeated.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

_MOST_CHANNELS = 1_000
"""Of one token; beyond them the one used longest ago is forgotten."""
_MOST_TOKENS = 1_000
_MOST_IDS = 10_000
"""Of one channel that nobody asked for: the oldest are forgotten."""


@dataclass(slots=True)
class _Channel:
    next: int = 0
    open: "OrderedDict[int, None]" = field(default_factory=OrderedDict)


class Acknowledgements:
    """What this process acknowledged and was not asked for yet."""

    def __init__(self) -> None:
        self._tokens: OrderedDict[UUID, OrderedDict[str, _Channel]] = OrderedDict()

    def give(self, token_id: UUID, channel: str) -> int:
        """Return a new id of the channel."""
        channels = self._tokens.setdefault(token_id, OrderedDict())
        self._tokens.move_to_end(token_id)
        found = channels.setdefault(channel, _Channel())
        channels.move_to_end(channel)
        number, found.next = found.next, found.next + 1
        found.open[number] = None
        for memory, most in ((found.open, _MOST_IDS), (channels, _MOST_CHANNELS), (self._tokens, _MOST_TOKENS)):
            while len(memory) > most:
                memory.popitem(last=False)
        return number

    def query(self, token_id: UUID, channel: str, numbers: Sequence[int]) -> dict[str, bool]:
        """Return for each id whether it is acknowledged; what is returned true is forgotten."""
        channels = self._tokens.get(token_id)
        found = None if channels is None else channels.get(channel)
        answers = {str(number): found is not None and number in found.open for number in numbers}
        if found is not None:
            for number in numbers:
                found.open.pop(number, None)
        return answers
