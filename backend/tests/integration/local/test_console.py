"""The console beside the platform: `minixdr up` runs a standalone build with Node.js, tells it no secret, and goes on without it.

The build is a small one, made here, which passes requests on as the real one does.
"""

import http.client
import json
import os
import shutil
import signal
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from minixdr.local.console import NoConsoleError, find_console
from minixdr.local.ports import free_port
from tests.integration.local.platforms import Up, run, until_gone, up

pytestmark = [
    pytest.mark.xdist_group("minixdr-up"),
    pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed"),
]

_SERVER = """
const http = require('node:http');
http.createServer((request, response) => {
  if (request.url === '/healthz') return response.end('ok');
  if (request.url === '/required') return response.end(String(globalThis.required === true));
  const headers = { ...request.headers, 'x-minixdr-request': '1', 'x-forwarded-for': '203.0.113.9' };
  delete headers.origin;
  delete headers.host;
  const passed = http.request(process.env.API_BASE + request.url, { method: request.method, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  request.pipe(passed);
}).listen(Number(process.env.PORT), process.env.HOSTNAME);
"""


def build(folder: Path, server: str = _SERVER) -> Path:
    """Write a build, and return its folder."""
    folder.mkdir(mode=0o755)
    (folder / "server.js").write_text(server)
    (folder / "forwarded.cjs").write_text("globalThis.required = true;")
    return folder


def ask(port: int, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
    """Ask the console as a browser on one of its pages would. Return status, body, headers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        sent = {"Content-Type": "application/json", "Origin": f"http://localhost:{port}", **(headers or {})}
        connection.request(method, path, None if body is None else json.dumps(body), sent)
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers
    finally:
        connection.close()


@pytest.fixture(scope="module")
def web_port() -> int:
    """Return where the console listens."""
    return free_port()


@pytest.fixture(scope="module")
def platform(engine_folder: Path, web_port: int) -> Iterator[Up]:
    """Return a new platform with a console."""
    web = build(engine_folder / "web")
    with up(engine_folder / "with-web", "--web-port", str(web_port), environment={"MINIXDR_WEB": str(web)}) as started:
        yield started


def test_people_are_sent_to_the_console(platform: Up, web_port: int) -> None:
    """Its address and the sign-in first, then the api's; both serve."""
    password = platform.password
    lines = platform.said.splitlines()
    console, api, ready = lines[-3:]
    assert console == f"console: http://127.0.0.1:{web_port}, sign in as owner@localhost with the password {password}"
    assert api == f"api: http://127.0.0.1:{platform.port}/api/v1"
    assert ready == f"ready: http://127.0.0.1:{web_port}"
    assert ask(web_port, "GET", "/healthz")[0] == 200
    assert ask(web_port, "GET", "/required")[1] == b"true"


def test_people_sign_in_through_the_console(platform: Up, web_port: int) -> None:
    """From its pages; the api knows them by their own address, and sends invited people to the console."""
    credentials = {"email": "owner@localhost", "password": platform.password}
    status, _, headers = ask(web_port, "POST", "/api/v1/session", credentials)
    assert status == 201
    cookie = {"Cookie": headers["Set-Cookie"].partition(";")[0]}
    sessions = json.loads(ask(web_port, "GET", "/api/v1/sessions", headers=cookie)[1])["items"]
    assert [each["address"] for each in sessions if each["current"]] == ["203.0.113.9"]
    invited = {"email": "bob@example.com", "role": "viewer"}
    status, answer, _ = ask(web_port, "POST", "/api/v1/invitations", invited, cookie)
    assert status == 201
    assert json.loads(answer)["link"].startswith(f"http://127.0.0.1:{web_port}/invitation#")
    told = json.loads(ask(web_port, "GET", "/api/v1/ingest-addresses", headers=cookie)[1])
    assert told["native"] == f"http://127.0.0.1:{platform.port}/api/ingest"
    system = json.loads(ask(web_port, "GET", "/api/v1/system", headers=cookie)[1])
    assert (system["state"], [each["kind"] for each in system["processes"]]) == ("ok", ["api", "worker"])
    digests = {each["rules_digest"] for each in system["processes"]} - {None}  # the api loads rules when first asked
    assert digests == {system["rules"]["digest"]}


def test_the_console_is_told_no_secret(platform: Up) -> None:
    """What it does not have nobody takes from it."""
    environment = psutil.Process(platform.part("web")).environ()
    secrets = json.loads((platform.folder / "secrets.json").read_text()).values()
    assert not [name for name, value in environment.items() if any(secret in value for secret in secrets)]
    allowed = {"PATH", "LD_LIBRARY_PATH", "TMPDIR", "LC_ALL", "TZ"}
    allowed |= {"NODE_ENV", "NEXT_TELEMETRY_DISABLED", "HOSTNAME", "PORT", "API_BASE"}
    assert environment.keys() <= allowed
    assert environment["API_BASE"] == f"http://127.0.0.1:{platform.port}"


def test_it_is_looked_after(platform: Up, web_port: int) -> None:
    """Shown with the other parts, looked at by the doctor, started again when it ends."""
    shown = run("status", "--data-dir", str(platform.folder))
    assert f"console: http://127.0.0.1:{web_port}" in shown.stdout
    assert "the console" in shown.stdout
    checks = json.loads(run("doctor", "--data-dir", str(platform.folder), "--output", "json").stdout)
    assert [check["state"] for check in checks if check["name"] == "console"] == ["ok"]
    before = platform.part("web")
    os.kill(before, signal.SIGKILL)
    until = time.monotonic() + 30
    while platform.part("web") in {before, None} or not answered(web_port):
        assert time.monotonic() < until, platform.said
        time.sleep(0.1)


def answered(port: int) -> bool:
    try:
        return bool(ask(port, "GET", "/healthz")[0] == 200)
    except OSError:
        return False


def test_its_port_in_use_is_said_with_its_holder(platform: Up, engine_folder: Path, web_port: int) -> None:
    """As the api's is."""
    options = ("--port", str(free_port()), "--web-port", str(web_port))
    second = run("up", "--data-dir", str(engine_folder / "no"), *options, MINIXDR_WEB=str(engine_folder / "web"))
    assert second.returncode == 2
    assert f"port {web_port} of 127.0.0.1 is taken by process {platform.part('web')}" in second.stderr
    assert f"--web-port {web_port + 1}" in second.stderr
    options = ("--port", options[1], "--web-port", options[1])
    shared = run("up", "--data-dir", str(engine_folder / "no"), *options, MINIXDR_WEB=str(engine_folder / "web"))
    assert "cannot share port" in shared.stderr
    assert not (engine_folder / "no" / "postgres").exists()


def test_it_does_not_outlive_the_platform(platform: Up) -> None:
    """Ended in order, or killed with the supervisor."""
    family = platform.family()
    web = platform.part("web")
    assert web in {process.pid for process in family}
    platform.end(signal.SIGKILL)
    until_gone(family, 5)


def test_a_console_that_does_not_start_keeps_nobody_from_detecting(engine_folder: Path) -> None:
    """The platform is ready without it. And the first owner is made with the code that was printed, where that is wanted."""
    web = build(engine_folder / "broken", "throw new Error('broken build')")
    options = ("--web-port", str(free_port()), "--no-owner")
    with up(engine_folder / "without-owner", *options, environment={"MINIXDR_WEB": str(web)}) as started:
        assert "the platform runs without the console" in started.said
        assert "broken build" in (started.folder / "logs" / "web.log").read_text()
        assert started.ready()
        assert "password" not in started.said
        code = started.said.partition("setup code ")[2].split()[0]
        assert started.ask("GET", "/api/v1/setup")[1] == {"needed": True}
        owner = {"email": "ann@example.com", "name": "Ann", "password": "a long sentence is good"}
        owner["organization"] = "Example Inc."
        assert started.ask("POST", "/api/v1/setup", owner | {"setup_code": "not the code that was printed"})[0] == 403
        assert started.ask("POST", "/api/v1/setup", owner | {"setup_code": code})[0] == 201
        late = run("admin", "setup-code", "--data-dir", str(started.folder))
        assert (late.returncode, "create-owner" in late.stderr) == (1, True)
        log = (started.folder / "logs" / "api.log").read_text()
        assert "setup_needed" in log
        assert code not in log
        assert started.end() == 0
    with up(engine_folder / "without-owner", "--web-port", "0", "--no-owner") as again:
        assert "setup code" not in again.said
        assert again.said.splitlines()[-1] == f"ready: http://127.0.0.1:{again.port}"


def test_why_there_is_no_console_is_said(tmp_path: Path) -> None:
    """With what to do."""
    with pytest.raises(NoConsoleError, match=r"MINIXDR_WEB is .*, where no server\.js lies"):
        find_console({"MINIXDR_WEB": str(tmp_path), "PATH": os.environ["PATH"]}, "127.0.0.1", 3_000)
    web = build(tmp_path / "web")
    with pytest.raises(NoConsoleError, match=r"install 20\.9 or newer"):
        find_console({"MINIXDR_WEB": str(web), "PATH": str(tmp_path)}, "127.0.0.1", 3_000)
    old = tmp_path / "node"
    old.write_text("#!/bin/sh\necho v18.20.1\n")
    old.chmod(0o755)
    with pytest.raises(NoConsoleError, match=r"is v18\.20\.1: install Node\.js 20\.9"):
        find_console({"MINIXDR_WEB": str(web), "PATH": str(tmp_path)}, "127.0.0.1", 3_000)
    assert find_console({"MINIXDR_WEB": str(web), "PATH": os.environ["PATH"]}, "127.0.0.1", 3_000).folder == web


def test_without_a_build_the_rest_runs(engine_folder: Path) -> None:
    """It is said in a line."""
    empty = engine_folder / "no-web"
    empty.mkdir()
    environment = {"MINIXDR_WEB": str(empty)}
    with up(engine_folder / "plain", "--web-port", str(free_port()), environment=environment, wait=False) as started:
        started.until_said("making a PostgreSQL cluster")
        assert started.said.startswith("without the console: MINIXDR_WEB is ")
        assert started.end(signal.SIGINT) == 0
