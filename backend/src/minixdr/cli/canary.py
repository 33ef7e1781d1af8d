"""`minixdr canary`: send one harmless event through a platform, and say whether its finding comes out. Deployments run it as a Job."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from minixdr.app.services import BadSetting
from minixdr.cli.scan import fail, safe

if TYPE_CHECKING:
    from minixdr.app.canary import Outcome
    from minixdr.ports.database import Database
    from minixdr.ports.door import Door

FOUND, NOT_FOUND, BAD_INPUT, NOT_NOW = 0, 1, 2, 3
_EPILOG = (
    "Exit status: 0 the finding came out, 1 it did not (`problem` says how far the event came), 2 a setting is wrong, 3 the database does not "
    "answer. The answer is JSON: ok, event_sent_at, found_after_seconds, workers (what those that are heard run), problem."
)
Doors = Callable[[str, str], "Door"]
"""Given address and token. Raises BadSetting."""


def add(program: typer.Typer, database: "Callable[[Path | None], Database]", door: Doors) -> None:
    """Add the command. `database` may raise BadSetting."""

    @program.command("canary", epilog=_EPILOG)
    def _canary(
        url: Annotated[
            str, typer.Option("--url", envvar="MINIXDR_CANARY_URL", show_envvar=True, help="The platform's address.")
        ] = "http://127.0.0.1:8000",
        result: Annotated[
            Path | None,
            typer.Option("--result", metavar="FILE", help="Write the answer here too: /dev/termination-log in a Job."),
        ] = None,
        wait: Annotated[float, typer.Option("--wait", min=1, max=600, help="Seconds to wait for the finding.")] = 30,
    ) -> None:
        """Send one harmless event through the platform, and say whether its finding comes out.

        The event belongs to an organization of its own (deployment-canary), made here where it is missing, which no person belongs to.
        """
        status, outcome = _run(database, lambda token: door(url, token), wait)
        raise typer.Exit(_say(outcome, result) or status)


def _run(
    database: "Callable[[Path | None], Database]", door: "Callable[[str], Door]", wait: float
) -> "tuple[int, Outcome]":
    from minixdr.app.canary import Canary, Outcome  # noqa: PLC0415
    from minixdr.ports.database import DatabaseAwayError, DatabaseConflictError  # noqa: PLC0415

    async def run() -> Outcome:
        opened = database(None)
        try:
            return await Canary(opened, door, lambda: datetime.now(UTC), found_seconds=wait).run()
        finally:
            await opened.close()

    try:
        outcome = asyncio.run(run())
    except BadSetting as error:
        return BAD_INPUT, Outcome(ok=False, problem=str(error))
    except (DatabaseAwayError, DatabaseConflictError) as error:
        return NOT_NOW, Outcome(ok=False, problem=f"the database does not answer (MINIXDR_DATABASE_URL): {error}")
    return FOUND if outcome.ok else NOT_FOUND, outcome


def _say(outcome: "Outcome", result: Path | None) -> int:
    """Print the outcome, write it where it is wanted, and return an exit status where that cannot be."""
    import msgspec  # noqa: PLC0415

    text = msgspec.json.encode(outcome).decode()
    typer.echo(safe(text))
    if result is None:
        return 0
    try:
        result.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        return fail(f"{result}: {error.strerror}")
    return 0
