"""`/indicators`: values that the organization says are bad, looked for in every event."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query, Response
from pydantic import Field, StrictBool, StringConstraints, model_validator

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.etag import IfMatch, etag, require_match
from minixdr.api.filters import Level
from minixdr.api.paging import Page, PageDep
from minixdr.api.routes import noun, operation
from minixdr.api.values import Given, Line, LongLine, Shown, Time
from minixdr.app import own_indicators
from minixdr.app.own_indicators import MOST_INDICATORS
from minixdr.ports.stores.indicators import IndicatorFilter, IndicatorRow, IndicatorText
from minixdr.schema.role import Role

router = noun("indicators")
Type = Literal[
    "ipv4", "ipv6", "cidr", "ip_range", "domain", "url", "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "email"
]
MostlyLine = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Note = Annotated[str, StringConstraints(max_length=2_000)]
IndicatorId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
_MOST_CHARACTERS = 10_000_000


class Indicator(Shown):
    """An indicator."""

    indicator_id: str = Field(
        description="32 hex digits of kind and value. A finding says which one it is of in `matched.indicator_id`."
    )
    type: Type
    value: str = Field(
        description="As it is looked up: in lower case, no longer defanged; a URL without its scheme.",
        examples=["evil.example"],
    )
    title: str = Field(examples=["Command and control of Example Bear"])
    level: Level = Field(description="Of its findings.")
    note: str
    source: str = Field(description="Where it is from.", examples=["CERT bulletin 2026-14"])
    expires_at: datetime | None = Field(
        description="Events from then on are not compared with it; null: it does not end."
    )
    enabled: bool
    hits: int = Field(description="Findings.")
    last_hit_at: datetime | None
    created_by: str = Field(examples=["user:0198c0de-0000-7000-8000-000000000001"])
    created_at: datetime
    updated_at: datetime
    version: int


class NewIndicator(Given):
    """An indicator to look for."""

    value: LongLine = Field(
        description="An address, network (CIDR), range of addresses, domain, URL, MD5, SHA-1 or SHA-2 digest, or e-mail address; defanged ones "
        "too (`hxxp://evil[.]example`). A domain holds for all below it.",
        examples=["evil.example"],
    )
    type: Type | None = Field(
        default=None, description="null: told by its looks. `url` also takes one without path and scheme."
    )
    title: MostlyLine = ""
    level: Level | None = Field(
        default=None, description="null: medium for addresses, networks and e-mail addresses, else high."
    )
    note: Note = ""
    source: MostlyLine = ""
    expires_at: Time | None = None
    enabled: StrictBool = True


class ChangedIndicator(Given):
    """What to change; what is left out stays."""

    title: MostlyLine | None = Field(default=None, examples=["Command and control of Example Bear"])
    level: Level | None = None
    note: Note | None = None
    source: MostlyLine | None = None
    expires_at: Time | None = Field(default=None, description="null: it does not end.")
    enabled: StrictBool | None = None


class IndicatorList(Given):
    """A list to be taken in."""

    content: Annotated[
        str,
        Field(
            min_length=1,
            max_length=_MOST_CHARACTERS,
            description="One indicator a line, CSV (also with tab, `;`, `|`), a hosts file, a STIX 2.1 bundle, a MISP event, an OTX pulse; known by "
            "its content.",
            examples=["evil.example\n203.0.113.7\n"],
        ),
    ]
    title: MostlyLine = Field(default="", description="Empty: what the list says of each.")
    level: Level | None = Field(default=None, description="null: as for a single one.")
    note: Note = ""
    source: MostlyLine = Field(default="", examples=["CERT bulletin 2026-14"])
    expires_at: Time | None = Field(default=None, description="An earlier end in the list (`valid_until`) holds.")
    replace: StrictBool = Field(
        default=False, description="Whether title, level, note, source, end and switch of known ones are replaced."
    )


class RefusedLine(Shown):
    """A line that is no indicator."""

    line: int | None = Field(description="From 1; null: of the whole, or of a document that has no lines.")
    reason: str


class Imported(Shown):
    """What became of a list: read = added + known + repeats."""

    read: int
    added: int
    known: int = Field(description="The organization had these already.")
    repeats: int = Field(description="In the list more than once.")
    refused: int
    refusals: list[RefusedLine] = Field(description="The first 1,000.")


class Removal(Given):
    """What to remove."""

    ids: list[IndicatorId] = Field(
        default_factory=list, max_length=10_000, examples=[["5f0c2ad1e5b84f0f9c3b6a1d2e4f5a6b"]]
    )
    source: Line | None = Field(default=None, description="All from this source.")

    @model_validator(mode="after")
    def _something(self) -> "Removal":
        if not self.ids and self.source is None:
            raise ValueError("names neither indicators nor a source")
        return self


class Removed(Shown):
    """How many there were."""

    removed: int


class TypeCount(Shown):
    """How many of a type."""

    type: Type
    active: int
    disabled: int
    expired: int


class IndicatorSummary(Shown):
    """How many there are."""

    total: int
    limit: int = Field(description="An organization takes no more.")
    types: list[TypeCount]


@router.get("/indicators", **operation("listIndicators", "List indicators", least=Role.VIEWER))
async def list_indicators(  # noqa: PLR0913 - one parameter a filter
    *,
    caller: CallerDep,
    platform: PlatformDep,
    page: PageDep,
    type: Annotated[list[Type] | None, Query(max_length=13)] = None,  # noqa: A002 - the parameter's name
    level: Annotated[list[Level] | None, Query(max_length=5)] = None,
    text: Annotated[LongLine | None, Query(description="Part of the value or title, whatever the case.")] = None,
    source: Annotated[Line | None, Query(description="Exactly.")] = None,
    enabled: bool | None = None,
    expired: bool | None = None,
    hit: Annotated[bool | None, Query(description="Whether it has findings.")] = None,
) -> Page[Indicator]:
    """Return indicators, those added last first."""
    wanted = IndicatorFilter(
        types=tuple(type or ()),
        levels=tuple(level or ()),
        text=text,
        source=source,
        enabled=enabled,
        expired=expired,
        hit=hit,
    )
    after = page.after(tuple[datetime, str])
    async with platform.database.transaction(caller.scope) as tx:
        rows = await tx.indicators.list(wanted, after, page.most, platform.now())
    return page.page(rows, lambda row: (row.created_at, row.indicator_id), Indicator.model_validate)


@router.get("/indicator-summary", **operation("getIndicatorSummary", "How many indicators", least=Role.VIEWER))
async def get_summary(caller: CallerDep, platform: PlatformDep) -> IndicatorSummary:
    """Return how many there are by type and state, and how many there may be."""
    async with platform.database.transaction(caller.scope) as tx:
        counts = await tx.indicators.counts(platform.now())
    types = sorted({name for name, _ in counts})
    return IndicatorSummary(
        total=sum(counts.values()),
        limit=MOST_INDICATORS,
        types=[
            TypeCount.model_validate(
                {"type": name, **{state: counts.get((name, state), 0) for state in ("active", "disabled", "expired")}}
            )
            for name in types
        ],
    )


@router.post("/indicators", status_code=201, **operation("createIndicator", "Add an indicator", least=Role.ANALYST))
async def create(caller: CallerDep, platform: PlatformDep, response: Response, given: NewIndicator) -> Indicator:
    """Keep an indicator. Workers look for it within seconds, in events that come from then on."""
    level = given.level or own_indicators.level_of_value(given.value, given.type)
    said = IndicatorText(
        title=given.title,
        level=level,
        note=given.note,
        source=given.source,
        expires_at=given.expires_at,
        enabled=given.enabled,
    )
    new = own_indicators.new_indicator(given.value, given.type, said)
    row = await own_indicators.add_indicator(platform, caller.scope, new)
    response.headers["ETag"] = _etag(row)
    return Indicator.model_validate(row)


@router.post("/indicator-imports", **operation("importIndicators", "Take in a list", least=Role.ANALYST))
async def import_list(caller: CallerDep, platform: PlatformDep, given: IndicatorList) -> Imported:
    """Keep the indicators of a list of up to 12 MiB. Lines that are none are named with the reason; the others are kept all the same."""
    said = IndicatorText(
        title=given.title, level="medium", note=given.note, source=given.source, expires_at=given.expires_at
    )
    imported = await own_indicators.import_indicators(
        platform, caller.scope, given.content, said, given.level, replace=given.replace
    )
    return Imported.model_validate(imported)


@router.post("/indicator-removals", **operation("removeIndicators", "Remove many", least=Role.ANALYST))
async def remove_many(caller: CallerDep, platform: PlatformDep, given: Removal) -> Removed:
    """Remove indicators; their findings stay."""
    return Removed(removed=await own_indicators.remove_indicators(platform, caller.scope, given.ids, given.source))


@router.get("/indicators/{indicator_id}", **operation("getIndicator", "One indicator", least=Role.VIEWER))
async def get_indicator(
    caller: CallerDep, platform: PlatformDep, response: Response, indicator_id: IndicatorId
) -> Indicator:
    """Return an indicator."""
    async with platform.database.transaction(caller.scope) as tx:
        row = await own_indicators.found(tx, indicator_id)
    response.headers["ETag"] = _etag(row)
    return Indicator.model_validate(row)


@router.patch("/indicators/{indicator_id}", **operation("changeIndicator", "Change an indicator", least=Role.ANALYST))
async def change(
    caller: CallerDep,
    platform: PlatformDep,
    response: Response,
    indicator_id: IndicatorId,
    given: ChangedIndicator,
    if_match: IfMatch = None,
) -> Indicator:
    """Change what is said of an indicator, its end, or its switch. Another value is another indicator."""
    values = given.model_dump(exclude_unset=True)
    changed = {name: value for name, value in values.items() if value is not None or name == "expires_at"}
    row = await own_indicators.change_indicator(
        platform, caller.scope, indicator_id, changed, lambda before: require_match(if_match, _etag(before))
    )
    response.headers["ETag"] = _etag(row)
    return Indicator.model_validate(row)


@router.delete(
    "/indicators/{indicator_id}",
    status_code=204,
    **operation("removeIndicator", "Remove an indicator", least=Role.ANALYST),
)
async def remove(caller: CallerDep, platform: PlatformDep, indicator_id: IndicatorId) -> None:
    """Remove an indicator; its findings stay."""
    await own_indicators.remove_indicator(platform, caller.scope, indicator_id)


def _etag(row: IndicatorRow) -> str:
    return etag(row.indicator_id, row.version)
