"""`/setup`: the first organization and its owner, on a new installation."""

from fastapi import Request, Response
from pydantic import Field

from minixdr.api.auth import address_of
from minixdr.api.caller import Person, PlatformDep
from minixdr.api.cookies import set_session
from minixdr.api.keeper import KeeperDep
from minixdr.api.routes import PUBLIC, noun, operation
from minixdr.api.v1.session import CurrentSession, UserAgent, current_session
from minixdr.api.values import Email, Given, Line, Secret, Shown
from minixdr.app import first_run

router = noun("setup")


class Setup(Shown):
    """Whether the platform is to be set up."""

    needed: bool = Field(description="There is no organization yet: `createSetup` makes the first.")


class NewSetup(Given):
    """The first organization and its owner."""

    setup_code: Secret = Field(
        description="Written to the api's log when it starts, printed by `minixdr up` and `minixdr admin setup-code`.",
        examples=["s1JkYRzMTr2xEMUcbzPn"],
    )
    email: Email
    name: Line = Field(examples=["Ann"])
    password: Secret = Field(examples=["a long sentence is good"])
    organization: Line = Field(description="Its name.", examples=["Example Inc."])


@router.get("/setup", **operation("getSetup", "Whether the platform is to be set up", least=PUBLIC))
async def get_setup(request: Request, platform: PlatformDep) -> Setup:
    """Return whether there is no organization yet."""
    known: first_run.FirstRun = request.app.state.first_run
    return Setup(needed=await known.needed(platform.database))


@router.post(
    "/setup",
    status_code=201,
    **operation(
        "createSetup",
        "Make the first organization and its owner",
        least=PUBLIC,
        responses={
            403: {"$ref": "#/components/responses/Problem403"},
            409: {"$ref": "#/components/responses/Problem409"},
            429: {"$ref": "#/components/responses/Problem429"},
        },
    ),
)
async def create_setup(
    request: Request,
    response: Response,
    platform: PlatformDep,
    keeper: KeeperDep,
    given: NewSetup,
    user_agent: UserAgent = None,
) -> CurrentSession:
    """Make the organization and its owner, who is signed in then. Only while there is no organization, with the setup code; attempts are bounded as
    those of signing in."""
    address = address_of(request)
    owner = first_run.FirstOwner(**given.model_dump(), address=address, user_agent=user_agent)
    secret, session = await first_run.set_up(platform, keeper, owner)
    set_session(request, response, secret, session.expires_at)
    person = Person(session.user_id, session.id, session.organization_id, None, address)
    return await current_session(platform, person)
