"""The program: `minixdr-deploy [--config deploy.yaml] <command>`. Each module adds its own commands by `add(program)`."""

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from minixdr_deploy import (
    __version__,
    access,
    doctor,
    logs,
    preflight,
    release_commands,
    scale,
    secrets,
    status,
    verify,
    world,
)
from minixdr_deploy.command import INTERRUPTED, MakeWorld, Output, Root, show_problem
from minixdr_deploy.problem import Problem

_USAGE = 3
"""Exit status of wrong usage: 2 says that the cluster could not be looked at."""


def build(make_world: MakeWorld = world.real) -> typer.Typer:
    """Return the program."""
    program = typer.Typer(
        name="minixdr-deploy",
        help="Ship Mini-XDR to an EKS cluster, look whether it is well, and name what is wrong.",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    def say_version(wanted: bool) -> None:  # noqa: FBT001 - typer's signature
        if wanted:
            typer.echo(f"minixdr-deploy {__version__}")
            raise typer.Exit

    @program.callback()
    def _root(
        context: typer.Context,
        *,
        config: Annotated[
            Path,
            typer.Option("--config", envvar="MINIXDR_DEPLOY_CONFIG", help="What the deployment is.", show_default=True),
        ] = Path("deploy.yaml"),
        version_wanted: Annotated[
            bool, typer.Option("--version", callback=say_version, is_eager=True, help="Print the version and leave.")
        ] = False,
    ) -> None:
        del version_wanted
        context.obj = Root(config, make_world)

    for module in (
        preflight,
        release_commands,
        verify,
        status,
        doctor,
        access,
        secrets,
        logs,
        scale,
    ):  # as `--help` lists them
        module.add(program)
    return program


def asked_output(arguments: Sequence[str]) -> Output:
    """Return the output that a command line asks for which may not be understood as a whole."""
    text = " ".join(arguments)
    return Output.JSON if re.search(r"(^| )(--output[ =]|-o[ =]?)json( |$)", text) else Output.TEXT


def main() -> None:
    """Run the program."""
    program = build()
    arguments = sys.argv[1:] or ["--help"]
    try:
        status = program(arguments, standalone_mode=False)
    except TyperException as error:  # of the command line: our own errors are shown by `command.run`
        mend = "minixdr-deploy --help  # and --help of each command say what there is"
        show_problem(Problem("usage", str(error), mend=mend), asked_output(arguments))
        sys.exit(_USAGE)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # `minixdr-deploy status | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    sys.exit(status or 0)


if __name__ == "__main__":
    main()
