"""What people do with incidents: change, comment, attach, and say what belongs together.

Each change is one transaction with its line in the incident's history and in the audit log. Which findings an incident holds is the correlator's
to say: merging and splitting write a decision, which it applies within seconds.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from minixdr.app import mentions
from minixdr.app.platform import Platform
from minixdr.app.refusal import ConflictError, ForbiddenError, InvalidError, NotFoundError
from minixdr.ports.database import Scope, Transaction
from minixdr.ports.stores.incidents import (
    Comment,
    Evidence,
    IncidentChange,
    IncidentDecision,
    IncidentWhole,
    NewEvidence,
)
from minixdr.ports.stores.notifications import Notice
from minixdr.schema.finding import LEVELS

Check = Callable[[IncidentWhole], None]
"""Raises where the incident is not as the caller saw it."""
CLOSED = ("resolved", "closed")
_MOST_EVIDENCE = 500


async def change_incident(
    platform: Platform, scope: Scope, incident_id: str, change: IncidentChange, check: Check
) -> IncidentWhole:
    """Return the incident after the change. Raises NotFoundError, InvalidError, ConflictError where it was merged away."""

    async def work(tx: Transaction) -> IncidentWhole:
        before = await locked(tx, incident_id)
        check(before)
        await apply_change(platform, tx, before, change)
        return await found(tx, incident_id)

    return await platform.database.run(scope, work)


async def apply_change(platform: Platform, tx: Transaction, before: IncidentWhole, change: IncidentChange) -> bool:
    """Change an incident that is locked, and return whether anything became different. Raises InvalidError, ConflictError."""
    _not_merged(before)
    member = None
    if isinstance(change.assignee_id, UUID):
        member = await tx.members.get(change.assignee_id)
        if member is None:
            raise InvalidError("/assignee_id", "There is no such member of the organization.")
    changed = _changed(before, change)
    if not changed:
        return False
    incident_id, actor = before.incident_id, tx.scope.actor
    await tx.incidents.change(incident_id, change, platform.now())
    for name, (old, new) in changed.items():
        await tx.incidents.add_event(incident_id, actor, name, {"from": old, "to": new})
    details = {name: {"from": old, "to": new} for name, (old, new) in changed.items()}
    await tx.audit.add("incident.changed", f"incident:{incident_id}", details, at=platform.now())
    for event, more in _events(changed, None if member is None else member.name):
        await tx.notification_deliveries.queue(Notice(event, incident_id, actor, more))
    return True


def _events(changed: Mapping[str, tuple[Any, Any]], assignee: str | None) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what channels are told of a change."""
    if assignee is not None and "assignee" in changed:
        yield "incident.assigned", {"user_id": changed["assignee"][1], "name": assignee}
    if "severity" in changed:
        old, new = changed["severity"]
        if LEVELS.index(new) > LEVELS.index(old):
            yield "incident.severity_raised", {"from": old, "to": new}
    if "state" in changed:
        old, new = changed["state"]
        if new in CLOSED and old not in CLOSED:
            yield "incident.closed", {"state": new}


def _changed(before: IncidentWhole, change: IncidentChange) -> Mapping[str, tuple[Any, Any]]:
    """Return what becomes different, in plain values."""
    changed = {}
    for name, new in msgspec.structs.asdict(change).items():
        if new is msgspec.UNSET:
            continue
        old = getattr(before, name)
        if name == "severity" and new is None:
            new = before.computed_severity  # noqa: PLW2901 - what it falls back to
        if old != new:
            changed[name.removesuffix("_id")] = (_plain(old), _plain(new))
    return changed


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


async def add_comment(platform: Platform, scope: Scope, incident_id: str, text: str) -> Comment:
    """Write about an incident; whom it names is kept. Raises NotFoundError."""

    async def work(tx: Transaction) -> Comment:
        await found(tx, incident_id)
        return await write_comment(platform, tx, incident_id, text)

    return await platform.database.run(scope, work)


async def write_comment(platform: Platform, tx: Transaction, incident_id: str, text: str) -> Comment:
    """Write about an incident that there is; whom it names is kept, and told."""
    actor = tx.scope.actor
    written, named = await mentions.canonical(tx, text)
    comment = await tx.incidents.add_comment(incident_id, actor, written)
    await mentions.keep(tx, comment, named)
    await tx.incidents.add_event(incident_id, actor, "commented", {"comment_id": str(comment.comment_id)})
    await tx.audit.add("incident.commented", f"incident:{incident_id}", _id(comment.comment_id), at=platform.now())
    return comment


async def edit_comment(platform: Platform, scope: Scope, incident_id: str, comment_id: UUID, text: str) -> Comment:
    """Change one's own comment, and whom it names. Raises NotFoundError, ForbiddenError."""

    async def work(tx: Transaction) -> Comment:
        comment = await tx.incidents.comment(incident_id, comment_id)
        if comment is None:
            raise NotFoundError("There is no such comment on this incident.")
        if comment.author != scope.actor:
            raise ForbiddenError("This is somebody else's comment: only its author can change it.")
        written, named = await mentions.canonical(tx, text)
        edited = await tx.incidents.edit_comment(comment_id, written, platform.now())
        await mentions.keep(tx, edited, named)
        details = {"comment_id": str(comment_id), "before": comment.text}
        await tx.incidents.add_event(incident_id, scope.actor, "comment_edited", details)
        await tx.audit.add("incident.comment_edited", f"incident:{incident_id}", _id(comment_id), at=platform.now())
        return edited

    return await platform.database.run(scope, work)


async def add_evidence(platform: Platform, scope: Scope, incident_id: str, new: NewEvidence) -> Evidence:
    """Attach something to an incident. Raises NotFoundError, InvalidError, ConflictError where it has too much."""
    _check_evidence(new)

    async def work(tx: Transaction) -> Evidence:
        await found(tx, incident_id)
        if len(await tx.incidents.evidence(incident_id)) >= _MOST_EVIDENCE:
            raise ConflictError(f"An incident takes {_MOST_EVIDENCE} pieces of evidence.")
        if new.kind == "finding" and await tx.findings.get(new.event_id or "") is None:
            raise InvalidError("/event_id", "There is no such finding.")
        evidence = await tx.incidents.add_evidence(incident_id, scope.actor, new)
        details = {"evidence_id": str(evidence.evidence_id), "kind": new.kind}
        await tx.incidents.add_event(incident_id, scope.actor, "evidence_added", details)
        await tx.audit.add("incident.evidence_added", f"incident:{incident_id}", details, at=platform.now())
        return evidence

    return await platform.database.run(scope, work)


def _check_evidence(new: NewEvidence) -> None:
    field = {"event": "event_id", "finding": "event_id", "url": "url", "text": "text"}[new.kind]
    if not getattr(new, field):
        raise InvalidError(f"/{field}", f"Evidence of kind {new.kind} needs `{field}`.")
    if new.url is not None and urlsplit(new.url).scheme not in ("http", "https"):
        raise InvalidError("/url", "An address begins with http:// or https://.")


async def remove_evidence(platform: Platform, scope: Scope, incident_id: str, evidence_id: UUID) -> None:
    """Take evidence off. Raises NotFoundError."""

    async def work(tx: Transaction) -> None:
        if not await tx.incidents.remove_evidence(incident_id, evidence_id):
            raise NotFoundError("There is no such evidence on this incident.")
        details = {"evidence_id": str(evidence_id)}
        await tx.incidents.add_event(incident_id, scope.actor, "evidence_removed", details)
        await tx.audit.add("incident.evidence_removed", f"incident:{incident_id}", details, at=platform.now())

    await platform.database.run(scope, work)


async def merge(platform: Platform, scope: Scope, incident_id: str, other_id: str, reason: str) -> IncidentDecision:
    """Say that two incidents are one. Raises NotFoundError, InvalidError, ConflictError."""
    if incident_id == other_id:
        raise InvalidError("/other", "This is the incident itself: name another one.")

    async def work(tx: Transaction) -> IncidentDecision:
        _not_merged(await found(tx, incident_id))
        other = await tx.incidents.get(other_id)
        if other is None:
            raise InvalidError("/other", "There is no such incident.")
        _not_merged(other)
        payload = {"one": incident_id, "two": other_id}
        return await _decide(platform, tx, "merge", payload, reason, (incident_id, other_id))

    return await platform.database.run(scope, work)


async def split(
    platform: Platform, scope: Scope, incident_id: str, finding_ids: Sequence[str], reason: str
) -> IncidentDecision:
    """Say that some of an incident's findings do not belong to it. Raises NotFoundError, InvalidError, ConflictError."""
    leaving = set(finding_ids)

    async def work(tx: Transaction) -> IncidentDecision:
        incident = await found(tx, incident_id)
        _not_merged(incident)
        if not leaving < set(incident.finding_ids):
            raise InvalidError("/finding_ids", "Name some of the incident's findings, not all of them and no others.")
        payload = {"incident_id": incident_id, "finding_ids": sorted(leaving)}
        return await _decide(platform, tx, "split", payload, reason, (incident_id,))

    return await platform.database.run(scope, work)


async def undo(platform: Platform, scope: Scope, decision_id: UUID) -> IncidentDecision:
    """Take a decision back. Raises NotFoundError, ConflictError."""

    async def work(tx: Transaction) -> IncidentDecision:
        decision = await tx.incidents.decision(decision_id, lock=True)
        if decision is None:
            raise NotFoundError("There is no such decision.")
        if decision.undone_at is not None:
            raise ConflictError("It is taken back already.")
        if decision.refusal is not None:
            raise ConflictError("It was never applied: there is nothing to take back.")
        undone = await tx.incidents.undo(decision_id, scope.actor, platform.now())
        details = {"decision_id": str(decision_id), "kind": decision.kind}
        for name in ("one", "two", "incident_id"):
            if name in decision.payload:
                await tx.incidents.add_event(decision.payload[name], scope.actor, "decision_undone", details)
        await tx.audit.add("incident.decision_undone", f"decision:{decision_id}", details, at=platform.now())
        return undone

    return await platform.database.run(scope, work)


async def _decide(
    platform: Platform, tx: Transaction, kind: str, payload: Mapping[str, Any], reason: str, incident_ids: Sequence[str]
) -> IncidentDecision:
    decision = await tx.incidents.decide(kind, payload, reason, tx.scope.actor)
    details = {"decision_id": str(decision.decision_id), "reason": reason, **payload}
    for incident_id in incident_ids:
        await tx.incidents.add_event(incident_id, tx.scope.actor, kind, details)
    await tx.audit.add(f"incident.{kind}", f"incident:{incident_ids[0]}", details, at=platform.now())
    return decision


async def found(tx: Transaction, incident_id: str) -> IncidentWhole:
    """Return the incident. Raises NotFoundError."""
    incident = await tx.incidents.get(incident_id)
    if incident is None:
        raise NotFoundError("There is no such incident.")
    return incident


async def locked(tx: Transaction, incident_id: str) -> IncidentWhole:
    """Return the incident, which nobody changes until the transaction ends. Raises NotFoundError."""
    incident = await tx.incidents.get(incident_id, lock=True)
    if incident is None:
        raise NotFoundError("There is no such incident.")
    return incident


def _not_merged(incident: IncidentWhole) -> None:
    if incident.redirect_to is not None:
        raise ConflictError(f"Incident {incident.number} was merged into {incident.redirect_to}: work on that one.")


def _id(comment_id: UUID) -> Mapping[str, str]:
    return {"comment_id": str(comment_id)}
