"""Going back by hand to the release before: the application alone. The schema stays, so the release before is asked first whether it serves it."""

import time

from minixdr_deploy import lock, record
from minixdr_deploy.aws import identity
from minixdr_deploy.command import problem_lines
from minixdr_deploy.kube.errors import KubeError
from minixdr_deploy.problem import DeployError, Problem
from minixdr_deploy.record import Entry, Record, StepTaken
from minixdr_deploy.release import Release
from minixdr_deploy.ship import HALF, Shipped, problem_of, signals_as_interrupt
from minixdr_deploy.steps import application, cluster, migrate
from minixdr_deploy.world import World


class NoReleaseBeforeError(DeployError):
    """The cluster remembers no release before."""


class GoingBack(Shipped, frozen=True):
    """What came of a rollback, or what a dry run says of it."""

    def lines(self) -> list[str]:
        """Return it as text."""
        said = {
            "planned": f"would go back from {self.from_release} to {self.release}; the schema stays",
            "rolled back": f"{self.release} runs again; the schema stays",
            "half": "the way back failed, and what runs is not as before: minixdr-deploy status, minixdr-deploy doctor",
        }
        lines = problem_lines(self.problem) if self.problem else []
        return [*lines, said[self.outcome]]


def roll_back(world: World, *, seconds: float, force: bool, break_lock: bool, dry_run: bool) -> GoingBack:
    """Go back. Raises NoReleaseBeforeError, SchemaRefusedError, SchemaUnknownError, LockedError, KubeError."""
    kept, target = _before(world)
    if dry_run:
        return GoingBack("planned", target.id, kept.release.id, (), 0, 0.0)
    arn = identity.arn(world)
    with signals_as_interrupt(), lock.held(world, arn, break_lock=break_lock) as held:
        kept, target = _before(world)
        began, began_at = time.monotonic(), world.now()
        world.say(f"going back from {kept.release.id} to {target.id}")
        if not force:
            migrate.require_served(world.kube, kept.previous_manifests, target, world.say)
        problem: Problem | None = None
        objects = kept.previous_manifests
        at = world.now().isoformat(timespec="seconds")
        held.check()
        record.write(world.kube, Record(target, "rolling-out", at, arn, objects, target, objects))
        try:
            application.go_back(
                world.kube, objects, world.config, cluster.read_live(world.kube), world.say, seconds=seconds
            )
            application.prune(world.kube, kept.manifests, objects, world.say)
            record.write(world.kube, Record(target, "shipped", at, arn, objects))
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - what failed half-way is told as half, whatever it was
            problem = problem_of(error)
        took = time.monotonic() - began
        step = StepTaken("rollback", "failed" if problem else "done", took)
        outcome = "half" if problem else "rolled back"
        entry = Entry(
            action="rollback",
            by=arn,
            began_at=began_at.isoformat(timespec="seconds"),
            ended_at=world.now().isoformat(timespec="seconds"),
            from_release=kept.release.id,
            to_release=target.id,
            outcome=outcome,
            steps=(step,),
            problem=f"{problem.title} [{problem.id}]" if problem else None,
            backend_image=target.backend_image,
            frontend_image=target.frontend_image,
        )
        try:
            record.note(world.kube, entry)
        except KubeError as error:
            world.say(f"the audit trail could not be written: {error.problem.title}")
    return GoingBack(outcome, target.id, kept.release.id, (step,), HALF if problem else 0, took, problem)


def _before(world: World) -> tuple[Record, Release]:
    kept = record.read(world.kube)
    if kept is None or kept.previous is None:
        title = (
            "nothing was shipped yet" if kept is None else f"the cluster remembers no release before {kept.release.id}"
        )
        raise NoReleaseBeforeError(
            Problem("no-release-before", title, mend="minixdr-deploy ship --backend-image ... --frontend-image ...")
        )
    return kept, kept.previous
