"""The first owner, and a lost password."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.app import audit, bootstrap
from minixdr.app.passwords import Passwords
from minixdr.app.refusal import ConflictError, InvalidError, NotFoundError
from minixdr.ports.database import Scope
from minixdr.ports.stores.access import NewSession
from tests.engines import TestDatabase
from tests.integration.postgres.opened import on, organization, person

_NOW = datetime(2026, 11, 25, tzinfo=UTC)


@dataclass
class Process:
    """What `app.audit` needs of a platform."""

    database: PostgresDatabase
    secret_key: bytes = b"k" * 32

    def now(self) -> datetime:
        """Return a fixed time."""
        return _NOW


def test_the_first_owner_is_made_once(postgres: TestDatabase) -> None:
    """Started twice, or twice at once, one organization with one owner comes of it, whose password is known to who started it."""

    async def work(database: PostgresDatabase) -> None:
        passwords = Passwords()

        async def first() -> bootstrap.Owner | ConflictError | None:
            try:
                return await bootstrap.create_first_owner(database, passwords, "Ada@Example.org", "Acme Übersee", _NOW)
            except ConflictError as error:
                return error

        made = [owner for owner in await asyncio.gather(first(), first()) if isinstance(owner, bootstrap.Owner)]
        (owner,) = [each for each in made if each.password is not None]
        assert (owner.organization, owner.email, owner.changed) == ("acme-ubersee", "ada@example.org", True)
        assert await first() is None
        async with database.transaction(Scope(owner.organization_id, owner.user_id)) as tx:
            assert [(member.email, member.role) for member in await tx.members.all()] == [("ada@example.org", "owner")]
            user = await tx.users.get(owner.user_id)
            assert user is not None
            assert await passwords.matches(owner.password or "", user.password_hash)
            entries = await tx.audit.page(1, 10)
        assert [entry.action for entry in entries] == ["organization.created", "member.added"]
        process: Any = Process(database)
        assert await audit.sign_heads(process) == 1
        assert await audit.sign_heads(process) == 0
        assert (await audit.verify(process, Scope(owner.organization_id))).problems == ()

    on(postgres.app_url, work)


def test_an_owner_is_made_sure_of(postgres: TestDatabase) -> None:
    """The same asked again changes nothing; a member becomes owner; an account keeps its password."""

    async def work(database: PostgresDatabase) -> None:
        passwords = Passwords()

        async def create(organization: str, password: str | None = None) -> bootstrap.Owner:
            return await bootstrap.create_owner(database, passwords, "b@example.org", organization, _NOW, password)

        made = await create("Two", "a long enough secret")
        assert (made.password, made.changed) == (None, True)
        again = await create("two")
        assert (again.password, again.changed, again.user_id) == (None, False, made.user_id)
        other = await create("Three")
        assert (other.password, other.changed, other.user_id) == (None, True, made.user_id)
        async with database.transaction(Scope(made.organization_id)) as tx:
            await tx.members.add((helper := await person(database)), "owner", None)
            await tx.members.change_role(made.user_id, "viewer")
            assert helper != made.user_id
        assert (await create("two")).changed
        async with database.transaction(Scope(made.organization_id, made.user_id)) as tx:
            assert await tx.members.role(made.organization_id, made.user_id) == "owner"
            user = await tx.users.get(made.user_id)
            assert user is not None
            assert await passwords.matches("a long enough secret", user.password_hash)
        for email, name, password in (
            ("nobody", "x", None), ("a@b", "!!!", None), ("a@b", "x", "short"), ("a@b", "Deployment canary", None),
        ):  # fmt: skip
            with pytest.raises(InvalidError):
                await bootstrap.create_owner(database, passwords, email, name, _NOW, password)

    on(postgres.app_url, work)


def test_a_lost_password_is_replaced(postgres: TestDatabase) -> None:
    """Sessions and locks end, and each organization's audit log says so."""

    async def work(database: PostgresDatabase) -> None:
        passwords = Passwords()
        owner = await bootstrap.create_owner(database, passwords, "c@example.org", "Four", _NOW)
        second = await organization(database)
        async with database.transaction(Scope(second, owner.user_id)) as tx:
            await tx.members.add(owner.user_id, "viewer", None)
            await tx.users.sign_in_failed(owner.user_id, _NOW + timedelta(days=1))
            session = NewSession(
                token_hash=b"token",
                user_id=owner.user_id,
                organization_id=None,
                created_at=_NOW,
                expires_at=_NOW + timedelta(days=1),
                address=None,
                user_agent=None,
                second_factor=False,
            )
            await tx.sessions.create(session)
        new = await bootstrap.reset_password(database, passwords, " C@example.org", _NOW)
        async with database.transaction(Scope(user_id=owner.user_id)) as tx:
            user = await tx.users.get(owner.user_id)
            assert user is not None
            assert await passwords.matches(new, user.password_hash)
            assert (user.locked_until, user.failed_sign_ins) == (None, 0)
            assert await tx.sessions.of_user(owner.user_id, _NOW) == []
        for here in (owner.organization_id, second):
            async with database.transaction(Scope(here)) as tx:
                assert (await tx.audit.page(1, 10))[-1].action == "user.password_reset"
        with pytest.raises(NotFoundError):
            await bootstrap.reset_password(database, passwords, "nobody@example.org", _NOW)

    on(postgres.app_url, work)
