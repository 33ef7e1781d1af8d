"""The process's gatekeeper, as routes get it."""

from typing import Annotated

from fastapi import Depends, Request

from minixdr.app.access.sign_in import Gatekeeper


def _keeper(request: Request) -> Gatekeeper:
    keeper: Gatekeeper = request.app.state.gatekeeper
    return keeper


KeeperDep = Annotated[Gatekeeper, Depends(_keeper)]
