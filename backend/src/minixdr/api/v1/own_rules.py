"""`/own-rules`: Sigma rules that the organization writes itself."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Response
from pydantic import Field

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.etag import IfMatch, etag, require_match
from minixdr.api.filters import Level
from minixdr.api.routes import noun, operation
from minixdr.api.values import Given, Line, Shown
from minixdr.app import own_rules
from minixdr.app.own_rules import RuleText
from minixdr.app.own_rules import Sample as WrittenSample
from minixdr.app.refusal import NotFoundError
from minixdr.ports.stores.rules import OwnRuleRow
from minixdr.schema.role import Role

router = noun("rules")
_EXAMPLE = """title: Access Key Created
id: 5b0a1f0e-6a3f-4d0e-9a66-0d7d2a1f0001
logsource: {product: aws, service: cloudtrail}
detection:
    selection: {eventSource: iam.amazonaws.com, eventName: CreateAccessKey}
    condition: selection
level: medium
tags: [attack.persistence, attack.t1098]
"""


class Sample(Given):
    """A record, or several, as a log source writes them: what the rule must or must not find."""

    kind: Literal["positive", "negative"]
    record: Annotated[str, Field(min_length=1, max_length=100_000)]


class WrittenRule(Given):
    """A rule as somebody writes it."""

    text: Annotated[
        str,
        Field(
            min_length=1,
            max_length=65_536,
            description="One Sigma rule or correlation rule, with an `id`.",
            examples=[_EXAMPLE],
        ),
    ]
    enabled: bool = True
    samples: list[Sample] = Field(default_factory=list, max_length=20)


class RuleToCheck(WrittenRule):
    """A rule as somebody writes it, not yet kept."""

    rule_id: Line | None = Field(default=None, description="The own rule whose text it is to replace; null: it is new.")


class OwnRule(Shown):
    """A rule of the organization."""

    rule_id: str
    title: str
    level: Level
    text: str
    enabled: bool
    samples: list[Sample]
    version: int
    created_by: str | None
    created_at: datetime
    updated_by: str | None
    updated_at: datetime


class OwnRules(Shown):
    """All of them, by title."""

    items: list[OwnRule]


class RuleProblem(Shown):
    """Why a rule cannot run."""

    line: int | None = Field(description="1-based, within the text.")
    reason: str


class CheckedRule(Shown):
    """What is known of a rule's text."""

    runs: bool
    rule_id: str | None
    title: str | None
    level: Level | None
    problems: list[RuleProblem]
    samples: list[str | None] = Field(description="Of each sample: why it does not pass, null where it does.")


@router.get("/own-rules", **operation("listOwnRules", "The organization's own rules", least=Role.VIEWER))
async def list_own(caller: CallerDep, platform: PlatformDep) -> OwnRules:
    """Return all own rules, 500 at most."""
    async with platform.database.transaction(caller.scope) as tx:
        rows = await tx.rules.own()
    return OwnRules(items=[OwnRule.model_validate(row) for row in rows])


@router.post("/own-rule-checks", **operation("checkOwnRule", "Check a rule and try its samples", least=Role.ANALYST))
async def check(caller: CallerDep, platform: PlatformDep, given: RuleToCheck) -> CheckedRule:
    """Return whether the text runs, beside the organization's other rules, and what it does with its samples. Nothing is kept."""
    checked = await own_rules.check_rule(platform, caller.scope, _text(given), given.rule_id)
    analytic = checked.analytic
    told = {name: None if analytic is None else getattr(analytic, name) for name in ("rule_id", "title", "level")}
    return CheckedRule.model_validate(
        {**told, "runs": analytic is not None, "problems": list(checked.problems), "samples": list(checked.samples)}
    )


@router.post("/own-rules", status_code=201, **operation("createOwnRule", "Write a rule", least=Role.ANALYST))
async def create(caller: CallerDep, platform: PlatformDep, response: Response, given: WrittenRule) -> OwnRule:
    """Keep a new rule. One that cannot run, or does not pass its samples, is refused. Workers run it within seconds."""
    kept = await own_rules.write_rule(platform, caller.scope, None, _text(given), lambda _: None)
    response.headers["ETag"] = _etag(kept)
    return OwnRule.model_validate(kept)


@router.get("/own-rules/{rule_id}", **operation("getOwnRule", "One of them", least=Role.VIEWER))
async def get_own(caller: CallerDep, platform: PlatformDep, response: Response, rule_id: str) -> OwnRule:
    """Return an own rule."""
    async with platform.database.transaction(caller.scope) as tx:
        row = await tx.rules.own_rule(rule_id)
    if row is None:
        raise NotFoundError("The organization has no rule of its own with this id.")
    response.headers["ETag"] = _etag(row)
    return OwnRule.model_validate(row)


@router.put("/own-rules/{rule_id}", **operation("changeOwnRule", "Change a rule", least=Role.ANALYST))
async def change(
    caller: CallerDep,
    platform: PlatformDep,
    response: Response,
    rule_id: str,
    given: WrittenRule,
    if_match: IfMatch = None,
) -> OwnRule:
    """Replace a rule's text, switch and samples. Its id stays."""
    kept = await own_rules.write_rule(
        platform, caller.scope, rule_id, _text(given), lambda before: require_match(if_match, _etag(before))
    )
    response.headers["ETag"] = _etag(kept)
    return OwnRule.model_validate(kept)


@router.delete(
    "/own-rules/{rule_id}", status_code=204, **operation("removeOwnRule", "Remove a rule", least=Role.ANALYST)
)
async def remove(caller: CallerDep, platform: PlatformDep, rule_id: str, if_match: IfMatch = None) -> None:
    """Remove a rule. Its findings stay; a rule that a correlation rule relates is not removed."""
    await own_rules.remove_rule(platform, caller.scope, rule_id, lambda before: require_match(if_match, _etag(before)))


def _text(given: WrittenRule) -> RuleText:
    return RuleText(
        given.text, given.enabled, tuple(WrittenSample(sample.kind, sample.record) for sample in given.samples)
    )


def _etag(row: OwnRuleRow) -> str:
    return etag(row.rule_id, row.version, str(row.id))
