"""Looks at PostgreSQL as the role that serves: can it be reached, does it see what it should and nothing else."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from minixdr.local.doctor.check import Check, fail, ok, warn

if TYPE_CHECKING:
    from psycopg import Connection

_LEAST_VERSION = 180_000
"""Keys are made by its `uuidv7()`."""
_MOST_SKEW_SECONDS = 5.0
"""Times of records, leases and sessions are compared with each other."""
_SILENT_SECONDS = 60.0
_OWN_SCHEMAS = ["public", "lake"]


def database(url: str, *, workers_expected: bool) -> Iterator[Check]:
    """Look at a database. The address holds a password and is shown nowhere."""
    import psycopg  # noqa: PLC0415 - see commands.py

    try:
        with psycopg.connect(url, connect_timeout=5, autocommit=True) as connection:
            yield from _checks(connection, workers_expected=workers_expected)
    except psycopg.Error as error:
        yield fail(
            "database",
            f"PostgreSQL does not answer as it should: {str(error).strip()}",
            "see MINIXDR_DATABASE_URL and the server's log",
        )


def _checks(connection: "Connection[tuple[object, ...]]", *, workers_expected: bool) -> Iterator[Check]:
    version = connection.info.server_version
    said = f"PostgreSQL {version // 10_000}.{version % 10_000}"
    if version < _LEAST_VERSION:
        yield fail("database", said, f"PostgreSQL {_LEAST_VERSION // 10_000} or newer is needed")
    else:
        yield ok("database", said)
    yield _clock(connection)
    yield _role(connection)
    if connection.execute("SELECT to_regclass('public.schema_state')").fetchone() == (None,):
        yield fail("tables", "the database has no tables of ours", "minixdr db upgrade")
        return
    yield _row_security(connection)
    yield _damaged(connection)
    if workers_expected:
        yield _workers(connection)


def _clock(connection: "Connection[tuple[object, ...]]") -> Check:
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    there = row[0] if row else None
    if not isinstance(there, datetime):
        return fail("clock", "the database tells no time", "see the server's log")
    skew = abs((datetime.now(UTC) - there).total_seconds())
    if skew > _MOST_SKEW_SECONDS:
        return fail("clock", f"this machine and the database differ by {skew:,.0f} s", "run NTP (chrony) on both")
    return ok("clock", f"this machine and the database differ by {skew:.1f} s")


def _role(connection: "Connection[tuple[object, ...]]") -> Check:
    row = connection.execute(
        """
        SELECT rolsuper, rolbypassrls, pg_has_role(current_user, 'pg_write_all_data', 'member'),
               (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = ANY(%s) AND c.relkind IN ('r', 'p') AND c.relowner = r.oid)
        FROM pg_roles r WHERE rolname = current_user
        """,
        (_OWN_SCHEMAS,),
    ).fetchone()
    wrong = [
        what
        for what, so in zip(
            ("is a superuser", "passes by row-level security", "writes all tables", "owns tables"),
            row or (),
            strict=True,
        )
        if so
    ]
    if wrong:
        return fail(
            "role",
            f"the role that serves {' and '.join(wrong)}: organizations are not kept apart",
            "serve as a role that is only a member of minixdr_app, and keep the owner's for migrations "
            "(MINIXDR_DATABASE_OWNER_URL)",
        )
    return ok("role", "the role that serves owns nothing and passes by nothing")


def _row_security(connection: "Connection[tuple[object, ...]]") -> Check:
    rows = connection.execute(
        """
        SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') ORDER BY 1
        """
    ).fetchall()
    open_tables = [str(name) for name, kept in rows if not kept]
    if open_tables:
        return fail(
            "row-level security",
            f"not forced on {', '.join(open_tables)}",
            "somebody changed the tables by hand: ALTER TABLE ... ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
        )
    return ok("row-level security", f"forced on all {len(rows)} tables of organizations")


def _damaged(connection: "Connection[tuple[object, ...]]") -> Check:
    with connection.transaction():
        connection.execute("SET LOCAL minixdr.system = 'on'")
        rows = connection.execute(
            "SELECT name, rows, damaged FROM lake_outbox WHERE damaged IS NOT NULL AND committed_snapshot IS NULL ORDER BY seq"
        ).fetchall()
    if not rows:
        return ok("staged files", "none was put aside as damaged")
    name, events, reason = rows[0]
    more = f", and {len(rows) - 1} more files" if len(rows) > 1 else ""
    return fail(
        "staged files",
        f"{name} with {events} events cannot be read{more}: {reason}",
        "put the files back into the warehouse from a backup, workers take them up within minutes; look for what is wrong with its disk. Receipts of "
        "the batches say `damaged`",
    )


def _workers(connection: "Connection[tuple[object, ...]]") -> Check:
    rows = connection.execute(
        "SELECT name, extract(epoch FROM clock_timestamp() - seen_at)::float8 FROM heartbeats WHERE kind = 'worker'"
        " AND seen_at > clock_timestamp() - interval '1 day' ORDER BY 2"
    ).fetchall()
    alive = [name for name, age in rows if isinstance(age, float) and age < _SILENT_SECONDS]
    if not alive:
        last = f"; the last was heard {rows[0][1]:,.0f} s ago" if rows else ""
        return fail("workers", f"none is heard{last}", "look into the worker's log; batches wait in the log meanwhile")
    silent = len(rows) - len(alive)
    if silent:
        return warn("workers", f"{len(alive)} heard, {silent} of the last day are silent", "see that none is missing")
    return ok("workers", f"{len(alive)} heard within {_SILENT_SECONDS:.0f} s")
