"""What a simulation needs from outside: files to write."""

from typing import Protocol


class SimulatedFiles(Protocol):
    """An empty folder."""

    def append(self, path: str, content: bytes) -> None:
        """Add the content to the end of the file at this path (relative, with /); create it and its folders where absent."""
        ...
