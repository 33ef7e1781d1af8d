"""What a process still has to do before it can serve, part by part: for `/startupz`, and for `/readyz` until then."""

from collections.abc import Mapping


class Startup:
    """The parts that are not there yet. None: the process has started."""

    def __init__(self) -> None:
        self._pending: dict[str, str] = {}

    @property
    def pending(self) -> Mapping[str, str]:
        """What is still to be done, by part."""
        return dict(self._pending)

    def add(self, part: str, words: str) -> None:
        """Say what is still to be done of a part, in words that anybody may read."""
        self._pending[part] = words

    def done(self, part: str) -> None:
        """Say that a part is there."""
        self._pending.pop(part, None)
