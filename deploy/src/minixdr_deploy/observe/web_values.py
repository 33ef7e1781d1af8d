"""What anybody sees who opens the console, as values."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from minixdr_deploy.observe.known import NotKnown


class VersionAnswer(msgspec.Struct, frozen=True):
    """What a part says of itself, through the load balancer."""

    part: Literal["api", "web"]
    version: str
    revision: str | None
    image_digest: str | None
    schema_oldest: int | None = None
    schema_newest: int | None = None


class Readiness(msgspec.Struct, frozen=True):
    """What `/readyz` of the api answers, through the load balancer."""

    status: str
    problems: Mapping[str, str] = {}
    """By part, of those that fail."""
    parts: tuple[str, ...] = ()


class Certificate(msgspec.Struct, frozen=True):
    """The certificate that the load balancer shows."""

    names: tuple[str, ...]
    not_after: datetime
    issuer: str
    problem: str | None = None
    """Why a browser refuses it; None: it does not."""


class Names(msgspec.Struct, frozen=True):
    """Where DNS sends the console's name."""

    host: tuple[str, ...]
    """Addresses of the name in deploy.yaml; empty: the name does not exist."""
    load_balancer: tuple[str, ...] | NotKnown
    """Addresses of the load balancer's own name."""


class WebState(msgspec.Struct, frozen=True):
    """What anybody sees who opens the console."""

    names: Names | NotKnown
    certificate: Certificate | NotKnown
    versions: tuple[VersionAnswer, ...] | NotKnown
    """The different answers to repeated requests."""
    readiness: Readiness | NotKnown
    entrance: str | NotKnown = ""
    """Where it was asked: `https://host`."""
