"""The schema's migrations: run them, ask where a database stands.

Every migration says in `schema_state` from which program on (by that program's newest revision) the result can be served: one that
only adds leaves `usable_from` as it was, so that programs of before and after serve side by side during a roll-out.
"""

from collections.abc import Callable
from contextlib import closing
from typing import Any

import psycopg
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from minixdr.adapters.postgres.errors import TRANSLATED, translated
from minixdr.ports.database import DatabaseBusyError, SchemaState
from minixdr.ports.schema import SchemaError

NEWEST = 1
"""The newest revision this program knows."""

OLDEST = 1
"""The oldest revision this program can serve."""

_UPGRADE_LOCK = 0x6D696E69786472
"""`minixdr` in ASCII: the advisory lock that one upgrade holds at a time."""

_WAIT_FOR_UPGRADE_SECONDS = 120
_WAIT_FOR_TABLE_SECONDS = 10
"""A change that waits for a table makes everybody else wait behind it: rather give up, and say so."""


class PostgresSchema:
    """Implements ports.schema.Schema."""

    def __init__(self, url: str) -> None:
        """`url`: of the role that owns the tables, which may be any role for `state`."""
        self._url = url

    def state(self) -> SchemaState:
        """Return where it stands."""
        return state(self._url)

    def upgrade(self, say: Callable[[str], None]) -> None:
        """Bring it to the newest revision."""
        upgrade(self._url, say)

    def differences(self) -> list[str]:
        """Return how it differs from the tables."""
        return differences(self._url)


def sync_engine(url: str) -> Engine:
    """Return an engine without a pool. `url` may begin with postgresql://."""
    return create_engine(driver_url(url), poolclass=NullPool, connect_args={"connect_timeout": 10})


def driver_url(url: str) -> Any:
    """Return the address with the one driver we use."""
    return make_url(url).set(drivername="postgresql+psycopg")


def upgrade(owner_url: str, say: Callable[[str], None]) -> None:
    """Bring the database to the newest revision; see ports.schema."""
    from alembic import command  # noqa: PLC0415
    from alembic.util.exc import CommandError  # noqa: PLC0415

    try:
        with closing(sync_engine(owner_url).connect()) as connection:
            _lock(connection, say)
            command.upgrade(_config(connection, say), "head")
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _UPGRADE_LOCK})
            connection.commit()
    except TRANSLATED as error:
        known = translated(error)
        raise known if known is not error else SchemaError(_why(error)) from error
    except CommandError as error:
        raise SchemaError(f"the migrations do not fit this database: {error}") from error


def _why(error: Exception) -> str:
    """Return the server's words, and its hint; never a statement with its values."""
    original = error.orig if isinstance(error, DBAPIError) else error
    diagnosis = original.diag if isinstance(original, psycopg.Error) else None
    words = (diagnosis.message_primary, diagnosis.message_hint) if diagnosis is not None else ()
    said = "; ".join(word for word in words if word) or str(original).partition("\n")[0]
    return f"the migration failed, and nothing of it was kept: {said}"


def _lock(connection: Connection, say: Callable[[str], None]) -> None:
    taken = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _UPGRADE_LOCK}).scalar()
    if not taken:
        say("another upgrade is running; waiting for it")
        connection.execute(text(f"SET lock_timeout = '{_WAIT_FOR_UPGRADE_SECONDS}s'"))
        try:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _UPGRADE_LOCK})
        except DBAPIError as error:
            if isinstance(translated(error), DatabaseBusyError):
                raise DatabaseBusyError(
                    f"another upgrade has been running for {_WAIT_FOR_UPGRADE_SECONDS} seconds; look at it, then try again"
                ) from error
            raise
    connection.execute(text(f"SET lock_timeout = '{_WAIT_FOR_TABLE_SECONDS}s'"))
    connection.commit()


def _config(connection: Connection, say: Callable[[str], None]) -> Any:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "minixdr.adapters.postgres:migrations")
    config.attributes["connection"] = connection
    config.attributes["say"] = say
    return config


def configure(context: Any) -> None:
    """Tell Alembic what it works with; called by migrations/env.py."""
    from minixdr.adapters.postgres.tables import metadata  # noqa: PLC0415

    attributes = context.config.attributes

    def on_version_apply(*, step: Any, **_: Any) -> None:
        attributes["say"](f"schema revision {step.up_revision_id}: {step.up_revision.doc}")

    context.configure(
        connection=attributes["connection"],
        target_metadata=metadata,
        transaction_per_migration=True,
        include_schemas=True,
        include_name=lambda name, kind, _: kind != "schema" or name in {None, "lake"},
        on_version_apply=on_version_apply,
    )


def run_script(connection: Connection, script: str) -> None:
    """Run SQL of several statements as it stands: no parameter is looked for in it."""
    connection.connection.cursor().execute(script)


def mark(connection: Connection, *, revision: int, usable_from: int) -> None:
    """Note the revision reached, and the oldest program (by its newest revision) that can serve it."""
    connection.execute(text("DELETE FROM schema_state"))
    connection.execute(
        text("INSERT INTO schema_state (revision, usable_from) VALUES (:revision, :usable_from)"),
        {"revision": revision, "usable_from": usable_from},
    )


def state(url: str) -> SchemaState:
    """Return where the database stands. Raises DatabaseAwayError."""
    try:
        with closing(sync_engine(url).connect()) as connection:
            return read_state(connection)
    except TRANSLATED as error:
        raise translated(error) from error


def read_state(connection: Connection) -> SchemaState:
    """Return where the database behind a connection stands."""
    known = connection.execute(text("SELECT to_regclass('public.schema_state') IS NOT NULL")).scalar()
    row = connection.execute(text("SELECT revision, usable_from FROM schema_state")).first() if known else None
    revision, usable_from = (None, None) if row is None else (int(row[0]), int(row[1]))
    return SchemaState(revision=revision, usable_from=usable_from, oldest_served=OLDEST, newest_known=NEWEST)


def differences(owner_url: str) -> list[str]:
    """Return how the database differs from the tables this program knows, one line each. Raises DatabaseAwayError."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415
    from alembic.migration import MigrationContext  # noqa: PLC0415

    from minixdr.adapters.postgres.tables import metadata  # noqa: PLC0415

    try:
        with closing(sync_engine(owner_url).connect()) as connection:
            options = {
                "include_schemas": True,
                "include_name": lambda name, kind, _: kind != "schema" or name in {None, "lake"},
            }
            found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    except TRANSLATED as error:
        raise translated(error) from error
    return [_told(difference) for difference in found]


def _told(difference: Any) -> str:
    if isinstance(difference, list):  # changes of one column come together
        return "; ".join(_told(part) for part in difference)
    kind, *objects = difference
    named = [str(getattr(item, "name", item)) for item in objects if item is not None]
    return f"{kind}: {' '.join(named)}"
