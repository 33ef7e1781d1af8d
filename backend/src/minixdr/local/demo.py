"""`minixdr up --demo`: a made-up intrusion among made-up benign logs, sent through the door as a client would, and what the platform made of it."""

import http.client
import json
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from minixdr.local.children import own_command, start
from minixdr.local.error import LocalError
from minixdr.local.supervisor import Say, Supervisor

_SCENARIO, _SEED = "aws_intrusion", "7"
_COMMAND_SECONDS = 300.0
_MATCHING_SECONDS = 300.0
_QUIET_SECONDS = 14.0
"""Incidents that have not changed for so long are complete: what correlation rules find in old records is known eight seconds after the last."""
_SHOWN = 5


@dataclass(slots=True)
class _Owner:
    """The first owner, signed in."""

    address: str
    cookie: str = ""

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Return what the api answers. Raises LocalError where it refuses."""
        place = urlsplit(self.address)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
        headers = {"Content-Type": "application/json", "Origin": self.address, "Cookie": self.cookie}
        try:
            connection.request(method, f"/api/v1{path}", None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            told = json.loads(answer.read() or b"null")
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise LocalError(f"the demo's data: {path} did not answer as expected: {error}") from error
        finally:
            connection.close()
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            raise LocalError(f"the demo's data: {path} answered {answer.status}: {told}")
        self.cookie = (answer.headers.get("Set-Cookie") or self.cookie).partition(";")[0]
        return told


def load_demo(
    supervisor: Supervisor, folder: Path, environment: Mapping[str, str], owner: tuple[str, str, str], say: Say
) -> str:
    """Make the logs, send them, wait, and say which incidents came of them. Return a token of the API that reads.

    `owner`: the api's address, the owner's email and password. Raises LocalError.
    """
    address, email, password = owner
    shutil.rmtree(folder, ignore_errors=True)  # of a demo that was interrupted
    say("demo: making the logs of an intrusion")
    # Two days that end with yesterday: the console's pages look at the last days first.
    first_day = (datetime.now(UTC) - timedelta(days=2)).strftime("%Y-%m-%d")
    story = (_SCENARIO, "--seed", _SEED, "--start", first_day)
    _run(supervisor, environment, "simulate", *story, "--out", str(folder))
    records = sum(json.loads((folder / "simulation.json").read_text(encoding="utf-8"))["records"].values())
    person = _Owner(address)
    person.ask("POST", "/session", {"email": email, "password": password})
    sending = person.ask("POST", "/tokens", {"name": "demo logs", "kind": "ingest"})["token"]
    say(f"demo: sending {records:,} records")
    _run(
        supervisor,
        {**environment, "MINIXDR_INGEST_TOKEN": sending},
        "ingest",
        str(folder / "logs"),
        "--url",
        address,
        "--quiet",
    )

    def received() -> int:
        return sum(int(day["received"]) for day in person.ask("GET", "/completeness")["items"])

    until = time.monotonic() + _MATCHING_SECONDS
    _wait(supervisor, until, lambda: received() >= records)
    incidents = _settled(supervisor, person, until)
    reading = person.ask("POST", "/tokens", {"name": "demo reader", "kind": "api", "role": "viewer"})["token"]
    person.ask("DELETE", "/session")
    say(f"demo: {len(incidents)} incidents, the gravest:")
    for incident in incidents[:_SHOWN]:
        say(f"  #{incident['number']} {incident['severity']}: {incident['title']}")
    return str(reading)


def _settled(supervisor: Supervisor, person: _Owner, until: float) -> list[Any]:
    """Return the incidents, by risk, once they no longer change."""
    before: list[Any] = []
    since = time.monotonic()

    def quiet() -> bool:
        nonlocal before, since
        now = person.ask("GET", "/incidents?limit=200")["items"]
        if now != before:
            before, since = now, time.monotonic()
        return bool(now) and time.monotonic() - since > _QUIET_SECONDS

    _wait(supervisor, until, quiet)
    return sorted(before, key=lambda incident: -float(incident["risk"]))


def _wait(supervisor: Supervisor, until: float, condition: Callable[[], bool]) -> None:
    while not condition():
        if time.monotonic() > until:
            raise LocalError(
                f"the demo's records were not matched within {_MATCHING_SECONDS:.0f} s; see the worker's log"
            )
        if supervisor.asked_to_stop():
            return
        supervisor.turn(0.5)


def _run(supervisor: Supervisor, environment: Mapping[str, str], *arguments: str) -> None:
    status, output = supervisor.run(
        lambda far: start(own_command(*arguments), environment=environment, output=far, folder=Path.cwd()),
        f"`minixdr {arguments[0]}`",
        _COMMAND_SECONDS,
    )
    if status != 0 and not supervisor.asked_to_stop():
        raise LocalError(f"`minixdr {arguments[0]}` ended with status {status}:\n{output}")
