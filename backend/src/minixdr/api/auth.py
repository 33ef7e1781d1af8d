"""Who may use an operation: by a session's cookie or by an API token, at least with the role that the operation declares."""

from typing import Final

from fastapi import Request

from minixdr.api.caller import Caller, Person
from minixdr.api.origin import check_origin
from minixdr.api.problem import ProblemError
from minixdr.app.identify import machine_of, person_of
from minixdr.schema.role import Role

COOKIE: Final = "minixdr_session"
PUBLIC: Final = "public"
"""Anybody, without signing in."""
PERSON: Final = "person"
"""Anybody signed in, a member of an organization or not. Machines (API tokens) are not people."""
PAGE_OF: Final = "X-Minixdr-Page-Of"
"""Whose page sends a request: `<user id>/<organization id>`, as it was when the page was loaded. A browser has one session for all of its tabs: a tab
that still shows what was looked at before must not read or change what is looked at now."""
_UNAUTHENTICATED = {"WWW-Authenticate": 'Bearer realm="minixdr"'}


async def require(request: Request, least: str) -> None:
    """Let the request through, its `Caller` or `Person` in its state. Raises ProblemError: 401 for bad credentials, 403 for too little."""
    authorization = request.headers.get("authorization")
    cookie = request.cookies.get(COOKIE)
    if authorization is None or least == PUBLIC:
        check_origin(request, with_cookie=cookie is not None and least != PUBLIC)
    if least == PUBLIC:
        return
    if authorization is not None:
        caller = await _machine(request, authorization)
        if least == PERSON:
            raise ProblemError(403, "forbidden", "Only people can do this: sign in instead of sending a token.")
    else:
        person = await _person(request, cookie)
        _check_page(request, person)
        request.state.person = person
        if least == PERSON:
            return
        if person.organization_id is None or person.role is None:
            raise ProblemError(
                403, "no-organization", "You are a member of no organization: create one, or ask for an invitation."
            )
        caller = Caller(person.organization_id, person.role, person.address, person.user_id, person.session_id)
    if not caller.role.may(Role(least)):
        raise ProblemError(403, "forbidden", f"This takes the role {least}; yours is {caller.role}.")
    request.state.caller = caller


async def _machine(request: Request, authorization: str) -> Caller:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise _unauthenticated("Send an API token: `Authorization: Bearer mxa_...`.")
    found = await machine_of(request.app.state.platform, token.strip(), address_of(request))
    if found is None:
        raise _unauthenticated("The API token is unknown, expired or revoked.")
    return Caller(found.organization_id, found.role, address_of(request), token_id=found.token_id)


async def _person(request: Request, cookie: str | None) -> Person:
    if cookie is None:
        raise _unauthenticated("Sign in first.")
    found = await person_of(request.app.state.platform, cookie, address_of(request))
    if found is None:
        raise _unauthenticated("The session has ended: sign in again.")
    return Person(found.user_id, found.session_id, found.organization_id, found.role, address_of(request))


def _check_page(request: Request, person: Person) -> None:
    page_of = request.headers.get(PAGE_OF)
    if page_of is not None and page_of != f"{person.user_id}/{person.organization_id or ''}":
        raise ProblemError(
            409, "another-page", "Somebody else signed in, or another organization was chosen: load the page again."
        )


def _unauthenticated(detail: str) -> ProblemError:
    return ProblemError(401, "unauthenticated", detail, headers=_UNAUTHENTICATED)


def address_of(request: Request) -> str:
    """Return where the request came from: what trusted proxies say (see `serve`), else the peer."""
    return request.client.host if request.client else "unknown"
