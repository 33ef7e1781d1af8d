"""Who calls: a person by session, or a machine by API token; and the platform, as routes get them."""

from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import Depends, Request

from minixdr.app.platform import Platform
from minixdr.ports.database import Scope
from minixdr.schema.role import Role


class Person(msgspec.Struct, frozen=True):
    """Somebody signed in, perhaps a member of no organization."""

    user_id: UUID
    session_id: UUID
    organization_id: UUID | None
    """The organization looked at now."""
    role: Role | None
    address: str

    @property
    def scope(self) -> Scope:
        """The person's own transactions."""
        return Scope(self.organization_id, self.user_id, f"user:{self.user_id}", self.address)


class Caller(msgspec.Struct, frozen=True):
    """Somebody or something acting within an organization."""

    organization_id: UUID
    role: Role
    address: str
    user_id: UUID | None = None
    session_id: UUID | None = None
    token_id: UUID | None = None

    @property
    def actor(self) -> str:
        """As the audit log names it: `user:<id>` or `token:<id>`."""
        return f"token:{self.token_id}" if self.user_id is None else f"user:{self.user_id}"

    @property
    def scope(self) -> Scope:
        """The caller's transactions: they see the organization's rows only."""
        return Scope(self.organization_id, self.user_id, self.actor, self.address)


def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


def _person(request: Request) -> Person:
    person: Person = request.state.person
    return person


def _platform(request: Request) -> Platform:
    platform: Platform = request.app.state.platform
    return platform


CallerDep = Annotated[Caller, Depends(_caller)]
"""In operations of `least=Role...`."""
PersonDep = Annotated[Person, Depends(_person)]
"""In operations of `least=PERSON`."""
PlatformDep = Annotated[Platform, Depends(_platform)]
