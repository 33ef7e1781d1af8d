"""`/api/v1/openapi.json`: the API's own description."""

from typing import Any

from fastapi import Request

from minixdr.api.routes import PUBLIC, noun, operation

router = noun("meta")


@router.get("/openapi.json", **operation("getOpenapi", "This document", least=PUBLIC))
async def get_openapi(request: Request) -> dict[str, Any]:
    """Return the OpenAPI document that describes all operations."""
    made: dict[str, Any] = request.app.openapi()
    return made
