"""The OpenAPI document: what FastAPI writes of the routes, and what is true of all of them: how to sign in, how errors look."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from minixdr.api.auth import COOKIE, PUBLIC
from minixdr.api.examples import example_of
from minixdr.api.origin import HEADER
from minixdr.api.problem import MEDIA_TYPE, FieldError, Problem

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_DESCRIPTION = f"""\
Mini-XDR's API. Times are RFC 3339 in UTC. Lists come in pages: follow `next_cursor`. Errors are RFC 9457 problems. What is edited has an `ETag`:
send it as `If-Match`.

People sign in (`createSession`) and carry a cookie; a program with a cookie adds the header `{HEADER}: 1` to requests that change something.
Machines send `Authorization: Bearer mxa_...`, a token made by `createToken`. `x-role` is the least role that an operation takes:
viewer, analyst, admin, owner; `person`: anybody signed in; `public`: anybody.
"""
_ANSWERS = {
    400: "The request cannot be read.",
    401: "Not signed in: no credentials, or they are no longer good.",
    403: "The role does not allow it, or the request comes from another site.",
    404: "There is no such thing in this organization.",
    409: "It contradicts what is there.",
    412: "It was changed since it was read: read it again.",
    413: "The body is too large.",
    422: "Values cannot be taken; `errors` names them.",
    428: "Send the `ETag` of what was read as `If-Match`.",
    429: "Too often; `Retry-After` says when to come back.",
    503: "A part does not answer now; `Retry-After` says when to come back.",
}


def document(app: FastAPI) -> dict[str, Any]:
    """Return the document, made once."""
    if app.openapi_schema is None:
        app.openapi_schema = _document(app)
    return app.openapi_schema


def _document(app: FastAPI) -> dict[str, Any]:
    made = get_openapi(
        title="Mini-XDR", version=app.version, description=_DESCRIPTION, routes=app.routes, openapi_version="3.1.0"
    )
    parts = made.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    _, problems = models_json_schema(
        [(Problem, "serialization"), (FieldError, "serialization")], ref_template="#/components/schemas/{model}"
    )
    schemas.update(problems["$defs"])
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    parts["securitySchemes"] = {
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": COOKIE,
            "description": "People: made by `createSession`.",
        },
        "token": {"type": "http", "scheme": "bearer", "description": "Machines: `mxa_...`, made by `createToken`."},
    }
    parts["responses"] = {
        f"Problem{status}": {"description": text, "content": _PROBLEM} for status, text in _ANSWERS.items()
    } | {"Problem": {"description": "Another problem.", "content": _PROBLEM}}
    for operation in operations(made):
        _add_answers(operation)
        _add_examples(operation, schemas)
    return made


_PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}


def operations(made: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield each operation of a document."""
    for path in made["paths"].values():
        yield from (path[method] for method in _METHODS if method in path)


def _add_answers(operation: dict[str, Any]) -> None:
    answers = operation.setdefault("responses", {})
    if "HTTPValidationError" in str(answers.get("422", "")):
        del answers["422"]
    places = {parameter["in"] for parameter in operation.get("parameters", ())}
    names = {parameter["name"].lower() for parameter in operation.get("parameters", ())}
    expected = {503}
    if operation.get("x-role") != PUBLIC:
        expected |= {401, 403}
    if "path" in places:
        expected.add(404)
    if places or "requestBody" in operation:
        expected |= {400, 422}
    if "requestBody" in operation:
        expected |= {409, 413}
    if "if-match" in names:
        expected |= {412, 428}
    for status in sorted(expected):
        answers.setdefault(str(status), {"$ref": f"#/components/responses/Problem{status}"})
    answers.setdefault("default", {"$ref": "#/components/responses/Problem"})


def _add_examples(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    for status, answer in operation["responses"].items():
        for media, content in answer.get("content", {}).items():
            if status.startswith("2") and media == "application/json" and content.get("schema"):
                content.setdefault("example", example_of(content["schema"], schemas))
