"""`/rules`: all rules of the organization, the platform's and its own; switching them; what they cover."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import Depends, Query, Response
from pydantic import Field

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.etag import IfMatch, etag, require_match
from minixdr.api.filters import Level, Tactic, Technique, Text
from minixdr.api.paging import Page, PageDep
from minixdr.api.routes import noun, operation
from minixdr.api.v1.hunts import hunt_problems
from minixdr.api.values import Given, Line, Shown
from minixdr.app import rule_readiness, rule_tuning
from minixdr.app.refusal import NotFoundError
from minixdr.app.rule_list import ListedRule, RuleFilter, active_rows, list_rules, one_rule, rule_relations
from minixdr.app.rules import coverage
from minixdr.ports.stores.rules import SettingRow
from minixdr.schema.role import Role

router = noun("rules")
Kind = Literal["sigma", "sigma_correlation", "indicator"]
Origin = Literal["platform", "own"]
State = Literal["ready", "silent", "fields_missing", "no_source"]
Status = Literal["stable", "test", "experimental", "deprecated", "unsupported"]
_MOST_REFUSED = 500


class Rule(Shown):
    """A rule."""

    rule_id: str = Field(examples=["5b0a1f0e-6a3f-4d0e-9a66-0d7d2a1f0001"])
    title: str
    level: Level = Field(description="Of its findings here.")
    own_level: Level = Field(description="As its author wrote it.")
    kind: Kind
    origin: Origin
    status: str | None = Field(description="What its author says of it.", examples=["stable"])
    place: str = Field(
        description="File and line below the folder of rules.", examples=["aws/aws_cloudtrail_stopped.yml:1"]
    )
    enabled: bool
    reported: bool = Field(description="False where it only feeds correlation rules.")
    tactics: list[str]
    techniques: list[str]
    log_sources: list[str] = Field(
        description="`product/category/service` of what it reads, `*` for what it leaves open.",
        examples=[["aws/*/cloudtrail"]],
    )
    filters: int = Field(description="Filters in force that name it.")
    findings: int = Field(description="Of the last 30 days, suppressed ones too.")
    suppressed: int
    last_at: datetime | None = Field(description="Its last finding, of the last 30 days.")
    true_positives: int
    false_positives: int
    benign: int
    precision: float | None = Field(
        description="True positives among the findings of the last 30 days that people judged true or false; null where none was."
    )


class RelatedRule(Shown):
    """A rule that a correlation rule relates, or a correlation rule that relates it."""

    rule_id: str
    title: str
    level: Level = Field(description="As its author wrote it.")
    kind: Kind


class Correlation(Shown):
    """What a correlation rule counts."""

    type: str = Field(
        examples=["event_count"],
        description="event_count, value_count, temporal, temporal_ordered, value_sum, value_avg, value_percentile, value_median.",
    )
    timespan_seconds: int = Field(examples=[600])
    group_by: list[str] = Field(description="Fields whose values events must share.")
    fields: list[str] = Field(description="Whose values are counted or added up.")
    operator: str = Field(examples=["gte"])
    threshold: float


class WholeRule(Rule):
    """A rule with its text."""

    correlation: Correlation | None = Field(description="null: it is no correlation rule.")
    rules: list[RelatedRule] = Field(description="What a correlation rule relates, in the order written.")
    related_by: list[RelatedRule] = Field(description="Correlation rules that relate it.")

    text: str | None = Field(description="Sigma YAML; null for an indicator list, and where the file is gone.")
    description: str
    author: str
    license: str
    references: list[str]
    false_positives_known: list[str] = Field(description="What its author knows to be found by mistake.")
    changed_by: str | None = Field(description="Who switched it last, or set its level.")
    changed_at: datetime | None


class RuleSetting(Given):
    """A switch and a level."""

    enabled: bool = Field(examples=[True])
    level: Level | None = Field(examples=["low"], description="Of its findings from now on; null: its own.")


class RefusedRule(Shown):
    """A rule that cannot run."""

    place: str
    line: int | None
    rule_id: str | None
    reason: str


class RefusedRules(Shown):
    """The first 500."""

    items: list[RefusedRule]
    total: int


class CoveredTechnique(Shown):
    """A technique, and the rules that name it."""

    technique_id: str
    level: Level = Field(description="The highest of its rules.")
    rule_ids: list[str]
    log_sources: list[str]
    tactics: list[str] = Field(description="That these rules name.")


class Coverage(Shown):
    """What the rules in force say they cover. A technique can be done in many ways that its rules do not see."""

    techniques: list[CoveredTechnique]
    rules: int = Field(description="Rules in force.")
    untold: int = Field(description="Rules in force that name no technique.")


def _filter(  # noqa: PLR0913 - one parameter a filter
    *,
    text: Text = None,
    level: Annotated[list[Level] | None, Query(max_length=5)] = None,
    kind: Annotated[list[Kind] | None, Query(max_length=3)] = None,
    origin: Origin | None = None,
    status: Status | None = None,
    enabled: bool | None = None,
    tactic: Tactic = None,
    technique: Technique = None,
    log_source: Annotated[Line | None, Query(description="Part of `product/category/service`.")] = None,
    found: Annotated[bool | None, Query(description="Whether it found something in the last 30 days.")] = None,
) -> RuleFilter:
    return RuleFilter(
        text=text,
        levels=tuple(level or ()),
        kinds=tuple(kind or ()),
        origin=origin,
        status=status,
        enabled=enabled,
        tactic=tactic,
        technique=technique,
        log_source=log_source,
        found=found,
    )


@router.get("/rules", **operation("listRules", "List rules", least=Role.VIEWER))
async def get_rules(
    caller: CallerDep,
    platform: PlatformDep,
    page: PageDep,
    wanted: Annotated[RuleFilter, Depends(_filter)],
    readiness: Annotated[
        list[State] | None, Query(max_length=4, description="Whether it can fire here: as `listRuleReadiness` says.")
    ] = None,
) -> Page[Rule]:
    """Return rules, the most severe first, then by title."""
    after = page.after(tuple[int, str, str])
    if readiness:
        with hunt_problems():
            able = await rule_readiness.rules_in(platform, caller.scope, readiness)
        wanted = msgspec.structs.replace(wanted, only=able)
    rows = await list_rules(platform, caller.scope, wanted, after, page.most)
    return page.page(rows, lambda rule: rule.order, Rule.model_validate)


@router.get("/rule-coverage", **operation("getRuleCoverage", "ATT&CK techniques covered", least=Role.VIEWER))
async def get_coverage(caller: CallerDep, platform: PlatformDep) -> Coverage:
    """Return the techniques that the rules in force name."""
    rows = await active_rows(platform, caller.scope)
    return Coverage(
        techniques=[
            CoveredTechnique.model_validate(
                {
                    "technique_id": technique.technique_id,
                    "level": technique.level,
                    "rule_ids": [row.analytic.rule_id for row in technique.rules],
                    "log_sources": technique.log_sources,
                    "tactics": sorted({tactic for row in technique.rules for tactic in row.analytic.tactics}),
                }
            )
            for technique in coverage.techniques(rows)
        ],
        rules=len(rows),
        untold=sum(not row.analytic.techniques for row in rows),
    )


@router.get(
    "/rule-coverage/navigator",
    **operation("getNavigatorLayer", "The same as a layer of the ATT&CK Navigator", least=Role.VIEWER),
)
async def get_layer(caller: CallerDep, platform: PlatformDep) -> dict[str, Any]:
    """Return a layer (format 4.5): the score of a technique is its number of rules."""
    return coverage.layer(coverage.techniques(await active_rows(platform, caller.scope)), "Mini-XDR")


@router.get("/rule-problems", **operation("listRuleProblems", "Rules that cannot run", least=Role.VIEWER))
async def list_problems(caller: CallerDep, platform: PlatformDep) -> RefusedRules:  # noqa: ARG001 - the role is asked for
    """Return the platform's rules that were refused when they were loaded, and why."""
    rules = await rule_tuning.catalog(platform)
    shown = [
        RefusedRule(
            place=refusal.path.rpartition("/")[2], line=refusal.line, rule_id=refusal.rule_id, reason=refusal.reason
        )
        for refusal in rules.refusals[:_MOST_REFUSED]
    ]
    return RefusedRules(items=shown, total=len(rules.refusals))


@router.get("/rules/{rule_id}", **operation("getRule", "One rule, with its text", least=Role.VIEWER))
async def get_rule(caller: CallerDep, platform: PlatformDep, response: Response, rule_id: str) -> WholeRule:
    """Return a rule. Its `ETag` is that of what was set for it."""
    whole, setting = await _whole(caller, platform, rule_id)
    response.headers["ETag"] = _etag(rule_id, setting)
    return whole


@router.put("/rules/{rule_id}/setting", **operation("setRule", "Switch a rule, set its level", least=Role.ANALYST))
async def set_rule(
    caller: CallerDep,
    platform: PlatformDep,
    response: Response,
    rule_id: str,
    given: RuleSetting,
    if_match: IfMatch = None,
) -> WholeRule:
    """Switch a rule on or off, and set the level of its findings. Workers follow within seconds; findings that are kept stay as they are."""
    await rule_tuning.set_rule(
        platform,
        caller.scope,
        rule_id,
        enabled=given.enabled,
        level=given.level,
        check=lambda before: require_match(if_match, _etag(rule_id, before)),
    )
    whole, setting = await _whole(caller, platform, rule_id)
    response.headers["ETag"] = _etag(rule_id, setting)
    return whole


async def _whole(caller: CallerDep, platform: PlatformDep, rule_id: str) -> tuple[WholeRule, SettingRow | None]:
    listed = await one_rule(platform, caller.scope, rule_id)
    if listed is None:
        raise NotFoundError("There is no such rule.")
    async with platform.database.transaction(caller.scope) as tx:
        setting = next((row for row in await tx.rules.settings() if row.rule_id == rule_id), None)
        own = await tx.rules.own_rule(rule_id)
    whole = await rule_relations(platform, caller.scope, rule_id)
    rules = await rule_tuning.catalog(platform)
    known = rules.get(rule_id)
    analytic = whole.analytic if known is None else known.analytic
    return WholeRule(
        **_plain(listed),
        correlation=None if whole.spec is None else Correlation.model_validate(whole.spec),
        rules=[RelatedRule.model_validate(each) for each in whole.relates],
        related_by=[RelatedRule.model_validate(each) for each in whole.related_by],
        text=rules.text(rule_id) if own is None else own.text,
        description="" if analytic is None else analytic.description,
        author="" if analytic is None else analytic.author,
        license="" if analytic is None else analytic.license,
        references=[] if analytic is None else list(analytic.references),
        false_positives_known=[] if analytic is None else list(analytic.false_positives),
        changed_by=None if setting is None else setting.changed_by,
        changed_at=None if setting is None else setting.changed_at,
    ), setting


def _plain(listed: ListedRule) -> dict[str, Any]:
    return {name: getattr(listed, name) for name in Rule.model_fields}


def _etag(rule_id: str, setting: SettingRow | None) -> str:
    return etag(rule_id, None if setting is None else setting.changed_at.isoformat())
