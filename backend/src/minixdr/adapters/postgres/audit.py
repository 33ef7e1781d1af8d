"""The audit log in PostgreSQL: the serving role may add and read, nothing else."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import orjson
from sqlalchemy import ColumnElement, insert, select, text

from minixdr.adapters.postgres.json import dumps
from minixdr.adapters.postgres.rows import columns, read, read_optional
from minixdr.adapters.postgres.tables.columns import storable
from minixdr.adapters.postgres.tables.work import audit_checkpoints, audit_log
from minixdr.adapters.postgres.work import Work
from minixdr.ports.stores.audit import (
    GENESIS,
    AuditCheckpoint,
    AuditEntry,
    AuditFilter,
    AuditVerdict,
    Signer,
    chained,
    signed_part,
)

_ENTRY = columns(audit_log, AuditEntry)
_CHECKPOINT = columns(audit_checkpoints, AuditCheckpoint)
_PAGE = 2_000
_MOST_PROBLEMS = 100
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('audit ' || :organization_id, 0))")


class PostgresAuditLog:
    """Implements ports.stores.audit.AuditLog."""

    def __init__(self, work: Work) -> None:
        self._work = work

    @property
    def _organization_id(self) -> UUID:
        organization_id = self._work.scope.organization_id
        if organization_id is None:
            raise ValueError("an audit log is an organization's: the transaction has none")
        return organization_id

    async def add(
        self, action: str, target: str, details: Mapping[str, Any] | None = None, *, at: datetime
    ) -> AuditEntry:
        """Add an entry. What is hashed is what will be read back: the database's text, its microseconds, plain JSON."""
        await self._work.execute(_LOCK, {"organization_id": str(self._organization_id)})
        last = await self._head()
        scope = self._work.scope
        entry = AuditEntry(
            seq=1 if last is None else last.seq + 1,
            at=at,
            actor=storable(scope.actor),
            action=storable(action),
            target=storable(target),
            details=orjson.loads(dumps(dict(details or {}))),
            address=None if scope.address is None else storable(scope.address),
            previous_hash=GENESIS if last is None else last.hash,
            hash=b"",
        )
        entry = msgspec.structs.replace(entry, hash=chained(entry))
        row = msgspec.structs.asdict(entry) | {"organization_id": self._organization_id}
        await self._work.execute(insert(audit_log).values(row))
        return entry

    async def _head(self) -> AuditEntry | None:
        wanted = select(*_ENTRY).where(self._here).order_by(audit_log.c.seq.desc()).limit(1)
        return read_optional(AuditEntry, (await self._work.execute(wanted)).first())

    async def entries(self, wanted: AuditFilter, after: int | None, most: int) -> Sequence[AuditEntry]:
        """Return entries, the newest first."""
        query = select(*_ENTRY).where(self._here, *_conditions(wanted))
        if after is not None:
            query = query.where(audit_log.c.seq < after)
        rows = await self._work.execute(query.order_by(audit_log.c.seq.desc()).limit(most))
        return [read(AuditEntry, row) for row in rows]

    async def page(self, first: int, most: int) -> Sequence[AuditEntry]:
        """Return entries, the oldest first."""
        query = select(*_ENTRY).where(self._here, audit_log.c.seq >= first).order_by(audit_log.c.seq).limit(most)
        return [read(AuditEntry, row) for row in await self._work.execute(query)]

    async def checkpoint(self, signer: Signer, at: datetime) -> AuditCheckpoint | None:
        """Sign the head of the chain."""
        await self._work.execute(_LOCK, {"organization_id": str(self._organization_id)})
        head, known = await self._head(), await self.checkpoints()
        if head is None or (known and known[-1].seq >= head.seq):
            return None
        signature = signer.sign(signed_part(self._organization_id, head.seq, head.hash, at))
        made = AuditCheckpoint(seq=head.seq, hash=head.hash, signature=signature, key_id=signer.key_id, at=at)
        row = msgspec.structs.asdict(made) | {"organization_id": self._organization_id}
        await self._work.execute(insert(audit_checkpoints).values(row))
        return made

    async def checkpoints(self) -> Sequence[AuditCheckpoint]:
        """Return all."""
        here = audit_checkpoints.c.organization_id == self._organization_id
        rows = await self._work.execute(select(*_CHECKPOINT).where(here).order_by(audit_checkpoints.c.seq))
        return [read(AuditCheckpoint, row) for row in rows]

    async def verify(self, signer: Signer) -> AuditVerdict:
        """Read the whole chain."""
        signed = {checkpoint.seq: checkpoint for checkpoint in await self.checkpoints()}
        previous, seq, problems, held = GENESIS, 0, list[str](), 0
        async for entry in self._all():
            problems = (problems + _broken(entry, seq, previous))[:_MOST_PROBLEMS]
            if (checkpoint := signed.pop(entry.seq, None)) is not None:
                problem = _unsigned(self._organization_id, checkpoint, entry, signer)
                held += problem is None
                problems.extend(() if problem is None else (problem,))
            previous, seq = entry.hash, entry.seq
        problems.extend(f"entry {missing} was signed and is gone" for missing in signed)
        return AuditVerdict(entries=seq, checkpoints=held, head=previous, problems=tuple(problems[:_MOST_PROBLEMS]))

    async def _all(self) -> AsyncIterator[AuditEntry]:
        first = 1
        while page := await self.page(first, _PAGE):
            for entry in page:
                yield entry
            first = page[-1].seq + 1

    @property
    def _here(self) -> ColumnElement[bool]:
        return audit_log.c.organization_id == self._organization_id


def _broken(entry: AuditEntry, seq: int, previous: bytes) -> list[str]:
    """Return what is wrong with an entry after the one of `seq` with the hash `previous`."""
    if entry.seq != seq + 1:
        gone = f"entry {seq + 1} is" if entry.seq == seq + 2 else f"entries {seq + 1} to {entry.seq - 1} are"
        return [f"{gone} gone"]
    if entry.previous_hash != previous:
        return [f"entry {entry.seq} does not follow entry {seq}: one of them was changed"]
    return [] if entry.hash == chained(entry) else [f"entry {entry.seq} was changed"]


def _unsigned(organization_id: UUID, checkpoint: AuditCheckpoint, entry: AuditEntry, signer: Signer) -> str | None:
    """Return why a checkpoint does not speak for its entry."""
    if checkpoint.hash != entry.hash:
        return f"entry {entry.seq} is not the one that was signed"
    message = signed_part(organization_id, checkpoint.seq, checkpoint.hash, checkpoint.at)
    if signer.holds(checkpoint.key_id, message, checkpoint.signature):
        return None
    return (
        f"the signature of entry {entry.seq} does not hold (key {checkpoint.key_id}; this process has {signer.key_id})"
    )


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.actor is not None:
        conditions.append(audit_log.c.actor == wanted.actor)
    if wanted.action is not None:
        prefix = wanted.action.endswith(".")
        conditions.append(
            audit_log.c.action.startswith(wanted.action, autoescape=True)
            if prefix
            else audit_log.c.action == wanted.action
        )
    if wanted.target is not None:
        conditions.append(audit_log.c.target == wanted.target)
    if wanted.first_at is not None:
        conditions.append(audit_log.c.at >= wanted.first_at)
    if wanted.before is not None:
        conditions.append(audit_log.c.at < wanted.before)
    return conditions
