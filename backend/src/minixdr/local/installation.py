"""What runs on this machine: which engines are our own, on which ports, and what the parts are told by their environment."""

from collections.abc import Mapping
from dataclasses import dataclass

from minixdr.local.accounts import Account, engine_account
from minixdr.local.databases import OWNER, SERVICE
from minixdr.local.error import LocalError
from minixdr.local.folder import DataFolder, Secrets
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


def open_installation(folder: DataFolder, given: Mapping[str, str], *, host: str, port: int) -> Installation:
    """Return the installation that lies in a folder, made where it is new. Whoever calls holds the folder. Raises LocalError."""
    account = engine_account(given.get("MINIXDR_RUN_AS"))
    secrets = folder.secrets()
    environment = dict(given)
    postgres = nats = None
    if not given.get("MINIXDR_DATABASE_URL"):
        postgres = Postgres(folder.postgres, folder.port("postgres"), secrets.superuser, account)
        environment["MINIXDR_DATABASE_URL"] = postgres.url(SERVICE, secrets.service, DATABASE)
        environment["MINIXDR_DATABASE_OWNER_URL"] = postgres.url(OWNER, secrets.owner, DATABASE)
    if not given.get("MINIXDR_NATS_URL"):
        nats = Nats(folder.nats, folder.port("nats"), secrets.nats, account)
        environment["MINIXDR_NATS_URL"] = nats.url
    environment.setdefault("MINIXDR_WAREHOUSE", str(folder.lake))
    if not given.get("MINIXDR_SECRET_KEY_FILE"):
        environment.setdefault("MINIXDR_SECRET_KEY", secrets.secret_key)
    environment["MINIXDR_HOST"], environment["MINIXDR_PORT"] = host, str(port)
    environment.setdefault("MINIXDR_PUBLIC_URL", f"http://{_shown_host(host)}:{port}")
    environment.setdefault(
        "MALLOC_ARENA_MAX", "2"
    )  # glibc keeps up to 64 MB of freed memory for each thread that ever ran, else
    return Installation(folder, account, postgres, nats, secrets, environment)


def _shown_host(host: str) -> str:
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not listened on
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
