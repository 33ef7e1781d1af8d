"""`/entities`: someone or something that findings name, with its risk."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.filters import FirstAt
from minixdr.api.paging import Page, PageDep
from minixdr.api.routes import noun, operation
from minixdr.api.v1.incidents import Incident
from minixdr.api.values import LongLine, Shown
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


async def _whole(caller: CallerDep, platform: PlatformDep, name: str) -> WholeEntity:
    async with platform.database.transaction(caller.scope) as tx:
        entity = await tx.entities.get(name)
        if entity is None:
            raise NotFoundError("No finding names such an entity.")
        ids = await tx.entities.incidents(name, _MOST_INCIDENTS)
        incidents = [await tx.incidents.get(incident_id) for incident_id in ids]
    shown = [Incident.model_validate(incident) for incident in incidents if incident is not None]
    return WholeEntity(**Entity.model_validate(entity).model_dump(), incidents=shown)
