"""What is true of every answer: problems for errors, headers, ids, limits; and what the platform says of itself."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import jsonschema_rs
import pytest
from fastapi import FastAPI
from prometheus_client import generate_latest

from minixdr.api.app import create_app
from minixdr.api.middleware import Around
from minixdr.api.problem import add_handlers
from minixdr.api.routes import noun
from minixdr.app.build import SchemaRange
from minixdr.app.metrics import Metrics
from minixdr.app.models.index import Entry, Index
from minixdr.app.models.load import Loaded, Models
from minixdr.app.platform import Platform
from minixdr.app.startup import Startup
from minixdr.ports.database import DatabaseAwayError, DatabaseConflictError, Scope
from minixdr.ports.log import LogFullError
from tests.api import BASE, SECRET_KEY, Clock, ListLog


class AwayDatabase:
    """A database that does not answer."""

    @asynccontextmanager
    async def transaction(self, scope: Scope) -> AsyncIterator[None]:
        raise DatabaseAwayError("no route to 10.0.0.7, password hunter2")
        yield

    async def run(self, scope: Scope, work: Any) -> Any:
        async with self.transaction(scope):
            return None


class AwayLog(ListLog):
    """A log that does not answer."""

    async def waiting(self) -> int:
        raise LogFullError("nats://user:hunter2@10.0.0.8 is away")


def application(*, log: ListLog | None = None, public_url: str = BASE, **checks: Any) -> FastAPI:
    platform = Platform(AwayDatabase(), log or ListLog(), SECRET_KEY, public_url, "1.2.3", Clock().now, checks=checks)  # type: ignore[arg-type]
    return create_app(platform)


def ask(app: Any, method: str, path: str, **options: Any) -> httpx.Response:
    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            return await client.request(method, path, **options)

    return asyncio.run(run())


def check_problem(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["type"] == f"urn:minixdr:problem:{kind}"
    assert problem["status"] == status
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["detail"]
    return problem


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "kind"),
    [
        ("GET", "/nothing/here", {}, 404, "not-found"),
        ("GET", "/api/v1/nothing", {}, 404, "not-found"),
        ("DELETE", "/version", {}, 405, "method-not-allowed"),
        ("TRACE", "/api/v1/session", {}, 405, "method-not-allowed"),
        ("POST", "/api/v1/session", {"content": b"{", "headers": {"Content-Type": "application/json"}}, 400, "bad-request"),
        ("POST", "/api/v1/session", {"content": b"[" * 100_000, "headers": {"Content-Type": "application/json"}}, 400, "bad-request"),
        ("POST", "/api/v1/session", {"content": b"\xff\xfe", "headers": {"Content-Type": "application/json"}}, 400, "bad-request"),
        ("POST", "/api/v1/session", {"json": {"email": "a@b.example"}}, 422, "invalid-request"),
        ("POST", "/api/v1/session", {"json": {"email": "a@b.example", "password": "x", "more": 1}}, 422, "invalid-request"),
        ("POST", "/api/v1/session", {"content": b"a=b"}, 422, "invalid-request"),
        ("POST", "/api/v1/session", {"content": b"x" * 2_000_000, "headers": {"Content-Type": "application/json"}}, 413, "body-too-large"),
        ("GET", "/api/v1/members", {}, 401, "unauthenticated"),
        ("GET", "/api/v1/members", {"headers": {"Authorization": "Basic eDp5"}}, 401, "unauthenticated"),
        ("GET", "/api/v1/members", {"headers": {"Cookie": "minixdr_session=abc"}}, 503, "database-away"),
    ],
)  # fmt: skip
def test_every_error_is_a_problem(method: str, path: str, options: dict[str, Any], status: int, kind: str) -> None:
    """Whatever raised it; and it never repeats what was sent, nor says what only we should know."""
    answer = ask(application(), method, path, **options)
    check_problem(answer, status, kind)
    assert "hunter2" not in answer.text


def test_a_wrong_method_is_told_the_right_ones() -> None:
    """All of them, also where several operations share an address."""
    answer = ask(application(), "PUT", "/api/v1/session")
    assert answer.headers["allow"] == "DELETE, GET, PATCH, POST"


def test_a_problem_names_the_values() -> None:
    """By JSON pointers into the body."""
    answer = ask(application(), "POST", "/api/v1/session", json={"email": "", "a/b~c": 1})
    problem = check_problem(answer, 422, "invalid-request")
    assert {error["pointer"] for error in problem["errors"]} == {"#/email", "#/password", "#/a~1b~0c"}


def test_hostile_text_is_no_server_error() -> None:
    """Lone surrogates and NUL in names and values of a body."""
    for content in (
        rb'{"email":"\ud800","password":"\ud800"}',
        rb'{"\ud800":1}',
        rb'{"email":"\u0000","password":NaN}',
    ):
        answer = ask(
            application(), "POST", "/api/v1/session", content=content, headers={"Content-Type": "application/json"}
        )
        check_problem(answer, 422, "invalid-request")


def test_a_database_that_is_away_says_when_to_come_back() -> None:
    """503 with Retry-After, and not why: that is in the log."""
    answer = ask(application(), "GET", "/api/v1/session", headers={"Cookie": "minixdr_session=abc"})
    check_problem(answer, 503, "database-away")
    assert int(answer.headers["retry-after"]) > 0
    assert "hunter2" not in answer.text


def test_every_answer_has_the_security_headers() -> None:
    """Good ones and bad ones; HSTS only where people come by https."""
    for path in ("/version", "/nothing"):
        headers = ask(application(), "GET", path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in headers
    https = ask(application(public_url="https://xdr.example"), "GET", "/version").headers
    assert https["strict-transport-security"] == "max-age=31536000"


def test_a_trace_gives_the_request_its_id() -> None:
    """A malformed or empty one does not."""
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    answer = ask(application(), "GET", "/version", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
    assert answer.headers["x-request-id"] == trace
    for bad in ("", "00-" + "0" * 32 + "-00f067aa0ba902b7-01", "x" * 55, "00-" + "G" * 32 + "-00f067aa0ba902b7-01"):
        assert ask(application(), "GET", "/version", headers={"traceparent": bad}).headers["x-request-id"] != trace


def test_ready_means_every_part_works() -> None:
    """Each is named with its state; not why, where the reason could hold an address."""

    async def lake() -> str | None:
        return None

    async def schema() -> str | None:
        return "run `minixdr db upgrade`"

    answer = ask(application(log=AwayLog(), lake=lake, schema=schema), "GET", "/readyz")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert answer.json() == {
        "status": "not_ready",
        "parts": {
            "database": {"state": "failed", "problem": "does not answer"},
            "log": {"state": "failed", "problem": "does not answer"},
            "lake": {"state": "ok", "problem": None},
            "schema": {"state": "failed", "problem": "run `minixdr db upgrade`"},
        },
    }
    assert ask(application(), "GET", "/livez").status_code == 200
    assert ask(application(), "GET", "/startupz").status_code == 200


def test_a_process_tells_which_program_it_is() -> None:
    """At both addresses the same; what nobody told it is null, never made up."""
    known = {
        "name": "minixdr",
        "version": "1.2.3",
        "revision": "1f0c2ab93d4e",
        "image_digest": f"sha256:{'ab' * 32}",
        "schema": {"oldest": 3, "newest": 5},
    }
    app = application()
    unknown = {"name": "minixdr", "version": "1.2.3", "revision": None, "image_digest": None, "schema": None}
    assert ask(app, "GET", "/version").json() == unknown
    app.state.platform = replace(
        app.state.platform,
        revision=known["revision"],
        image_digest=known["image_digest"],
        schema_range=SchemaRange(3, 5),
    )
    assert ask(app, "GET", "/version").json() == ask(app, "GET", "/api/version").json() == known


def test_models_are_told_by_the_inference_protocol() -> None:
    """Live, ready and each model: not before it is loaded; one that nobody has is not found."""

    class Folder:
        place = "models"

    entry = Entry("small", "1", "sha256:", 1, "sha256:", 1)
    app = application()
    assert ask(app, "GET", "/v2/health/live").json() == {"live": True}
    away = ask(app, "GET", "/v2/health/ready")
    assert (away.status_code, away.json()) == (503, {"ready": False})  # its database is away
    check_problem(ask(app, "GET", "/v2/models/small/ready"), 404, "not-found")
    models = Models(Folder(), None, Index((entry,)))  # type: ignore[arg-type]
    app.state.platform = replace(app.state.platform, models=models)
    loading = ask(app, "GET", "/v2/models/small/ready")
    assert (loading.status_code, loading.json()) == (503, {"name": "small", "ready": False})
    models.loaded = {"small": Loaded("small", "1", "sha256:", None)}  # type: ignore[arg-type]
    loaded = ask(app, "GET", "/v2/models/small/ready")
    assert (loaded.status_code, loaded.json()) == (200, {"name": "small", "ready": True})
    check_problem(ask(app, "GET", "/v2/models/other/ready"), 404, "not-found")


def test_a_process_that_still_starts_says_so() -> None:
    """Neither started nor ready until the last part is there; alive all the time."""

    async def models() -> str | None:
        return None

    app = application(models=models)
    startup: Startup = app.state.platform.startup
    startup.add("models", "they are being loaded")
    started, ready = ask(app, "GET", "/startupz"), ask(app, "GET", "/readyz")
    assert (started.status_code, started.json()) == (
        503,
        {"status": "starting", "pending": {"models": "they are being loaded"}},
    )
    assert ready.status_code == 503
    assert ready.json()["parts"]["models"] == {"state": "failed", "problem": "they are being loaded"}
    assert ask(app, "GET", "/livez").status_code == 200
    startup.done("models")
    assert ask(app, "GET", "/startupz").json() == {"status": "ok", "pending": {}}
    assert ask(app, "GET", "/readyz").json()["parts"]["models"] == {"state": "ok", "problem": None}


def test_a_part_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks gets an answer, and asks the parts no more often than once a second."""
    monkeypatch.setattr("minixdr.app.health._TIMEOUT_SECONDS", 0.05)
    asked = []

    async def hangs() -> str | None:
        asked.append(1)
        await asyncio.sleep(60)
        return None

    app = application(lake=hangs)

    async def run() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
            return list(await asyncio.gather(*(client.get("/readyz") for _ in range(20))))

    answers = asyncio.run(run())
    assert {answer.status_code for answer in answers} == {503}
    assert "did not answer" in answers[0].json()["parts"]["lake"]["problem"]
    assert len(asked) == 1


def failing(error: Exception | None) -> tuple[FastAPI, Metrics]:
    """Return an application whose only route fails, or hangs."""
    app, metrics = FastAPI(telemetry={"tracing": False, "metrics": False, "logs": False}), Metrics()
    add_handlers(app)
    app.add_middleware(Around, metrics=metrics, https=False, timeout_seconds=0.05, draining=lambda: False)

    @app.get("/api/v1/thing")
    async def _fail() -> None:
        if error is not None:
            raise error
        await asyncio.sleep(5)

    return app, metrics


def test_an_unforeseen_error_is_a_problem_too() -> None:
    """Its message stays in the log, beside the request's id; it is counted."""
    app, metrics = failing(RuntimeError("secret detail"))
    answer = ask(app, "GET", "/api/v1/thing")
    check_problem(answer, 500, "internal-error")
    assert "secret detail" not in answer.text
    assert b'status="500"} 1.0' in generate_latest(metrics.registry)


def test_a_request_that_takes_too_long_is_ended() -> None:
    """503, which clients send again; not 500."""
    app, _ = failing(None)
    check_problem(ask(app, "GET", "/api/v1/thing"), 503, "timeout")


def test_a_timeout_of_something_else_is_a_failure() -> None:
    """It is no bound of ours that was reached."""
    app, _ = failing(TimeoutError("of something else"))
    check_problem(ask(app, "GET", "/api/v1/thing"), 500, "internal-error")


@pytest.mark.parametrize(
    ("error", "kind"), [(DatabaseConflictError("x"), "database-conflict"), (LogFullError("x", 7.0), "log-full")]
)
def test_what_may_succeed_later_is_503(error: Exception, kind: str) -> None:
    """With Retry-After."""
    app, _ = failing(error)
    answer = ask(app, "GET", "/api/v1/thing")
    check_problem(answer, 503, kind)
    assert int(answer.headers["retry-after"]) >= 1


def test_numbers_do_not_grow_with_what_strangers_type() -> None:
    """Operations, not addresses; known methods, not any."""
    app = application()
    for number in range(20):
        ask(app, f"M{number}", f"/strange/{number}")
    text = generate_latest(app.state.platform.metrics.registry).decode()
    assert "strange" not in text
    assert text.count("minixdr_http_requests_total{") == 1


def _refs(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for inner in part.values():
            yield from _refs(inner)
    if isinstance(part, list):
        for inner in part:
            yield from _refs(inner)


def _meant(part: Any, made: dict[str, Any]) -> list[Any]:
    """Return the schemas that a part of the document names, and those that they name."""
    found: dict[str, Any] = {}
    waiting = list(_refs(part))
    while waiting:
        name = waiting.pop().rpartition("/")[2]
        if name not in found and name in made["components"]["schemas"]:
            found[name] = made["components"]["schemas"][name]
            waiting += _refs(found[name])
    return list(found.values())


def test_the_document_is_complete() -> None:
    """Each operation has an id of its own, words, a role, how to sign in, and answers; each reference leads somewhere."""
    made = ask(application(), "GET", "/api/v1/openapi.json").json()
    operations = [operation for path in made["paths"].values() for operation in path.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(set(ids)) == len(ids) > 30
    for operation in operations:
        name = operation["operationId"]
        assert operation["summary"], name
        assert operation["description"], name
        assert operation["tags"], name
        assert operation["x-role"] in {"public", "person", "viewer", "analyst", "admin", "owner"}, name
        assert (operation["security"] == []) == (operation["x-role"] == "public"), name
        assert {"503", "default"} <= set(operation["responses"]), name
        assert "HTTPValidationError" not in json.dumps(operation), name
        if "requestBody" in operation:
            assert '"example' in json.dumps([operation["requestBody"], *_meant(operation["requestBody"], made)]), name
    for ref in _refs(made):
        found: Any = made
        for part in ref.removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/")]
    assert set(made["components"]["securitySchemes"]) == {"session", "token"}


def test_examples_are_what_they_are_examples_of() -> None:
    """Those of answers fit their schemas."""
    made = application().openapi()
    checked = 0
    for path in made["paths"].values():
        for operation in path.values():
            for status, answer in operation["responses"].items():
                content = answer.get("content", {}).get("application/json", {})
                if status.startswith("2") and content.get("schema"):
                    schema = {"components": made["components"], **content["schema"]}
                    jsonschema_rs.validate(schema, content["example"], validate_formats=True)
                    checked += 1
    assert checked > 60


def test_a_route_without_a_role_cannot_be_made() -> None:
    """It would be open to anybody."""
    router = noun("things")
    with pytest.raises(TypeError, match="who may use it"):

        @router.get("/things")
        async def _list() -> None: ...
