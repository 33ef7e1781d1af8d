"""How an operation is declared: one call says its id, its words and the least role it takes.

    router = noun("tokens")

    @router.get("/tokens", **operation("listTokens", "List the API tokens", least=Role.ADMIN))
    async def list_tokens(caller: CallerDep, platform: PlatformDep, page: PageDep) -> Page[Token]: ...

The role is checked before anything of the request's body is read. It stands in the OpenAPI document as `x-role`, where the tests that cross
organizations on every operation find it. A route without a role cannot be made.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from minixdr.api.auth import PERSON, PUBLIC, require
from minixdr.schema.role import Role

__all__ = ["PERSON", "PUBLIC", "Least", "Route", "noun", "operation"]

Least = Role | str


class Route(APIRoute):
    """A route that lets in whom its operation declares."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        if "x-role" not in (options.get("openapi_extra") or {}):
            raise TypeError(f"{path} does not say who may use it: declare it with **operation(..., least=...)")
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler, behind the check of the caller."""
        handler = super().get_route_handler()
        least: str = (self.openapi_extra or {})["x-role"]

        async def guarded(request: Request) -> Response:
            await require(request, least)
            return await handler(request)

        return guarded


def operation(
    operation_id: str, summary: str, *, least: Least, description: str | None = None, **options: Any
) -> dict[str, Any]:
    """Return what the route decorators take. `least` is a Role, PERSON or PUBLIC; other options are FastAPI's (`status_code`, `responses`)."""
    role = str(least)
    security: list[dict[str, list[str]]] = [{"session": []}, {"token": []}]
    if role == PERSON:
        security = [{"session": []}]
    if role == PUBLIC:
        security = []
    extra = {"x-role": role, "security": security, **options.pop("openapi_extra", {})}
    return {
        "operation_id": operation_id,
        "summary": summary,
        "description": description or "",
        "openapi_extra": extra,
        **options,
    }


def noun(name: str) -> APIRouter:
    """Return the router of a noun. A module below `api/v1/` exports it as `router`; that mounts it under `/api/v1`."""
    return APIRouter(route_class=Route, tags=[name])
