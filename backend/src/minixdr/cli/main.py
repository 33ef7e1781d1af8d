"""The command line. Each command is one file; what a command needs is imported when it runs, so that `--help` is quick."""

from collections.abc import Callable
from typing import Annotated

import typer

from minixdr.app.services import BadSetting, Services
from minixdr.cli import lists, rules, scan, simulate

GetServices = Callable[[], Services]


def build(services: GetServices, version: str) -> typer.Typer:
    """Return the program. `services` may raise BadSetting: a command then says which setting, and leaves."""

    def checked() -> Services:
        try:
            return services()
        except BadSetting as error:
            raise typer.Exit(scan.fail(str(error))) from None

    program = typer.Typer(
        name="minixdr",
        help="Mini-XDR: find attacks in logs, gather them into incidents.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    def say_version(wanted: bool) -> None:  # noqa: FBT001 - typer's signature
        if wanted:
            typer.echo(f"minixdr {version}")
            raise typer.Exit

    @program.callback()
    def _root(
        *,
        version_wanted: Annotated[
            bool, typer.Option("--version", callback=say_version, is_eager=True, help="Print the version and leave.")
        ] = False,
    ) -> None:
        pass

    scan.add(program, checked)
    rules.add(program, checked)
    simulate.add(program, checked)
    lists.add(program)
    return program
