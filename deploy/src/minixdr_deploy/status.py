"""`minixdr-deploy status`: what is wanted, what runs, who works on it, and what was done last. Looks only; `doctor` judges."""

from collections.abc import Sequence

import msgspec
import typer

from minixdr_deploy import lock, record
from minixdr_deploy.command import Output, OutputOption, run
from minixdr_deploy.kube.labels import DEPLOYMENTS, LEASE
from minixdr_deploy.record import Entry
from minixdr_deploy.release import Release, digest
from minixdr_deploy.steps.rollout import look_all
from minixdr_deploy.world import World

_SHIPS = 5


class Running(msgspec.Struct, frozen=True):
    """A Deployment."""

    name: str
    line: str
    """Where it stands."""
    done: bool
    images: tuple[str, ...]
    """By digest, of the pods that there are."""
    problem: str | None = None


class Status(msgspec.Struct, frozen=True):
    """How things are."""

    context: str
    namespace: str
    url: str
    release: Release | None
    state: str | None
    previous: Release | None
    lock: str | None
    deployments: tuple[Running, ...]
    missing: tuple[str, ...]
    ships: tuple[Entry, ...]

    @property
    def exit_status(self) -> int:
        """Return 0: that it could be looked at; whether it is well, `doctor` says."""
        return 0

    def document(self) -> object:
        """Return it as JSON has it."""
        return msgspec.to_builtins(self)

    def lines(self) -> Sequence[str]:
        """Return it as text."""
        lines = [f"{self.url}  (context {self.context}, namespace {self.namespace})"]
        if self.release is None:
            lines.append("nothing was shipped yet")
        else:
            working = self.lock is not None and not self.lock.endswith("(expired)")
            half = "" if self.state == "shipped" or working else ": the ship did not end"
            lines += [
                f"release   {self.release.id} ({self.state}{half})",
                f"  backend   {self.release.backend_image}",
                f"  frontend  {self.release.frontend_image}",
            ]
            lines.append(
                f"  schema    {self.release.schema_oldest or 'not told'} to {self.release.schema_newest or 'not told'}"
            )
            lines.append(f"before    {self.previous.id if self.previous else 'none'}")
        lines.append(f"lock      {self.lock or 'free'}")
        for one in self.deployments:
            lines.append(f"{one.name:9} {one.line.removeprefix(one.name + ': ')}")
            if (
                self.release
                and one.images
                and one.images != (digest(self.release.image("frontend" if one.name == "frontend" else "backend")),)
            ):
                lines.append(f"          runs {', '.join(one.images)}")
            if one.problem:
                lines.append(f"          {one.problem}")
        lines += [f"{name:9} there is no such Deployment" for name in self.missing]
        if self.ships:
            lines.append("last:")
        for entry in self.ships:
            why = f" ({entry.problem})" if entry.problem else ""
            what = f"{entry.action} {entry.from_release or 'nothing'} -> {entry.to_release}: {entry.outcome}{why}"
            lines.append(f"  {entry.began_at}  {what}, by {entry.by}")
        return lines


def read(world: World) -> Status:
    """Return how things are. Raises KubeError."""
    kept = record.read(world.kube)
    standing = look_all(world.kube)
    return Status(
        context=world.config.context,
        namespace=world.config.namespace,
        url=world.config.base_url,
        release=kept.release if kept else None,
        state=kept.state if kept else None,
        previous=kept.previous if kept else None,
        lock=lock.describe(world.kube.find("lease", LEASE), world.now()),
        deployments=tuple(
            Running(name, one.line, one.done, one.images, one.trouble.problem.title if one.trouble else None)
            for name, one in standing.items()
            if name in DEPLOYMENTS
        ),
        missing=tuple(name for name in DEPLOYMENTS if name not in standing),
        ships=record.history(world.kube)[:_SHIPS],
    )


def add(program: typer.Typer) -> None:
    """Add the command."""

    @program.command("status")
    def _status(context: typer.Context, *, output: OutputOption = Output.TEXT) -> None:
        """Show what is wanted, what runs, who works on it, and what was done last."""
        run(context, output, read)
