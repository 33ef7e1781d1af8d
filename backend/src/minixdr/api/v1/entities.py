"""`/entities`: someone or something that findings name, with its risk."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.filters import Before, FirstAt
from minixdr.api.paging import Page, PageDep
from minixdr.api.routes import noun, operation
from minixdr.api.v1.incidents import Incident
from minixdr.api.values import LongLine, Shown
from minixdr.app import entity_risk
from minixdr.app.refusal import NotFoundError
from minixdr.normalize.entities import ENTITY_TYPES
from minixdr.ports.stores.entities import EntityFilter, entity_id
from minixdr.schema.role import Role

router = noun("entities")
Type = Literal[ENTITY_TYPES]  # type: ignore[valid-type]
_MOST_INCIDENTS = 50


class Entity(Shown):
    """An entity."""

    entity_id: str = Field(description="32 hex digits of type and value.")
    type: str = Field(examples=["user"])
    value: str
    first_seen_at: datetime = Field(description="In the earliest finding that names it.")
    last_seen_at: datetime
    findings: int = Field(description="Open findings that name it.")
    risk: float = Field(description="0 to 100.")
    risk_reasons: list[str]


class WholeEntity(Entity):
    """An entity and its incidents. Its findings: `listFindings` with `entity_type` and `entity`."""

    incidents: list[Incident] = Field(description="The newest 50 whose findings name it.")


@router.get("/entities", **operation("listEntities", "List entities", least=Role.VIEWER))
async def list_entities(  # noqa: PLR0913 - one parameter a filter
    *,
    caller: CallerDep,
    platform: PlatformDep,
    page: PageDep,
    type: Annotated[list[Type] | None, Query(max_length=len(ENTITY_TYPES))] = None,  # noqa: A002 - the parameter's name
    text: Annotated[LongLine | None, Query(description="Part of the value, whatever the case.")] = None,
    least_risk: Annotated[float | None, Query(ge=0, le=100)] = None,
    first_at: FirstAt = None,
    sort: Annotated[Literal["risk", "last_seen_at"], Query(description="Greatest first.")] = "risk",
) -> Page[Entity]:
    """Return entities."""
    wanted = EntityFilter(types=tuple(type or ()), text=text, least_risk=least_risk, first_at=first_at)
    after = page.after(tuple[float | datetime, str])
    async with platform.database.transaction(caller.scope) as tx:
        rows = await tx.entities.list(wanted, sort, after, page.most)
    return page.page(rows, lambda row: (getattr(row, sort), row.entity_id), Entity.model_validate)


class LevelCounts(Shown):
    """Findings of each level."""

    informational: int
    low: int
    medium: int
    high: int
    critical: int


class RiskDay(Shown):
    """One day."""

    day: datetime = Field(description="Its beginning, UTC.", examples=["2026-03-02T00:00:00Z"])
    risk: float = Field(
        description="0 to 100: what the day's open findings add up to, worked out as an incident's, as if each were rare."
    )
    reasons: list[str] = Field(description="The three largest parts of it.")
    findings: int = Field(description="Open ones.")
    suppressed: int
    levels: LevelCounts


class EntityRisk(Shown):
    """Each day of the time range, those without findings too."""

    first_at: datetime
    before: datetime
    days: list[RiskDay]
    truncated: bool = Field(description="The newest 20,000 findings are counted; there are more.")


class Peer(Shown):
    """An entity that findings name together with it."""

    entity_id: str
    type: str = Field(examples=["host"])
    value: str
    risk: float = Field(description="Its own, 0 to 100.")
    findings: int = Field(description="That name both.")
    incidents: int = Field(description="That hold these.")
    last_shared_at: datetime


class Peers(Shown):
    """Those named together most often first."""

    first_at: datetime
    before: datetime
    items: list[Peer]
    findings: int = Field(description="How many of its findings were looked at.")
    truncated: bool = Field(description="The newest 2,000 findings are looked at; there are more.")


@router.get("/entities/by-value", **operation("getEntityByValue", "One entity, by type and value", least=Role.VIEWER))
async def get_by_value(
    caller: CallerDep,
    platform: PlatformDep,
    type: Annotated[Type, Query()],  # noqa: A002 - the parameter's name
    value: Annotated[LongLine, Query(description="Its canonical value.")],
) -> WholeEntity:
    """Return an entity, as `getEntity` does."""
    return await _whole(caller, platform, entity_id(type, value))


@router.get("/entities/{entity_id}", **operation("getEntity", "One entity, with its incidents", least=Role.VIEWER))
async def get_entity(caller: CallerDep, platform: PlatformDep, entity_id: str) -> WholeEntity:
    """Return an entity."""
    return await _whole(caller, platform, entity_id)


@router.get(
    "/entities/{entity_id}/risk", **operation("getEntityRisk", "Its findings and risk by day", least=Role.VIEWER)
)
async def get_risk(
    caller: CallerDep, platform: PlatformDep, entity_id: str, first_at: FirstAt = None, before: Before = None
) -> EntityRisk:
    """Return what was found of an entity each day, UTC; of the 30 days up to its last finding where no range of at most 366 days is given."""
    return EntityRisk.model_validate(await entity_risk.entity_risk(platform, caller.scope, entity_id, first_at, before))


@router.get("/entities/{entity_id}/peers", **operation("listEntityPeers", "Who is named with it", least=Role.VIEWER))
async def list_peers(
    *,
    caller: CallerDep,
    platform: PlatformDep,
    entity_id: str,
    first_at: FirstAt = None,
    before: Before = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Peers:
    """Return the entities that its findings name beside it; the time range is that of `getEntityRisk`."""
    found = await entity_risk.entity_peers(platform, caller.scope, entity_id, first_at, before, limit)
    return Peers.model_validate(found)


async def _whole(caller: CallerDep, platform: PlatformDep, name: str) -> WholeEntity:
    async with platform.database.transaction(caller.scope) as tx:
        entity = await tx.entities.get(name)
        if entity is None:
            raise NotFoundError("No finding names such an entity.")
        ids = await tx.entities.incidents(name, _MOST_INCIDENTS)
        incidents = [await tx.incidents.get(incident_id) for incident_id in ids]
    shown = [Incident.model_validate(incident) for incident in incidents if incident is not None]
    return WholeEntity(**Entity.model_validate(entity).model_dump(), incidents=shown)
