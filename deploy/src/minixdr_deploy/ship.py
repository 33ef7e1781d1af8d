"""A ship, from the lock to the audit trail: runs the steps of a plan in order, and goes back by itself where one fails.

Until `prepare` nothing that runs is changed, so a failure before it leaves all as it was. From then on every way out, Ctrl-C included, ends in the
release before, applied as it was kept. Only a second Ctrl-C, or a cluster that does not answer, leaves both releases half; that is said and noted.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from types import FrameType

import msgspec

from minixdr_deploy import lock, manifests, record
from minixdr_deploy.command import problem_lines
from minixdr_deploy.kube.errors import KubeError
from minixdr_deploy.manifests import Manifests
from minixdr_deploy.plan import APPLICATION, Plan, StepName
from minixdr_deploy.problem import DeployError, Problem, unexpected
from minixdr_deploy.record import Entry, Record, StepTaken
from minixdr_deploy.release import Release, State
from minixdr_deploy.steps import application, cluster, migrate
from minixdr_deploy.steps.jobs import JobError
from minixdr_deploy.steps.migrate import SchemaUnknownError
from minixdr_deploy.world import World

HALF = 4
"""Exit status where the deployment is not as it was before."""
_INTERRUPTED = 130
MIGRATE_SECONDS = 900.0
ROLLOUT_SECONDS = 900.0
"""Longer than the progress deadline of a Deployment: that one knows whether anything moves."""
VERIFY_SECONDS = 45.0
"""So long a load balancer may be behind."""
_UNANSWERED = (SchemaUnknownError, JobError)
_VERIFY_AGAIN_SECONDS = 5.0


class ProblemsError(DeployError):
    """A look before or after the change found problems."""

    def __init__(self, title: str, problems: Sequence[Problem]) -> None:
        first = problems[0]
        evidence = (*first.evidence, *(f"also: {one.title}" for one in problems[1:]))
        super().__init__(Problem(first.id, f"{title}: {first.title}", evidence, first.mend))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Looks:
    """What is looked at before and after; given, so that a ship can be tried without."""

    preflight: Callable[[World], Sequence[Problem]]
    """All that would make a ship fail."""
    doctor: Callable[[World], Sequence[Problem]]
    """What is wrong before anything is changed: it is not blamed on the ship."""
    verify: Callable[[World], Sequence[Problem]]
    """What does not run as it is wanted."""
    secrets: Callable[[World], None]
    """Copies them."""


@dataclass(frozen=True, slots=True)
class Times:
    """How long a step may take, in seconds."""

    migrate: float = MIGRATE_SECONDS
    rollout: float = ROLLOUT_SECONDS
    verify: float = VERIFY_SECONDS


class Shipped(msgspec.Struct, frozen=True):
    """What came of it."""

    outcome: str
    """`shipped`, `failed`, `rolled back`, `half`, `interrupted`."""
    release: str
    from_release: str | None
    steps: tuple[StepTaken, ...]
    exit_status: int
    seconds: float
    problem: Problem | None = None
    rollback_problem: Problem | None = None
    """Why the way back failed."""

    def document(self) -> object:
        """Return it as JSON has it."""
        return {"ok": self.exit_status == 0, **msgspec.to_builtins(self)}

    def lines(self) -> list[str]:
        """Return it as text."""
        lines = [line for one in (self.problem, self.rollback_problem) if one for line in problem_lines(one)]
        before = self.from_release
        said = {
            "shipped": f"{self.release} is shipped",
            "rolled back": f"{self.release} was not shipped; {before} runs again, the schema stays",
            "failed": f"{self.release} was not shipped; nothing that runs was changed",
            "interrupted": f"interrupted; nothing that runs was changed, {self.release} was not shipped",
            "half": f"{self.release} was not shipped, and what runs is not what ran before: minixdr-deploy status, doctor",
        }
        return [*lines, f"{said[self.outcome]} ({self.seconds:.0f} s)"]


@contextmanager
def signals_as_interrupt() -> Iterator[None]:
    """Let SIGTERM and SIGHUP (a lost SSH session) do what Ctrl-C does: unwind, and go back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass
class Ship:
    """One run of a plan."""

    world: World
    plan: Plan
    arn: str
    looks: Looks
    images: Callable[[StepName], None]
    """Builds or pushes: what `build-backend` and the like do."""
    release: Callable[[], Release]
    """The release, once its images are in the registry."""
    action: str = "ship"
    times: Times = field(default_factory=Times)
    taken: list[StepTaken] = field(default_factory=list)
    _lock: lock.Lock | None = None

    def run(self, *, break_lock: bool = False) -> Shipped:
        """Run the plan and note what came of it. Raises LockedError, KubeError before anything is done."""
        with signals_as_interrupt(), lock.held(self.world, self.arn, break_lock=break_lock) as held:
            self._lock = held
            return self._run()

    def _run(self) -> Shipped:
        began, began_at = time.monotonic(), self.world.now()
        before = record.read(self.world.kube)
        stable = _stable(before)
        self._refuse_another_plan(stable)
        problem: Problem | None = None
        back: Problem | None = None
        release: Release | None = None
        made: Manifests | None = None
        try:
            known = self._look()
            for name in ("build-backend", "build-frontend", "push-backend", "push-frontend"):
                self._step(name, partial(self.images, name))
            release = self.release()
            self._step("secrets", lambda: self.looks.secrets(self.world))
            made = self._accepted(release)
            self._note("rolling-out", release, made, stable)
            self._change(release, made, known)
            self._note("shipped", release, made, stable)
            application.prune(self.world.kube, stable.manifests if stable else (), made.kept, self.world.say)
            outcome, status = "shipped", 0
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - a fault of this program must not leave both releases half either
            interrupted = isinstance(error, KeyboardInterrupt)
            problem = problem_of(error)
            self.world.say(f"failed: {problem.title}")
            if isinstance(error, lock.LockLostError):  # who has it now decides what runs
                outcome, status = "half", HALF
            elif made is None:
                outcome = "interrupted" if interrupted else "failed"
                status = _INTERRUPTED if interrupted else error.exit_status if isinstance(error, DeployError) else 1
            else:
                outcome, status, back = self._go_back(stable, made, interrupted=interrupted)
        ended = Shipped(
            outcome,
            self.plan.release,
            stable.release.id if stable else None,
            tuple(self.taken),
            status,
            time.monotonic() - began,
            problem,
            back,
        )
        self._audit(ended, release, began_at.isoformat(timespec="seconds"))
        return ended

    def _refuse_another_plan(self, stable: Record | None) -> None:
        """Raise DeployError where somebody shipped between the plan and the lock."""
        now = stable.release.id if stable else None
        if now != self.plan.back_to:
            seen = (f"when the plan was made: {self.plan.back_to}", f"now: {now}")
            raise DeployError(
                Problem("changed-meanwhile", "somebody shipped since the plan was made", seen, "minixdr-deploy status")
            )

    def _look(self) -> frozenset[str]:
        """Run preflight. Return the ids of what is wrong already."""

        def look() -> None:
            found = self.looks.preflight(self.world)
            errors = [one for one in found if one.severity == "error"]
            for one in found:
                if one.severity == "warning":
                    self.world.say(f"warning: {one.title}  [{one.id}]")
            if errors:
                raise ProblemsError("preflight", errors)

        self._step("preflight", look)
        verify = self.plan.step("verify")
        if verify is None or not verify.does or self.plan.back_to is None:
            return frozenset()
        return frozenset(one.id for one in self.looks.doctor(self.world))

    def _accepted(self, release: Release) -> Manifests:
        """Return the release's objects, all of which the cluster would accept: it is asked by a dry run. Raises KubeError, UsageError."""
        kube, config = self.world.kube, self.world.config
        made = manifests.finish(manifests.render(kube, config), release, config, cluster.read_live(kube))
        kube.apply((*made.base, *made.deployments), dry_run=True)
        return made

    def _change(self, release: Release, made: Manifests, known: frozenset[str]) -> None:
        kube, say, check = self.world.kube, self.world.say, self._check
        self._step("prepare", lambda: application.prepare(kube, made.base, say, before=check))
        run = partial(migrate.migrate, kube, made.migrate, release, say)
        self._step("migrate", partial(run, seconds=self.times.migrate, before=check))
        for name, deployments in APPLICATION:
            roll_out = partial(application.roll_out, kube, made.deployments, deployments, say)
            self._step(name, partial(roll_out, seconds=self.times.rollout, before=check))
        self._step("verify", lambda: self._verify(known))

    def _require_served(self, stable: Record) -> None:
        """Where a migration ran, ask the release before whether it still serves the schema. Raises SchemaRefusedError, KubeError."""
        ran = any(one.name == "migrate" and one.outcome != "skipped" for one in self.taken)
        if not ran or self.plan.release == stable.release.id:
            return
        try:
            migrate.require_served(self.world.kube, stable.manifests, stable.release, self.world.say)
        except _UNANSWERED as error:  # what ran before is tried all the same: it is the better of the two
            why = error.problem.title
            self.world.say(f"{stable.release.id} could not be asked whether it serves the schema: {why}")

    def _verify(self, known: frozenset[str]) -> None:
        """Look until nothing new is wrong: a load balancer tells of a new target some seconds late."""
        ends = time.monotonic() + self.times.verify
        while True:
            errors = [one for one in self.looks.verify(self.world) if one.severity == "error"]
            new = [one for one in errors if one.id not in known]
            for one in errors:
                if one.id in known:
                    self.world.say(f"was there before this ship: {one.title}  [{one.id}]")
            if not new:
                return
            if time.monotonic() > ends:
                raise ProblemsError("verify", new)
            self.world.say(f"verify: {new[0].title}; looking again")
            time.sleep(_VERIFY_AGAIN_SECONDS)

    def _go_back(self, stable: Record | None, made: Manifests, *, interrupted: bool) -> tuple[str, int, Problem | None]:
        """Go back to the release before. Return outcome, exit status and why the way back failed."""
        if stable is None:
            nothing = Problem("nothing-to-go-back-to", "nothing was shipped before", mend="minixdr-deploy ship")
            return "half", HALF, nothing
        self.world.say(f"going back to {stable.release.id} (Ctrl-C again leaves it half)")
        began = time.monotonic()
        try:
            self._require_served(stable)
            live = cluster.read_live(self.world.kube)
            application.go_back(
                self.world.kube, stable.manifests, self.world.config, live, self.world.say, seconds=self.times.rollout
            )
            application.prune(self.world.kube, made.kept, stable.manifests, self.world.say)
            record.write(self.world.kube, stable)
        except Exception as error:  # noqa: BLE001 - as above
            self.taken.append(StepTaken("rollback", "failed", time.monotonic() - began))
            return "half", HALF, problem_of(error)
        except KeyboardInterrupt:
            self.taken.append(StepTaken("rollback", "interrupted", time.monotonic() - began))
            return "half", HALF, Problem("interrupted", "the way back was interrupted", mend="minixdr-deploy rollback")
        self.taken.append(StepTaken("rollback", "done", time.monotonic() - began))
        return "rolled back", _INTERRUPTED if interrupted else 1, None

    def _step(self, name: StepName, work: Callable[[], object]) -> None:
        step = self.plan.step(name)
        if step is None:
            return
        if not step.does:
            self.taken.append(StepTaken(name, "skipped", 0.0))
            return
        self.world.say(f"== {name}: {step.reason}")
        began = time.monotonic()
        try:
            work()
        except Exception:
            self.taken.append(StepTaken(name, "failed", time.monotonic() - began))
            raise
        except KeyboardInterrupt:
            self.taken.append(StepTaken(name, "interrupted", time.monotonic() - began))
            raise
        self.taken.append(StepTaken(name, "done", time.monotonic() - began))

    def _check(self) -> None:
        if self._lock is not None:
            self._lock.check()

    def _note(self, state: State, release: Release, made: Manifests, stable: Record | None) -> None:
        self._check()
        at = self.world.now().isoformat(timespec="seconds")
        previous, kept = (stable.release, stable.manifests) if stable else (None, ())
        record.write(self.world.kube, Record(release, state, at, self.arn, made.kept, previous, kept))

    def _audit(self, ended: Shipped, release: Release | None, began_at: str) -> None:
        entry = Entry(
            action=self.action,
            by=self.arn,
            began_at=began_at,
            ended_at=self.world.now().isoformat(timespec="seconds"),
            from_release=ended.from_release,
            to_release=ended.release,
            outcome=ended.outcome,
            steps=ended.steps,
            problem=f"{ended.problem.title} [{ended.problem.id}]" if ended.problem else None,
            backend_image=release.backend_image if release else None,
            frontend_image=release.frontend_image if release else None,
        )
        try:
            record.note(self.world.kube, entry)
        except KubeError as error:
            self.world.say(f"the audit trail could not be written: {error.problem.title}")


def problem_of(error: BaseException) -> Problem:
    """Return why a ship did not go on."""
    if isinstance(error, DeployError):
        return error.problem
    return unexpected(error) if isinstance(error, Exception) else Problem("interrupted", "interrupted")


def _stable(before: Record | None) -> Record | None:
    """Return what was shipped last to its end: where a ship did not end, what was before it."""
    if before is None or before.state == "shipped":
        return before
    if before.previous is None:
        return None
    return Record(before.previous, "shipped", before.at, before.by, before.previous_manifests)
