"""`/rule-filters`: which findings of which rules an organization does not want to see, why, and until when."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.etag import IfMatch, etag, require_match
from minixdr.api.routes import noun, operation
from minixdr.api.values import Given, Line, LongLine, Shown, Time
from minixdr.app import rule_tuning
from minixdr.app.filter_proposals import propose_filters
from minixdr.app.refusal import NotFoundError
from minixdr.ports.stores.rules import FilterEntry, FilterText
from minixdr.schema.role import Role

router = noun("rules")
RuleIds = Annotated[list[Line], Field(min_length=1, max_length=100, description="The rules that it holds for.")]
YamlText = Annotated[
    str,
    Field(
        min_length=1,
        max_length=20_000,
        description="What stands below `filter:` of a Sigma filter, without `rules`: selections, and a `condition` that is ANDed to the "
        "rule's. Without a condition it is `not 1 of them`: what a selection holds for is withheld.",
        examples=["selection:\n    userIdentity.arn|endswith: ':role/nightly-backup'\ncondition: not selection\n"],
    ),
]


class RuleFilter(Shown):
    """A filter."""

    id: UUID
    name: str
    rule_ids: list[str]
    text: str
    reason: str
    owner_id: UUID | None = Field(description="Who wrote it; null: a machine.")
    created_at: datetime
    expires_at: datetime | None = Field(description="From then on it withholds nothing; null: it does not end.")
    revoked_at: datetime | None
    hits: int = Field(description="Findings that it withheld.")
    last_hit_at: datetime | None
    version: int


class RuleFilters(Shown):
    """Newest first."""

    items: list[RuleFilter]


class WrittenFilter(Given):
    """A filter as somebody writes it."""

    name: Line = Field(examples=["Nightly backup"])
    rule_ids: RuleIds
    text: YamlText
    reason: LongLine = Field(examples=["It creates a key each night; change 4711."])
    expires_at: Time | None = Field(
        default=None, description="From then on it withholds nothing. A filter without an end is forgotten."
    )


class PreviewedFilter(Given):
    """A filter to be tried on findings that are kept."""

    rule_ids: RuleIds
    text: YamlText
    days: Annotated[int, Field(ge=1, le=365)] = 30


class FindingNamed(Given):
    """The finding that should not have been shown."""

    finding_id: Line = Field(examples=["5f0c2ad1e5b84f0f9c3b6a1d2e4f5a6b"])


class Proposal(Shown):
    """A filter that would withhold the finding: it was tried on it."""

    name: str = Field(examples=["Access Key Created: nightly-backup"])
    text: str = Field(description="As `createRuleFilter` and `previewRuleFilter` take it.")
    fields: list[str] = Field(examples=[["userIdentity.arn", "sourceIPAddress"]])
    why: str = Field(examples=["The same once more, by the same user."])
    sentence: str = Field(description="What it withholds, in words.")


class Proposals(Shown):
    """The narrowest first."""

    rule_id: str = Field(description="The rule whose findings they withhold.")
    items: list[Proposal]
    reason: str | None = Field(description="Why there are none; null where there are.")


class Preview(Shown):
    """What a filter would have withheld."""

    first_at: datetime = Field(description="Findings from then on were tried.")
    kept: int = Field(description="Findings that stay, of those that were tried.")

    tried: int = Field(description="Findings of its rules that were tried: the newest 2,000.")
    withheld: int
    truncated: bool = Field(description="There are more findings than were tried.")
    untried: int = Field(description="Findings whose event is too large to be kept beside them.")
    examples: list[str] = Field(description="Ids of the newest 20 that would be withheld.")
    kept_true_positives: int
    withheld_true_positives: int = Field(description="Called true positives by people, and withheld: it goes too far.")


@router.get("/rule-filters", **operation("listRuleFilters", "List filters", least=Role.VIEWER))
async def list_filters(
    caller: CallerDep,
    platform: PlatformDep,
    active: Annotated[bool | None, Query(description="true: those in force; left out: all.")] = None,
) -> RuleFilters:
    """Return the filters, revoked and expired ones too."""
    async with platform.database.transaction(caller.scope) as tx:
        rows = await tx.rules.filters(at=platform.now() if active else None)
        if active is False:
            live = {row.id for row in await tx.rules.filters(at=platform.now())}
            rows = [row for row in rows if row.id not in live]
    return RuleFilters(items=[RuleFilter.model_validate(row) for row in rows])


@router.post("/rule-filter-previews", **operation("previewRuleFilter", "Try a filter", least=Role.ANALYST))
async def preview(caller: CallerDep, platform: PlatformDep, given: PreviewedFilter) -> Preview:
    """Return what the filter would have withheld of the rules' findings of the last days. Nothing is kept."""
    tried = await rule_tuning.preview_filter(platform, caller.scope, given.rule_ids, given.text, given.days)
    return Preview.model_validate(tried)


@router.post(
    "/rule-filter-proposals",
    **operation("proposeRuleFilters", "Filters that would withhold a finding", least=Role.ANALYST),
)
async def propose(caller: CallerDep, platform: PlatformDep, given: FindingNamed) -> Proposals:
    """Return filters made of what matched and of who acted where, each of which withholds the finding. Nothing is kept."""
    return Proposals.model_validate(await propose_filters(platform, caller.scope, given.finding_id))


@router.post("/rule-filters", status_code=201, **operation("createRuleFilter", "Write a filter", least=Role.ANALYST))
async def create(caller: CallerDep, platform: PlatformDep, response: Response, given: WrittenFilter) -> RuleFilter:
    """Keep a new filter. From then on what it withholds is kept as suppressed, and is in no incident; correlation rules see it all the same."""
    kept = await rule_tuning.add_filter(platform, caller.scope, _text(given))
    response.headers["ETag"] = _etag(kept)
    return RuleFilter.model_validate(kept)


@router.get("/rule-filters/{filter_id}", **operation("getRuleFilter", "One of them", least=Role.VIEWER))
async def get_filter(caller: CallerDep, platform: PlatformDep, response: Response, filter_id: UUID) -> RuleFilter:
    """Return a filter."""
    async with platform.database.transaction(caller.scope) as tx:
        row = await tx.rules.filter(filter_id)
    if row is None:
        raise NotFoundError("There is no such filter.")
    response.headers["ETag"] = _etag(row)
    return RuleFilter.model_validate(row)


@router.put("/rule-filters/{filter_id}", **operation("changeRuleFilter", "Change a filter", least=Role.ANALYST))
async def change(
    caller: CallerDep,
    platform: PlatformDep,
    response: Response,
    filter_id: UUID,
    given: WrittenFilter,
    if_match: IfMatch = None,
) -> RuleFilter:
    """Replace what a filter says. Findings that are kept stay as they are."""
    kept = await rule_tuning.change_filter(
        platform, caller.scope, filter_id, _text(given), lambda before: require_match(if_match, _etag(before))
    )
    response.headers["ETag"] = _etag(kept)
    return RuleFilter.model_validate(kept)


@router.delete("/rule-filters/{filter_id}", **operation("revokeRuleFilter", "End a filter", least=Role.ANALYST))
async def revoke(caller: CallerDep, platform: PlatformDep, filter_id: UUID, if_match: IfMatch = None) -> RuleFilter:
    """End a filter. It stays to be looked at: the findings that it withheld name it."""
    kept = await rule_tuning.revoke_filter(
        platform, caller.scope, filter_id, lambda before: require_match(if_match, _etag(before))
    )
    return RuleFilter.model_validate(kept)


def _text(given: WrittenFilter) -> FilterText:
    return FilterText(
        name=given.name,
        rule_ids=list(dict.fromkeys(given.rule_ids)),
        text=given.text,
        reason=given.reason,
        expires_at=given.expires_at,
    )


def _etag(entry: FilterEntry) -> str:
    return etag(str(entry.id), entry.version)
