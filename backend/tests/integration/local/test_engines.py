"""The engines run from their wheels, closed to all but who has the password, and end when they are told to."""

import asyncio
import json
import socket

import nats
import psycopg
import pytest

from minixdr.local.nats import VARZ, Nats
from minixdr.local.postgres import Postgres
from tests.engines import TestDatabase


def test_the_service_role_can_connect_and_own_nothing(postgres: TestDatabase) -> None:
    """Who serves can neither make tables nor become someone."""
    with psycopg.connect(postgres.app_url, autocommit=True) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("minixdr_service",)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine (x int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SET ROLE minixdr_owner")


def test_a_wrong_password_is_refused(postgres_server: Postgres) -> None:
    """There is no `trust`, also not for the superuser on the same machine."""
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres_server.url("postgres", "wrong", "postgres"))


def test_checksums_are_on_and_memory_is_small(postgres: TestDatabase) -> None:
    """A damaged page is noticed."""
    with psycopg.connect(postgres.app_url) as connection:
        shown = {
            name: connection.execute(f"SHOW {name}").fetchone()[0] for name in ("data_checksums", "shared_buffers")
        }
    assert shown == {"data_checksums": "on", "shared_buffers": "64MB"}


def test_nats_syncs_always_and_says_so_to_its_client(nats_url: str) -> None:
    """Acknowledged means on disk; a client can see that it is set so."""

    async def ask() -> dict[str, object]:
        client = await nats.connect(nats_url)
        try:
            answer = await client.request(VARZ, timeout=2)
            return json.loads(answer.data)["data"]["jetstream"]["config"]
        finally:
            await client.close()

    assert asyncio.run(ask())["sync_always"] is True


def test_nats_refuses_a_stranger(nats_server: Nats) -> None:
    """Without the password nobody reads or writes the log."""

    with socket.create_connection(("127.0.0.1", nats_server.port), timeout=5) as connection:
        connection.recv(4096)
        connection.sendall(b"CONNECT {}\r\nPING\r\n")
        assert b"Authorization Violation" in connection.recv(4096)
