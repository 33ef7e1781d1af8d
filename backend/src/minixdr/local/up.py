"""`minixdr up`: the whole platform on this machine, from an empty folder to ready, until it is asked to end."""

import http.client
import json
import secrets
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from minixdr.local.accounts import engine_account
from minixdr.local.children import own_command, start
from minixdr.local.console import WEB, Console, NoConsoleError, answers, find_console
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
_CONSOLE_START_SECONDS = 60.0
_MIGRATION_SECONDS = 3600.0
_OWNER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asked for."""

    folder: DataFolder
    host: str
    port: int
    web_port: int
    """Of the console; 0: there is to be none."""
    workers: int
    owner: str
    """Address of the first organization's owner, where there is no organization yet; empty: the first owner is made on the console's setup page."""
    organization: str
    demo: bool
    """Send a made-up intrusion through the door of a new platform."""


def up(wanted: Wanted, environment: Mapping[str, str], say: Say) -> None:
    """Run the platform until a signal asks this process to end. Raises LocalError that says what is in the way."""
    folder = wanted.folder
    folder.make(engine_account(environment.get("MINIXDR_RUN_AS")))
    with folder.held("minixdr up"):
        folder.refuse_half_restored()
        _needs_port(wanted.host, wanted.port, "--port")
        console = _console(wanted, environment, say)
        if console is not None:
            if wanted.web_port == wanted.port:
                raise LocalError(f"the api and the console cannot share port {wanted.port}; choose another: --web-port")
            _needs_port(wanted.host, wanted.web_port, "--web-port")
        setup_code = None if wanted.owner else environment.get("MINIXDR_SETUP_CODE") or secrets.token_urlsafe(15)
        given = dict(environment) if setup_code is None else {**environment, "MINIXDR_SETUP_CODE": setup_code}
        installation = open_installation(
            folder, given, host=wanted.host, port=wanted.port, web_port=None if console is None else wanted.web_port
        )
        _Start(wanted, installation, console, setup_code, say).run()


def _console(wanted: Wanted, environment: Mapping[str, str], say: Say) -> Console | None:
    if not wanted.web_port:
        return None
    try:
        return find_console(environment, wanted.host, wanted.web_port)
    except NoConsoleError as error:
        say(f"without the console: {error}")
        return None


def _needs_port(host: str, port: int, option: str) -> None:
    if not is_free(host, port):
        raise LocalError(
            f"port {port} of {host} is taken by {holder_of(port)}; end that, or choose another: "
            f"minixdr up {option} {port + 1 if port < 65_535 else 8_000}"  # noqa: PLR2004 - the highest port
        )


@dataclass(frozen=True, slots=True)
class _Start:
    """One start of the platform, from its folder to its end."""

    wanted: Wanted
    installation: Installation
    console: Console | None
    setup_code: str | None
    """What the first owner gives on the setup page; None: the first owner is made here."""
    say: Say

    @property
    def api(self) -> str:
        """Where the api is reached from this machine."""
        return api_address(self.wanted.host, self.wanted.port)

    @property
    def web(self) -> str | None:
        """Where the console is."""
        return None if self.console is None else api_address(self.wanted.host, self.console.port)

    @property
    def public_url(self) -> str:
        """Where people reach the platform."""
        return self.installation.environment["MINIXDR_PUBLIC_URL"]

    def run(self) -> None:
        """Run it until a signal. Raises LocalError."""
        ready = False

        def changed(supervisor: Supervisor) -> None:
            try:
                write_status(self.wanted.folder, (self.api, self.web), supervisor, ready=ready)
            except OSError as error:  # a full disk: the parts say so themselves, and this one goes on
                self.say(f"what runs cannot be written to {self.wanted.folder.path / 'status.json'}: {error.strerror}")

        with Supervisor(self.wanted.folder.logs, self.say, changed) as supervisor:
            engines = _engines(self.installation, self.say)
            for engine in engines:
                supervisor.start(engine)
            if not supervisor.until_ready([engine.name for engine in engines], START_SECONDS):
                return
            if not _database_prepared(supervisor, self.installation, self.say):
                return
            password = _first_owner(supervisor, self.wanted, self.installation, self.say)
            parts = _parts(self.wanted, self.installation)
            web = [] if self.console is None or self.web is None else [self.console.part(self.web, self.api)]
            for part in (*parts, *web):
                supervisor.start(part)
            self.say("starting " + ", ".join(part.title for part in (*parts, *web)))
            try:
                if supervisor.until_ready([part.name for part in parts], _PARTS_START_SECONDS):
                    served = bool(web) and self._console_is_ready(supervisor)
                    ready = True
                    changed(supervisor)
                    token = self._demo(supervisor, password) if self.wanted.demo else None
                    self._say_where(password, token, console=served)
                    supervisor.watch()
                    self.say("stopping")
            finally:
                ready = False
                names = [part.name for part in (*web, *parts)]
                supervisor.stop([*names, *(engine.name for engine in reversed(engines))])
        self.say("stopped")

    def _console_is_ready(self, supervisor: Supervisor) -> bool:
        """Wait for the console. One that does not start keeps nobody from detecting: it is tried again and again meanwhile."""
        try:
            return supervisor.until_ready([WEB], _CONSOLE_START_SECONDS)
        except LocalError as error:
            log = self.installation.folder.logs / f"{WEB}.log"
            self.say(f"the platform runs without the console, which is tried again (see {log}): {error}")
            return False

    def _demo(self, supervisor: Supervisor, password: str | None) -> str | None:
        """Send the demo's data. Return a token that reads, None where nothing was sent."""
        if password is None:
            self.say("demo: its data is sent with a first owner at the first start of a new data directory only")
            return None
        folder, environment = self.wanted.folder.path / "demo", self.installation.environment
        try:
            return load_demo(supervisor, folder, environment, (self.api, self.wanted.owner, password), self.say)
        except LocalError as error:  # the platform itself runs
            self.say(f"demo: {error}")
            return None

    def _say_where(self, password: str | None, token: str | None, *, console: bool) -> None:
        """Say where people and programs go, people first. `console`: it is ready."""
        sign_in = f", sign in as {self.wanted.owner} with the password {password}" if password else ""
        example = (
            f", for example: curl -H 'Authorization: Bearer {token}' '{self.api}/api/v1/incidents'" if token else ""
        )
        if console:
            self.say(f"console: {self.public_url}{sign_in}")
        self.say(f"api: {self.api}/api/v1{'' if console else sign_in}{example}")
        if self.setup_code is not None and _setup_needed(self.api):
            page = f"{self.public_url}/setup" if console else f"POST {self.api}/api/v1/setup"
            self.say(f"make the first organization and its owner: {page}, setup code {self.setup_code}")
        self.say(f"ready: {self.public_url if console or self.console is None else self.api}")


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
    if not wanted.owner or marker.exists() or supervisor.asked_to_stop():
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


def _parts(wanted: Wanted, installation: Installation) -> list[Part]:
    address = api_address(wanted.host, wanted.port)
    api = Part("api", "the api", _own(installation, "serve", "api", number=0), lambda: answers(address, "/readyz"))
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
        environment["MINIXDR_HEALTH_PORT"] = (
            "0"  # one port cannot be all workers'; who keeps them alive here is their parent
        )
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


def _setup_needed(api: str) -> bool:
    """Return whether there is no organization yet; what cannot be asked now is taken for a yes: a code too many opens nothing."""
    place = urlsplit(api)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=10)
    try:
        connection.request("GET", "/api/v1/setup")
        return bool(json.loads(connection.getresponse().read())["needed"])
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return True
    finally:
        connection.close()
