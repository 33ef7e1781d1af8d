"""The commands of a release: `build`, `push`, `migrate`, `rollout`, `rollback`, and `ship`, which is all of them in order."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Annotated

import msgspec
import typer

from minixdr_deploy import doctor, lock, manifests, plan, preflight, record, secrets, verify
from minixdr_deploy.aws import identity
from minixdr_deploy.command import DryRunOption, Output, OutputOption, run
from minixdr_deploy.kube.labels import LEASE
from minixdr_deploy.making import Ask, Images, Making
from minixdr_deploy.plan import Builder, Plan, State, StepName
from minixdr_deploy.problem import Problem, UsageError
from minixdr_deploy.rollback import roll_back
from minixdr_deploy.ship import MIGRATE_SECONDS, ROLLOUT_SECONDS, Looks, Ship, Shipped, Times
from minixdr_deploy.steps import cluster, jobs, migrate
from minixdr_deploy.world import World

BackendImage = Annotated[
    str | None, typer.Option("--backend-image", help="repository@sha256:...; with --frontend-image: nothing is built.")
]
FrontendImage = Annotated[str | None, typer.Option("--frontend-image", help="repository@sha256:...")]
On = Annotated[
    Builder | None, typer.Option("--on", help="Where to build: local, ec2, codebuild; else as deploy.yaml says.")
]
Revision = Annotated[str | None, typer.Option("--revision", help="Of the source, where it is no git checkout.")]
BreakLock = Annotated[
    bool, typer.Option("--break-lock", help="Take the lock of a run that did not end and has expired.")
]
MigrateSeconds = Annotated[float, typer.Option("--migrate-timeout", min=1, help="Seconds.")]
RolloutSeconds = Annotated[
    float, typer.Option("--rollout-timeout", min=1, help="Seconds for api and worker, and again for the console.")
]

_ROLLOUT: tuple[StepName, ...] = ("lock", "secrets", "prepare", "rollout-backend", "rollout-frontend", "record")


class Planned(msgspec.Struct, frozen=True):
    """A dry run."""

    plan: Plan

    @property
    def exit_status(self) -> int:
        """Return 0."""
        return 0

    def document(self) -> object:
        """Return it as JSON has it."""
        return {"ok": True, "dry_run": True, "plan": msgspec.to_builtins(self.plan)}

    def lines(self) -> Sequence[str]:
        """Return it as text."""
        return self.plan.lines()


def read_state(world: World, backend_image: str | None) -> State:
    """Return how things are, for the plan. Raises KubeError."""
    kube = world.kube
    if kube.find("namespace", kube.namespace) is None:
        return State()
    kept = record.read(kube)
    stable = None if kept is None else kept.release if kept.state == "shipped" else kept.previous
    job = None
    if backend_image is not None:
        job = kube.find("job", f"migrate-{backend_image.rpartition('@sha256:')[2][:12]}")
    return State(
        release=kept.release if kept else None,
        stable=stable,
        state=kept.state if kept else None,
        namespace=True,
        migrated=job is not None and jobs.outcome(job) == "complete",
        lock=lock.describe(kube.find("lease", LEASE), world.now()),
    )


def ship(
    world: World,
    ask: Ask,
    looks: Looks,
    times: Times,
    *,
    only: Collection[StepName] | None = None,
    action: str = "ship",
) -> Planned | Shipped:
    """Ship, or with `dry_run` say what that would do. Raises DeployError before anything is done."""
    making = Making(world, ask)
    made = plan.plan(making.wanted(ask), read_state(world, making.backend), only)
    if ask.dry_run:
        return Planned(made)
    for line in made.lines():
        world.say(line)
    ensure_namespace(world)
    arn = identity.arn(world)
    return Ship(world, made, arn, looks, making.do, making.release, action, times).run(break_lock=ask.break_lock)


def ensure_namespace(world: World) -> None:
    """Make the namespace where there is none: the lock lives in it. Raises KubeError."""
    if world.kube.find("namespace", world.kube.namespace) is None:
        found = [item for item in manifests.render(world.kube, world.config) if item["kind"] == "Namespace"]
        if not found:
            title = f"the overlay renders no Namespace, and there is no namespace {world.kube.namespace} yet"
            raise UsageError(Problem("overlay-incomplete", title, mend=f"kubectl kustomize {world.config.overlay}"))
        world.kube.apply(found)
        world.say(f"made the namespace {world.kube.namespace}")


def make_images(world: World, ask: Ask, *, push: bool) -> Planned | Images:
    """Build the images of the source that the registry does not have, and push them. Raises DeployError."""
    making = Making(world, ask)
    steps: tuple[StepName, ...] = ("build-backend", "build-frontend")
    made = plan.plan(making.wanted(ask), State(), (*steps, "push-backend", "push-frontend") if push else steps)
    if ask.dry_run:
        return Planned(made)
    for step in made.steps:
        if step.does:
            world.say(f"== {step.name}: {step.reason}")
            making.do(step.name)
        else:
            world.say(f"== {step.name} skipped: {step.reason}")
    return Images(making.tag, making.backend, making.frontend)


class Migrated(msgspec.Struct, frozen=True):
    """What came of a migration."""

    release: str
    job: str
    ran: bool
    """False: it had run to its end before."""
    exit_status: int = 0

    def document(self) -> object:
        """Return it as JSON has it."""
        return {"ok": True, **msgspec.to_builtins(self)}

    def lines(self) -> list[str]:
        """Return it as text."""
        return [f"{self.job}: the database is as {self.release} wants it{'' if self.ran else '; it had run before'}"]


def run_migration(world: World, ask: Ask, times: Times) -> Planned | Migrated:
    """Run the migration of a release alone. Raises DeployError."""
    making = Making(world, ask)
    if ask.dry_run:
        return Planned(plan.plan(making.wanted(ask), read_state(world, making.backend), ("lock", "migrate")))
    release = making.release()
    with lock.held(world, identity.arn(world), break_lock=ask.break_lock) as held:
        rendered = manifests.render(world.kube, world.config)
        made = manifests.finish(rendered, release, world.config, cluster.read_live(world.kube))
        ran = migrate.migrate(world.kube, made.migrate, release, world.say, seconds=times.migrate, before=held.check)
    return Migrated(release.id, migrate.job_name(release), ran)


def looks(*, internet: bool = False) -> Looks:
    """Return what looks before and after a ship. `internet`: whether everybody may be let in."""
    return Looks(
        preflight=partial(preflight.problems, internet=internet),
        doctor=doctor.problems,
        verify=verify.problems,
        secrets=secrets.copy_all,
    )


def add(program: typer.Typer) -> None:
    """Add the commands."""
    _add_images(program)
    _add_parts(program)

    @program.command("ship")
    def _ship(  # noqa: PLR0913 - one each option
        context: typer.Context,
        *,
        backend_image: BackendImage = None,
        frontend_image: FrontendImage = None,
        on: On = None,
        revision: Revision = None,
        skip_preflight: Annotated[
            bool, typer.Option("--skip-preflight", help="Do not look before; it is noted in the audit trail.")
        ] = False,
        skip_verify: Annotated[
            bool, typer.Option("--skip-verify", help="Do not look after; it is noted in the audit trail.")
        ] = False,
        internet: Annotated[
            bool,
            typer.Option("--i-mean-the-internet", help="allowCidrs may let in networks wider than /8, or everybody."),
        ] = False,
        migrate_timeout: MigrateSeconds = MIGRATE_SECONDS,
        rollout_timeout: RolloutSeconds = ROLLOUT_SECONDS,
        break_lock: BreakLock = False,
        dry_run: DryRunOption = False,
        output: OutputOption = Output.TEXT,
    ) -> None:
        """Build, push, migrate, roll out and verify; go back by itself where that fails."""
        ask = Ask(backend_image, frontend_image, on, revision, not skip_preflight, not skip_verify, dry_run, break_lock)
        run(
            context,
            output,
            lambda world: ship(world, ask, looks(internet=internet), Times(migrate_timeout, rollout_timeout)),
        )


def _add_images(program: typer.Typer) -> None:
    @program.command("build")
    def _build(
        context: typer.Context,
        *,
        on: On = None,
        revision: Revision = None,
        dry_run: DryRunOption = False,
        output: OutputOption = Output.TEXT,
    ) -> None:
        """Build the images of the source, unless the registry has them. EC2 and CodeBuild push them, too."""
        ask = Ask(on=on, revision=revision, dry_run=dry_run)
        run(context, output, lambda world: make_images(world, ask, push=False))

    @program.command("push")
    def _push(
        context: typer.Context,
        *,
        on: On = None,
        revision: Revision = None,
        dry_run: DryRunOption = False,
        output: OutputOption = Output.TEXT,
    ) -> None:
        """Build the images of the source unless they are in the registry, push them, and print their digests."""
        ask = Ask(on=on, revision=revision, dry_run=dry_run)
        run(context, output, lambda world: make_images(world, ask, push=True))


def _add_parts(program: typer.Typer) -> None:
    @program.command("migrate")
    def _migrate(  # noqa: PLR0913 - one each option
        context: typer.Context,
        *,
        backend_image: BackendImage = None,
        frontend_image: FrontendImage = None,
        revision: Revision = None,
        migrate_timeout: MigrateSeconds = MIGRATE_SECONDS,
        break_lock: BreakLock = False,
        dry_run: DryRunOption = False,
        output: OutputOption = Output.TEXT,
    ) -> None:
        """Bring the schema of the database up to date by one Job of the release's image, and show its log."""
        ask = Ask(backend_image, frontend_image, None, revision, dry_run=dry_run, break_lock=break_lock)
        run(context, output, lambda world: run_migration(world, ask, Times(migrate=migrate_timeout)))

    @program.command("rollout")
    def _rollout(  # noqa: PLR0913 - one each option
        context: typer.Context,
        *,
        backend_image: BackendImage = None,
        frontend_image: FrontendImage = None,
        revision: Revision = None,
        rollout_timeout: RolloutSeconds = ROLLOUT_SECONDS,
        break_lock: BreakLock = False,
        dry_run: DryRunOption = False,
        output: OutputOption = Output.TEXT,
    ) -> None:
        """Roll out a release whose images are in the registry, without migration and verification; go back by itself where that fails."""
        ask = Ask(backend_image, frontend_image, None, revision, dry_run=dry_run, break_lock=break_lock)
        times = Times(rollout=rollout_timeout)
        run(context, output, lambda world: ship(world, ask, looks(), times, only=_ROLLOUT, action="rollout"))

    @program.command("rollback")
    def _rollback(
        context: typer.Context,
        *,
        force: Annotated[
            bool, typer.Option("--force", help="Without asking the release before whether it can serve the database.")
        ] = False,
        rollout_timeout: RolloutSeconds = ROLLOUT_SECONDS,
        break_lock: BreakLock = False,
        dry_run: DryRunOption = False,
        output: OutputOption = Output.TEXT,
    ) -> None:
        """Go back to the release before: the application alone, the schema of the database stays."""
        run(
            context,
            output,
            lambda world: roll_back(
                world, seconds=rollout_timeout, force=force, break_lock=break_lock, dry_run=dry_run
            ),
        )
