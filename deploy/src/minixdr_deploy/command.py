"""What all commands share: their options, how a result is shown (as text or as JSON), and the exit status.

Exit status: 0 done or healthy; 1 not done, or problems found; 2 the cluster or AWS could not be looked at; 3 wrong usage; 4 a ship failed and the
deployment is not as it was before; 5 somebody else holds the lock; 130 interrupted.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn, Protocol, TextIO

import msgspec
import typer

from minixdr_deploy import config as deploy_config
from minixdr_deploy import say as progress
from minixdr_deploy.config import Config
from minixdr_deploy.problem import DeployError, Problem, unexpected
from minixdr_deploy.say import Say
from minixdr_deploy.world import World

MakeWorld = Callable[[Config, Say], World]

INTERRUPTED = 130


class Output(StrEnum):
    """How the result is written."""

    TEXT = "text"
    JSON = "json"


OutputOption = Annotated[
    Output,
    typer.Option(
        "--output", "-o", help="How the result is written to standard output; progress goes to standard error."
    ),
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Print what would be done, and do nothing.")]


@dataclass(frozen=True, slots=True)
class Root:
    """What the program was called with, before the command. Is `ctx.obj`."""

    config_path: Path
    make_world: MakeWorld


class Result(Protocol):
    """What came of a command."""

    @property
    def exit_status(self) -> int:
        """Return the exit status."""

    def document(self) -> Any:
        """Return it as JSON has it."""

    def lines(self) -> Sequence[str]:
        """Return it as lines of text."""


def run(context: typer.Context, output: Output, work: Callable[[World], Result]) -> NoReturn:
    """Do the work, show its result or its problem, and leave with the exit status."""
    raise typer.Exit(attempt(context, output, work))


def attempt(context: typer.Context, output: Output, work: Callable[[World], Result]) -> int:
    """Do the work, show its result or its problem, and return the exit status."""
    root: Root = context.obj
    try:
        world = root.make_world(deploy_config.read(root.config_path), progress.elapsed_lines())
        result = work(world)
    except DeployError as error:
        show_problem(error.problem, output)
        return error.exit_status
    except KeyboardInterrupt:
        show_problem(Problem("interrupted", "interrupted"), output)
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last handler: who reads JSON gets JSON, whatever went wrong
        show_problem(unexpected(error), output)
        return DeployError.exit_status
    if output is Output.JSON:
        write_json(result.document())
    else:
        for line in result.lines():
            typer.echo("\n".join(map(progress.printable, line.split("\n"))))
    return result.exit_status


def show_problem(problem: Problem, output: Output) -> None:
    """Show why a command did not do its work: on standard error for people, on standard output for programs."""
    if output is Output.JSON:
        write_json({"ok": False, "problem": msgspec.to_builtins(problem)})
        return
    for line in problem_lines(problem):
        typer.echo(line, err=True)


def problem_lines(problem: Problem) -> list[str]:
    """Return a problem as lines of text: what, what was seen, what mends it."""
    lines = [progress.printable(f"{problem.severity}: {problem.title}  [{problem.id}]")]
    lines += [f"    {progress.printable(line)}" for text in problem.evidence for line in text.splitlines()]
    if problem.mend:
        first, *rest = map(progress.printable, problem.mend.splitlines())
        lines += [f"  mend: {first}", *(f"        {line}" for line in rest)]
    for consequence in problem.consequences:
        lines.append(f"  explains: {consequence.title}  [{consequence.id}]")
    return lines


def write_json(document: Any, stream: TextIO | None = None) -> None:
    """Write one JSON document, readable by people too."""
    text = msgspec.json.format(msgspec.json.encode(document), indent=2).decode()
    (stream or sys.stdout).write(text + "\n")
