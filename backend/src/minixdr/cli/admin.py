"""`minixdr admin create-owner | reset-password | setup-code`: for who runs the machine; it asks nobody's leave, and the audit log notes it."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from minixdr.app.services import BadSetting
from minixdr.cli.scan import fail

if TYPE_CHECKING:
    from minixdr.ports.database import Database

OpenDatabase = Callable[[Path | None], "Database"]
"""Opens the database of the environment, or of the `minixdr up` of a data directory. Raises BadSetting."""

_REFUSED, _NOT_NOW = 1, 3

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        metavar="DIR",
        help="The data directory of the `minixdr up` that is meant, where it is not the usual one.",
    ),
]


def add(program: typer.Typer, database: OpenDatabase) -> typer.Typer:
    """Add the commands, and return their group."""
    admin = typer.Typer(help="People, for who runs the machine.", no_args_is_help=True)
    program.add_typer(admin, name="admin")

    @admin.command("create-owner")
    def _create_owner(
        email: Annotated[str, typer.Argument(help="The person's address.")],
        organization: Annotated[
            str, typer.Option(help="The organization's name; made where there is none of that name.")
        ],
        data_dir: DataDir = None,
        *,
        first: Annotated[
            bool, typer.Option("--first", help="Do nothing where there is an organization already.")
        ] = False,
        as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
    ) -> None:
        """Make a person the owner of an organization. A new person gets a random password, printed once."""
        raise typer.Exit(
            run(database, data_dir, lambda db: _owner(db, email, organization, first=first, as_json=as_json))
        )

    @admin.command("reset-password")
    def _reset_password(
        email: Annotated[str, typer.Argument(help="The person's address.")], data_dir: DataDir = None
    ) -> None:
        """Give a person a random password, printed once, and end the person's sessions. A second factor stays."""
        raise typer.Exit(run(database, data_dir, lambda db: _reset(db, email)))

    @admin.command("reset-second-factor")
    def _reset_second_factor(
        email: Annotated[str, typer.Argument(help="The person's address.")], data_dir: DataDir = None
    ) -> None:
        """Let a person who lost app and recovery codes sign in without a second factor, and end the person's sessions. The password stays."""
        raise typer.Exit(run(database, data_dir, lambda db: _without_factor(db, email)))

    @admin.command("setup-code")
    def _setup_code(data_dir: DataDir = None) -> None:
        """Make a new code for the setup page, on which the first organization and its owner are made. Those of before are not good any more."""
        raise typer.Exit(run(database, data_dir, say_new_setup_code))

    return admin


async def say_new_setup_code(database: "Database") -> None:
    """Make a code good and print it. Raises ConflictError where there is an organization already."""
    from datetime import UTC, datetime  # noqa: PLC0415 - see cli/main.py

    from minixdr.app.first_run import new_setup_code  # noqa: PLC0415
    from minixdr.app.refusal import ConflictError  # noqa: PLC0415

    code = await new_setup_code(database, datetime.now(UTC), alone=True)
    if code is None:
        raise ConflictError("there is an organization already: `minixdr admin create-owner` makes people owners")
    typer.echo(f"setup code (shown once): {code}")


async def _owner(database: "Database", email: str, organization: str, *, first: bool, as_json: bool) -> None:
    from datetime import UTC, datetime  # noqa: PLC0415 - see cli/main.py

    import msgspec  # noqa: PLC0415

    from minixdr.app.bootstrap import create_first_owner, create_owner  # noqa: PLC0415
    from minixdr.app.passwords import Passwords  # noqa: PLC0415

    create = create_first_owner if first else create_owner
    owner = await create(database, Passwords(), email, organization, datetime.now(UTC))
    if as_json:
        typer.echo(msgspec.json.encode(owner).decode())
    elif owner is None:
        typer.echo("there is an organization already; nothing was done")
    else:
        typer.echo(f"{owner.email} owns {owner.organization}{'' if owner.changed else ', as before'}")
        if owner.password:
            typer.echo(f"password (shown once): {owner.password}")


async def _reset(database: "Database", email: str) -> None:
    from datetime import UTC, datetime  # noqa: PLC0415 - see cli/main.py

    from minixdr.app.bootstrap import reset_password  # noqa: PLC0415
    from minixdr.app.passwords import Passwords  # noqa: PLC0415

    password = await reset_password(database, Passwords(), email, datetime.now(UTC))
    typer.echo(f"password (shown once): {password}")


async def _without_factor(database: "Database", email: str) -> None:
    from datetime import UTC, datetime  # noqa: PLC0415 - see cli/main.py

    from minixdr.app.bootstrap import reset_second_factor  # noqa: PLC0415

    await reset_second_factor(database, email, datetime.now(UTC))
    typer.echo("the second factor is removed")


def run(database: OpenDatabase, data_dir: Path | None, work: "Callable[[Database], Coroutine[Any, Any, None]]") -> int:
    """Do the work with the database and return the exit status."""
    import asyncio  # noqa: PLC0415 - see cli/main.py

    from minixdr.app.refusal import RefusedError  # noqa: PLC0415
    from minixdr.ports.database import DatabaseAwayError  # noqa: PLC0415

    async def opened() -> None:
        used = database(data_dir)
        try:
            await work(used)
        finally:
            await used.close()

    try:
        asyncio.run(opened())
    except BadSetting as error:
        return fail(str(error))
    except RefusedError as error:
        fail(str(error))
        return _REFUSED
    except DatabaseAwayError as error:
        fail(str(error))
        return _NOT_NOW
    return 0
