"""Errors as RFC 9457 problems, `application/problem+json`: every answer of 400 and above, whatever raised it.

A problem's `type` is a URN to branch on; `detail` is for people; `request_id` finds the request in the log. What a client sent is never repeated.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from minixdr.app.access.oidc import BrokenFlowError
from minixdr.app.access.sign_in import SecondFactorNeededError, WrongCredentialsError
from minixdr.app.refusal import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    RefusedError,
    TooManyError,
)
from minixdr.ports.database import DatabaseAwayError, DatabaseConflictError
from minixdr.ports.log import LogFullError
from minixdr.ports.oidc import OidcError, ProviderAwayError

MEDIA_TYPE = "application/problem+json"
_LOG = structlog.get_logger(__name__)
_DATABASE_AWAY_SECONDS = 2  # it comes back by itself, or somebody has to look: asking more often helps neither
_MOST_ERRORS = 20
_PYDANTICS_WORDS = "Value error, "
"""What pydantic puts before the message of a validator of ours."""


class FieldError(BaseModel):
    """What is wrong with one value of the request."""

    pointer: str = Field(
        description="Where: `#/name` in the body (RFC 6901), else `query/limit`, `path/...`, `header/...`."
    )
    detail: str = Field(description="What is wrong with it.")


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str = Field(
        description="What kind of problem: a URN to branch on.", examples=["urn:minixdr:problem:not-found"]
    )
    title: str = Field(description="The kind in words.", examples=["Not found"])
    status: int = Field(description="The HTTP status.", examples=[404])
    detail: str | None = Field(default=None, description="What happened and what to do.")
    request_id: str | None = Field(default=None, description="Finds this request in the log.")
    errors: list[FieldError] | None = Field(default=None, description="The values that cannot be taken.")


class ProblemError(Exception):
    """An answer that is an error. Raised by routes and what they depend on."""

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[FieldError] = (),
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        """Ends the type: `not-found`."""
        self.detail = detail
        self.headers = dict(headers or {})
        self.errors = list(errors)
        self.more = dict(more or {})
        """Further members of the problem, as RFC 9457 allows: the position of an error in a query."""


def respond(request: Request, problem: ProblemError) -> JSONResponse:
    """Return the problem as a response."""
    content = {
        "type": f"urn:minixdr:problem:{problem.kind}",
        "title": problem.kind.replace("-", " ").capitalize(),
        "status": problem.status,
        "detail": problem.detail,
        "request_id": getattr(request.state, "request_id", None),
        **problem.more,
    }
    if problem.errors:
        content["errors"] = [error.model_dump() for error in problem.errors]
    return JSONResponse(content, problem.status, problem.headers, MEDIA_TYPE)


def unexpected(request: Request) -> JSONResponse:
    """Return the answer to a request that failed for a reason nobody thought of."""
    detail = "The server failed. The log names the reason beside this request's id."
    return respond(request, ProblemError(500, "internal-error", detail))


_STATUS_OF: Mapping[type[RefusedError], tuple[int, str]] = {
    BrokenFlowError: (400, "broken-sign-in"),
    WrongCredentialsError: (401, "wrong-credentials"),
    SecondFactorNeededError: (401, "second-factor-required"),
    InvalidError: (422, "invalid-request"),
    NotFoundError: (404, "not-found"),
    ConflictError: (409, "conflict"),
    ForbiddenError: (403, "forbidden"),
    TooManyError: (429, "too-many-requests"),
}


def _problem_of(request: Request, error: Exception) -> ProblemError:
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, RefusedError):
        return _refused(error)
    if isinstance(error, RequestValidationError):
        return _invalid(error)
    if isinstance(error, HTTPException):
        return _http(request, error)
    if isinstance(error, LogFullError):
        headers = {"Retry-After": str(max(1, round(error.retry_after_seconds)))}
        return ProblemError(503, "log-full", "The log takes nothing more at this moment. Try again.", headers=headers)
    if isinstance(error, ProviderAwayError):
        detail = f"Signing in by it is not possible at this moment: {error}."
        return ProblemError(503, "identity-provider-away", detail, headers={"Retry-After": "5"})
    if isinstance(error, OidcError):
        return ProblemError(502, "identity-provider-unusable", f"Signing in by it is not possible: {error}.")
    if isinstance(error, DatabaseConflictError):
        detail = "Others changed the same things at this moment; nothing was changed. Try again."
        return ProblemError(503, "database-conflict", detail, headers={"Retry-After": "1"})
    return ProblemError(
        503,
        "database-away",
        "The database does not answer at this moment; nothing was changed. Try again.",
        headers={"Retry-After": str(_DATABASE_AWAY_SECONDS)},
    )


def _refused(error: RefusedError) -> ProblemError:
    status, kind = next(
        (found for kind_of, found in _STATUS_OF.items() if isinstance(error, kind_of)), (409, "conflict")
    )
    headers: dict[str, str] = {}
    errors: list[FieldError] = []
    if isinstance(error, TooManyError):
        headers["Retry-After"] = str(max(1, round(error.retry_after_seconds)))
    if isinstance(error, InvalidError):
        errors.append(FieldError(pointer=f"#{error.pointer}", detail=str(error)))
    return ProblemError(status, kind, str(error), headers=headers, errors=errors)


def _invalid(error: RequestValidationError) -> ProblemError:
    details = error.errors()
    if any(detail.get("type") == "json_invalid" for detail in details):
        return ProblemError(400, "bad-request", f"The body is not JSON: {details[0]['ctx']['error']}")
    errors = [
        FieldError(pointer=_pointer(detail["loc"]), detail=str(detail["msg"]).removeprefix(_PYDANTICS_WORDS))
        for detail in details[:_MOST_ERRORS]
    ]
    said = "; ".join(f"{found.pointer}: {found.detail}" for found in errors[:3])
    return ProblemError(422, "invalid-request", said, errors=errors)


def _pointer(location: Sequence[Any]) -> str:
    place, *path = location or ("body",)
    if place == "body":
        return "#" + "".join(f"/{_escaped(part)}" for part in path)
    return "/".join((str(place), *map(_escaped, path)))


def _escaped(part: Any) -> str:
    text = str(part).encode("utf-8", "backslashreplace").decode()[:100]
    return text.replace("~", "~0").replace("/", "~1")


def _http(request: Request, error: HTTPException) -> ProblemError:
    phrase = HTTPStatus(error.status_code).phrase
    detail = error.detail if error.detail and error.detail != phrase else _DETAILS.get(error.status_code, phrase)
    kind = _KINDS.get(error.status_code, phrase.lower().replace(" ", "-"))
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(_methods_of(request))) or headers.get("Allow", "")
    return ProblemError(error.status_code, kind, detail, headers=headers)


def _methods_of(request: Request) -> set[str]:
    """Return the methods of the request's address, of all its routes: the router names those of the first one only."""
    path, paths = request.url.path, request.app.openapi()["paths"]
    fitting = [template for template in paths if compile_path(template)[0].match(path)]
    return {method.upper() for method in paths[path if path in fitting else fitting[0]]} if fitting else set()


_KINDS = {413: "body-too-large"}
_DETAILS = {
    404: "There is nothing at this address.",
    405: "This address does not take that method; `Allow` names those it takes.",
    413: "The body is larger than this address takes.",
}


def problem_of(request: Request, error: Exception) -> ProblemError:
    """Return what an error of `EXPECTED` is to who asked; what is wrong with others than them goes into the log."""
    if isinstance(error, DatabaseAwayError):
        _LOG.warning("database_was_away", reason=str(error))
    if isinstance(error, OidcError):
        _LOG.warning("identity_provider_failed", reason=str(error))
    return _problem_of(request, error)


async def _answer(request: Request, error: Exception) -> JSONResponse:
    return respond(request, problem_of(request, error))


EXPECTED = (
    ProblemError,
    RefusedError,
    RequestValidationError,
    HTTPException,
    DatabaseAwayError,
    DatabaseConflictError,
    LogFullError,
    OidcError,
)
"""Errors that have an answer of their own."""


def add_handlers(app: FastAPI) -> None:
    """Make all errors of the application problems."""
    for kind in EXPECTED:
        app.add_exception_handler(kind, _answer)
