"""`/identity-providers` and `/session/oidc`: signing in by OpenID Connect.

The provider sends the person back by a request that began on its site, which carries no `SameSite=Strict` cookie. So what the browser keeps
meanwhile is a cookie of its own (`Lax`, ten minutes, sealed), and the answer is a page that goes on by itself: from then on it is our own site.
"""

from html import escape
from typing import Annotated

from fastapi import Cookie, Header, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import Field

from minixdr.api.auth import address_of
from minixdr.api.caller import PlatformDep
from minixdr.api.cookies import is_https, set_session
from minixdr.api.keeper import KeeperDep
from minixdr.api.problem import EXPECTED, problem_of
from minixdr.api.routes import PUBLIC, noun, operation
from minixdr.api.values import Shown
from minixdr.app.access import oidc
from minixdr.app.refusal import ForbiddenError

router = noun("sessions")
_COOKIE = "minixdr_oidc"
_PATH = "/api/v1/session/oidc"
_FAILED = '<!doctype html><meta charset="utf-8"><title>Not signed in</title><p>You are not signed in. {detail}<p><a href="/">Back</a>'
"""For people: a browser that was sent here shows it. Programs are answered with a problem."""
_PAGE = '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/"><title>Signed in</title><a href="/">Go on</a>'
Name = Annotated[str, Path(max_length=63, pattern=r"^[a-z0-9-]+$", description="As `listIdentityProviders` names it.")]
_NOT_FOUND = {404: {"$ref": "#/components/responses/Problem404"}}


class IdentityProvider(Shown):
    """A provider that people may sign in with."""

    name: str = Field(examples=["example-sso"])
    address: str = Field(description="Send the browser there.", examples=["/api/v1/session/oidc/example-sso"])


class IdentityProviders(Shown):
    """All of them."""

    items: list[IdentityProvider]


@router.get("/identity-providers", **operation("listIdentityProviders", "How else one may sign in", least=PUBLIC))
async def list_identity_providers(platform: PlatformDep) -> IdentityProviders:
    """Return the identity providers, for the page on which people sign in."""
    found = await oidc.providers(platform)
    return IdentityProviders(
        items=[IdentityProvider(name=provider.name, address=f"{_PATH}/{provider.name}") for provider in found]
    )


@router.get(
    "/session/oidc/{provider}",
    status_code=303,
    response_class=RedirectResponse,
    **operation(
        "beginOidc",
        "Sign in at an identity provider",
        least=PUBLIC,
        responses={
            303: {"description": "To the provider."},
            429: {"$ref": "#/components/responses/Problem429"},
            **_NOT_FOUND,
        },
    ),
)
async def begin_oidc(request: Request, platform: PlatformDep, keeper: KeeperDep, provider: Name) -> Response:
    """Send the browser to the provider, which sends it back."""
    try:
        address, kept = await oidc.begin(platform, keeper, provider, address_of(request))
    except EXPECTED as error:
        return _failed(request, error)
    response = RedirectResponse(address, 303)
    lifetime = int(oidc.FLOW_LIFETIME.total_seconds())
    response.set_cookie(
        _COOKIE, kept, max_age=lifetime, path=_PATH, secure=is_https(request), httponly=True, samesite="lax"
    )
    return response


@router.get(
    "/session/oidc/{provider}/callback",
    response_class=HTMLResponse,
    **operation("finishOidc", "Back from an identity provider", least=PUBLIC, responses=_NOT_FOUND),
)
async def finish_oidc(  # noqa: PLR0913, PLR0917 - what a provider sends
    request: Request,
    platform: PlatformDep,
    provider: Name,
    code: Annotated[str | None, Query(max_length=4_000, description="What the provider gives for the person.")] = None,
    state: Annotated[str, Query(max_length=500, description="What was begun.")] = "",
    error: Annotated[
        str | None, Query(max_length=200, description="Why the provider did not let the person in.")
    ] = None,
    iss: Annotated[str | None, Query(max_length=2_000, description="RFC 9207.")] = None,
    kept: Annotated[str | None, Cookie(alias=_COOKIE, max_length=4_000, include_in_schema=False)] = None,
    user_agent: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response:
    """Begin a session for the person whom the provider names, and go on to the start page."""
    try:
        if error is not None or code is None:
            raise ForbiddenError("The identity provider did not let you in: sign in again, or ask its administrator.")
        returned = oidc.Returned(provider, code, state, iss, kept, address_of(request), user_agent)
        secret, session = await oidc.finish(platform, returned)
    except EXPECTED as failure:
        return _failed(request, failure)
    response = HTMLResponse(_PAGE)
    set_session(request, response, secret, session.expires_at)
    response.delete_cookie(_COOKIE, path=_PATH, secure=is_https(request), httponly=True, samesite="lax")
    return response


def _failed(request: Request, error: Exception) -> Response:
    """Return why it did not work, and for a person the way back. Raises the error again where a program asks."""
    if "text/html" not in request.headers.get("accept", ""):
        raise error
    problem = problem_of(request, error)
    return HTMLResponse(_FAILED.format(detail=escape(problem.detail)), problem.status, problem.headers)
