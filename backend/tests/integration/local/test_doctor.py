"""The doctor sees what is wrong, one thing at a time, and says what to do."""

import asyncio
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import nats
import psycopg
import pytest
from nats.js.errors import NotFoundError

from minixdr.local.accounts import engine_account
from minixdr.local.doctor.check import Check
from minixdr.local.doctor.database import database
from minixdr.local.doctor.examine import examine
from minixdr.local.doctor.log import log
from minixdr.local.doctor.machine import machine
from minixdr.local.doctor.machine import port as look_at_port
from minixdr.local.doctor.serving import api
from minixdr.local.engines import running
from minixdr.local.folder import DataFolder
from minixdr.local.nats import Nats
from minixdr.local.ports import free_port
from tests.engines import TestDatabase


def states(checks: Iterator[Check] | list[Check]) -> dict[str, str]:
    """Return the state of each check."""
    return {check.name: check.state for check in checks}


def execute(url: str, statement: str) -> None:
    """Change something as whoever the address is of."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def test_a_database_as_it_should_be(postgres: TestDatabase) -> None:
    """Nothing to say against it."""
    assert states(database(postgres.app_url, workers_expected=False)) == {
        "database": "ok",
        "clock": "ok",
        "role": "ok",
        "row-level security": "ok",
        "staged files": "ok",
    }


def test_serving_as_the_owner_is_a_failure(postgres: TestDatabase) -> None:
    """The owner can change what keeps organizations apart."""
    found = {check.name: check for check in database(postgres.owner_url, workers_expected=False)}
    assert found["role"].state == "fail"
    assert "owns tables" in found["role"].said
    assert (
        "is a superuser"
        in next(c for c in database(postgres.superuser_url, workers_expected=False) if c.name == "role").said
    )


def test_a_table_without_row_security_is_a_failure(postgres: TestDatabase) -> None:
    """By name."""
    execute(postgres.owner_url, "ALTER TABLE findings NO FORCE ROW LEVEL SECURITY")
    try:
        found = {check.name: check for check in database(postgres.app_url, workers_expected=False)}
    finally:
        execute(postgres.owner_url, "ALTER TABLE findings FORCE ROW LEVEL SECURITY")
    assert found["row-level security"].state == "fail"
    assert "findings" in found["row-level security"].said


def test_no_worker_is_a_failure_and_one_is_not(postgres: TestDatabase) -> None:
    """Batches would wait for ever."""
    assert states(database(postgres.app_url, workers_expected=True))["workers"] == "fail"
    execute(
        postgres.superuser_url,
        "INSERT INTO heartbeats (name, kind, version, started_at, seen_at) VALUES ('w', 'worker', '1', now(), now())",
    )
    assert states(database(postgres.app_url, workers_expected=True))["workers"] == "ok"


def test_a_database_that_is_away_is_said_without_its_password(postgres: TestDatabase) -> None:
    """A report is pasted into a chat."""
    wrong = postgres.app_url.replace("of-a-test", "a-secret-word")
    (check,) = database(wrong, workers_expected=False)
    assert check.state == "fail"
    assert "a-secret-word" not in check.said + check.advice


def test_the_log_is_looked_at(nats_url: str) -> None:
    """A stream that somebody changed is noticed."""

    async def change(discard: str) -> None:
        client = await nats.connect(nats_url)
        config = {
            "name": "MINIXDR_INGEST",
            "subjects": ["x"],
            "storage": "file",
            "retention": "workqueue",
            "discard": discard,
        }
        await client.request(f"$JS.API.STREAM.CREATE.{config['name']}", json.dumps(config).encode())
        await client.request("$JS.API.STREAM.UPDATE.MINIXDR_INGEST", json.dumps(config).encode())
        await client.close()

    async def delete() -> None:
        client = await nats.connect(nats_url)
        with suppress(NotFoundError):
            await client.jetstream().delete_stream("MINIXDR_INGEST")
        await client.close()

    asyncio.run(delete())  # of another test on the same server
    try:
        assert states(log(nats_url)) == {"log": "ok", "log on disk": "ok", "log stream": "warn"}
        asyncio.run(change("new"))
        assert states(log(nats_url))["log stream"] == "ok"
        asyncio.run(change("old"))
        assert states(log(nats_url))["log stream"] == "fail"
    finally:
        asyncio.run(delete())


def test_a_log_that_acknowledges_early_is_a_failure(engine_folder: Path) -> None:
    """It is the one setting that loses data silently."""

    class Careless(Nats):
        def configuration(self) -> str:
            return super().configuration().replace("sync_interval: always", "sync_interval: 2m")

    server = Careless(engine_folder / "careless", free_port(), "of-a-test", engine_account(None))
    server.create()
    with running(server, engine_folder / "careless.log"):
        assert states(log(server.url))["log on disk"] == "fail"
    assert states(log(server.url)) == {"log": "fail"}


def test_secrets_that_others_can_read_are_a_failure(tmp_path: Path) -> None:
    """With the command that puts it right."""
    folder = DataFolder(tmp_path / "data")
    folder.make(None)
    folder.secrets()
    assert states(machine(folder, None))["secrets"] == "ok"
    (folder.path / "secrets.json").chmod(0o644)
    found = next(check for check in machine(folder, None) if check.name == "secrets")
    assert (found.state, found.advice) == ("fail", f"chmod 600 {folder.path / 'secrets.json'}")


class _Api(http.server.BaseHTTPRequestHandler):
    status, body = 200, b"{}"

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def address() -> Iterator[str]:
    """Return the address of something that answers like the api."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Api) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_what_the_api_lacks_is_repeated(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By part."""
    assert states(api(address)) == {"api": "ok"}
    monkeypatch.setattr(_Api, "status", 503)
    monkeypatch.setattr(
        _Api, "body", b'{"status":"not_ready","parts":{"log":{"state":"failed","problem":"does not answer"}}}'
    )
    (check,) = api(address)
    assert check.state == "fail"
    assert "log: does not answer" in check.said


def test_a_port_in_use_names_its_holder(address: str) -> None:
    """A person knows what to end."""
    check = look_at_port("127.0.0.1", int(address.rpartition(":")[2]))
    assert check.state == "fail"
    assert "pytest" in check.said or "python" in check.said


def test_an_empty_machine(tmp_path: Path) -> None:
    """Before the first start nothing is wrong, and nothing is made."""
    probed: list[object] = []
    checks = list(examine(DataFolder(tmp_path / "none"), {}, "127.0.0.1", free_port(), probed.append))
    assert {check.state for check in checks} <= {"ok", "warn", "skip"}
    assert not (tmp_path / "none").exists()
    assert probed == []
