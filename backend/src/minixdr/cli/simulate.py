"""`minixdr simulate`: write made-up logs of an intrusion, or of ordinary days."""

import sys
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import typer

from minixdr.app.services import Services
from minixdr.cli.scan import fail


def add(program: typer.Typer, services: Callable[[], Services]) -> None:
    """Add the command to the program."""

    @program.command("simulate")
    def _simulate(  # noqa: PLR0913, PLR0917 - one parameter an option
        scenario: Annotated[str | None, typer.Argument(help="Name of a scenario; without it they are listed.")] = None,
        out: Annotated[
            str, typer.Option("--out", help="Folder to write to; it must be empty or absent.")
        ] = "simulation",
        seed: Annotated[
            int | None, typer.Option("--seed", help="The same seed gives the same bytes.", show_default="7")
        ] = None,
        start: Annotated[
            datetime | None,
            typer.Option("--start", formats=["%Y-%m-%d"], help="First day (UTC).", show_default="2026-03-02"),
        ] = None,
        days: Annotated[
            int | None, typer.Option("--days", min=1, help="Days; the story is told on the last.", show_default="2")
        ] = None,
        principals: Annotated[
            int | None, typer.Option("--principals", help="People and workloads of the company.", show_default="40")
        ] = None,
        events: Annotated[
            int | None,
            typer.Option(
                "--events", min=0, help="Ordinary records among which the story is told.", show_default="20000"
            ),
        ] = None,
        *,
        quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary.")] = False,
    ) -> None:
        """Write schema-true logs of CloudTrail, VPC flow, EKS, Linux and Windows, with the truth about the attack in them."""
        from minixdr.app.simulate import (  # noqa: PLC0415 - see cli/main.py
            BadSettingsError,
            Simulation,
            check_scenario,
            list_scenarios,
            run,
        )
        from minixdr.cli.present import show_scenarios, show_simulation  # noqa: PLC0415

        if scenario is None:
            show_scenarios(list_scenarios())
            return
        chosen = {"seed": seed, "start": start, "days": days, "principals": principals, "events": events}
        request = Simulation(scenario, **{name: value for name, value in chosen.items() if value is not None})  # type: ignore[arg-type]  # each name has its option's type
        try:
            check_scenario(scenario)
            summary = run(
                request, services().simulated_files(out), None if quiet or not sys.stderr.isatty() else _tell()
            )
        except FileExistsError as error:
            raise typer.Exit(fail(f"{error}; choose another folder with --out")) from None
        except OSError as error:
            raise typer.Exit(fail(f"{error.filename or out}: {error.strerror or error}")) from None
        except BadSettingsError as error:
            raise typer.Exit(fail(str(error))) from None
        if not quiet:
            show_simulation(summary, out)


def _tell() -> Callable[[int], None]:
    written = 0

    def advance(records: int) -> None:
        nonlocal written
        written += records
        sys.stderr.write(f"\r{written:,} records ")
        sys.stderr.flush()

    return advance
