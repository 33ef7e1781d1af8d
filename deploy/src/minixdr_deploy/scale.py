"""`minixdr-deploy scale`: how many pods a component has at least. What was asked for is noted on the object, so that the next ship keeps it.

Where an autoscaler is in charge its least number is changed, for it would undo any other; without one, the Deployment's.
"""

from typing import Annotated, Any

import msgspec
import typer

from minixdr_deploy import lock, manifests
from minixdr_deploy.aws import identity
from minixdr_deploy.command import DryRunOption, Output, OutputOption, run
from minixdr_deploy.kube.kubectl import Object
from minixdr_deploy.kube.labels import DEPLOYMENTS
from minixdr_deploy.manifests import REPLICAS
from minixdr_deploy.problem import Problem, UsageError
from minixdr_deploy.steps import rollout
from minixdr_deploy.world import World

_SECONDS = 600.0


class Scaled(msgspec.Struct, frozen=True):
    """What was changed, or would be."""

    component: str
    kind: str
    """Of the object that was changed."""
    before: int
    after: int
    done: bool
    """False: a dry run."""
    exit_status: int = 0

    def document(self) -> object:
        """Return it as JSON has it."""
        return msgspec.to_builtins(self)

    def lines(self) -> list[str]:
        """Return it as text."""
        least = "at least " if self.kind == "HorizontalPodAutoscaler" else ""
        verb = "has" if self.done else "would have"
        return [f"{self.component} {verb} {least}{self.after} pods (before: {least}{self.before})"]


def scale(world: World, component: str, replicas: int | None, *, dry_run: bool) -> Scaled:
    """Change it; None: to what the overlay says. Raises KubeError, LockedError, RolloutError, UsageError."""
    target = _target(world, component)
    wanted = replicas if replicas is not None else _of_overlay(world, target)
    field = "minReplicas" if target["kind"] == "HorizontalPodAutoscaler" else "replicas"
    before = int(target["spec"].get(field, 1))
    if dry_run:
        return Scaled(component, target["kind"], before, wanted, done=False)
    with lock.held(world, identity.arn(world)):
        spec: dict[str, Any] = {field: wanted}
        if field == "minReplicas" and wanted > int(target["spec"]["maxReplicas"]):
            spec["maxReplicas"] = wanted
        noted = {"annotations": {REPLICAS: None if replicas is None else str(replicas)}}
        world.kube.patch(target["kind"].lower(), target["metadata"]["name"], {"metadata": noted, "spec": spec})
        deployment = world.kube.get("deployment", component)
        if int(deployment["spec"].get("replicas", 1)) < wanted:  # the autoscaler would, at its next look
            world.kube.patch("deployment", component, {"spec": {"replicas": wanted}})
        rollout.watch(world.kube, [component], world.say, seconds=_SECONDS)
    return Scaled(component, target["kind"], before, wanted, done=True)


def _target(world: World, component: str) -> Object:
    for item in world.kube.list("horizontalpodautoscalers"):
        of = item["spec"]["scaleTargetRef"]
        if of["kind"] == "Deployment" and of["name"] == component:
            return item
    return world.kube.get("deployment", component)


def _of_overlay(world: World, target: Object) -> int:
    name, kind = target["metadata"]["name"], target["kind"]
    for item in manifests.render(world.kube, world.config):
        if item["kind"] == kind and item["metadata"]["name"] == name:
            return int(item["spec"].get("minReplicas" if kind == "HorizontalPodAutoscaler" else "replicas", 1))
    raise UsageError(
        Problem(
            "overlay-incomplete", f"the overlay has no {kind} {name}", mend="minixdr-deploy scale <component> <pods>"
        )
    )


def add(program: typer.Typer) -> None:
    """Add the command."""

    @program.command("scale")
    def _scale(
        context: typer.Context,
        component: Annotated[str, typer.Argument(help=f"One of {', '.join(DEPLOYMENTS)}.")],
        pods: Annotated[int | None, typer.Argument(min=1, help="At least so many.")] = None,
        *,
        reset: Annotated[bool, typer.Option("--reset", help="As many as the overlay says.")] = False,
        dry_run: DryRunOption = False,
        output: OutputOption = Output.TEXT,
    ) -> None:
        """Change how many pods a component has at least; a later ship keeps it."""
        if component not in DEPLOYMENTS:
            raise typer.BadParameter(f"{component} is none of {', '.join(DEPLOYMENTS)}")
        if (pods is None) != reset:
            raise typer.BadParameter("say how many pods, or --reset")
        run(context, output, lambda world: scale(world, component, pods, dry_run=dry_run))
