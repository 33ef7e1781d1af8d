"""`/organizations` and `/organization`: one's organizations, and the one looked at."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from fastapi import Response
from pydantic import Field

from minixdr.api.caller import CallerDep, PersonDep, PlatformDep
from minixdr.api.etag import IfMatch, etag, require_match
from minixdr.api.filters import Level
from minixdr.api.routes import PERSON, noun, operation
from minixdr.api.values import Given, Line, OpenMap, Shown, Slug
from minixdr.app.access import organizations
from minixdr.app.refusal import InvalidError
from minixdr.ports.stores.organizations import Organization as Kept
from minixdr.ports.stores.organizations import OrganizationChange
from minixdr.ports.stores.service_levels import ServiceLevel as Levels
from minixdr.schema.role import Role

router = noun("organizations")
Onboarding = Literal["not_started", "in_progress", "completed", "skipped"]
MOST_RETENTION_DAYS = 3_650
MOST_MINUTES = 366 * 24 * 60


class ServiceLevel(Shown):
    """By when an incident is to be responded to (somebody takes it on) and to be closed."""

    respond_minutes: int | None = Field(description="From when it was opened; null: no deadline.", examples=[60])
    close_minutes: int | None = Field(examples=[1_440])


class Organization(Shown):
    """An organization."""

    id: UUID
    slug: str = Field(examples=["example-inc"])
    name: str = Field(examples=["Example Inc."])
    created_at: datetime
    onboarding_status: Onboarding
    onboarding_step: str | None = Field(description="Where the person setting it up stands.", examples=["connect_aws"])
    onboarding_flow_version: int
    auto_discovery_enabled: bool = Field(description="Whether assets of connected clouds are looked for.")
    integration_settings: dict[str, Any] = Field(examples=[{"aws": {"regions": ["eu-central-1"]}}])
    retention_days: int = Field(description="How long events are kept.")
    service_levels: dict[Level, ServiceLevel] = Field(description="By severity.")


class OwnOrganization(Shown):
    """One of the person's organizations."""

    id: UUID
    slug: str = Field(examples=["example-inc"])
    name: str = Field(examples=["Example Inc."])
    role: Role


class OwnOrganizations(Shown):
    """All of them."""

    items: list[OwnOrganization]


class NewOrganization(Given):
    """An organization to be made."""

    slug: Slug
    name: Line = Field(examples=["Example Inc."])


class GivenServiceLevel(Given):
    """Deadlines of a severity."""

    respond_minutes: int | None = Field(ge=1, le=MOST_MINUTES, description="null: no deadline.", examples=[60])
    close_minutes: int | None = Field(ge=1, le=MOST_MINUTES, description="null: no deadline.", examples=[1_440])


class ChangedOrganization(Given):
    """What to change; what is left out stays."""

    slug: Slug | None = None
    name: Line | None = None
    onboarding_status: Onboarding | None = None
    onboarding_step: Line | None = None
    onboarding_flow_version: int | None = Field(default=None, ge=1, le=1_000)
    auto_discovery_enabled: bool | None = None
    integration_settings: OpenMap | None = None
    retention_days: int | None = Field(default=None, ge=1, le=MOST_RETENTION_DAYS)
    service_levels: dict[Level, GivenServiceLevel] | None = Field(
        default=None, description="By severity; those that are left out stay."
    )


@router.get("/organizations", **operation("listOrganizations", "One's organizations", least=PERSON))
async def list_organizations(person: PersonDep, platform: PlatformDep) -> OwnOrganizations:
    """Return the organizations that the person is a member of. `switchOrganization` looks at another."""
    found = await organizations.organizations_of(platform, person.scope, person.user_id)
    return OwnOrganizations(
        items=[OwnOrganization(id=item.id, slug=item.slug, name=item.name, role=role) for item, role in found]
    )


@router.post("/organizations", status_code=201, **operation("createOrganization", "Make an organization", least=PERSON))
async def create_organization(
    person: PersonDep, platform: PlatformDep, response: Response, given: NewOrganization
) -> Organization:
    """Make an organization, become its owner, and look at it."""
    made = await organizations.create_organization(
        platform, person.scope, person.user_id, person.session_id, given.slug, given.name
    )
    response.headers["ETag"] = _etag(made)
    return Organization.model_validate(made)


@router.get("/organization", **operation("getOrganization", "The organization looked at", least=Role.VIEWER))
async def get_organization(caller: CallerDep, platform: PlatformDep, response: Response) -> Organization:
    """Return the caller's organization."""
    found = await organizations.get_organization(platform, caller.scope)
    response.headers["ETag"] = _etag(found)
    return Organization.model_validate(found)


@router.patch("/organization", **operation("changeOrganization", "Change the organization", least=Role.OWNER))
async def change_organization(
    caller: CallerDep, platform: PlatformDep, response: Response, given: ChangedOrganization, if_match: IfMatch = None
) -> Organization:
    """Change the caller's organization."""
    values = given.model_dump(exclude_unset=True)
    for name in values.keys() - {"onboarding_step"}:
        if values[name] is None:
            raise InvalidError(f"/{name}", "cannot be null")

    def check(now: Kept) -> None:
        require_match(if_match, _etag(now))

    levels = values.pop("service_levels", None)
    changed = await organizations.change_organization(
        platform,
        caller.scope,
        OrganizationChange(**values),
        check,
        None if levels is None else {severity: Levels(**level) for severity, level in levels.items()},
    )
    response.headers["ETag"] = _etag(changed)
    return Organization.model_validate(changed)


def _etag(organization: Kept) -> str:
    seen = {name: getattr(organization, name) for name in Organization.model_fields}
    return etag(msgspec.to_builtins(seen))
