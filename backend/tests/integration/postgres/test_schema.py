"""Migrations: from nothing, twice at once, refused where they do not fit."""

import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from alembic.script import ScriptDirectory

from minixdr.adapters.postgres import schema
from minixdr.local.databases import OWNER, SERVICE, prepare
from minixdr.local.postgres import SUPERUSER, Postgres
from minixdr.ports.database import DatabaseAwayError, SchemaState
from minixdr.ports.schema import SchemaError

_PASSWORDS = {OWNER: "of-a-test", SERVICE: "of-a-test"}


@pytest.fixture
def empty(postgres_server: Postgres, request: pytest.FixtureRequest) -> tuple[str, str]:
    """Return the owner's and the service's address of an empty database."""
    name = f"empty_{abs(hash(request.node.name)) % 10**9}"
    prepare(postgres_server.url(SUPERUSER, "of-a-test", "postgres"), _PASSWORDS, name)
    return postgres_server.url(OWNER, "of-a-test", name), postgres_server.url(SERVICE, "of-a-test", name)


def test_an_empty_database_is_refused_then_upgraded_then_served(empty: tuple[str, str]) -> None:
    """A process serves a schema it knows, and no other; the message says what to run."""
    owner, service = empty
    assert "minixdr db upgrade" in (schema.state(service).refusal or "")
    said: list[str] = []
    schema.upgrade(owner, said.append)
    assert said[0] == "schema revision 0001: The first schema."
    assert len(said) == schema.NEWEST
    state = schema.state(service)
    assert (state.revision, state.refusal) == (schema.NEWEST, None)
    schema.upgrade(owner, said.append)
    assert len(said) == schema.NEWEST


def test_upgrades_at_once_do_the_work_once(empty: tuple[str, str]) -> None:
    """Containers that start together do not run a migration twice."""
    owner, _ = empty
    command = [Path(sys.executable).with_name("minixdr"), "db", "upgrade"]
    with psycopg.connect(owner) as obstacle, psycopg.connect(owner, autocommit=True) as observer:
        obstacle.execute("CREATE SCHEMA lake")  # what the first one needs: nobody gets past it until all are there
        started = [
            subprocess.Popen(command, env={"MINIXDR_DATABASE_URL": owner}, stdout=subprocess.PIPE, text=True)
            for _ in range(3)
        ]
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        started_at = time.monotonic()
        first_at = None  # when the first one began to wait: after 10 seconds it would give up
        while (count := observer.execute(waiting).fetchone()) != (3,):
            first_at = time.monotonic() if first_at is None and count != (0,) else first_at
            assert time.monotonic() - started_at < 60
            if first_at is not None and time.monotonic() - first_at > 7:
                break
            time.sleep(0.05)
        obstacle.rollback()
    said = [process.communicate(timeout=60)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    assert "".join(said).count("schema revision 0001: The first schema.") == 1
    assert schema.state(owner).refusal is None


def test_tables_and_migrations_say_the_same(empty: tuple[str, str]) -> None:
    """`alembic check` is clean: nobody changed a table without its migration."""
    owner, _ = empty
    schema.upgrade(owner, lambda _: None)
    assert schema.differences(owner) == []
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("ALTER TABLE findings DROP COLUMN verdict_note")
        connection.execute("DROP INDEX ix_findings_level")
    missing = schema.differences(owner)
    assert sorted(line.split(":")[0] for line in missing) == ["add_column", "add_index"]
    assert any("ix_findings_level" in line for line in missing)


def test_a_failed_upgrade_leaves_nothing(empty: tuple[str, str]) -> None:
    """A migration happens whole or not at all."""
    owner, _ = empty
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("CREATE TABLE users (oops int)")
    with pytest.raises(SchemaError, match='relation "users" already exists'):
        schema.upgrade(owner, lambda _: None)
    assert schema.state(owner).revision is None
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("DROP TABLE users")
    schema.upgrade(owner, lambda _: None)
    assert schema.state(owner).refusal is None


def test_a_database_that_is_away_is_said() -> None:
    """Nobody listens: a named error, at once."""
    with pytest.raises(DatabaseAwayError, match="cannot be reached"):
        schema.state("postgresql://nobody:x@127.0.0.1:9/minixdr")


@pytest.mark.parametrize(
    ("revision", "usable_from", "word"),
    [
        (None, None, "db upgrade"),
        (3, 1, "db upgrade"),
        (9, 7, "newer program"),
        (9, 6, None),
        (4, 1, None),
        (6, 6, None),
    ],
)
def test_a_program_serves_a_range_of_schemas(revision: int | None, usable_from: int | None, word: str | None) -> None:
    """During a roll-out the older program serves a schema that only grew; never one that lost what it needs."""
    refusal = SchemaState(revision, usable_from, oldest_served=4, newest_known=6).refusal
    assert refusal is None if word is None else word in (refusal or "")


def test_the_commands_say_where_the_database_stands(empty: tuple[str, str]) -> None:
    """`minixdr db` is what a container's start and a person run: exit status and words are its contract."""
    owner, service = empty

    def run(name: str, **environment: str) -> tuple[int, str]:
        command = [Path(sys.executable).with_name("minixdr"), "db", name]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stdout + done.stderr

    assert run("current", MINIXDR_DATABASE_URL=service)[0] == 1
    status, said = run("check", MINIXDR_DATABASE_URL=service)
    assert (status, "minixdr db upgrade" in said) == (1, True)
    oldest, newest = schema.OLDEST, schema.NEWEST
    status, said = run("upgrade", MINIXDR_DATABASE_OWNER_URL=owner)
    assert (status, said.splitlines()[0]) == (0, "schema revision 0001: The first schema.")
    assert said.splitlines()[newest:] == [f"the schema is at revision {newest}"]
    assert run("upgrade", MINIXDR_DATABASE_OWNER_URL=owner) == (0, f"the schema is at revision {newest}, as it was\n")
    assert run("check", MINIXDR_DATABASE_OWNER_URL=owner)[0] == 0
    assert run("check", MINIXDR_DATABASE_URL=service)[0] == 0
    assert run("current", MINIXDR_DATABASE_URL=service) == (
        0,
        f"revision {newest}; this program serves {oldest} to {newest}\n",
    )
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("ALTER TABLE users ADD COLUMN surprise text")
    status, said = run("check", MINIXDR_DATABASE_OWNER_URL=owner)
    assert (status, "surprise" in said) == (1, True)
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("UPDATE schema_state SET revision = 9999, usable_from = 9998")
    for name in ("upgrade", "check", "current"):
        status, said = run(name, MINIXDR_DATABASE_OWNER_URL=owner)
        assert (status, "install the newer program" in said) == (1, True)
    assert run("upgrade")[0] == 2
    assert run("upgrade", MINIXDR_DATABASE_URL="mysql://secret@x/y") == (
        2,
        (
            "minixdr: MINIXDR_DATABASE_URL is not the address of a PostgreSQL database; "
            "it takes something like postgresql://user:password@host:5432/minixdr\n"
        ),
    )
    status, said = run("current", MINIXDR_DATABASE_URL="postgresql://u:hidden@127.0.0.1:9/x")
    assert (status, "hidden" in said) == (3, False)


def test_a_role_that_may_not_is_told_so(empty: tuple[str, str]) -> None:
    """The serving role cannot change the schema, and the message has the server's reason."""
    _, service = empty
    with pytest.raises(SchemaError, match="permission denied"):
        schema.upgrade(service, lambda _: None)


def test_revisions_are_numbered_and_have_no_way_back() -> None:
    """A downgrade that nobody runs in earnest loses data on the day it is run; a backup is the way back."""
    script = ScriptDirectory.from_config(schema._config(None, print))  # type: ignore[arg-type]
    revisions = list(script.walk_revisions())
    assert [int(revision.revision) for revision in revisions] == list(range(schema.NEWEST, 0, -1))
    assert not any(hasattr(revision.module, "downgrade") for revision in revisions)
