"""`/findings`: what rules concluded of events."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import Field

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.filters import (
    Before,
    EntityType,
    EntityValue,
    FirstAt,
    Level,
    Tactic,
    Technique,
    Text,
    Verdict,
    VerdictOrNone,
)
from minixdr.api.paging import Page, PageDep
from minixdr.api.routes import noun, operation
from minixdr.api.v1.incidents import Named
from minixdr.api.values import Given, Line, Shown
from minixdr.app.finding_explanation import explain_finding
from minixdr.app.refusal import NotFoundError
from minixdr.ports.database import Transaction
from minixdr.ports.stores.findings import FACETS, FindingFilter, FindingWhole
from minixdr.schema.role import Role

router = noun("findings")
State = Literal["open", "suppressed"]
Kind = Literal["sigma", "sigma_correlation", "indicator"]


class Finding(Shown):
    """A finding."""

    finding_id: str
    rule_id: str
    title: str
    level: Level
    kind: Literal["sigma", "sigma_correlation", "indicator"]
    tactics: list[str]
    techniques: list[str]
    source: str = Field(description="Log source of its (last) event.", examples=["aws_cloudtrail"])
    time: datetime = Field(description="Of its (last) event; when it was received, where the event does not say.")
    created_at: datetime
    event_ids: list[str] = Field(description="The events it rests on, in time order.")
    entities: list[Named]
    state: State = Field(description="`suppressed`: a filter withholds it.")
    suppressed_by: UUID | None = Field(description="The filter.")
    verdict: Verdict | None
    incident_id: str | None


class WholeFinding(Finding):
    """A finding with what it rests on."""

    analytic: dict[str, Any] = Field(description="The rule as it was: title, level, description, author, license, ...")
    matched: dict[str, Any] = Field(description="The rule's fields that decided, with the record's values.")
    event: dict[str, Any] | None = Field(
        description="The (last) event: `attributes` by OCSF path, `unmapped`, `doubts`, and `raw`, the record's first 16 KiB. "
        "null for a correlation rule's finding: read its events by `event_ids`."
    )
    batch_id: str
    file: str = Field(description="Where the record was: a file, an object, a host, or the door.")
    record: int = Field(description="1-based number of the record there.")
    verdict_note: str | None
    verdict_by: str | None
    verdict_at: datetime | None


class ExplainedSelection(Shown):
    """A selection of the rule's text."""

    name: str = Field(examples=["selection"])
    first_line: int = Field(description="From 1, within `rule_text`.")
    last_line: int
    matched: bool | None = Field(description="Whether it holds of the event; null: it cannot be tried alone.")


class MatchedField(Shown):
    """A line of the rule's text that decided."""

    selection: str
    field: str = Field(examples=["eventName"])
    first_line: int = Field(description="From 1, within `rule_text`.")
    last_line: int
    value: Any = Field(description="The record's.")


class Explanation(Shown):
    """Why a finding is one."""

    sentence: str = Field(description="What happened.", examples=["deploy called CreateAccessKey from 203.0.113.7"])
    rule_text: str | None = Field(
        description="The rule as it is now: where it was changed since, a selection may hold no more."
    )
    selections: list[ExplainedSelection] = Field(description="In the order written.")
    fields: list[MatchedField] = Field(description="Of the selections that matched.")
    reason: str | None = Field(description="Why nothing is marked; null where something is.")


class FacetValue(Shown):
    """A value and how many findings have it."""

    value: str
    count: int
    name: str | None = Field(default=None, description="Of a rule: its title.")


class Facets(Shown):
    """The commonest values of each facet."""

    facets: dict[str, list[FacetValue]] = Field(examples=[{"level": [{"value": "high", "count": 7}]}])


class Judgement(Given):
    """What the finding was."""

    verdict: Verdict | None = Field(description="null: take it back.", examples=["false_positive"])
    note: Annotated[str, Field(max_length=2_000)] = ""


def _filter(  # noqa: PLR0913 - one parameter a filter
    *,
    rule: Annotated[list[Line] | None, Query(max_length=50, description="Rule ids.")] = None,
    level: Annotated[list[Level] | None, Query(max_length=5)] = None,
    source: Annotated[list[Line] | None, Query(max_length=50, description="Log sources.")] = None,
    kind: Annotated[list[Kind] | None, Query(max_length=3)] = None,
    state: Annotated[list[State] | None, Query(max_length=2)] = None,
    verdict: Annotated[list[VerdictOrNone] | None, Query(max_length=5, description="`none`: without one.")] = None,
    tactic: Tactic = None,
    technique: Technique = None,
    entity_type: EntityType = None,
    entity: EntityValue = None,
    incident: Annotated[Line | None, Query(description="`incident_id`.")] = None,
    event: Annotated[str | None, Query(pattern=r"^[0-9a-f]{32}$", description="`event_id`.")] = None,
    text: Text = None,
    first_at: FirstAt = None,
    before: Before = None,
) -> FindingFilter:
    return FindingFilter(
        rule_ids=tuple(rule or ()),
        levels=tuple(level or ()),
        sources=tuple(source or ()),
        kinds=tuple(kind or ()),
        states=tuple(state or ()),
        verdicts=tuple(verdict or ()),
        tactic=tactic,
        technique=technique,
        entity_type=entity_type,
        entity_value=entity,
        incident_id=incident,
        event_id=event,
        text=text,
        first_at=first_at,
        before=before,
    )


FilterDep = Annotated[FindingFilter, Depends(_filter)]


@router.get("/findings", **operation("listFindings", "List findings", least=Role.VIEWER))
async def list_findings(caller: CallerDep, platform: PlatformDep, page: PageDep, wanted: FilterDep) -> Page[Finding]:
    """Return findings, newest first."""
    async with platform.database.transaction(caller.scope) as tx:
        rows = await tx.findings.list(wanted, page.after(tuple[datetime, str]), page.most)
    return page.page(rows, lambda row: (row.time, row.finding_id), Finding.model_validate)


@router.get("/findings/facets", **operation("getFindingFacets", "Commonest values", least=Role.VIEWER))
async def get_facets(
    caller: CallerDep,
    platform: PlatformDep,
    wanted: FilterDep,
    facet: Annotated[list[Literal[FACETS]] | None, Query(max_length=len(FACETS))] = None,  # type: ignore[valid-type]
    most: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Facets:
    """Return the commonest values of each facet among the findings that `listFindings` would list; `day` is that of the time, UTC."""
    async with platform.database.transaction(caller.scope) as tx:
        counted = await tx.findings.facets(wanted, tuple(dict.fromkeys(facet or FACETS)), most)
    return Facets(facets={name: [FacetValue.model_validate(v) for v in values] for name, values in counted.items()})


@router.get("/findings/{finding_id}", **operation("getFinding", "One finding, with its evidence", least=Role.VIEWER))
async def get_finding(caller: CallerDep, platform: PlatformDep, finding_id: str) -> WholeFinding:
    """Return a finding with what matched and the event."""
    async with platform.database.transaction(caller.scope) as tx:
        return WholeFinding.model_validate(await _found(tx, finding_id))


@router.get(
    "/findings/{finding_id}/explanation",
    **operation("explainFinding", "What happened, and which lines of the rule say so", least=Role.VIEWER),
)
async def explain(caller: CallerDep, platform: PlatformDep, finding_id: str) -> Explanation:
    """Return a sentence of what happened, and the rule's text with the selections and fields that matched the event."""
    return Explanation.model_validate(await explain_finding(platform, caller.scope, finding_id))


@router.put("/findings/{finding_id}/verdict", **operation("judgeFinding", "Say what it was", least=Role.ANALYST))
async def judge_finding(caller: CallerDep, platform: PlatformDep, finding_id: str, given: Judgement) -> WholeFinding:
    """Set the verdict. A rule's precision is counted from verdicts."""
    async with platform.database.transaction(caller.scope) as tx:
        before = await _found(tx, finding_id, lock=True)
        now = platform.now()
        await tx.findings.judge(finding_id, given.verdict, given.note, caller.actor, now)
        details = {"from": before.verdict, "to": given.verdict, "note": given.note, "rule_id": before.rule_id}
        await tx.audit.add("finding.judged", f"finding:{finding_id}", details, at=now)
        return WholeFinding.model_validate(await _found(tx, finding_id))


async def _found(tx: Transaction, finding_id: str, *, lock: bool = False) -> FindingWhole:
    finding = await tx.findings.get(finding_id, lock=lock)
    if finding is None:
        raise NotFoundError("There is no such finding.")
    return finding
