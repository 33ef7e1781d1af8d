"""`minixdr db upgrade | check | current`: the schema of the platform's database."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from minixdr.app.services import BadSetting
from minixdr.cli.scan import fail, safe

if TYPE_CHECKING:
    from minixdr.ports.schema import Schema

_NOT_NOW = 3
"""Exit status where the database does not answer: the same command may succeed later."""


def add(program: typer.Typer, schema: "Callable[[], Schema]") -> None:
    """Add the commands. `schema` may raise BadSetting."""
    db = typer.Typer(help="The platform's database: bring its schema up to date, or check it.", no_args_is_help=True)
    program.add_typer(db, name="db")

    @db.command("upgrade")
    def _upgrade() -> None:
        """Bring the schema up to date, as the role that owns the tables (MINIXDR_DATABASE_OWNER_URL). There is no way back: make a backup first."""
        raise typer.Exit(_run("upgrade", schema))

    @db.command("check")
    def _check() -> None:
        """Say whether this program can serve the database and whether its tables are as expected. Exit status 1 where not."""
        raise typer.Exit(_run("check", schema))

    @db.command("current")
    def _current() -> None:
        """Say at which revision the schema is, and which this program serves. Exit status 1 where it does not serve it."""
        raise typer.Exit(_run("current", schema))


def _run(name: str, schema: "Callable[[], Schema]") -> int:
    from minixdr.app import migrate  # noqa: PLC0415
    from minixdr.ports.database import DatabaseAwayError  # noqa: PLC0415
    from minixdr.ports.schema import SchemaError  # noqa: PLC0415

    def say(line: str) -> None:
        typer.echo(safe(line))

    try:
        work = {"upgrade": migrate.upgrade, "check": migrate.check, "current": migrate.current}[name]
        return work(schema(), say)
    except (BadSetting, SchemaError) as error:
        return fail(str(error))
    except DatabaseAwayError as error:
        fail(str(error))
        return _NOT_NOW
