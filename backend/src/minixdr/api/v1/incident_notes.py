"""`/incidents/{incident_id}/...`: comments, evidence, history, and what people decided of what belongs together."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from pydantic import Field

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.paging import Page, PageDep
from minixdr.api.routes import noun, operation
from minixdr.api.values import Given, LongLine, Prose, Shown
from minixdr.app import incidents, mentions
from minixdr.app.incidents import found
from minixdr.app.refusal import NotFoundError
from minixdr.ports.stores.incidents import Comment as IncidentComment
from minixdr.ports.stores.incidents import IncidentDecision, NewEvidence
from minixdr.ports.stores.mentions import Mentioned
from minixdr.schema.role import Role

router = noun("incidents")
_HISTORY = "What was done to it"
_MOST_LEAVING = 1_000


class NamedMember(Shown):
    """A member whom a comment names."""

    user_id: UUID
    name: str = Field(description="Empty where the person's account is gone.")


class Comment(Shown):
    """What somebody wrote."""

    comment_id: UUID
    author: str = Field(description="`user:<id>` or `token:<id>`.")
    text: str = Field(description="`@[<user id>]` stands for a member.")
    created_at: datetime
    edited_at: datetime | None
    mentions: list[NamedMember] = Field(description="Members whom it names, without its author.")


class WrittenComment(Given):
    """What somebody writes."""

    text: Prose = Field(
        description="`@[<user id>]`, or `@` and the address of a member, mentions them: it stands in their mentions.",
        examples=["Called the owner of the key: it was not her."],
    )


class HistoryItem(Shown):
    """Something done to the incident."""

    seq: int
    at: datetime
    actor: str = Field(description="`user:<id>`, `token:<id>` or `worker:<name>`.")
    action: str = Field(examples=["state", "commented", "findings_added", "merged"])
    details: dict[str, Any]


class Evidence(Shown):
    """Something attached to the incident."""

    evidence_id: UUID
    kind: Literal["event", "finding", "url", "text"]
    event_id: str | None = Field(description="The event's id, or the finding's.")
    url: str | None
    text: str | None
    note: str
    added_by: str
    added_at: datetime


class AddedEvidence(Given):
    """Something to attach: `event_id` of an event or a finding, a `url`, or a `text`."""

    kind: Literal["event", "finding", "url", "text"]
    event_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = None
    url: LongLine | None = Field(default=None, examples=["https://example.com/ticket/7"])
    text: Prose | None = None
    note: Annotated[str, Field(max_length=2_000)] = ""


class EvidenceList(Shown):
    """Oldest first."""

    items: list[Evidence]


class Merge(Given):
    """With which incident, and why."""

    other: Annotated[str, Field(min_length=1, max_length=64, description="`incident_id` of the other one.")]
    reason: LongLine = Field(examples=["Same access key, same session."])


class Split(Given):
    """Which findings leave, and why."""

    finding_ids: Annotated[list[Annotated[str, Field(max_length=64)]], Field(min_length=1, max_length=_MOST_LEAVING)]
    reason: LongLine = Field(examples=["The nightly backup, not the intruder."])


class Decision(Shown):
    """A person's word on what belongs together. It is applied within seconds: read it again until `applied_at` or `refusal` is set."""

    decision_id: UUID
    kind: Literal["merge", "split"]
    incident_ids: list[str]
    finding_ids: list[str] = Field(description="Those that leave, of a split.")
    reason: str
    made_by: str
    made_at: datetime
    applied_at: datetime | None
    undone_at: datetime | None
    undone_by: str | None
    refusal: str | None = Field(description="Why it could not be applied.")


class Decisions(Shown):
    """Newest first."""

    items: list[Decision]


@router.get(
    "/incidents/{incident_id}/comments", **operation("listIncidentComments", "Comments on it", least=Role.VIEWER)
)
async def list_comments(caller: CallerDep, platform: PlatformDep, page: PageDep, incident_id: str) -> Page[Comment]:
    """Return what was written about the incident, oldest first."""
    async with platform.database.transaction(caller.scope) as tx:
        await found(tx, incident_id)
        rows = await tx.incidents.comments(incident_id, page.after(tuple[datetime, UUID]), page.most)
        named = await mentions.named_in(tx, rows)
    return page.page(rows, lambda row: (row.created_at, row.comment_id), lambda row: _comment(row, named))


@router.post(
    "/incidents/{incident_id}/comments",
    status_code=201,
    **operation("createIncidentComment", "Comment on it", least=Role.ANALYST),
)
async def add_comment(caller: CallerDep, platform: PlatformDep, incident_id: str, given: WrittenComment) -> Comment:
    """Write about the incident."""
    written = await incidents.add_comment(platform, caller.scope, incident_id, given.text)
    return await _with_mentions(caller, platform, written)


@router.patch(
    "/incidents/{incident_id}/comments/{comment_id}",
    **operation("changeIncidentComment", "Change one's own comment", least=Role.ANALYST),
)
async def edit_comment(
    caller: CallerDep, platform: PlatformDep, incident_id: str, comment_id: UUID, given: WrittenComment
) -> Comment:
    """Change what one wrote. What it was stays in the incident's history."""
    edited = await incidents.edit_comment(platform, caller.scope, incident_id, comment_id, given.text)
    return await _with_mentions(caller, platform, edited)


async def _with_mentions(caller: CallerDep, platform: PlatformDep, comment: IncidentComment) -> Comment:
    async with platform.database.transaction(caller.scope) as tx:
        return _comment(comment, await mentions.named_in(tx, [comment]))


def _comment(row: IncidentComment, named: Mapping[UUID, Sequence[Mentioned]]) -> Comment:
    plain = msgspec.structs.asdict(row)
    return Comment.model_validate({**plain, "mentions": named[row.comment_id]})


@router.get("/incidents/{incident_id}/history", **operation("listIncidentHistory", _HISTORY, least=Role.VIEWER))
async def list_history(caller: CallerDep, platform: PlatformDep, page: PageDep, incident_id: str) -> Page[HistoryItem]:
    """Return what people and workers did to the incident, oldest first."""
    (after,) = page.after(tuple[int]) or (0,)
    async with platform.database.transaction(caller.scope) as tx:
        await found(tx, incident_id)
        rows = await tx.incidents.events(incident_id, after, page.most)
    return page.page(rows, lambda row: (row.seq,), HistoryItem.model_validate)


@router.get(
    "/incidents/{incident_id}/evidence", **operation("listIncidentEvidence", "What was attached", least=Role.VIEWER)
)
async def list_evidence(caller: CallerDep, platform: PlatformDep, incident_id: str) -> EvidenceList:
    """Return what was attached to the incident, 500 pieces at most."""
    async with platform.database.transaction(caller.scope) as tx:
        await found(tx, incident_id)
        rows = await tx.incidents.evidence(incident_id)
    return EvidenceList(items=[Evidence.model_validate(row) for row in rows])


@router.post(
    "/incidents/{incident_id}/evidence",
    status_code=201,
    **operation("createIncidentEvidence", "Attach evidence", least=Role.ANALYST),
)
async def add_evidence(caller: CallerDep, platform: PlatformDep, incident_id: str, given: AddedEvidence) -> Evidence:
    """Attach an event, a finding, an address or a text."""
    new = NewEvidence(**given.model_dump())
    return Evidence.model_validate(await incidents.add_evidence(platform, caller.scope, incident_id, new))


@router.delete(
    "/incidents/{incident_id}/evidence/{evidence_id}",
    status_code=204,
    **operation("removeIncidentEvidence", "Take evidence off", least=Role.ANALYST),
)
async def remove_evidence(caller: CallerDep, platform: PlatformDep, incident_id: str, evidence_id: UUID) -> None:
    """Take a piece of evidence off. That it was there stays in the history."""
    await incidents.remove_evidence(platform, caller.scope, incident_id, evidence_id)


@router.post(
    "/incidents/{incident_id}/merge",
    status_code=202,
    **operation("mergeIncidents", "Say that another incident is the same", least=Role.ANALYST),
)
async def merge(caller: CallerDep, platform: PlatformDep, incident_id: str, given: Merge) -> Decision:
    """Join two incidents, whatever speaks against it. One of them goes on; the other's `redirect_to` names it."""
    return _shown(await incidents.merge(platform, caller.scope, incident_id, given.other, given.reason))


@router.post(
    "/incidents/{incident_id}/split",
    status_code=202,
    **operation("splitIncident", "Say that findings do not belong to it", least=Role.ANALYST),
)
async def split(caller: CallerDep, platform: PlatformDep, incident_id: str, given: Split) -> Decision:
    """Take findings out of the incident: they become an incident of their own, and later findings respect it."""
    return _shown(await incidents.split(platform, caller.scope, incident_id, given.finding_ids, given.reason))


@router.get(
    "/incidents/{incident_id}/decisions",
    **operation("listIncidentDecisions", "Merges and splits of it", least=Role.VIEWER),
)
async def list_decisions(caller: CallerDep, platform: PlatformDep, incident_id: str) -> Decisions:
    """Return the newest 100 decisions that name the incident."""
    async with platform.database.transaction(caller.scope) as tx:
        await found(tx, incident_id)
        rows = await tx.incidents.decisions(incident_id)
    return Decisions(items=[_shown(row) for row in rows])


@router.get("/decisions/{decision_id}", **operation("getDecision", "A merge or split", least=Role.VIEWER))
async def get_decision(caller: CallerDep, platform: PlatformDep, decision_id: UUID) -> Decision:
    """Return a decision, and what became of it."""
    async with platform.database.transaction(caller.scope) as tx:
        decision = await tx.incidents.decision(decision_id)
    if decision is None:
        raise NotFoundError("There is no such decision.")
    return _shown(decision)


@router.post(
    "/decisions/{decision_id}/undo",
    status_code=202,
    **operation("undoDecision", "Take a merge or split back", least=Role.ANALYST),
)
async def undo_decision(caller: CallerDep, platform: PlatformDep, decision_id: UUID) -> Decision:
    """Take a decision back: within seconds the incidents are as if it had not been made."""
    return _shown(await incidents.undo(platform, caller.scope, decision_id))


def _shown(decision: IncidentDecision) -> Decision:
    payload = decision.payload
    names = [payload[name] for name in ("one", "two", "incident_id") if name in payload]
    plain = {name: getattr(decision, name) for name in Decision.model_fields if hasattr(decision, name)}
    return Decision(**plain, incident_ids=names, finding_ids=payload.get("finding_ids", []))
