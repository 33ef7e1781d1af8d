"""What a ship would do, in which order and why: in go what is wanted and how things are, out come steps. Pure; printed before anything is done."""

from collections.abc import Collection
from typing import Literal

import msgspec

from minixdr_deploy.release import Release
from minixdr_deploy.release import State as ReleaseState

StepName = Literal[
    "lock",
    "preflight",
    "build-backend",
    "build-frontend",
    "push-backend",
    "push-frontend",
    "secrets",
    "prepare",
    "migrate",
    "rollout-backend",
    "rollout-frontend",
    "verify",
    "record",
]
Builder = Literal["local", "ec2", "codebuild"]

APPLICATION: tuple[tuple[StepName, tuple[str, ...]], ...] = (
    ("rollout-backend", ("backend", "worker")),
    ("rollout-frontend", ("frontend",)),
)
"""What is rolled out together, in order: the console of a release asks its api for what the api before does not know. Back, it goes the other way."""


class Wanted(msgspec.Struct, frozen=True):
    """What is asked for."""

    id: str
    """Of the release: `<version>-<revision12>`."""
    backend_image: str | None
    """By digest; None: it has to be built."""
    frontend_image: str | None
    schema_newest: int | None
    """Revision of the schema that the backend knows; None: its image does not say."""
    builder: Builder = "local"
    given: bool = False
    """Both images were named by the operator."""
    preflight: bool = True
    verify: bool = True


class State(msgspec.Struct, frozen=True):
    """How things are."""

    release: Release | None = None
    """What was shipped last, or is wanted by a ship that did not end; None: nothing was."""
    stable: Release | None = None
    """What was shipped last to its end."""
    state: ReleaseState | None = None
    namespace: bool = False
    """Whether there is one."""
    migrated: bool = False
    """The migration Job of the wanted digest has run to its end."""
    lock: str | None = None
    """Who holds it."""


class Step(msgspec.Struct, frozen=True):
    """One step."""

    name: StepName
    does: bool
    """Whether it is to be done; else it is skipped, for the reason."""
    reason: str


class Plan(msgspec.Struct, frozen=True):
    """The steps, in order."""

    release: str
    steps: tuple[Step, ...]
    back_to: str | None
    """Release to which is gone back where a step fails; None: there is none."""
    notes: tuple[str, ...] = ()

    def step(self, name: StepName) -> Step | None:
        """Return one, None where it does not belong to the plan."""
        return next((one for one in self.steps if one.name == name), None)

    def lines(self) -> list[str]:
        """Return it as text."""
        width = max(len(one.name) for one in self.steps)
        lines = [f"Plan for release {self.release}"]
        lines += [
            f"  {number:2}. {one.name:{width}}  {'' if one.does else 'skipped: '}{one.reason}"
            for number, one in enumerate(self.steps, 1)
        ]
        if self.back_to:
            lines.append(
                f"  Where a step from `prepare` on fails, the application goes back to {self.back_to} by itself; the schema stays."
            )
        else:
            lines.append(
                "  Nothing was shipped before: where a step fails there is nothing to go back to, and what was applied stays."
            )
        return [*lines, *(f"  Note: {note}" for note in self.notes)]


def plan(wanted: Wanted, state: State, only: Collection[StepName] | None = None) -> Plan:
    """Return the steps of a ship, or those of them that a command of its own does."""
    running = state.stable
    steps: tuple[Step, ...] = (
        _do("lock", "so that nobody else ships at the same time"),
        _do("preflight", "what would make the ship fail half-way is found before it begins")
        if wanted.preflight
        else _skip("preflight", "asked for by --skip-preflight"),
        *_images(wanted),
        _do("secrets", "copied from AWS Secrets Manager where they differ"),
        _do("prepare", _prepare(state)),
        _migrate(wanted, state),
        _do(
            "rollout-backend",
            f"api and worker{_from(running, wanted)}; each new pod serves before an old one ends",
        ),
        _do("rollout-frontend", f"console{_from(running, wanted)}, after the api that it asks"),
        _do("verify", "that what runs is what is wanted, from digest to canary event")
        if wanted.verify
        else _skip("verify", "asked for by --skip-verify"),
        _do("record", "the audit trail of the cluster"),
    )
    chosen = tuple(one for one in steps if only is None or one.name in only)
    return Plan(wanted.id, chosen, state.stable.id if state.stable else None, _notes(wanted, state))


def _images(wanted: Wanted) -> list[Step]:
    steps: list[Step] = []
    for component, image in (("backend", wanted.backend_image), ("frontend", wanted.frontend_image)):
        build: StepName = "build-backend" if component == "backend" else "build-frontend"
        push: StepName = "push-backend" if component == "backend" else "push-frontend"
        if image is not None:
            why = f"given: {image}" if wanted.given else f"the registry has {wanted.id}: {image}"
            steps += [_skip(build, why), _skip(push, "it is in the registry")]
        elif wanted.builder == "local":
            steps += [
                _do(build, f"{wanted.id} is not in the registry; built on this machine"),
                _do(push, "under a tag that cannot be overwritten"),
            ]
        else:
            where = {"ec2": "by the EC2 builder", "codebuild": "by CodeBuild"}[wanted.builder]
            steps += [
                _do(build, f"{wanted.id} is not in the registry; built and pushed {where}"),
                _skip(push, "the builder pushes"),
            ]
    return steps


def _prepare(state: State) -> str:
    if not state.namespace:
        return "namespace, settings, services, network policies, NATS, load balancer: nothing is there yet"
    return "settings, services, network policies, NATS, load balancer: what differs is applied"


def _migrate(wanted: Wanted, state: State) -> Step:
    if state.migrated:
        return _skip("migrate", "the migration of this digest has run to its end")
    newest, running = wanted.schema_newest, state.stable
    before = running.schema_newest if running else None
    if newest is None:
        return _do("migrate", "brings the database to the newest revision that the image knows")
    if before is None or running is None:
        return _do("migrate", f"brings the database to revision {newest}, unless it is there")
    if newest == before:
        return _do("migrate", f"revision {newest}, as {running.id} has it: nothing should change")
    if newest < before:
        return _do(
            "migrate",
            f"asks whether this release, which knows revision {newest}, can serve the database as {running.id} left it",
        )
    return _do("migrate", f"from revision {before} to {newest}, while {running.id} goes on serving")


def _from(running: Release | None, wanted: Wanted) -> str:
    if running is None:
        return ", for the first time"
    return " again: what differs is applied" if running.id == wanted.id else f" from {running.id}"


def _notes(wanted: Wanted, state: State) -> tuple[str, ...]:
    notes = []
    if state.lock:
        notes.append(f"the lock is held by {state.lock}")
    if state.state == "rolling-out" and state.release:
        both = f": it and {state.stable.id} may both run" if state.stable else ""
        notes.append(f"the ship of {state.release.id} did not end{both}")
    if (
        state.stable
        and state.stable.schema_newest
        and wanted.schema_newest
        and wanted.schema_newest < state.stable.schema_newest
    ):
        notes.append(
            f"{wanted.id} knows an older schema than {state.stable.id}: this is a step back, the database stays as it is"
        )
    return tuple(notes)


def _do(name: StepName, reason: str) -> Step:
    return Step(name, does=True, reason=reason)


def _skip(name: StepName, reason: str) -> Step:
    return Step(name, does=False, reason=reason)
