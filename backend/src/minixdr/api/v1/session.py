"""`/session` and `/sessions`: signing in and out, the organization looked at, where one is signed in."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Header, Request, Response
from pydantic import Field

from minixdr.api.auth import address_of
from minixdr.api.caller import Person, PersonDep, PlatformDep
from minixdr.api.cookies import end_session, set_session
from minixdr.api.keeper import KeeperDep
from minixdr.api.routes import PERSON, PUBLIC, noun, operation
from minixdr.api.values import Given, LongLine, Secret, Shown
from minixdr.app.access import account, sign_in
from minixdr.app.access.organizations import organizations_of
from minixdr.app.platform import Platform
from minixdr.app.refusal import NotFoundError
from minixdr.schema.role import Role

router = noun("sessions")
UserAgent = Annotated[str | None, Header(include_in_schema=False)]


class Credentials(Given):
    """What a person signs in with."""

    email: LongLine = Field(examples=["ann@example.com"])
    password: Secret = Field(examples=["correct horse battery staple"])
    code: Secret | None = Field(
        default=None,
        description="Of the authenticator app, or a recovery code; needed where there is a second factor.",
        examples=["123456"],
    )


class Membership(Shown):
    """An organization of the person."""

    organization_id: UUID
    slug: str = Field(examples=["example-inc"])
    name: str = Field(examples=["Example Inc."])
    role: Role


class CurrentSession(Shown):
    """Who is signed in, and where they look."""

    session_id: UUID
    user_id: UUID
    email: str = Field(examples=["ann@example.com"])
    name: str = Field(examples=["Ann"])
    organization_id: UUID | None = Field(description="The organization looked at now; null: a member of none.")
    role: Role | None = Field(description="In that organization.")
    second_factor_enabled: bool
    signs_in_with_password: bool
    memberships: list[Membership]


class SwitchOrganization(Given):
    """Where to look."""

    organization_id: UUID = Field(examples=["01993a5e-7c1b-7b3e-9d4f-2f6a8c0e1b57"])


class SessionShown(Shown):
    """A place where the person is signed in."""

    id: UUID
    current: bool = Field(description="The one that asks.")
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    address: str | None = Field(description="Where it was begun.")
    user_agent: str | None
    second_factor: bool


class Sessions(Shown):
    """All of them: there are few."""

    items: list[SessionShown]


class Ended(Shown):
    """How many sessions were ended."""

    ended: int


@router.post(
    "/session",
    status_code=201,
    **operation(
        "createSession",
        "Sign in",
        least=PUBLIC,
        responses={
            401: {"$ref": "#/components/responses/Problem401"},
            429: {"$ref": "#/components/responses/Problem429"},
        },
    ),
)
async def create_session(
    request: Request,
    response: Response,
    platform: PlatformDep,
    keeper: KeeperDep,
    given: Credentials,
    user_agent: UserAgent = None,
) -> CurrentSession:
    """Begin a session; it comes as the cookie `minixdr_session`. With a second factor, the answer to a right password without `code` is 401 of the
    type `second-factor-required`: ask for the code, and send all of it again."""
    attempt = sign_in.SignIn(given.email, given.password, given.code, address_of(request), user_agent)
    secret, session = await sign_in.sign_in(platform, keeper, attempt)
    set_session(request, response, secret, session.expires_at)
    person = Person(session.user_id, session.id, session.organization_id, None, address_of(request))
    return await current_session(platform, person)


@router.get("/session", **operation("getSession", "Who is signed in", least=PERSON))
async def get_session(person: PersonDep, platform: PlatformDep) -> CurrentSession:
    """Return the person, the organization looked at, and the others."""
    return await current_session(platform, person)


@router.patch("/session", **operation("switchOrganization", "Look at another organization", least=PERSON))
async def switch_organization(person: PersonDep, platform: PlatformDep, given: SwitchOrganization) -> CurrentSession:
    """Look at another of one's organizations: what follows in this session is about it."""
    await account.look_at(platform, person.scope, person.user_id, person.session_id, given.organization_id)
    looking = Person(person.user_id, person.session_id, given.organization_id, None, person.address)
    return await current_session(platform, looking)


@router.delete("/session", status_code=204, **operation("deleteSession", "Sign out", least=PERSON))
async def delete_session(request: Request, response: Response, person: PersonDep, platform: PlatformDep) -> None:
    """End this session."""
    await account.end_session(platform, person.scope, person.user_id, person.session_id)
    end_session(request, response)


@router.get("/sessions", **operation("listSessions", "Where one is signed in", least=PERSON))
async def list_sessions(person: PersonDep, platform: PlatformDep) -> Sessions:
    """Return the person's open sessions, the last used first."""
    async with platform.database.transaction(person.scope) as tx:
        found = await tx.sessions.of_user(person.user_id, platform.now())
    return Sessions(
        items=[
            SessionShown(
                id=session.id,
                current=session.id == person.session_id,
                created_at=session.created_at,
                last_used_at=session.last_used_at,
                expires_at=session.expires_at,
                address=session.address,
                user_agent=session.user_agent,
                second_factor=session.second_factor,
            )
            for session in found
        ]
    )


@router.delete("/sessions", **operation("deleteOtherSessions", "Sign out everywhere else", least=PERSON))
async def delete_other_sessions(person: PersonDep, platform: PlatformDep) -> Ended:
    """End all sessions of the person but this one."""
    return Ended(ended=await account.end_other_sessions(platform, person.scope, person.user_id, person.session_id))


@router.delete(
    "/sessions/{session_id}", status_code=204, **operation("revokeSession", "Sign out elsewhere", least=PERSON)
)
async def revoke_session(person: PersonDep, platform: PlatformDep, session_id: UUID) -> None:
    """End one of the person's sessions."""
    await account.end_session(platform, person.scope, person.user_id, session_id)


async def current_session(platform: Platform, person: Person) -> CurrentSession:
    """Return who is signed in, and where they look."""
    async with platform.database.transaction(person.scope) as tx:
        user = await tx.users.get(person.user_id)
    if user is None:
        raise NotFoundError("This account is gone.")
    memberships = [
        Membership(organization_id=organization.id, slug=organization.slug, name=organization.name, role=role)
        for organization, role in await organizations_of(platform, person.scope, person.user_id)
    ]
    roles = {membership.organization_id: membership.role for membership in memberships}
    looked_at = person.organization_id if person.organization_id in roles else None
    return CurrentSession(
        session_id=person.session_id,
        user_id=user.id,
        email=user.email,
        name=user.name,
        organization_id=looked_at,
        role=None if looked_at is None else roles[looked_at],
        second_factor_enabled=user.totp_confirmed_at is not None,
        signs_in_with_password=user.password_hash is not None,
        memberships=memberships,
    )
