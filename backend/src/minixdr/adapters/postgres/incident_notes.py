"""What people say and decide about incidents: comments, evidence, history, decisions for the correlator."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import and_, delete, insert, or_, select, update

from minixdr.adapters.postgres.changes import PostgresChanges
from minixdr.adapters.postgres.selection import first, organization_of, structs
from minixdr.adapters.postgres.tables.incidents import comments, evidence, incident_decisions, incident_events
from minixdr.adapters.postgres.work import Work
from minixdr.ports.stores.incidents import Comment, Evidence, IncidentDecision, IncidentEvent, NewEvidence

_MOST_DECISIONS = 100
_COMMENT = (
    comments.c.id.label("comment_id"),
    comments.c.incident_id,
    comments.c.author,
    comments.c.text,
    comments.c.created_at,
    comments.c.edited_at,
)
_EVENT = (
    incident_events.c.seq,
    incident_events.c.at,
    incident_events.c.actor,
    incident_events.c.action,
    incident_events.c.details,
)
_EVIDENCE = (
    evidence.c.id.label("evidence_id"),
    evidence.c.kind,
    evidence.c.event_id,
    evidence.c.url,
    evidence.c.text,
    evidence.c.note,
    evidence.c.added_by,
    evidence.c.added_at,
)
_DECISION = tuple(incident_decisions.c[name] for name in IncidentDecision.__struct_fields__)


class PostgresIncidentNotes:
    """The second half of ports.stores.incidents.Incidents."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._changes = PostgresChanges(work)

    async def add_event(self, incident_id: str, actor: str, action: str, details: Mapping[str, Any]) -> None:
        """Add to its history."""
        await self._work.execute(
            insert(incident_events).values(
                organization_id=organization_of(self._work),
                incident_id=incident_id,
                actor=actor,
                action=action,
                details=dict(details),
            )
        )

    async def events(self, incident_id: str, after: int, most: int) -> Sequence[IncidentEvent]:
        """Return its history, oldest first."""
        query = select(*_EVENT).where(incident_events.c.incident_id == incident_id, incident_events.c.seq > after)
        return structs(await self._work.execute(query.order_by(incident_events.c.seq).limit(most)), IncidentEvent)

    async def comments(self, incident_id: str, after: tuple[datetime, UUID] | None, most: int) -> Sequence[Comment]:
        """Return what was written about it, oldest first."""
        query = select(*_COMMENT).where(comments.c.incident_id == incident_id)
        if after is not None:
            at, comment_id = after
            same = and_(comments.c.created_at == at, comments.c.id > comment_id)
            query = query.where(or_(comments.c.created_at > at, same))
        query = query.order_by(comments.c.created_at, comments.c.id).limit(most)
        return structs(await self._work.execute(query), Comment)

    async def comment(self, incident_id: str, comment_id: UUID) -> Comment | None:
        """Return one."""
        query = select(*_COMMENT).where(comments.c.incident_id == incident_id, comments.c.id == comment_id)
        return first(await self._work.execute(query), Comment)

    async def add_comment(self, incident_id: str, author: str, text: str) -> Comment:
        """Write about it."""
        row = {
            "organization_id": organization_of(self._work),
            "incident_id": incident_id,
            "author": author,
            "text": text,
        }
        made = await self._work.execute(insert(comments).values(row).returning(*_COMMENT))
        comment = Comment(**made.mappings().one())
        await self._changes.add(
            "incident.commented", {"incident_id": incident_id, "comment_id": str(comment.comment_id)}
        )
        return comment

    async def edit_comment(self, comment_id: UUID, text: str, now: datetime) -> Comment:
        """Change what was written."""
        changed = update(comments).where(comments.c.id == comment_id).values(text=text, edited_at=now)
        comment = Comment(**(await self._work.execute(changed.returning(*_COMMENT))).mappings().one())
        told = {"incident_id": comment.incident_id, "comment_id": str(comment_id)}
        await self._changes.add("incident.commented", told)
        return comment

    async def evidence(self, incident_id: str) -> Sequence[Evidence]:
        """Return what was attached, oldest first."""
        query = select(*_EVIDENCE).where(evidence.c.incident_id == incident_id)
        return structs(await self._work.execute(query.order_by(evidence.c.added_at, evidence.c.id)), Evidence)

    async def add_evidence(self, incident_id: str, added_by: str, new: NewEvidence) -> Evidence:
        """Attach something."""
        row = {"organization_id": organization_of(self._work), "incident_id": incident_id, "added_by": added_by}
        made = insert(evidence).values(**row, **msgspec.structs.asdict(new)).returning(*_EVIDENCE)
        return Evidence(**(await self._work.execute(made)).mappings().one())

    async def remove_evidence(self, incident_id: str, evidence_id: UUID) -> bool:
        """Take it off."""
        named = (evidence.c.incident_id == incident_id, evidence.c.id == evidence_id)
        return (await self._work.execute(delete(evidence).where(*named))).rowcount > 0

    async def decide(self, kind: str, payload: Mapping[str, Any], reason: str, made_by: str) -> IncidentDecision:
        """Write a decision; see ports.stores.incidents."""
        row = {
            "organization_id": organization_of(self._work),
            "kind": kind,
            "payload": dict(payload),
            "reason": reason,
            "made_by": made_by,
        }
        made = await self._work.execute(insert(incident_decisions).values(row).returning(*_DECISION))
        return await self._told(IncidentDecision(**made.mappings().one()))

    async def decision(self, decision_id: UUID, *, lock: bool = False) -> IncidentDecision | None:
        """Return one."""
        query = select(*_DECISION).where(incident_decisions.c.decision_id == decision_id)
        return first(await self._work.execute(query.with_for_update() if lock else query), IncidentDecision)

    async def decisions(self, incident_id: str) -> Sequence[IncidentDecision]:
        """Return those that name the incident, newest first."""
        payload = incident_decisions.c.payload
        named = or_(*(payload[key].as_string() == incident_id for key in ("one", "two", "incident_id")))
        query = select(*_DECISION).where(named).order_by(incident_decisions.c.made_at.desc()).limit(_MOST_DECISIONS)
        return structs(await self._work.execute(query), IncidentDecision)

    async def undo(self, decision_id: UUID, undone_by: str, now: datetime) -> IncidentDecision:
        """Take a decision back; see ports.stores.incidents."""
        changed = (
            update(incident_decisions)
            .where(incident_decisions.c.decision_id == decision_id)
            .values(undone_at=now, undone_by=undone_by)
            .returning(*_DECISION)
        )
        return await self._told(IncidentDecision(**(await self._work.execute(changed)).mappings().one()))

    async def _told(self, decision: IncidentDecision) -> IncidentDecision:
        told = {
            "decision_id": str(decision.decision_id),
            "kind": decision.kind,
            "undone": decision.undone_at is not None,
        }
        await self._changes.add("incident.decided", told)
        return decision
