"""What an organization receives: which kinds of records came in the last days, and which fields they had.

The newest records of each kind of event (log source, class, event code, operation) are read once more and recognised as they were when they
came: so it is known which Sigma log sources they are and which fields rules can read of them. A sample: a field that only old or rare records
have may be missed, and that is said.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from minixdr.app.lake.read import files_for
from minixdr.app.platform import Platform
from minixdr.detect.record_fields import RecordFields, record_fields
from minixdr.detect.routes import plain_key
from minixdr.ingest.repair import Malformed, parse_json
from minixdr.normalize.catalog import all_sources
from minixdr.ports.database import Scope
from minixdr.ports.hunting import Hunter, HuntInput, StoredRecord, Watch
from minixdr.ports.stores.receipts import SourceRow
from minixdr.schema.event import LogSource

DAYS = 7
EACH = 20
"""Records of a kind."""
MOST_KINDS = 1_000
_SECONDS = 300.0
"""How long a sample is believed."""
_MOST_PATHS = 2_000
"""Fields of a kind of records: whoever sends ever new names makes us see no more of them."""
_DEEPEST = 12
Parts = tuple[str | None, str | None, str | None]


class Kind:
    """Events of a group that are alike in what chooses their rules: channel and event id, event name."""

    def __init__(self, key: tuple[Any, ...] | None) -> None:
        self.key = key
        """The values of the group's key fields; None where these are lists or objects."""
        self.last_at: datetime | None = None
        """Time of the newest."""
        self.fields: set[str] = set()
        """Names of fields with a value, as the record has them; nested ones with dots."""


class Group:
    """Records that rules meet in the same way: of one log source, written in one way, of the same Sigma log sources."""

    def __init__(self, source: str, first: RecordFields) -> None:
        self.source = source
        self.log_sources = first.log_sources
        self.key_fields = first.lane.keys
        self.records = 0
        self.kinds: dict[tuple[Any, ...] | None, Kind] = {}
        self._first = first

    def add(self, record: RecordFields, at: datetime) -> None:
        """Take what a record has."""
        self.records += 1
        key = record.key if plain_key(record.key) else None
        typed = None if key is None else tuple((type(value), value) for value in key)
        kind = self.kinds.setdefault(typed, Kind(key))
        kind.last_at = at if kind.last_at is None else max(kind.last_at, at)
        if len(kind.fields) < _MOST_PATHS:
            _add_fields(record.fields, "", 0, kind.fields)

    def names(self, wanted: LogSource) -> Mapping[str, str] | None:
        """Return rule author's field name -> the record's, where they differ; None where rules of this log source do not meet it."""
        return self._first.names(wanted)


class Met(msgspec.Struct, frozen=True):
    """Events that rules of a log source meet, and how these read them."""

    kind: Kind
    names: Mapping[str, str]
    key_fields: tuple[str, ...]

    def has(self, field: str) -> bool:
        """Return whether some of the records had a value there."""
        return self.names.get(field, field) in self.kind.fields

    def place(self, field: str) -> int | None:
        """Return the place in the kind's key of a rule's field, None where it is not in there."""
        name = self.names.get(field, field)
        return self.key_fields.index(name) if self.kind.key is not None and name in self.key_fields else None


class Sees(msgspec.Struct, frozen=True):
    """What rules of one Sigma log source meet."""

    kinds: Sequence[Met]
    sources: Sequence[str]
    """The log sources of the records."""

    def has(self, field: str) -> bool:
        """Return whether some record had a value there."""
        return any(met.has(field) for met in self.kinds)


class Received:
    """What came in the last days."""

    def __init__(self, at: datetime, groups: Sequence[Group], sources: Iterable[SourceRow]) -> None:
        self.at = at
        self.groups = groups
        self.records = sum(group.records for group in groups)
        """How many were looked at."""
        self.last_received: dict[str, datetime] = {}
        for row in sources:
            if row.name:
                self.last_received[row.name] = max(row.last_seen_at, self.last_received.get(row.name, row.last_seen_at))
        self._sees: dict[Parts, Sees] = {}

    def sees(self, wanted: LogSource) -> Sees:
        """Return what rules of this log source meet."""
        parts = (wanted.category, wanted.product, wanted.service)
        known = self._sees.get(parts)
        if known is None:
            groups = [(group, names) for group in self.groups if (names := group.names(wanted)) is not None]
            kinds = [Met(kind, names, group.key_fields) for group, names in groups for kind in group.kinds.values()]
            known = self._sees[parts] = Sees(kinds, sorted({group.source for group, _ in groups}))
        return known


async def received(platform: Platform, scope: Scope) -> Received:
    """Return what the organization receives, as it was at most five minutes ago. Raises what hunts raise."""
    key = "received", str(scope.organization_id)
    return await platform.remembered.get(key, _SECONDS, lambda: _received(platform, scope))


async def _received(platform: Platform, scope: Scope) -> Received:
    now = platform.now()
    since = now - timedelta(days=DAYS)
    async with platform.database.transaction(scope) as tx:
        sources = await tx.receipts.sources()
        span = await tx.receipts.span(since)
    if span is None or scope.organization_id is None or platform.lake is None or platform.hunting is None:
        return Received(now, [], sources)
    first_at, before = span[0], span[1] + timedelta(seconds=1)
    found = await files_for(platform.database, platform.lake, scope.organization_id, first_at, before)
    given = HuntInput(str(scope.organization_id), first_at, before, found.files, found.staged)

    def work(hunter: Hunter, watch: Watch) -> list[Group]:
        return grouped(record for part in hunter.samples(given, since, EACH, MOST_KINDS, watch) for record in part)

    return Received(now, await platform.hunting.work(given.organization_id, work), sources)


def grouped(records: Iterable[StoredRecord]) -> list[Group]:
    """Return the records in groups that rules meet in the same way. What no source of this version reads is left out."""
    sources = {source.name: source for source in all_sources()}
    groups: dict[tuple[object, ...], Group] = {}
    for record in records:
        source, body = sources.get(record.source), _body(record)
        read = None if source is None or body is None else record_fields(source, body)
        if read is None:
            continue
        key = record.source, read.lane.shape.name, *map(_identity, read.log_sources)
        group = groups.get(key)
        if group is None:
            group = groups[key] = Group(record.source, read)
        group.add(read, record.time if record.time.tzinfo is not None else record.time.replace(tzinfo=UTC))
    return list(groups.values())


def _identity(source: LogSource) -> tuple[object, ...]:
    return source.category, source.product, source.service, *sorted(source.field_names.items())


def _body(record: StoredRecord) -> dict[str, Any] | None:
    if record.body is not None:
        return dict(record.body)
    if record.format != "json":
        return {"message": record.raw.decode("utf-8", "replace")}
    try:
        body: dict[str, Any] = parse_json(record.raw)
    except Malformed:
        return None  # an older version read it
    return body


def _add_fields(node: Mapping[str, Any], above: str, depth: int, found: set[str]) -> None:
    for name, value in node.items():
        path = f"{above}.{name}" if above else str(name)
        _add_value(value, path, depth, found)


def _add_value(value: Any, path: str, depth: int, found: set[str]) -> None:
    if value is None or value == "" or len(found) >= _MOST_PATHS or depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value[:EACH]:
            _add_value(item, path, depth + 1, found)
        return
    found.add(path)
    if isinstance(value, Mapping):
        _add_fields(value, path, depth + 1, found)
