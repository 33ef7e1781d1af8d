"""`/invitations`: how people come into the organization."""

from datetime import datetime
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import Header, Request, Response
from pydantic import Field

from minixdr.api.auth import address_of
from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.cookies import set_session
from minixdr.api.keeper import KeeperDep
from minixdr.api.routes import PUBLIC, noun, operation
from minixdr.api.values import Email, Given, Line, Secret, Shown
from minixdr.app.access import invitations
from minixdr.schema.role import Role

router = noun("invitations")


class Invitation(Shown):
    """An invitation that can be accepted."""

    id: UUID
    email: str = Field(examples=["bob@example.com"])
    role: Role
    created_at: datetime
    expires_at: datetime
    invited_by: UUID | None = Field(description="The member who invited; null: a machine did.")


class Invitations(Shown):
    """All of them."""

    items: list[Invitation]


class NewInvitation(Given):
    """Whom to invite."""

    email: Email
    role: Role


class Invited(Invitation):
    """An invitation and its link. Shown once."""

    token: str = Field(description="What `acceptInvitation` takes.")
    link: str = Field(description="For the invited person: pass it on, no mail is sent.")


class Acceptance(Given):
    """What somebody gives who joins without an account."""

    token: Secret
    name: Line = Field(examples=["Bob"])
    password: Secret = Field(examples=["a long sentence is good"])


class Joined(Shown):
    """Who joined, and where."""

    user_id: UUID
    organization_id: UUID | None


@router.get("/invitations", **operation("listInvitations", "Open invitations", least=Role.ADMIN))
async def list_invitations(caller: CallerDep, platform: PlatformDep) -> Invitations:
    """Return the invitations that can be accepted, the newest first."""
    found = await invitations.open_invitations(platform, caller.scope)
    return Invitations(items=[Invitation.model_validate(invitation) for invitation in found])


@router.post("/invitations", status_code=201, **operation("createInvitation", "Invite somebody", least=Role.ADMIN))
async def create_invitation(caller: CallerDep, platform: PlatformDep, given: NewInvitation) -> Invited:
    """Invite an address with a role up to one's own. An earlier open invitation of the address is revoked."""
    invitation, secret = await invitations.invite(platform, caller.scope, caller.role, given.email, given.role)
    link = f"{platform.public_url.rstrip('/')}/invitation#{quote(secret)}"  # after the #: it is in no server's log
    shown = Invitation.model_validate(invitation).model_dump()
    return Invited(**shown, token=secret, link=link)


@router.delete(
    "/invitations/{invitation_id}",
    status_code=204,
    **operation("revokeInvitation", "Revoke an invitation", least=Role.ADMIN),
)
async def revoke_invitation(caller: CallerDep, platform: PlatformDep, invitation_id: UUID) -> None:
    """Let an open invitation be accepted no more."""
    await invitations.revoke(platform, caller.scope, invitation_id)


@router.post(
    "/invitation-acceptances",
    status_code=201,
    **operation(
        "acceptInvitation",
        "Accept an invitation without an account",
        least=PUBLIC,
        responses={
            404: {"$ref": "#/components/responses/Problem404"},
            429: {"$ref": "#/components/responses/Problem429"},
        },
    ),
)
async def accept_invitation(
    request: Request,
    response: Response,
    platform: PlatformDep,
    keeper: KeeperDep,
    given: Acceptance,
    user_agent: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Joined:
    """Make an account of the invited address, join, and sign in. With an account: sign in, then `joinOrganization`."""
    new = invitations.NewAccount(given.token, given.name, given.password, address_of(request), user_agent)
    secret, session = await invitations.accept_as_new(platform, keeper, new)
    set_session(request, response, secret, session.expires_at)
    return Joined(user_id=session.user_id, organization_id=session.organization_id)
