"""`/hunt-rules`: what a hunt finds, as a Sigma rule."""

from fastapi import Request
from pydantic import Field

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.routes import noun, operation
from minixdr.api.v1.hunts import QUERY_ANSWERS, Within, asked
from minixdr.api.values import Shown
from minixdr.app.hunt.rule_draft import draft_rule
from minixdr.app.hunt.use_case import Range
from minixdr.schema.role import Role

router = noun("hunt-rules")


class AttributeField(Shown):
    """What the rule calls an attribute."""

    attribute: str = Field(examples=["api.operation"])
    field: str = Field(description="The record's own name.", examples=["eventName"])


class HuntRuleProblem(Shown):
    """What keeps the query from being a rule."""

    message: str
    start: int = Field(description="0-based position of the first character of the query concerned.")
    end: int = Field(description="The same as `start` where the whole query is.")


class HuntRule(Shown):
    """A rule made of a hunt, or why there is none. Nothing is kept."""

    rule: str | None = Field(description="Sigma YAML, as `own-rules` takes it.")
    problems: list[HuntRuleProblem]
    notes: list[str] = Field(description="What the rule says otherwise than the query.")
    names: list[AttributeField]
    records: int = Field(description="Records that the hunt finds and the rule was tried on, at most 100.")
    found: int = Field(description="Of them: found by the rule.")
    others: int = Field(description="Records of the source that the hunt leaves out and the rule was tried on.")
    others_found: int = Field(description="Of them: found by the rule all the same.")
    samples: list[str] = Field(description="Some records that both find: samples for the rule.")


@router.post(
    "/hunt-rules", **operation("draftHuntRule", "A hunt as a rule", least=Role.ANALYST, responses=QUERY_ANSWERS)
)
async def draft(request: Request, caller: CallerDep, platform: PlatformDep, given: Within) -> HuntRule:
    """Return the query's condition as a Sigma rule. What the records call its attributes is learned from events of the time range, and the rule is
    tried on them."""
    within = Range(caller.organization_id, given.first_at, given.before)
    return HuntRule.model_validate(await asked(request, draft_rule(platform, within, given.query)))
