"""Organizations are kept apart by the database itself, whatever the program asks."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError, ProgrammingError

from minixdr.adapters.postgres import tables
from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.adapters.postgres.row_security import SHARED
from minixdr.ports.database import Scope
from minixdr.ports.stores.access import NewSession, NewToken
from tests.engines import TestDatabase
from tests.integration.postgres.opened import on, organization, person

_NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_every_table_is_shut_unless_it_is_named_as_shared(postgres: TestDatabase) -> None:
    """A table that somebody adds without row-level security fails here."""
    query = """
        SELECT relname, relrowsecurity AND relforcerowsecurity, (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid)
        FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE relkind IN ('r', 'p') AND nspname IN ('public', 'lake')
    """
    with psycopg.connect(postgres.owner_url) as connection:
        found = {name: (shut, policies) for name, shut, policies in connection.execute(query)}
        with_organization = {
            row[0]
            for row in connection.execute(
                "SELECT DISTINCT table_name FROM information_schema.columns WHERE column_name = 'organization_id'"
            )
        }
    assert len(with_organization) > 25
    assert with_organization <= {name for name, (shut, policies) in found.items() if shut and policies}
    assert {name for name, (shut, _) in found.items() if not shut} == SHARED | {"alembic_version"}


def test_the_serving_role_owns_nothing_and_cannot_step_out(postgres: TestDatabase) -> None:
    """It is neither owner nor superuser, and cannot switch the rules off."""
    owned = """
        SELECT count(*) FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid
        WHERE d.deptype = 'o' AND (r.rolname = current_user OR pg_has_role(current_user, r.oid, 'USAGE'))
    """
    with psycopg.connect(postgres.app_url, autocommit=True) as connection:
        assert connection.execute(owned).fetchone() == (0,)
        flags = "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        assert connection.execute(flags).fetchone() == (False, False, False, False)
        for command in (
            "SET row_security = off; SELECT * FROM incidents",
            "ALTER TABLE incidents DISABLE ROW LEVEL SECURITY",
            "CREATE TABLE public.mine (x int)",
            "CREATE TABLE lake.mine (x int)",
            "DROP TABLE findings",
            "TRUNCATE audit_log",
            "UPDATE audit_log SET action = 'nothing'",
            "DELETE FROM audit_log",
            "UPDATE audit_checkpoints SET seq = 1",
            "DELETE FROM schema_state",
            "UPDATE alembic_version SET version_num = '0'",
        ):
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedTable)):
                connection.execute(command)


async def _filled(database: PostgresDatabase) -> tuple[UUID, UUID]:
    """Return an organization with rows in tables of several kinds, and its owner."""
    here = await organization(database)
    somebody = await person(database, here, "owner")
    async with database.transaction(Scope(here, somebody)) as tx:
        await tx.tokens.create(NewToken(name="t", kind="ingest", token_hash=here.bytes, prefix="mxi_x"))
        await tx.audit.add("test.done", "nothing", at=_NOW)
        await tx.jobs.add("test", {})
        await tx.invitations.create("new@example.org", "viewer", somebody.bytes, _NOW + timedelta(days=999), None)
        await tx.sessions.create(
            NewSession(
                token_hash=b"session " + somebody.bytes,
                user_id=somebody,
                organization_id=here,
                created_at=_NOW,
                expires_at=_NOW + timedelta(days=1),
                address=None,
                user_agent=None,
                second_factor=False,
            )
        )
    return here, somebody


def test_without_a_scope_nothing_is_seen(postgres: TestDatabase) -> None:
    """A transaction that forgets to say for whom it runs sees no row of anybody, by its own query or a stranger's."""

    async def work(database: PostgresDatabase) -> None:
        await _filled(database)
        async with database.transaction(Scope()) as tx:
            for table in tables.metadata.sorted_tables:
                if table.name not in SHARED:
                    assert (await tx.execute(select(table).limit(1))).first() is None, table.name

    on(postgres.app_url, work)


def test_the_owner_is_held_to_it_too(postgres: TestDatabase) -> None:
    """FORCE: a service that is run as the owner by mistake still sees nothing."""
    on(postgres.app_url, _filled)
    with psycopg.connect(postgres.owner_url) as connection:
        for name in ("organizations", "users", "api_tokens", "audit_log"):
            found = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
            assert found == (0,), name
    with psycopg.connect(postgres.superuser_url) as connection:
        assert connection.execute("SELECT count(*) > 0 FROM audit_log").fetchone() == (True,)


def test_another_organization_is_neither_seen_nor_changed_nor_entered(postgres: TestDatabase) -> None:
    """Reads give nothing, changes and deletes reach nothing, rows cannot be put there."""

    async def work(database: PostgresDatabase) -> None:
        theirs, _ = await _filled(database)
        ours, us = await _filled(database)
        async with database.transaction(Scope(ours, us)) as tx:
            for table in tables.metadata.sorted_tables:
                if "organization_id" in table.c and table.name not in SHARED:
                    seen = {row[0] for row in await tx.execute(select(table.c.organization_id))}
                    assert seen <= {ours}, table.name
            assert await tx.organizations.get(theirs) is None
            changed = await tx.execute(
                update(tables.jobs).where(tables.jobs.c.organization_id == theirs).values(kind="x")
            )
            assert changed.rowcount == 0
            removed = await tx.execute(delete(tables.api_tokens).where(tables.api_tokens.c.organization_id == theirs))
            assert removed.rowcount == 0
        with pytest.raises(ProgrammingError, match="row-level security"):
            async with database.transaction(Scope(ours, us)) as tx:
                await tx.execute(tables.rule_settings.insert().values(organization_id=theirs, rule_id="r"))
        with pytest.raises(ProgrammingError, match="row-level security"):
            async with database.transaction(Scope(ours, us)) as tx:
                await tx.execute(update(tables.jobs).values(organization_id=theirs))

    on(postgres.app_url, work)


def test_a_presented_token_shows_its_own_row_only(postgres: TestDatabase) -> None:
    """Who presents a token is looked up before anything is known of them: one row, and not to be changed."""

    async def work(database: PostgresDatabase) -> None:
        ours, us = await _filled(database)
        await _filled(database)
        async with database.transaction(Scope(token_hash=ours.bytes)) as tx:
            assert [row.organization_id for row in await tx.execute(select(tables.api_tokens))] == [ours]
            found = await tx.tokens.by_token()
            assert found is not None
            assert found.organization_id == ours
            assert (await tx.execute(update(tables.api_tokens).values(name="x"))).rowcount == 0
        async with database.transaction(Scope(token_hash=us.bytes)) as tx:
            assert [row.organization_id for row in await tx.execute(select(tables.invitations))] == [ours]
        async with database.transaction(Scope(token_hash=b"session " + us.bytes)) as tx:
            assert [row.user_id for row in await tx.execute(select(tables.sessions))] == [us]
            assert (await tx.execute(select(tables.users))).first() is None
        async with database.transaction(Scope(token_hash=b"of nobody")) as tx:
            for table in (tables.api_tokens, tables.invitations, tables.sessions):
                assert (await tx.execute(select(table))).first() is None

    on(postgres.app_url, work)


def test_a_person_sees_own_memberships_and_colleagues(postgres: TestDatabase) -> None:
    """A person sees the own organizations; within one the other members; and no stranger, nor can change a colleague."""

    async def work(database: PostgresDatabase) -> None:
        here, me = await _filled(database)
        there = await organization(database)
        colleague = await person(database, here)
        stranger = await person(database, there)
        async with database.transaction(Scope(there)) as tx:
            await tx.members.add(me, "analyst", None)
        async with database.transaction(Scope(user_id=me)) as tx:
            assert set(await tx.members.of_user(me)) == {(here, "owner"), (there, "analyst")}
            assert {each.id for each in await tx.organizations.all()} == {here, there}
            assert await tx.users.get(colleague) is None
        async with database.transaction(Scope(here, me)) as tx:
            assert await tx.users.get(colleague) is not None
            assert await tx.users.get(stranger) is None
            await tx.users.set_password(colleague, "taken over")
        async with database.transaction(Scope(user_id=colleague)) as tx:
            kept = await tx.users.get(colleague)
            assert kept is not None
            assert kept.password_hash == "hash"

    on(postgres.app_url, work)


def test_settings_end_with_their_transaction(postgres: TestDatabase) -> None:
    """A pooled connection carries nobody's rights over to the next."""

    async def work(database: PostgresDatabase) -> None:
        here, somebody = await _filled(database)
        async with database.transaction(Scope(here, somebody, system=True, token_hash=b"x", email="a@b")) as tx:
            names = [row[0] for row in await tx.execute(text("SELECT name FROM pg_settings WHERE false"))]
            assert names == []
        async with database._engine.connect() as connection:  # the pool's last used connection
            for name in ("organization_id", "user_id", "token_hash", "email", "system"):
                value = (await connection.execute(text(f"SELECT current_setting('minixdr.{name}', true)"))).scalar()
                assert not value

    on(postgres.app_url, work)


@pytest.mark.parametrize(
    "name", ["signals", "event_ids", "findings", "incidents", "receipts", "audit_log", "api_tokens"]
)
def test_the_platform_itself_does_not_read_what_is_an_organizations(postgres: TestDatabase, name: str) -> None:
    """`system` lists organizations and queues; contents stay with their organization."""

    async def work(database: PostgresDatabase) -> None:
        here, somebody = await _filled(database)
        async with database.transaction(Scope(system=True)) as tx:
            assert here in {each.id for each in await tx.organizations.all()}
            assert await tx.users.get(somebody) is not None
            assert (await tx.execute(select(tables.metadata.tables[name]).limit(1))).first() is None

    on(postgres.app_url, work)


def test_an_id_that_is_none_is_refused_by_the_database(postgres: TestDatabase) -> None:
    """What is set is a uuid or nothing: there is no text that means all."""

    async def work(database: PostgresDatabase) -> None:
        with pytest.raises(DBAPIError):
            async with database.transaction(Scope()) as tx:
                await tx.execute(text("SELECT set_config('minixdr.organization_id', '%', true)"))
                await tx.execute(select(tables.incidents))
        async with database.transaction(Scope(uuid4())) as tx:
            assert await tx.organizations.all() == []

    on(postgres.app_url, work)
