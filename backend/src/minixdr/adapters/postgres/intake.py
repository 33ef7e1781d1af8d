"""What workers write: receipts, staged files, findings with their entities, signals, dead letters. Many rows in one statement each."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import Table, delete, func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from minixdr.adapters.postgres.tables.findings import entities, finding_entities, findings, signals
from minixdr.adapters.postgres.tables.intake import dead_letters, lake_outbox, receipts, sources
from minixdr.adapters.postgres.tables.work import outbox
from minixdr.adapters.postgres.work import Work
from minixdr.app.event_document import event_document
from minixdr.ports.lake import StagedFile
from minixdr.ports.stores.entities import entity_id
from minixdr.ports.stores.intake import BatchReceipt, DeadLetter, KeptFinding, Signal

_MOST_ENTITIES = 100
"""Of one finding: a list in a record may be as long as its sender likes."""
_ROWS = 500
"""Of one statement: PostgreSQL takes 65,535 parameters."""
_COUNTS = ("received", "events", "skipped", "malformed", "duplicates")
T = TypeVar("T")
_NOTIFY = text("SELECT pg_notify('minixdr_changes', :organization_id)")


class PostgresIntake:
    """Implements ports.stores.intake.Intake."""

    def __init__(self, work: Work) -> None:
        self._work = work

    @property
    def _organization_id(self) -> UUID:
        organization_id = self._work.scope.organization_id
        if organization_id is None:
            raise ValueError("intake is an organization's: the transaction has none")
        return organization_id

    async def add_receipt(self, receipt: BatchReceipt) -> bool:
        """Keep a receipt; see ports.stores.intake."""
        counts = msgspec.structs.asdict(receipt.account)
        row = {
            "organization_id": self._organization_id,
            "batch_id": receipt.batch_id,
            "door": receipt.door,
            "origin": receipt.origin,
            "received_at": receipt.received_at,
            "processed_at": receipt.processed_at,
            "sources": dict(receipt.sources),
            "issues": [msgspec.structs.asdict(reason) for reason in receipt.reasons],
            "token_id": None if receipt.token_id is None else UUID(receipt.token_id),
            "first_at": receipt.first_at,
            "last_at": receipt.last_at,
            **counts,
        }
        added = await self._work.execute(
            upsert(receipts).values(row).on_conflict_do_nothing().returning(receipts.c.batch_id)
        )
        if added.first() is None:
            return False
        await self._count_sources(receipt)
        return True

    async def _count_sources(self, receipt: BatchReceipt) -> None:
        """What was not recognised counts for the source without a name."""
        account = receipt.account
        rows = [
            self._source(receipt, name, {"received": events, "events": events})
            for name, events in sorted(receipt.sources.items())
        ]
        rest = {
            "received": account.received - account.events,
            "skipped": account.skipped,
            "malformed": account.malformed,
            "duplicates": account.duplicates,
        }
        if rest["received"]:
            rows.insert(0, self._source(receipt, "", rest))
        if not rows:
            return
        statement = upsert(sources).values(rows)
        new = statement.excluded
        added: dict[str, Any] = {name: sources.c[name] + new[name] for name in _COUNTS}
        await self._work.execute(
            statement.on_conflict_do_update(
                index_elements=[sources.c.organization_id, sources.c.name, sources.c.door],
                set_={
                    **added,
                    "token_id": new.token_id,
                    "last_seen_at": func.greatest(sources.c.last_seen_at, new.last_seen_at),
                    "last_event_at": func.greatest(sources.c.last_event_at, new.last_event_at),
                },
            )
        )

    def _source(self, receipt: BatchReceipt, name: str, counts: Mapping[str, int]) -> dict[str, Any]:
        return {
            "organization_id": self._organization_id,
            "name": name,
            "door": receipt.door,
            "token_id": None if receipt.token_id is None else UUID(receipt.token_id),
            "first_seen_at": receipt.received_at,
            "last_seen_at": receipt.received_at,
            "last_event_at": receipt.last_at if name else None,
            **{count: counts.get(count, 0) for count in _COUNTS},
        }

    async def add_staged(self, staged: StagedFile, batch_id: str) -> None:
        """Tell the committer of a staged file."""
        await self._work.execute(
            upsert(lake_outbox)
            .values(
                organization_id=self._organization_id,
                name=staged.name,
                rows=staged.rows,
                size_bytes=staged.size_bytes,
                first_at=staged.first_at,
                last_at=staged.last_at,
                batch_id=batch_id,
            )
            .on_conflict_do_nothing()
        )

    async def add_findings(self, kept: Sequence[KeptFinding]) -> Sequence[str]:
        """Keep findings; see ports.stores.intake."""
        new: list[str] = []
        for part in _parts(kept):
            statement = upsert(findings).values([self._finding(each) for each in part])
            added = await self._work.execute(statement.on_conflict_do_nothing().returning(findings.c.finding_id))
            new.extend(added.scalars())
        fresh = set(new)
        told = [each for each in kept if each.finding.finding_id in fresh]
        if told:
            await self._add_entities(told)
            await self._tell(told)
        return new

    def _finding(self, kept: KeptFinding) -> dict[str, Any]:
        finding, analytic = kept.finding, kept.finding.analytic
        return {
            "organization_id": self._organization_id,
            "finding_id": finding.finding_id,
            "analytic": msgspec.to_builtins(analytic),
            "rule_id": analytic.rule_id,
            "title": analytic.title,
            "level": analytic.level,
            "kind": analytic.kind,
            "tactics": list(analytic.tactics),
            "techniques": list(analytic.techniques),
            "source": finding.source,
            "time": kept.time,
            "event_ids": list(finding.event_ids),
            "entities": [msgspec.to_builtins(entity) for entity in finding.entities[:_MOST_ENTITIES]],
            "matched": dict(finding.matched),
            "event": None if finding.event is None else event_document(finding.event),
            "batch_id": kept.batch_id,
            "file": finding.file,
            "record": finding.record,
            "state": kept.state,
            "suppressed_by": None if kept.suppressed_by is None else UUID(kept.suppressed_by),
        }

    async def _add_entities(self, kept: Sequence[KeptFinding]) -> None:
        """Note who the findings are about; rows in the order of their keys, so that two workers do not wait for each other in a circle."""
        named: dict[str, dict[str, Any]] = {}
        links: dict[tuple[str, str, str], dict[str, Any]] = {}
        for each in kept:
            counted: set[str] = set()
            for entity in each.finding.entities[:_MOST_ENTITIES]:
                key = entity_id(entity.type, entity.value)
                links[key, each.finding.finding_id, entity.role] = {
                    "organization_id": self._organization_id,
                    "entity_id": key,
                    "finding_id": each.finding.finding_id,
                    "role": entity.role,
                    "time": each.time,
                }
                row = named.setdefault(
                    key,
                    {
                        "organization_id": self._organization_id,
                        "entity_id": key,
                        "type": entity.type,
                        "value": entity.value,
                        "first_seen_at": each.time,
                        "last_seen_at": each.time,
                        "findings": 0,
                    },
                )
                row["first_seen_at"] = min(row["first_seen_at"], each.time)
                row["last_seen_at"] = max(row["last_seen_at"], each.time)
                if key not in counted and each.state == "open":
                    counted.add(key)
                    row["findings"] += 1
        for part in _parts([named[key] for key in sorted(named)]):
            statement = upsert(entities).values(part)
            new = statement.excluded
            await self._work.execute(
                statement.on_conflict_do_update(
                    index_elements=[entities.c.organization_id, entities.c.entity_id],
                    set_={
                        "findings": entities.c.findings + new.findings,
                        "first_seen_at": func.least(entities.c.first_seen_at, new.first_seen_at),
                        "last_seen_at": func.greatest(entities.c.last_seen_at, new.last_seen_at),
                        "updated_at": func.now(),
                    },
                )
            )
        await self._insert(finding_entities, list(links.values()))

    async def _tell(self, kept: Sequence[KeptFinding]) -> None:
        rows = [
            {
                "organization_id": self._organization_id,
                "topic": "finding.created",
                "payload": {
                    "finding_id": each.finding.finding_id,
                    "rule_id": each.finding.analytic.rule_id,
                    "title": each.finding.analytic.title,
                    "level": each.finding.analytic.level,
                    "source": each.finding.source,
                    "state": each.state,
                    "time": each.time.isoformat(),
                },
            }
            for each in kept
        ]
        await self._insert(outbox, rows)
        await self._work.execute(_NOTIFY, {"organization_id": str(self._organization_id)})

    async def add_signals(self, given: Sequence[Signal]) -> None:
        """Hand signals to the correlator."""
        rows = [{"organization_id": self._organization_id, **msgspec.structs.asdict(signal)} for signal in given]
        await self._insert(signals, rows)

    async def add_dead_letter(self, letter: DeadLetter) -> None:
        """Keep a batch that cannot be worked on, whole."""
        await self._work.execute(
            insert(dead_letters).values(
                organization_id=self._organization_id, failed_at=func.now(), **msgspec.structs.asdict(letter)
            )
        )

    async def take_signals(self, most: int) -> Sequence[Signal]:
        """Take the oldest signals away."""
        oldest = select(signals.c.seq).order_by(signals.c.time, signals.c.seq).limit(most)
        columns = (signals.c.kind, signals.c.time, signals.c.payload, signals.c.finding_id)
        taken = await self._work.execute(delete(signals).where(signals.c.seq.in_(oldest)).returning(*columns))
        return sorted(
            (Signal(row.kind, row.time, row.payload, row.finding_id) for row in taken),
            key=lambda signal: (signal.time, signal.finding_id or ""),
        )

    async def _insert(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        for part in _parts(rows):
            await self._work.execute(upsert(table).values(list(part)).on_conflict_do_nothing())


def _parts(items: Sequence[T]) -> Iterator[list[T]]:
    for start in range(0, len(items), _ROWS):
        yield list(items[start : start + _ROWS])
