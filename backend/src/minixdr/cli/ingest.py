"""`minixdr ingest`: send log files to a platform that runs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from minixdr.app.services import BadSetting
from minixdr.cli.scan import fail

if TYPE_CHECKING:
    from minixdr.ports.door import Door
    from minixdr.ports.scan import InputFiles

ALL_SENT, SOME_UNREAD, BAD_INPUT, NOT_NOW, INTERRUPTED = 0, 1, 2, 3, 130
_EPILOG = (
    "Exit status: 0 everything is on disk there, 1 the same but for records or files that could not be read, 2 bad input, or refused by the server, "
    "3 the server took nothing for as long as --patience says, 130 interrupted. Sending the same files again is harmless: what the platform has, it "
    "takes once."
)


@dataclass(frozen=True, slots=True)
class Outside:
    """What the command reads with and sends with."""

    input_files: "Callable[[], InputFiles]"
    door: "Callable[[str, str], Door]"
    """Given address and token. Raises BadSetting."""


def add(program: typer.Typer, outside: Callable[[], Outside]) -> None:
    """Add the command to the program."""

    @program.command("ingest", epilog=_EPILOG)
    def _ingest(  # noqa: PLR0913 - one parameter an option
        paths: Annotated[
            list[str],
            typer.Argument(help="Log files and folders; .gz .zst .bz2 .xz .zip are opened; - is standard input."),
        ],
        url: Annotated[
            str, typer.Option("--url", envvar="MINIXDR_URL", help="The platform's address.")
        ] = "http://127.0.0.1:8000",
        token: Annotated[
            str,
            typer.Option(
                "--token",
                envvar="MINIXDR_INGEST_TOKEN",
                show_envvar=True,
                help="An ingest token. Other users of this machine see options, so the environment is the better place.",
            ),
        ] = "",
        format_name: Annotated[
            str, typer.Option("--format", help="auto, or the format of all files; `minixdr formats` lists them.")
        ] = "auto",
        source: Annotated[
            str, typer.Option("--source", help="auto, or the log source of all files; `minixdr sources` lists them.")
        ] = "auto",
        patience: Annotated[
            float, typer.Option("--patience", min=0, help="Seconds to go on asking a server that is busy or away.")
        ] = 300,
        *,
        quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary.")] = False,
    ) -> None:
        """Send log files to a platform that runs. Files are read here, whatever their format; it answers when their records are on its disk."""
        from minixdr.cli.run_ingest import Request, run_ingest  # noqa: PLC0415 - see cli/main.py

        request = Request(
            paths=tuple(paths),
            url=url,
            token=token,
            format=None if format_name == "auto" else format_name,
            source=None if source == "auto" else source,
            patience_seconds=patience,
            quiet=quiet,
        )
        try:
            raise typer.Exit(run_ingest(request, outside()))
        except BadSetting as error:
            raise typer.Exit(fail(str(error))) from None
