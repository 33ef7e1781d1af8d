"""PostgreSQL and NATS for a cluster: real servers of this machine, as the backend's tests start them. PostgreSQL stands for RDS."""

import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from minixdr.local.accounts import engine_account
from minixdr.local.databases import OWNER, SERVICE, prepare
from minixdr.local.engines import running
from minixdr.local.nats import Nats
from minixdr.local.postgres import SUPERUSER, Postgres

from minixdr_cluster.processes import free_ports

_PASSWORD = "of-a-test"  # noqa: S105 - of servers that live as long as a test
SETUP_CODE = "setup-code-of-a-cluster-test"


@dataclass(frozen=True, slots=True)
class Engines:
    """Where they are. `pause` and the like are not offered: a test that takes the database away changes the Secret or stops the process."""

    postgres: Postgres
    nats: Nats
    folder: Path

    def database(self, name: str) -> dict[str, str]:
        """Make an empty database; return the settings that lead to it: of who serves, of who owns, of the superuser."""
        superuser = self.postgres.url(SUPERUSER, _PASSWORD, "postgres")
        prepare(superuser, {OWNER: _PASSWORD, SERVICE: _PASSWORD}, name)
        return {
            "MINIXDR_DATABASE_URL": self.postgres.url(SERVICE, _PASSWORD, name),
            "MINIXDR_DATABASE_OWNER_URL": self.postgres.url(OWNER, _PASSWORD, name),
            "superuser": self.postgres.url(SUPERUSER, _PASSWORD, name),
        }

    @staticmethod
    def secret_key() -> str:
        """Return a new MINIXDR_SECRET_KEY."""
        return base64.b64encode(secrets.token_bytes(32)).decode()


@contextmanager
def engines(folder: Path) -> Iterator[Engines]:
    """Run both as long as the block lasts. `folder` must be one that the engines' account can enter. Raises LocalError."""
    postgres_port, nats_port = free_ports(2)
    postgres = Postgres(folder / "postgres", postgres_port, _PASSWORD, engine_account(None), {"fsync": "off"})
    nats = Nats(folder / "nats", nats_port, _PASSWORD, engine_account(None))
    postgres.create()
    nats.create()
    with running(postgres, folder / "postgres.log"), running(nats, folder / "nats.log"):
        yield Engines(postgres, nats, folder)
