"""`/rule-readiness`: whether rules can fire here."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import Field

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.filters import Level, Tactic, Technique, Text
from minixdr.api.paging import Page, PageDep
from minixdr.api.routes import noun, operation
from minixdr.api.v1.hunts import hunt_problems
from minixdr.api.v1.rules import Kind, Origin, State
from minixdr.api.values import Line, Shown
from minixdr.app import rule_readiness
from minixdr.app.refusal import NotFoundError
from minixdr.schema.role import Role

router = noun("rules")


class RuleReadiness(Shown):
    """A rule, and whether it can fire here. What is known of records is a sample: the newest of each kind of event of the last 7 days."""

    rule_id: str
    title: str
    level: Level
    kind: Kind
    origin: Origin
    enabled: bool
    tactics: list[str]
    techniques: list[str]
    log_sources: list[str] = Field(
        description="`product/category/service` of what it reads, `*` for what it leaves open.",
        examples=[["windows/process_creation/*"]],
    )
    state: State = Field(
        description="`ready`: it can fire. `silent`: its sources have sent nothing for a day. `fields_missing`: its events come, and never with "
        "fields without which its condition cannot hold. `no_source`: none of its events came in 7 days."
    )
    reason: str = Field(examples=["No process_creation events from Windows in 7 days."])
    sources: list[str] = Field(description="Log sources that its events come from.", examples=[["microsoft_windows"]])
    last_received_at: datetime | None = Field(description="When one of these was heard of last.")
    last_event_at: datetime | None = Field(
        description="Time of the newest event that the rule meets, of the last 7 days."
    )
    fields: list[str] = Field(description="That it reads, by the author's names.", examples=[["Image", "CommandLine"]])
    populated_fields: list[str] = Field(description="Of them: those that some record of the sample had a value for.")
    missing_fields: list[str]
    rules: list[str] = Field(description="Of a correlation rule: ids of the rules that it relates.")
    sampled_at: datetime = Field(description="When the records were looked at: at most five minutes ago.")


class StateCounts(Shown):
    """How many rules."""

    ready: int
    silent: int
    fields_missing: int
    no_source: int


class TechniqueReadiness(Shown):
    """An ATT&CK technique, and how many of the enabled rules that name it can fire."""

    technique_id: str = Field(examples=["T1059.001"])
    tactics: list[str] = Field(description="That these rules name.")
    states: StateCounts


class ReadinessSummary(Shown):
    """Of the enabled rules."""

    states: StateCounts
    techniques: list[TechniqueReadiness] = Field(description="By id.")
    sampled_at: datetime
    records: int = Field(description="How many were looked at.")


@router.get("/rule-readiness", **operation("listRuleReadiness", "Which rules can fire here", least=Role.VIEWER))
async def list_readiness(  # noqa: PLR0913 - one parameter a filter
    *,
    caller: CallerDep,
    platform: PlatformDep,
    page: PageDep,
    state: Annotated[list[State] | None, Query(max_length=4)] = None,
    rule: Annotated[list[Line] | None, Query(max_length=200, description="Rule ids.")] = None,
    text: Text = None,
    log_source: Annotated[Line | None, Query(description="Part of `product/category/service`.")] = None,
    tactic: Tactic = None,
    technique: Technique = None,
    enabled: bool | None = None,
) -> Page[RuleReadiness]:
    """Return rules, the most severe first, then by title."""
    wanted = rule_readiness.ReadinessFilter(
        states=tuple(state or ()),
        rule_ids=tuple(rule or ()),
        text=text,
        log_source=log_source,
        tactic=tactic,
        technique=technique,
        enabled=enabled,
    )
    after = page.after(tuple[int, str, str])
    with hunt_problems():
        rows = await rule_readiness.list_readiness(platform, caller.scope, wanted, after, page.most)
    return page.page(rows, lambda each: each.order, RuleReadiness.model_validate)


@router.get(
    "/rule-readiness/summary",
    **operation("getRuleReadinessSummary", "How many rules can fire, by technique", least=Role.VIEWER),
)
async def get_summary(caller: CallerDep, platform: PlatformDep) -> ReadinessSummary:
    """Return counts of the enabled rules, in all and by ATT&CK technique."""
    with hunt_problems():
        return ReadinessSummary.model_validate(await rule_readiness.summary(platform, caller.scope))


@router.get(
    "/rules/{rule_id}/readiness", **operation("getRuleReadiness", "Whether one rule can fire here", least=Role.VIEWER)
)
async def get_readiness(caller: CallerDep, platform: PlatformDep, rule_id: str) -> RuleReadiness:
    """Return what the rule needs, and what of it comes."""
    with hunt_problems():
        found = await rule_readiness.one_readiness(platform, caller.scope, rule_id)
    if found is None:
        raise NotFoundError("There is no such rule.")
    return RuleReadiness.model_validate(found)
