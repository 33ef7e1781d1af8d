"""`minixdr version`: which program this is, as `/version` answers it; image builds label images with it."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from minixdr.app.services import BadSetting
from minixdr.cli.scan import fail

if TYPE_CHECKING:
    from minixdr.app.build import Build


def add(program: typer.Typer, build: "Callable[[], Build]") -> None:
    """Add the command. `build` may raise BadSetting."""

    @program.command("version")
    def _version() -> None:
        """Print name, version, revision, image digest and the range of database schemas that are served, as JSON."""
        try:
            typer.echo(json.dumps(build().document(), indent=2))
        except BadSetting as error:
            raise typer.Exit(fail(str(error))) from None
