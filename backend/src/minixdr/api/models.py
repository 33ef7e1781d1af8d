"""`/v2/...`: whether the models are there, in the words of the Open Inference Protocol (V2; kserve.github.io, "Open Inference Protocol").

What it does not cover: inference over HTTP. Models score what the platform takes in, not what strangers send.
"""

from typing import Annotated

from fastapi import Path, Request, Response
from pydantic import BaseModel

from minixdr.api.caller import PlatformDep
from minixdr.api.health import get_readiness
from minixdr.api.routes import PUBLIC, noun, operation
from minixdr.app.refusal import NotFoundError

router = noun("models")


class Live(BaseModel):
    """The process runs."""

    live: bool


class Ready(BaseModel):
    """Whether the process can serve."""

    ready: bool


class ModelReady(BaseModel):
    """Whether a model is loaded."""

    name: str
    ready: bool


@router.get("/v2/health/live", **operation("getInferenceLiveness", "Whether the process runs (V2)", least=PUBLIC))
async def get_live() -> Live:
    """Return that it does."""
    return Live(live=True)


@router.get(
    "/v2/health/ready",
    **operation(
        "getInferenceReadiness",
        "Whether the process can serve, its models too (V2)",
        least=PUBLIC,
        responses={503: {"model": Ready, "description": "Not now."}},
    ),
)
async def get_ready(request: Request, response: Response) -> Ready:
    """Return what `/readyz` says, in one word."""
    return Ready(ready=(await get_readiness(request, response)).status == "ready")


@router.get(
    "/v2/models/{model_name}/ready",
    **operation(
        "getModelReadiness",
        "Whether a model is loaded (V2)",
        least=PUBLIC,
        responses={503: {"model": ModelReady, "description": "It is still being loaded."}},
    ),
)
async def get_model_ready(
    model_name: Annotated[str, Path(max_length=64)], platform: PlatformDep, response: Response
) -> ModelReady:
    """Return whether it is; 404 where the platform has no such model."""
    models = platform.models
    if models is None or model_name not in models.names:
        raise NotFoundError("The platform has no such model.")
    ready = model_name in models.loaded
    if not ready:
        response.status_code = 503
        response.headers["Retry-After"] = "1"
    return ModelReady(name=model_name, ready=ready)
