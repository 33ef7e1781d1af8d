"""`minixdr up`: the whole platform on this machine, from an empty folder to ready, until it is asked to end."""

import http.client
import json
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from minixdr.local.accounts import engine_account
from minixdr.local.children import own_command, start
from minixdr.local.databases import OWNER, SERVICE, prepare
from minixdr.local.demo import load_demo
from minixdr.local.engines import START_SECONDS, STOP_SECONDS, Engine, launch
from minixdr.local.error import LocalError
from minixdr.local.folder import DataFolder
from minixdr.local.installation import DATABASE, Installation, api_address, open_installation
from minixdr.local.listeners import holder_of
from minixdr.local.ports import is_free
from minixdr.local.status import write_status
from minixdr.local.supervisor import Part, Say, Supervisor

_PARTS_START_SECONDS = 120.0
"""Rules are compiled at the first start."""
_MIGRATION_SECONDS = 3600.0
_OWNER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asked for."""

    folder: DataFolder
    host: str
    port: int
    workers: int
    owner: str
    """Address of the first organization's owner, where there is no organization yet."""
    organization: str
    demo: bool
    """Send a made-up intrusion through the door of a new platform."""


def up(wanted: Wanted, environment: Mapping[str, str], say: Say) -> None:
    """Run the platform until a signal asks this process to end. Raises LocalError that says what is in the way."""
    folder = wanted.folder
    folder.make(engine_account(environment.get("MINIXDR_RUN_AS")))
    with folder.held("minixdr up"):
        folder.refuse_half_restored()
        _needs_port(wanted)
        installation = open_installation(folder, environment, host=wanted.host, port=wanted.port)
        _run(wanted, installation, say)


def _run(wanted: Wanted, installation: Installation, say: Say) -> None:
    address = api_address(wanted.host, wanted.port)
    ready = False

    def changed(supervisor: Supervisor) -> None:
        try:
            write_status(wanted.folder, address, supervisor, ready=ready)
        except OSError as error:  # a full disk: the parts say so themselves, and this one goes on
            say(f"what runs cannot be written to {wanted.folder.path / 'status.json'}: {error.strerror}")

    with Supervisor(wanted.folder.logs, say, changed) as supervisor:
        engines = _engines(installation, say)
        for engine in engines:
            supervisor.start(engine)
        if not supervisor.until_ready([engine.name for engine in engines], START_SECONDS):
            return
        if not _database_prepared(supervisor, installation, say):
            return
        password = _first_owner(supervisor, wanted, installation, say)
        parts = _parts(wanted, installation)
        for part in parts:
            supervisor.start(part)
        say("starting " + ", ".join(part.title for part in parts))
        try:
            if supervisor.until_ready([part.name for part in parts], _PARTS_START_SECONDS):
                ready = True
                changed(supervisor)
                if wanted.demo:
                    _demo(supervisor, wanted, installation, password, say)
                say(f"ready: {installation.environment['MINIXDR_PUBLIC_URL']}")
                supervisor.watch()
                say("stopping")
        finally:
            ready = False
            supervisor.stop([*(part.name for part in parts), *(engine.name for engine in reversed(engines))])
    say("stopped")


def _needs_port(wanted: Wanted) -> None:
    if not is_free(wanted.host, wanted.port):
        raise LocalError(
            f"port {wanted.port} of {wanted.host} is taken by {holder_of(wanted.port)}; end that, or choose another: "
            f"minixdr up --port {wanted.port + 1 if wanted.port < 65_535 else 8_000}"  # noqa: PLR2004 - the highest port
        )


def _engines(installation: Installation, say: Say) -> list[Part]:
    parts = []
    if installation.postgres is not None:
        if not installation.postgres.data.exists():
            say("making a PostgreSQL cluster")
        installation.postgres.create()
        parts.append(_engine("postgres", installation.postgres))
    if installation.nats is not None:
        installation.nats.create()
        parts.append(_engine("nats", installation.nats))
    if parts:
        say("starting " + " and ".join(part.title for part in parts))
    return parts


def _engine(name: str, engine: Engine) -> Part:
    return Part(
        name,
        engine.name,
        lambda output: launch(engine, output),
        engine.ready,
        ill=engine.ill,
        curable=engine.curable,
        stop_signals=engine.stop_signals,
        stop_seconds=STOP_SECONDS,
    )


def _database_prepared(supervisor: Supervisor, installation: Installation, say: Say) -> bool:
    """Make roles and database where they are missing, and bring the tables up to date. Return False where it was asked to end meanwhile."""
    marker = installation.folder.path / "postgres.prepared"
    if installation.postgres is not None and not marker.exists():
        import psycopg  # noqa: PLC0415 - only the first time: the supervisor stays small

        passwords = {OWNER: installation.secrets.owner, SERVICE: installation.secrets.service}
        try:
            prepare(installation.superuser_url, passwords, DATABASE)
        except psycopg.Error as error:
            raise LocalError(f"roles and database cannot be made: {error}") from error
        marker.touch(mode=0o600)
    say("bringing the tables up to date")
    status, output = supervisor.run(_own(installation, "db", "upgrade"), "`minixdr db upgrade`", _MIGRATION_SECONDS)
    if supervisor.asked_to_stop():
        return False
    if status != 0:
        raise LocalError(f"the tables could not be brought up to date:\n{output}")
    return True


def _first_owner(supervisor: Supervisor, wanted: Wanted, installation: Installation, say: Say) -> str | None:
    """Make the first organization and its owner. Say and return the owner's password where they are new: it is kept nowhere."""
    marker = installation.folder.path / "first-owner.made"
    if marker.exists() or supervisor.asked_to_stop():
        return None
    command = ("admin", "create-owner", wanted.owner, "--organization", wanted.organization, "--first", "--json")
    status, output = supervisor.run(_own(installation, *command), "`minixdr admin create-owner`", _OWNER_SECONDS)
    if supervisor.asked_to_stop() and status < 0:
        return None
    if status != 0:
        raise LocalError(f"the first organization could not be made:\n{output}")
    marker.touch(mode=0o600)
    made = json.loads(output)
    if made is None or made["password"] is None:
        return None
    say(f"first organization {wanted.organization!r}, its owner {made['email']}, password {made['password']}")
    say("this password is shown once and kept nowhere; `minixdr admin reset-password` makes another")
    return str(made["password"])


def _demo(supervisor: Supervisor, wanted: Wanted, installation: Installation, password: str | None, say: Say) -> None:
    if password is None:
        say("demo: its data is sent at the first start of a new data directory only; this one has been started before")
        return
    owner = (api_address(wanted.host, wanted.port), wanted.owner, password)
    try:
        load_demo(supervisor, installation.folder.path / "demo", installation.environment, owner, say)
    except LocalError as error:  # the platform itself runs
        say(f"demo: {error}")


def _parts(wanted: Wanted, installation: Installation) -> list[Part]:
    host = "127.0.0.1" if wanted.host in {"0.0.0.0", "::"} else wanted.host  # noqa: S104 - compared, not listened on
    api = Part("api", "the api", _own(installation, "serve", "api", number=0), lambda: _answers(host, wanted.port))
    workers = [
        Part(
            f"worker-{number}",
            f"worker {number}",
            _own(installation, "serve", "worker", number=number),
            ready_text='"worker_started"',
            stop_seconds=30.0,
        )
        for number in range(1, wanted.workers + 1)
    ]
    return [api, *workers]


def _own(
    installation: Installation, *arguments: str, number: int | None = None
) -> Callable[[int], subprocess.Popen[bytes]]:
    """Return what starts this program again with other arguments, in the folder that paths in the environment are relative to.

    `number` is the part's, for a port of its own where it serves metrics.
    """
    here = Path.cwd()
    environment = dict(installation.environment)
    if number is not None:
        environment["MINIXDR_METRICS_PORT"] = _metrics_port(installation, number)
    return lambda output: start(
        own_command(*arguments),
        environment=environment,
        output=output,
        at_parents_end=signal.SIGKILL,
        folder=here,
    )


def _metrics_port(installation: Installation, number: int) -> str:
    given = installation.environment.get("MINIXDR_METRICS_PORT")
    if not given:
        return str(installation.folder.port(f"metrics-{number}"))
    return str(int(given) + number) if given.isascii() and given.isdecimal() and int(given) else given


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
