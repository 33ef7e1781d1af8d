"""`minixdr-deploy logs`: what the pods of a component wrote last."""

import subprocess
from typing import Annotated

import msgspec
import typer

from minixdr_deploy.command import Output, OutputOption, run
from minixdr_deploy.kube.labels import COMPONENTS, selector
from minixdr_deploy.manifests import containers
from minixdr_deploy.problem import DeployError, Problem
from minixdr_deploy.world import World

_PODS = 40
"""So many containers can be followed: kubectl refuses more than 5 unless it is told."""


class PodLog(msgspec.Struct, frozen=True):
    """What one container wrote."""

    pod: str
    container: str
    text: str
    problem: str | None = None
    """Why there is no text, where it could not be read."""


class Logs(msgspec.Struct, frozen=True):
    """What was written."""

    pods: tuple[PodLog, ...]

    @property
    def exit_status(self) -> int:
        """Return 0 where all of it could be read."""
        return int(any(one.problem for one in self.pods))

    def document(self) -> object:
        """Return it as JSON has it."""
        return msgspec.to_builtins(self)

    def lines(self) -> list[str]:
        """Return each line after the name of its pod."""
        found = []
        for one in self.pods:
            text = one.problem if one.problem is not None else one.text
            found += [f"{one.pod} {one.container} | {line}" for line in text.splitlines()]
        return found


def read(world: World, component: str, *, lines: int, previous: bool) -> Logs:
    """Return what the pods of a component wrote last. Raises KubeError; DeployError where there are none."""
    pods = world.kube.list("pods", selector=selector(component))
    if not pods:
        raise DeployError(Problem("no-pods", f"{component} has no pods", mend="minixdr-deploy status"))
    found = []
    for pod in sorted(pods, key=lambda item: str(item["metadata"]["creationTimestamp"])):
        name = pod["metadata"]["name"]
        for container in [one["name"] for one in containers(pod)]:
            try:
                text = world.kube.logs(name, container=container, lines=lines, previous=previous)
                found.append(PodLog(name, container, text))
            except DeployError as error:
                found.append(PodLog(name, container, "", str(error)))
    return Logs(tuple(found))


def go_on(world: World, component: str, *, lines: int) -> Logs:
    """Let kubectl write what the pods of a component write, until it ends. Raises DeployError where it ends by itself with an error."""
    narrow = [
        "-l",
        selector(component),
        "-n",
        world.config.namespace,
        "--all-containers",
        "--prefix",
        f"--tail={lines}",
        f"--max-log-requests={_PODS}",
    ]
    done = subprocess.run(world.kube.command(["logs", "--follow", *narrow]), check=False)
    if done.returncode:
        raise DeployError(
            Problem("logs-ended", f"kubectl ended with {done.returncode}", mend=f"minixdr-deploy logs {component}")
        )
    return Logs(())


def add(program: typer.Typer) -> None:
    """Add the command."""

    @program.command("logs")
    def _logs(
        context: typer.Context,
        component: Annotated[str, typer.Argument(help=f"One of {', '.join(COMPONENTS)}.")],
        *,
        lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="Of each container.")] = 100,
        previous: Annotated[bool, typer.Option("--previous", help="Of the container before its last restart.")] = False,
        follow: Annotated[
            bool, typer.Option("--follow", "-f", help="Go on as they write, as text; Ctrl-C ends it.")
        ] = False,
        output: OutputOption = Output.TEXT,
    ) -> None:
        """Show what the pods of a component wrote last."""
        if component not in COMPONENTS:
            raise typer.BadParameter(f"{component} is none of {', '.join(COMPONENTS)}")
        if follow and (previous or output is Output.JSON):
            raise typer.BadParameter("--follow is text, and of containers that run")
        if follow:
            run(context, output, lambda world: go_on(world, component, lines=lines))
        run(context, output, lambda world: read(world, component, lines=lines, previous=previous))
