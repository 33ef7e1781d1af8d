"""`minixdr-deploy doctor`: looks at everything, and names what is wrong, with the command that mends it. Watched, text tells only what changed.

Exit status: 0 healthy (warnings included), 1 problems, 2 it could not be looked at, 3 wrong usage.
"""

import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Annotated, Any

import msgspec
import typer

from minixdr_deploy import checks, metrics
from minixdr_deploy.command import INTERRUPTED, Output, attempt, problem_lines, run
from minixdr_deploy.diagnosis import Diagnosis, diagnose
from minixdr_deploy.observe.look import SECONDS, observe
from minixdr_deploy.observe.observed import Observed
from minixdr_deploy.problem import Problem, UsageError
from minixdr_deploy.world import World

_EVERY_SECONDS = 60


class DoctorOutput(StrEnum):
    """How the result is written."""

    TEXT = "text"
    JSON = "json"
    PROMETHEUS = "prometheus"


class Looked(msgspec.Struct, frozen=True):
    """What one look found."""

    observed: Observed
    diagnosis: Diagnosis
    seconds: float
    prometheus: bool = False
    quiet: bool = False
    """Whether nothing is written where all is well: cron then sends no mail."""
    unchanged: bool = False
    """Whether the look before found the same: then no text is written."""

    @property
    def exit_status(self) -> int:
        """Return it."""
        return self.diagnosis.exit_status

    def document(self) -> Any:
        """Return it as JSON has it."""
        failures = {each.id: each.failure for each in checks.every()}
        return {
            "healthy": self.diagnosis.healthy,
            "looked_at": self.observed.at.isoformat(timespec="seconds"),
            "seconds": round(self.seconds, 1),
            "problems": [
                {"failure": failures.get(each.id, "other"), **msgspec.to_builtins(each)}
                for each in self.diagnosis.problems
            ],
            "not_judged": msgspec.to_builtins(self.diagnosis.not_judged),
            "checks": {each.id: self.diagnosis.state(each.id) for each in checks.every()},
        }

    def lines(self) -> Sequence[str]:
        """Return it as text."""
        if self.prometheus:
            return list(metrics.lines(self.diagnosis, checks.every(), self.observed.at, self.seconds))
        if self.unchanged:
            return []
        if self.quiet and self.diagnosis.healthy and not self.diagnosis.problems:
            return []
        return [*report(self.diagnosis), self._summary()]

    def _summary(self) -> str:
        told, every = self.diagnosis, len(checks.every())
        if told.exit_status == 1:
            errors = len(told.errors)
            word = f"{errors} problem{'s' * (errors > 1)}"
        else:
            word = {0: "healthy", 2: "not known"}[told.exit_status]
        warnings = len(told.problems) - len(told.errors)
        also = f", {warnings} warning{'s' * (warnings > 1)}" if warnings else ""
        return (
            f"{word}{also}: {len(told.judged)} of {every} checks could look at all they need, in {self.seconds:.1f} s"
        )


def report(diagnosis: Diagnosis) -> list[str]:
    """Return what was found as lines of text: problems, then what is not known."""
    failures = {each.id: each.failure for each in checks.every()}
    found: list[str] = []
    for problem in diagnosis.problems:
        first, *rest = problem_lines(problem)
        failure = failures.get(problem.id, "other")
        found += [first if failure == "other" else f"{first}  ({failure})", *rest, ""]
    for missing in diagnosis.not_judged:
        word = missing.why if missing.why == "not asked" else "not known"
        found += [f"{word}: {missing.reason}", f"    not judged: {', '.join(missing.checks)}", ""]
    return found


def look(world: World, *, seconds: float = SECONDS) -> Looked:
    """Return what one look finds."""
    began = time.monotonic()
    observed = observe(world, seconds=seconds)
    return Looked(observed, diagnose(observed), time.monotonic() - began)


def problems(world: World) -> Sequence[Problem]:
    """Return what is wrong now."""
    return look(world).diagnosis.problems


def add(program: typer.Typer) -> None:
    """Add the command."""

    @program.command("doctor")
    def _doctor(
        context: typer.Context,
        *,
        watched: Annotated[
            bool,
            typer.Option(
                "--watch",
                help="Look again and again; text is written only where something has changed. Ctrl-C ends it.",
            ),
        ] = False,
        every: Annotated[
            int, typer.Option("--every", min=10, help="Seconds between two looks of --watch.")
        ] = _EVERY_SECONDS,
        quiet: Annotated[
            bool, typer.Option("--quiet", "-q", help="Write nothing where all is well, as cron likes it.")
        ] = False,
        output: Annotated[
            DoctorOutput, typer.Option("--output", "-o", help="How the result is written.")
        ] = DoctorOutput.TEXT,
    ) -> None:
        """Look whether the deployment is well; name what is wrong, with what was seen and the command that mends it.

        Exit status: 0 healthy, 1 problems, 2 it could not be looked at, 3 wrong usage.
        """
        shape = Output.JSON if output is DoctorOutput.JSON else Output.TEXT
        prometheus = output is DoctorOutput.PROMETHEUS

        def one(world: World) -> Looked:
            return msgspec.structs.replace(look(world), prometheus=prometheus, quiet=quiet)

        if not watched:
            run(context, shape, one)
        if prometheus:
            raise typer.BadParameter("--watch writes what changes; a monitor asks once: doctor --output prometheus")
        raise typer.Exit(_watch(context, shape, one, every))


def _watch(context: typer.Context, shape: Output, one: Callable[[World], Looked], every: int) -> int:
    """Look until Ctrl-C; return the exit status of the last look."""
    last: list[Looked] = []

    def changed(world: World) -> Looked:
        looked = one(world)
        same = bool(last) and _ids(last[-1]) == _ids(looked)
        last.append(looked)
        del last[:-1]
        return msgspec.structs.replace(looked, unchanged=same)

    status = 0
    while True:
        now = attempt(context, shape, changed)
        if now in {INTERRUPTED, UsageError.exit_status}:
            return now if now == UsageError.exit_status else status
        status = now
        try:
            time.sleep(every)
        except KeyboardInterrupt:
            return status


def _ids(looked: Looked) -> tuple[int, frozenset[str]]:
    told = looked.diagnosis
    return told.exit_status, frozenset(each.id for each in told.problems) | {each.reason for each in told.not_judged}
