"""What runs on this machine: which engines are our own, on which ports, and what the parts are told by their environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from minixdr.local.accounts import Account, engine_account
from minixdr.local.databases import OWNER, SERVICE
from minixdr.local.error import LocalError
from minixdr.local.folder import DataFolder, Secrets, default_folder
from minixdr.local.nats import Nats
from minixdr.local.postgres import SUPERUSER, Postgres

DATABASE = "minixdr"


@dataclass(frozen=True, slots=True)
class Installation:
    """One data directory, its engines and its environment."""

    folder: DataFolder
    account: Account | None
    postgres: Postgres | None
    """None: the database is somebody else's (`MINIXDR_DATABASE_URL`)."""
    nats: Nats | None
    """None: the log is somebody else's (`MINIXDR_NATS_URL`)."""
    secrets: Secrets
    environment: Mapping[str, str]
    """For the parts of the platform."""

    @property
    def superuser_url(self) -> str:
        """Where roles and databases are made, in a cluster of our own."""
        if self.postgres is None:
            raise LocalError("MINIXDR_DATABASE_URL is set: the database is not run by this program")
        return self.postgres.url(SUPERUSER, self.secrets.superuser, "postgres")


def open_installation(
    folder: DataFolder, given: Mapping[str, str], *, host: str, port: int, web_port: int | None = None
) -> Installation:
    """Return the installation that lies in a folder, made where it is new. Whoever calls holds the folder. Raises LocalError.

    `web_port`: of the console; None: it does not run.
    """
    account = engine_account(given.get("MINIXDR_RUN_AS"))
    secrets = folder.secrets()
    postgres = nats = None
    if not given.get("MINIXDR_DATABASE_URL"):
        postgres = Postgres(folder.postgres, folder.port("postgres"), secrets.superuser, account)
    if not given.get("MINIXDR_NATS_URL"):
        nats = Nats(folder.nats, folder.port("nats"), secrets.nats, account)
    environment = existing_environment(folder, given)
    environment["MINIXDR_HOST"], environment["MINIXDR_PORT"] = host, str(port)
    if web_port is not None and not given.get("MINIXDR_PUBLIC_URL"):
        environment["MINIXDR_PUBLIC_URL"] = api_address(host, web_port)
    environment.setdefault("MINIXDR_PUBLIC_URL", api_address(host, port))
    if web_port is not None and not given.get("MINIXDR_TRUSTED_PROXIES"):
        environment["MINIXDR_TRUSTED_PROXIES"] = _trusted_console(host)
    # Else glibc keeps freed memory for each thread that ever ran.
    environment.setdefault("MALLOC_ARENA_MAX", "2")
    return Installation(folder, account, postgres, nats, secrets, environment)


def existing_environment(folder: DataFolder, given: Mapping[str, str]) -> dict[str, str]:
    """Return what the parts are told about engines, lake and key: as given, else those of the installation that lies in the folder, if one does.

    Raises LocalError where its secrets cannot be read.
    """
    environment = dict(given)
    if not (folder.path / "secrets.json").exists():
        return environment
    secrets, ports = folder.secrets(), folder.ports()
    if not given.get("MINIXDR_DATABASE_URL") and "postgres" in ports:
        postgres = Postgres(folder.postgres, ports["postgres"], secrets.superuser)
        environment["MINIXDR_DATABASE_URL"] = postgres.url(SERVICE, secrets.service, DATABASE)
        environment["MINIXDR_DATABASE_OWNER_URL"] = postgres.url(OWNER, secrets.owner, DATABASE)
    if not given.get("MINIXDR_NATS_URL") and "nats" in ports:
        environment["MINIXDR_NATS_URL"] = Nats(folder.nats, ports["nats"], secrets.nats).url
    if not given.get("MINIXDR_WAREHOUSE"):
        environment["MINIXDR_WAREHOUSE"] = str(folder.lake)
    if not given.get("MINIXDR_SECRET_KEY_FILE") and not given.get("MINIXDR_SECRET_KEY"):
        environment["MINIXDR_SECRET_KEY"] = secrets.secret_key
    return environment


def environment_here(given: Mapping[str, str], data_dir: Path | None) -> dict[str, str]:
    """Return the environment for a command that works on a running platform: as given, filled with what lies in the data directory.

    Raises LocalError.
    """
    return existing_environment(DataFolder(data_dir.absolute() if data_dir else default_folder(given)), given)


def _trusted_console(host: str) -> str:
    """Return from where the console reaches the api: it says whose request it passes on."""
    own = {"127.0.0.1", "::1"}
    return ",".join(sorted(own if host in {"0.0.0.0", "::", "localhost"} else {*own, host}))  # noqa: S104 - compared, not listened on


def api_address(host: str, port: int) -> str:
    """Return where the api is reached from this machine."""
    return f"http://{_shown_host(host)}:{port}"


def _shown_host(host: str) -> str:
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not listened on
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
