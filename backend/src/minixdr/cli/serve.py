"""`minixdr serve api|worker`: one part of the platform, as containers run it."""

from collections.abc import Callable
from typing import Annotated

import typer

from minixdr.app.services import BadSetting
from minixdr.cli.scan import fail

Serve = Callable[[], int]


def add(program: typer.Typer, parts: "dict[str, Serve]") -> None:
    """Add the command. `parts`: by name; each runs until it is told to stop and returns the exit status, or raises BadSetting."""

    @program.command("serve")
    def _serve(part: Annotated[str, typer.Argument(help="Which part: api or worker.", metavar="api|worker")]) -> None:
        """Run one part of the platform until SIGTERM. Settings come from MINIXDR_* variables; `minixdr up` runs all parts on one machine."""
        serve = parts.get(part)
        if serve is None:
            raise typer.Exit(fail(f"there is no part {part[:40]!r}; parts are {', '.join(sorted(parts))}"))
        try:
            raise typer.Exit(serve())
        except BadSetting as error:
            raise typer.Exit(fail(str(error))) from None
