"""The database's schema: where it stands, and its migrations."""

from collections.abc import Callable, Sequence
from typing import Protocol

from minixdr.ports.database import SchemaState


class Schema(Protocol):
    """The schema of one database. All raise DatabaseAwayError."""

    def state(self) -> SchemaState:
        """Return where it stands."""

    def upgrade(self, say: Callable[[str], None]) -> None:
        """Bring it to the newest revision, a line said each. Several at once wait for the first. Raises DatabaseBusyError, SchemaError."""

    def differences(self) -> Sequence[str]:
        """Return how the database differs from what this program expects of its newest revision, one line each."""


class SchemaError(Exception):
    """A migration could not be made: nothing of it was kept. The message says why."""
