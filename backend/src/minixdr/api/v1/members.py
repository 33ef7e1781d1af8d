"""`/members`: the people of the organization."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.routes import noun, operation
from minixdr.api.values import Given, Shown
from minixdr.app.access import members
from minixdr.schema.role import Role

router = noun("members")


class Member(Shown):
    """A person in the organization."""

    user_id: UUID
    email: str = Field(examples=["ann@example.com"])
    name: str = Field(examples=["Ann"])
    role: Role
    created_at: datetime = Field(description="When they joined.")
    disabled_at: datetime | None = Field(description="Since when they cannot sign in.")
    second_factor: bool


class Members(Shown):
    """All of them."""

    items: list[Member]


class RoleChange(Given):
    """A role."""

    role: Role = Field(examples=["analyst"])


@router.get("/members", **operation("listMembers", "The people of the organization", least=Role.VIEWER))
async def list_members(caller: CallerDep, platform: PlatformDep) -> Members:
    """Return all members, by address."""
    found = await members.list_members(platform, caller.scope)
    return Members(items=[Member.model_validate(member) for member in found])


@router.get("/members/{user_id}", **operation("getMember", "One of them", least=Role.VIEWER))
async def get_member(caller: CallerDep, platform: PlatformDep, user_id: UUID) -> Member:
    """Return a member."""
    return Member.model_validate(await members.get_member(platform, caller.scope, user_id))


@router.patch("/members/{user_id}", **operation("changeMember", "Change a member's role", least=Role.ADMIN))
async def change_member(caller: CallerDep, platform: PlatformDep, user_id: UUID, given: RoleChange) -> Member:
    """Change the role, up to one's own. An organization keeps an owner."""
    return Member.model_validate(await members.change_role(platform, caller.scope, caller.role, user_id, given.role))


@router.delete("/members/{user_id}", status_code=204, **operation("removeMember", "Remove a member", least=Role.ADMIN))
async def remove_member(caller: CallerDep, platform: PlatformDep, user_id: UUID) -> None:
    """Take a person out of the organization; the account stays. An organization keeps an owner."""
    await members.remove_member(platform, caller.scope, caller.role, user_id)
