"""All checks, in the order in which one depends on another."""

from collections.abc import Callable, Iterator, Mapping

from minixdr.local.children import own_command, run
from minixdr.local.doctor.check import Check, fail, ok, skip
from minixdr.local.doctor.database import database
from minixdr.local.doctor.log import log
from minixdr.local.doctor.machine import machine, port
from minixdr.local.doctor.serving import api, parts, web
from minixdr.local.error import LocalError
from minixdr.local.folder import DataFolder
from minixdr.local.installation import existing_environment
from minixdr.local.status import Status, read_status

_SCHEMA_SECONDS = 60.0

ProbeLake = Callable[[Mapping[str, str]], None]
"""Writes, reads and deletes a file in the warehouse of that environment. Raises OSError or ValueError that says why not."""


def examine(
    folder: DataFolder, given: Mapping[str, str], host: str, api_port: int, probe_lake: ProbeLake
) -> Iterator[Check]:
    """Look at everything."""
    own = not (given.get("MINIXDR_DATABASE_URL") and given.get("MINIXDR_NATS_URL") and given.get("MINIXDR_WAREHOUSE"))
    if own or folder.path.exists():
        yield from machine(folder, given.get("MINIXDR_RUN_AS"))
    status = read_status(folder) if folder.path.exists() else None
    try:
        environment = existing_environment(folder, given)
    except LocalError as error:
        yield fail("secrets", str(error), "put back the file from a backup")
        return
    if status is None and own:
        yield port(host, api_port)
        yield skip("engines", "nothing runs in the data directory: `minixdr up` starts it; run this again then")
    elif status is not None:
        yield from parts(status)
    yield from _engines(environment, given, status)
    yield _lake(environment, probe_lake)
    if status is not None:
        yield from api(status.address)
        if status.web is not None:
            yield web(status.web)
    elif not own:
        yield from api(f"http://{host}:{api_port}")


def _engines(environment: Mapping[str, str], given: Mapping[str, str], status: Status | None) -> Iterator[Check]:
    if (status is not None or given.get("MINIXDR_DATABASE_URL")) and environment.get("MINIXDR_DATABASE_URL"):
        yield from database(environment["MINIXDR_DATABASE_URL"], workers_expected=True)
        yield _schema(environment)
    if (status is not None or given.get("MINIXDR_NATS_URL")) and environment.get("MINIXDR_NATS_URL"):
        yield from log(environment["MINIXDR_NATS_URL"])


def _schema(environment: Mapping[str, str]) -> Check:
    try:
        result = run(own_command("db", "check"), environment=environment, timeout_seconds=_SCHEMA_SECONDS)
    except LocalError as error:
        return fail("schema", str(error), "look at what the database does")
    said = result.stdout.strip()
    if result.returncode == 0:
        return ok("schema", said)
    return fail("schema", said, "minixdr db upgrade")


def _lake(environment: Mapping[str, str], probe: ProbeLake) -> Check:
    place = environment.get("MINIXDR_WAREHOUSE")
    if not place:
        return skip("lake", "there is none yet; `minixdr up` makes it")
    try:
        probe(environment)
    except (OSError, ValueError) as error:
        return fail(
            "lake", f"{place} cannot be written and read: {error}", "see rights, disk space, or the bucket's policy"
        )
    return ok("lake", f"{place} can be written and read")
