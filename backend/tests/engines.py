"""Real engines for tests: PostgreSQL and NATS from the wheels, one of each a test session, a fresh database a test module.

`conftest.py` gives all tests the fixtures `postgres` and `nats_url`.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from minixdr.adapters.postgres.schema import upgrade
from minixdr.local.accounts import engine_account
from minixdr.local.databases import OWNER, SERVICE, prepare
from minixdr.local.engines import running
from minixdr.local.nats import Nats
from minixdr.local.ports import free_port
from minixdr.local.postgres import SUPERUSER, Postgres

_PASSWORD = "of-a-test"
_PASSWORDS = {OWNER: _PASSWORD, SERVICE: _PASSWORD}
_TEMPLATE = "minixdr_template"
_numbers = count(1)


@dataclass(frozen=True)
class TestDatabase:
    """A migrated database."""

    __test__ = False  # not a class of tests

    owner_url: str
    """Of the role that owns the tables."""
    app_url: str
    """Of the role that serves, under row-level security."""
    superuser_url: str
    """Sees through row-level security; for looking at what a test left behind."""


@pytest.fixture(scope="session")
def engine_folder() -> Iterator[Path]:
    """Return a folder that the engines' account can enter (pytest's own are closed to it where root runs the tests)."""
    with tempfile.TemporaryDirectory(prefix="minixdr-test-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder


@pytest.fixture(scope="session")
def postgres_server(engine_folder: Path) -> Iterator[Postgres]:
    """Return a running cluster whose template database is migrated. What is lost in a power cut is not tested here: no fsync."""
    server = Postgres(
        engine_folder / "postgres",
        free_port(),
        _PASSWORD,
        engine_account(None),
        {"fsync": "off", "full_page_writes": "off"},
    )
    server.create()
    with running(server, engine_folder / "postgres.log"):
        prepare(server.url(SUPERUSER, _PASSWORD, "postgres"), _PASSWORDS, _TEMPLATE)
        upgrade(server.url(OWNER, _PASSWORD, _TEMPLATE), lambda _: None)
        yield server


@pytest.fixture(scope="module")
def postgres(postgres_server: Postgres) -> TestDatabase:
    """Return a fresh, migrated database."""
    name = f"test_{next(_numbers)}"
    prepare(postgres_server.url(SUPERUSER, _PASSWORD, "postgres"), _PASSWORDS, name, template=_TEMPLATE)
    return TestDatabase(
        owner_url=postgres_server.url(OWNER, _PASSWORD, name),
        app_url=postgres_server.url(SERVICE, _PASSWORD, name),
        superuser_url=postgres_server.url(SUPERUSER, _PASSWORD, name),
    )


@pytest.fixture(scope="session")
def nats_server(engine_folder: Path) -> Iterator[Nats]:
    """Return a running server."""
    server = Nats(engine_folder / "nats", free_port(), _PASSWORD, engine_account(None))
    server.create()
    with running(server, engine_folder / "nats.log"):
        yield server


@pytest.fixture(scope="session")
def nats_url(nats_server: Nats) -> str:
    """Return the address of a server with JetStream that syncs always. Streams are shared by the session: name yours, and delete them."""
    return nats_server.url
