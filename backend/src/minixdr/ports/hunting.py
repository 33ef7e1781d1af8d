"""Running hunts over the lake's files."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from minixdr.schema.hunt import Attribute, Kind, Query


class HuntInput(msgspec.Struct, frozen=True):
    """What a hunt reads: one organization's events of a time range."""

    organization_id: str
    first_at: datetime
    before: datetime
    files: Sequence[str]
    """Parquet files, as DuckDB takes their addresses; they may hold rows of other organizations and times."""
    staged: Any
    """A pyarrow.Table of rows that are in none of the files; None where there are none."""


class ResultColumn(msgspec.Struct, frozen=True):
    """A column of a result."""

    name: str
    kind: Kind
    """ANY: a JSON object or list."""


class HuntResult(msgspec.Struct, frozen=True):
    """What a hunt found."""

    columns: Sequence[ResultColumn]
    rows: Sequence[Sequence[Any]]
    """Texts, numbers, booleans, aware UTC times; lists of them; None where an event has no value."""
    truncated: bool
    """There are more rows than were asked for."""
    elapsed_seconds: float


class Watch(Protocol):
    """Ends a hunt before its time."""

    @property
    def timeout_seconds(self) -> float:
        """How long the hunt may take."""

    def on_stop(self, stop: Callable[[], None] | None) -> None:
        """Remember what to call, from any thread, when nobody waits any more (None: nothing runs now); call it at once where that is so already."""


class StoredRecord(msgspec.Struct, frozen=True):
    """A record as the lake keeps it, to be read again."""

    event_id: str
    time: datetime
    source: str
    format: str
    origin: str
    number: int
    raw: bytes
    body: Mapping[str, Any] | None
    """What the format decoded, where raw does not say it by itself."""


class ExportForm(StrEnum):
    """Forms of a file."""

    CSV = "csv"
    """RFC 4180 with a header. A text that a spreadsheet would run as a formula has a ' before it."""
    JSONL = "jsonl"
    """One JSON object a line."""
    PARQUET = "parquet"
    """Columns as the lake has them."""


class Hunter(Protocol):
    """Runs checked queries. Methods block: call them in a thread. All raise HuntStoppedError, HuntTooLongError, HuntTooLargeError, LakeAwayError."""

    def regex_error(self, pattern: str) -> str | None:
        """Return why the engine cannot run the regular expression, None where it can."""

    def run(self, query: Query, given: HuntInput, most_rows: int, watch: Watch) -> HuntResult:
        """Return what the query finds, no more rows than that."""

    def export(self, query: Query, given: HuntInput, form: ExportForm, most_rows: int, watch: Watch) -> Iterator[bytes]:
        """Yield what the query finds as the parts of a file, in the order of the query, no more rows than that."""

    def count(self, query: Query, given: HuntInput, most_rows: int, watch: Watch) -> int:
        """Return how many rows the query has, counting no further than this."""

    def records(self, sources: Sequence[str], given: HuntInput, watch: Watch) -> Iterator[Sequence[StoredRecord]]:
        """Yield the records of these log sources (none: of all), a few thousand at a time, in any order."""

    def samples(
        self, given: HuntInput, received_since: datetime, each: int, most_kinds: int, watch: Watch
    ) -> Iterator[Sequence[StoredRecord]]:
        """Yield the newest records of each kind of event (log source, class, event code, operation) that was received since then, `each` of
        a kind at most; the kinds met most often, so many at most."""

    def values(
        self, attribute: Attribute, prefix: str, given: HuntInput, most: int, watch: Watch
    ) -> Sequence[tuple[str, int]]:
        """Return the most frequent values that begin with the prefix, in whatever case, and how often each occurs."""


class HuntStoppedError(Exception):
    """Nobody waits for the result any more."""


class HuntTooLongError(Exception):
    """The hunt did not end in time."""


class HuntTooLargeError(Exception):
    """The hunt needs more memory or disk than hunts may use."""
