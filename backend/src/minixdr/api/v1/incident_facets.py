"""`/incidents/facets`: how many incidents there are of what."""

from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.routes import noun, operation
from minixdr.api.v1.findings import FacetValue
from minixdr.api.v1.incidents import FilterDep
from minixdr.api.values import Shown
from minixdr.ports.stores.incidents import FACETS
from minixdr.schema.role import Role

router = noun("incidents")


class IncidentFacets(Shown):
    """How many incidents there are, and the commonest values of each facet."""

    total: int
    facets: dict[str, list[FacetValue]] = Field(examples=[{"severity": [{"value": "high", "count": 7}]}])


@router.get("/incidents/facets", **operation("getIncidentFacets", "How many have what", least=Role.VIEWER))
async def get_facets(
    caller: CallerDep,
    platform: PlatformDep,
    wanted: FilterDep,
    facet: Annotated[list[Literal[FACETS]] | None, Query(max_length=len(FACETS))] = None,  # type: ignore[valid-type]
    most: Annotated[int, Query(ge=1, le=100)] = 20,
) -> IncidentFacets:
    """Return how many incidents `listIncidents` would list, and how many each value of a facet would give: its own filter is not counted in."""
    names = FACETS if facet is None else tuple(dict.fromkeys(facet))
    async with platform.database.transaction(caller.scope) as tx:
        total = await tx.incidents.count(wanted)
        counted = await tx.incidents.facets(wanted, names, most)
    facets = {name: [FacetValue.model_validate(value) for value in values] for name, values in counted.items()}
    return IncidentFacets(total=total, facets=facets)
