"""Roles and databases of a cluster of our own.

Three roles: the superuser only makes the other two. `minixdr_owner` owns the database and changes its tables (migrations). `minixdr_service`
serves and owns nothing; its rights come through the group `minixdr_app`, to which the migrations grant them.
"""

from collections.abc import Mapping

OWNER, GROUP, SERVICE = "minixdr_owner", "minixdr_app", "minixdr_service"


def prepare(superuser_url: str, passwords: Mapping[str, str], database: str, *, template: str | None = None) -> None:
    """Make the roles and the database where they are missing, and set the passwords of `OWNER` and `SERVICE`.

    `template` is a database to copy. Raises psycopg.Error.
    """
    import psycopg  # noqa: PLC0415 - only where a cluster is new
    from psycopg import sql  # noqa: PLC0415

    with psycopg.connect(superuser_url, autocommit=True) as connection:
        roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        if GROUP not in roles:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(GROUP)))
        for name in (OWNER, SERVICE):
            verb = sql.SQL("ALTER" if name in roles else "CREATE")
            connection.execute(
                sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {}").format(
                    verb, sql.Identifier(name), sql.Literal(passwords[name])
                )
            )
        connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(GROUP), sql.Identifier(SERVICE)))
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone() is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                    sql.Identifier(database), sql.Identifier(OWNER), sql.Identifier(template or "template1")
                )
            )
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
        connection.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(database), sql.Identifier(GROUP))
        )
