"""What the correlator reads and writes; see ports.stores.correlation."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Text, and_, cast, exists, func, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from minixdr.adapters.postgres.changes import PostgresChanges
from minixdr.adapters.postgres.notifications import PostgresNotificationDeliveries
from minixdr.adapters.postgres.selection import organization_of
from minixdr.adapters.postgres.service_levels import count, restart_merged
from minixdr.adapters.postgres.tables.findings import correlation_states, findings, signals
from minixdr.adapters.postgres.tables.incidents import incident_decisions, incident_events, incidents
from minixdr.adapters.postgres.work import Work
from minixdr.ports.stores.correlation import Assigned, Told
from minixdr.ports.stores.entities import entity_id
from minixdr.ports.stores.notifications import Notice
from minixdr.schema.event import Entity
from minixdr.schema.finding import LEVELS
from minixdr.schema.incident import Incident

_ACTOR = "system"
_SETTLED = ("resolved", "closed")
_HARMLESS = ("false_positive", "benign")
_MOST_IDS = 10_000
_MOST_JOINS = 2_000
"""Reasons kept of one incident: the latest. A flood of findings must not make each change of it a write of many megabytes."""
_RATE = text("""
    UPDATE entities SET risk = found.risk, risk_reasons = to_jsonb(found.reasons[1:3]), updated_at = now()
    FROM (
        SELECT wanted.entity_id, coalesce(max(named.risk), 0) AS risk,
               coalesce(array_agg('incident ' || named.number || ': ' || named.title ORDER BY named.risk DESC, named.number)
                        FILTER (WHERE named.number IS NOT NULL), '{}') AS reasons
        FROM unnest(CAST(:entity_ids AS text[])) AS wanted (entity_id)
        LEFT JOIN LATERAL (
            SELECT DISTINCT incidents.incident_id, incidents.risk, incidents.number, incidents.title
            FROM (SELECT finding_id FROM finding_entities
                  WHERE finding_entities.organization_id = :organization_id AND finding_entities.entity_id = wanted.entity_id
                  ORDER BY time DESC LIMIT 10000) AS links
            JOIN findings ON findings.organization_id = :organization_id AND findings.finding_id = links.finding_id
            JOIN incidents ON incidents.organization_id = :organization_id AND incidents.incident_id = findings.incident_id
            WHERE incidents.state NOT IN ('resolved', 'closed') AND incidents.redirect_to IS NULL
        ) AS named ON true
        GROUP BY wanted.entity_id
    ) AS found
    WHERE entities.organization_id = :organization_id AND entities.entity_id = found.entity_id
""")


class PostgresCorrelation:
    """Implements ports.stores.correlation.CorrelationStore."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._changes = PostgresChanges(work)

    async def pending(self) -> bool:
        """Return whether signals or decisions wait."""
        waiting = or_(exists(select(signals.c.seq)), exists(select(incident_decisions.c.decision_id).where(_waits())))
        return bool((await self._work.execute(select(waiting))).scalar_one())

    async def findings_since(self, time: datetime) -> Sequence[Assigned]:
        """Return the findings that incidents are made of; see ports.stores.correlation."""
        lasting = select(incidents.c.incident_id).where(incidents.c.last_at >= time)
        query = (
            select(
                findings.c.finding_id,
                findings.c.time,
                findings.c.rule_id,
                findings.c.title,
                findings.c.level,
                findings.c.tactics,
                findings.c.techniques,
                findings.c.source,
                findings.c.file,
                findings.c.entities,
                findings.c.incident_id,
            )
            .where(
                findings.c.state == "open",
                or_(
                    findings.c.incident_id.in_(lasting),
                    and_(findings.c.incident_id.is_(None), findings.c.created_at >= time),
                ),
            )
            .order_by(findings.c.time, findings.c.finding_id)
        )
        return [
            Assigned(**{**row, "entities": tuple(Entity(**entity) for entity in row["entities"])})
            for row in (await self._work.execute(query)).mappings()
        ]

    async def decisions(self, *, all_applied: bool) -> Sequence[Told]:
        """Return decisions; see ports.stores.correlation."""
        wanted = _waits()
        if all_applied:
            wanted = or_(wanted, incident_decisions.c.applied_at.is_not(None))
        query = select(incident_decisions).where(wanted).order_by(incident_decisions.c.made_at)
        return [
            Told(
                row.decision_id,
                row.kind,
                row.payload,
                row.reason,
                row.made_by,
                row.payload.get("applied") if row.applied_at is not None else None,
                row.undone_at is not None,
            )
            for row in await self._work.execute(query)
        ]

    async def mark_applied(self, decision_id: UUID, applied: Mapping[str, Any] | None, refusal: str | None) -> None:
        """Note what became of a decision."""
        payload = incident_decisions.c.payload
        await self._work.execute(
            update(incident_decisions)
            .where(incident_decisions.c.decision_id == decision_id)
            .values(
                applied_at=None if applied is None else func.now(),
                refusal=refusal,
                payload=payload
                if applied is None
                else payload.op("||")(cast({"applied": dict(applied)}, payload.type)),
            )
        )

    async def mark_undone(self, decision_id: UUID) -> None:
        """Note that a decision is taken back."""
        await self._work.execute(
            update(incident_decisions).where(incident_decisions.c.decision_id == decision_id).values(applied_at=None)
        )

    async def save_incidents(
        self, changed: Sequence[Incident], gone: Mapping[str, str | None], assigned: Mapping[str, str], now: datetime
    ) -> None:
        """Write incidents; see ports.stores.correlation."""
        if changed:
            await self._save(changed, now)
        for incident_id, holder in gone.items():
            await self._redirect(incident_id, holder, now)
        by_incident: dict[str, list[str]] = {}
        for finding_id, incident_id in assigned.items():
            by_incident.setdefault(incident_id, []).append(finding_id)
        for incident_id, ids in by_incident.items():
            for start in range(0, len(ids), _MOST_IDS):
                part = cast(ids[start : start + _MOST_IDS], ARRAY(Text))
                await self._work.execute(
                    update(findings).where(findings.c.finding_id == func.any(part)).values(incident_id=incident_id)
                )

    async def _save(self, changed: Sequence[Incident], now: datetime) -> None:
        known = select(
            incidents.c.incident_id,
            incidents.c.state,
            incidents.c.verdict,
            func.cardinality(incidents.c.finding_ids).label("known"),
            incidents.c.redirect_to,
            incidents.c.severity,
            incidents.c.severity_override,
        ).where(incidents.c.incident_id.in_([incident.incident_id for incident in changed]))
        before = {row.incident_id: row for row in await self._work.execute(known.with_for_update())}
        highest = (await self._work.execute(select(func.coalesce(func.max(incidents.c.number), 0)))).scalar_one()
        for incident in changed:
            old = before.get(incident.incident_id)
            if old is None:
                highest += 1
                await self._open(incident, highest, now)
            else:
                again = old.state in _SETTLED and old.verdict not in _HARMLESS and len(incident.finding_ids) > old.known
                await self._change(incident, now, again=again, grown=len(incident.finding_ids) - old.known)
                if old.redirect_to is not None:
                    await count(self._work, old.redirect_to)
                if old.severity_override is None and _worse(incident.severity, old.severity):
                    details = {"from": old.severity, "to": incident.severity}
                    await self._notify("incident.severity_raised", incident.incident_id, details)

    async def _open(self, incident: Incident, number: int, now: datetime) -> None:
        times = dict.fromkeys(("created_at", "updated_at", "opened_at", "counted_from"), now)
        row = {"number": number, **times, **_columns(incident)}
        await self._work.execute(
            insert(incidents).values(
                organization_id=organization_of(self._work), incident_id=incident.incident_id, **row
            )
        )
        await self._note(incident.incident_id, "opened", {"findings": len(incident.finding_ids)})
        await self._tell(incident.incident_id, "incident.created")
        await self._notify("incident.created", incident.incident_id, {"findings": len(incident.finding_ids)})

    async def _change(self, incident: Incident, now: datetime, *, again: bool, grown: int) -> None:
        if again:
            await restart_merged(self._work, incident.incident_id, now)
        await self._work.execute(
            update(incidents)
            .where(incidents.c.incident_id == incident.incident_id)
            .values(
                **_columns(incident),
                updated_at=now,
                version=incidents.c.version + 1,
                redirect_to=None,
                state="new" if again else incidents.c.state,
                closed_at=None if again else incidents.c.closed_at,
                opened_at=now if again else incidents.c.opened_at,
                responded_at=None if again else incidents.c.responded_at,
            )
        )
        if again:
            await count(self._work, incident.incident_id)
        if grown > 0:
            await self._note(incident.incident_id, "findings_added", {"added": grown})
        if again:
            await self._note(incident.incident_id, "reopened", {"reason": "new findings"})
        await self._tell(incident.incident_id, "incident.changed")

    async def _redirect(self, incident_id: str, holder: str | None, now: datetime) -> None:
        if holder is None:
            return
        await self._work.execute(
            update(incidents)
            .where(incidents.c.incident_id == incident_id)
            .values(redirect_to=holder, updated_at=now, version=incidents.c.version + 1)
        )
        await count(self._work, holder)
        await self._note(incident_id, "merged", {"into": holder})
        await self._tell(incident_id, "incident.merged")

    async def _note(self, incident_id: str, action: str, details: Mapping[str, Any]) -> None:
        await self._work.execute(
            insert(incident_events).values(
                organization_id=organization_of(self._work),
                incident_id=incident_id,
                actor=_ACTOR,
                action=action,
                details=dict(details),
            )
        )

    async def _notify(self, event: str, incident_id: str, details: Mapping[str, Any]) -> None:
        await PostgresNotificationDeliveries(self._work).queue(Notice(event, incident_id, _ACTOR, details))

    async def _tell(self, incident_id: str, topic: str) -> None:
        row = (
            await self._work.execute(
                select(
                    incidents.c.number,
                    incidents.c.version,
                    func.coalesce(incidents.c.title_override, incidents.c.title).label("title"),
                    func.coalesce(incidents.c.severity_override, incidents.c.severity).label("severity"),
                    incidents.c.state,
                    incidents.c.redirect_to,
                ).where(incidents.c.incident_id == incident_id)
            )
        ).mappings()
        found = row.first()
        if found is not None:
            await self._changes.add(topic, {"incident_id": incident_id, **dict(found)})

    async def rate_entities(self, entities: Iterable[Entity]) -> None:
        """Work out the risk of these entities anew."""
        ids = sorted({entity_id(entity.type, entity.value) for entity in entities})
        if ids:
            await self._work.execute(_RATE, {"entity_ids": ids, "organization_id": organization_of(self._work)})

    async def load_state(self, name: str) -> bytes | None:
        """Return the saved state."""
        query = select(correlation_states.c.state).where(correlation_states.c.name == name)
        return (await self._work.execute(query)).scalar_one_or_none()

    async def save_state(self, name: str, fence: int, state: bytes) -> None:
        """Save it."""
        row = {"fence": fence, "state": state, "saved_at": func.now()}
        await self._work.execute(
            upsert(correlation_states)
            .values(organization_id=organization_of(self._work), name=name, **row)
            .on_conflict_do_update(
                index_elements=[correlation_states.c.organization_id, correlation_states.c.name], set_=row
            )
        )


def _waits() -> Any:
    """Return which decisions wait: neither applied nor refused nor undone, or undone and still applied."""
    row = incident_decisions.c
    return or_(
        and_(row.applied_at.is_(None), row.refusal.is_(None), row.undone_at.is_(None)),
        and_(row.applied_at.is_not(None), row.undone_at.is_not(None)),
    )


def _worse(severity: str, than: str) -> bool:
    return LEVELS.index(severity) > LEVELS.index(than)


def _columns(incident: Incident) -> dict[str, Any]:
    return {
        "title": incident.title,
        "severity": incident.severity,
        "risk": incident.risk,
        "risk_reasons": list(incident.risk_reasons),
        "tactics": list(incident.tactics),
        "techniques": list(incident.techniques),
        "entities": [msgspec.to_builtins(entity) for entity in incident.entities],
        "finding_ids": list(incident.finding_ids),
        "joins": [msgspec.to_builtins(join) for join in incident.joins[-_MOST_JOINS:]],
        "first_at": incident.first_at,
        "last_at": incident.last_at,
    }
