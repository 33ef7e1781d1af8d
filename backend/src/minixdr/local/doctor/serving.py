"""Looks at what runs: the supervisor's parts, and what the api says of itself."""

import http.client
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

from minixdr.local.console import answers
from minixdr.local.doctor.check import Check, fail, ok, warn
from minixdr.local.status import Status


def parts(status: Status) -> Iterator[Check]:
    """Look at the parts of a running `minixdr up`."""
    missing = [part for part in status.parts if part.pid is None]
    for part in missing:
        yield fail("parts", f"{part.title} does not run: it {part.why_ended or 'has not begun'}", "look into its log")
    restarted = [part for part in status.parts if part.restarts and part.pid is not None]
    for part in restarted:
        yield warn(
            "parts",
            f"{part.title} was started again {part.restarts} times; before, it {part.why_ended}",
            "look into its log",
        )
    if status.parts and not missing and not restarted:
        yield ok("parts", ", ".join(part.title for part in status.parts) + " run")


def web(address: str) -> Check:
    """Ask the console how it is."""
    if answers(address, "/healthz"):
        return ok("console", f"{address} is ready")
    return fail("console", f"{address}/healthz does not answer", "look into its log (web.log)")


def api(address: str) -> Iterator[Check]:
    """Ask the api how it is."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname or "127.0.0.1", place.port or 80, timeout=10)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        told = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        yield fail("api", f"{address}/readyz does not answer: {error}", "look into the api's log")
        return
    finally:
        connection.close()
    if answer.status == http.HTTPStatus.OK:
        yield ok("api", f"{address} is ready")
        return
    problems = [f"{name}: {part.get('problem')}" for name, part in told.get("parts", {}).items() if part.get("problem")]
    yield fail("api", f"{address} is not ready: {'; '.join(problems) or told.get('status')}", "put right what it names")
