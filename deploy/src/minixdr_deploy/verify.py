"""`minixdr-deploy verify`: whether what runs is what is wanted, from digest to canary event. Compares; changes nothing but for two short Jobs.

Compared: digests that run, that are wanted and that the registry has; what each part tells of itself through the load balancer; the database's schema
(in the range, and `minixdr db check`, which is `alembic check`); the load balancer's whole security group and the list; every target of both
target groups; DNS and TLS; a canary event that must come out as a finding.
"""

import copy
import secrets as randomness
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import typer

from minixdr_deploy import manifests, record
from minixdr_deploy.checks.image_version_mismatch import CONTAINERS, runs
from minixdr_deploy.checks.schema_drift import SCHEMA_CHECK
from minixdr_deploy.command import DryRunOption, Output, OutputOption, run
from minixdr_deploy.diagnosis import Diagnosis, NotJudged, diagnose
from minixdr_deploy.doctor import report
from minixdr_deploy.kube.kubectl import Object
from minixdr_deploy.kube.labels import COMPONENT
from minixdr_deploy.manifests import Manifests
from minixdr_deploy.observe.look import observe
from minixdr_deploy.observe.looking import not_known
from minixdr_deploy.observe.observed import Canary, Job, NotKnown, Observed, TargetGroup, WorkerAnswer
from minixdr_deploy.problem import DeployError, Problem, Severity
from minixdr_deploy.steps import cluster, jobs
from minixdr_deploy.steps.jobs import Ended
from minixdr_deploy.world import World

_CANARY_SECONDS = 100.0
_CHECK_SECONDS = 60.0
_KEPT_SECONDS = 3600
_AWAY = 3
"""Exit status of `minixdr db check` where the database does not answer."""


class Compared(msgspec.Struct, frozen=True):
    """One comparison."""

    what: str
    outcome: str
    """`same`, `differs`, `not known`."""
    seen: tuple[str, ...]
    """The values."""


class Verified(msgspec.Struct, frozen=True):
    """What came of it."""

    release: str | None
    compared: tuple[Compared, ...]
    diagnosis: Diagnosis
    seconds: float

    @property
    def exit_status(self) -> int:
        """Return 0 all is as wanted, 1 not, 2 it could not be looked at."""
        return self.diagnosis.exit_status

    def document(self) -> Any:
        """Return it as JSON has it."""
        return {
            "ok": self.exit_status == 0,
            "release": self.release,
            "seconds": round(self.seconds, 1),
            "compared": msgspec.to_builtins(self.compared),
            "problems": msgspec.to_builtins(self.diagnosis.problems),
            "not_judged": msgspec.to_builtins(self.diagnosis.not_judged),
        }

    def lines(self) -> Sequence[str]:
        """Return it as text."""
        lines = []
        for each in self.compared:
            first, *rest = each.seen or ("",)
            lines.append(f"{each.outcome:10}{each.what:22}{first}".rstrip())
            lines += [f"{'':32}{line}" for line in rest]
        word = {0: "as wanted", 1: "not as wanted", 2: "not known"}[self.exit_status]
        return [
            *lines,
            "",
            *report(self.diagnosis),
            f"{word}: release {self.release or 'none'}, in {self.seconds:.0f} s",
        ]


def verify(world: World) -> Verified:
    """Compare everything. Raises KubeError, UsageError where the overlay cannot be rendered."""
    began = time.monotonic()
    before = diagnose(observe(world))
    observed = observe(world, canary=None) if before.errors else _tried(world)
    told = diagnose(observed)
    release = observed.kubernetes.release
    name = None if release is None or isinstance(release, NotKnown) else release.id
    return Verified(name, tuple(_compared(observed, told)), told, time.monotonic() - began)


def problems(world: World) -> Sequence[Problem]:
    """Return what is not as wanted, and what could not be looked at: after a rollout that is no success either."""
    told = verify(world).diagnosis
    return (*told.problems, *map(_not_known, told.blind))


def _not_known(missing: NotJudged) -> Problem:
    """Return a look that failed as a problem: an error where it is a part of what `verify` compares."""
    compared = {check for ids in _CHECKS.values() for check in ids}
    severity: Severity = "error" if compared & set(missing.checks) else "warning"
    evidence = (f"not judged: {', '.join(missing.checks)}",)
    return Problem("not-known", f"could not look: {missing.reason}", evidence, "minixdr-deploy doctor", severity)


def _tried(world: World) -> Observed:
    """Return a look at the deployment, with what came of the two Jobs."""
    kept = record.read(world.kube)
    if kept is None:
        return observe(world)
    rendered = manifests.render(world.kube, world.config)
    made = manifests.finish(rendered, kept.release, world.config, cluster.read_live(world.kube))
    with ThreadPoolExecutor(2) as pool:
        canary = pool.submit(_told, lambda: _canary(world, made))
        schema = pool.submit(_told, lambda: _schema(world, made))
        sent, checked = canary.result(), schema.result()
    observed = observe(world, canary=sent)
    there = observed.kubernetes.jobs
    if isinstance(there, NotKnown):
        return observed
    extra = (
        checked if isinstance(checked, NotKnown) else (*(each for each in there if each.name != checked.name), checked)
    )
    return msgspec.structs.replace(observed, kubernetes=msgspec.structs.replace(observed.kubernetes, jobs=extra))


def _told(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except DeployError as error:
        return not_known(error)


def _canary(world: World, made: Manifests) -> Canary | NotKnown:
    if made.canary is None:
        return NotKnown("the overlay has no canary Job", "not supported")
    name = f"canary-{randomness.token_hex(4)}"
    job = _job(made.canary, name)
    return parse_canary(name, jobs.run(world.kube, job, world.say, seconds=_CANARY_SECONDS))


def parse_canary(name: str, ended: Ended) -> Canary:
    """Return what the Job's termination message says. A Job that says nothing has found nothing."""
    try:
        told = msgspec.json.decode(ended.message, type=dict[str, Any])
        workers = msgspec.convert(told.get("workers") or [], tuple[WorkerAnswer, ...])
    except (msgspec.DecodeError, msgspec.ValidationError):
        why = " ".join(filter(None, (ended.reason, f"exit code {ended.exit_code}", *ended.log[-2:])))
        return Canary(ok=False, problem=f"the Job ended without an answer: {why}", sent_by=name)
    seconds = told.get("found_after_seconds")
    problem = told.get("problem")
    return Canary(
        told.get("ok") is True and ended.succeeded,
        float(seconds) if isinstance(seconds, int | float) else None,
        None if problem is None else str(problem)[:400],
        workers,
        name,
    )


def _schema(world: World, made: Manifests) -> Job:
    """Return the Job that compares the database's tables with the migrations. Raises JobError, KubeError; DeployError where it could not look."""
    name = f"schema-check-{randomness.token_hex(3)}"
    job = _job(made.migrate, name)
    job["metadata"]["labels"][COMPONENT] = SCHEMA_CHECK  # its pod stays one of `migrate`, for which the network is open
    for container in job["spec"]["template"]["spec"]["containers"]:
        container["args"] = ["db", "check"]
    ended = jobs.run(world.kube, job, world.say, seconds=_CHECK_SECONDS)
    world.kube.delete(
        "job", name, wait=False
    )  # what it said is told now; left there, it would be of yesterday tomorrow
    if not ended.succeeded and ended.exit_code == _AWAY:
        mend = "minixdr-deploy doctor"
        raise DeployError(
            Problem("database-unreachable", "the database did not answer `minixdr db check`", ended.log[-2:], mend)
        )
    image = job["spec"]["template"]["spec"]["containers"][0]["image"]
    return Job(
        name,
        SCHEMA_CHECK,
        "complete" if ended.succeeded else "failed",
        ended.reason,
        ended.message,
        image,
        world.now(),
        "\n".join(ended.log),
    )


def _job(template: Object, name: str) -> Object:
    job = copy.deepcopy(template)
    job["metadata"].pop("generateName", None)
    job["metadata"]["name"] = name
    job["metadata"].setdefault("labels", {})
    job["spec"] |= {"backoffLimit": 0, "ttlSecondsAfterFinished": _KEPT_SECONDS}
    return job


_CHECKS: Mapping[str, tuple[str, ...]] = {
    "digests": ("image-version-mismatch", "half-rollout", "wrong-architecture"),
    "versions": ("image-version-mismatch", "entrance"),
    "database schema": ("schema-drift", "pending-migration", "migration-failed", "database-unreachable"),
    "security group": ("security-group-drift", "load-balancer-missing"),
    "targets": ("targets", "gate-missing", "load-balancer-missing"),
    "DNS and TLS": ("dns", "certificate"),
    "canary event": ("canary",),
}
"""Comparisons, and the checks that judge them."""


def _compared(observed: Observed, told: Diagnosis) -> list[Compared]:
    seen = {
        "digests": _digests(observed),
        "versions": _versions(observed),
        "database schema": _schemas(observed),
        "security group": _group(observed),
        "targets": _targets(observed),
        "DNS and TLS": _names(observed),
        "canary event": _canaries(observed),
    }
    found = []
    for what, ids in _CHECKS.items():
        states = {told.state(each) for each in ids}
        outcome = "differs" if states & {"problem", "explained"} else "not known" if "not_judged" in states else "same"
        if not seen[what]:
            outcome = "differs" if outcome == "differs" else "not known"
        found.append(Compared(what, outcome, seen[what] or ("nothing was seen of it",)))
    return found


def _digests(observed: Observed) -> tuple[str, ...]:
    pods, release = observed.kubernetes.pods, observed.kubernetes.release
    if isinstance(pods, NotKnown) or isinstance(release, NotKnown) or release is None:
        return ()
    lines = [f"wanted: backend {release.backend_digest[:19]}, frontend {release.frontend_digest[:19]}"]
    for component, name in CONTAINERS.items():
        running = [
            runs(one) or one.image
            for pod in pods
            if pod.component == component and not pod.leaving
            for one in pod.containers
            if one.name == name
        ]
        lines.append(
            f"{component}: {', '.join(f'{running.count(each)} x {each[:19]}' for each in sorted(set(running))) or 'no pods'}"
        )
    images = observed.aws.images
    if not isinstance(images, NotKnown):
        lines.append(
            "registry: " + (", ".join(f"{each.repository} {each.digest[:19]}" for each in images) or "has neither")
        )
    return tuple(lines)


def _versions(observed: Observed) -> tuple[str, ...]:
    versions = observed.web.versions
    lines = (
        []
        if isinstance(versions, NotKnown)
        else [
            f"{each.part}: {each.version} {each.revision} {(each.image_digest or 'no digest')[:19]}"
            for each in versions
        ]
    )
    canary = observed.canary
    if isinstance(canary, Canary):
        lines += sorted(
            {
                f"worker: {each.version} {each.revision} {(each.image_digest or 'no digest')[:19]}"
                for each in canary.workers
            }
        )
    return tuple(lines)


def _schemas(observed: Observed) -> tuple[str, ...]:
    versions = observed.web.versions
    served = (
        ()
        if isinstance(versions, NotKnown)
        else tuple(
            f"api serves {each.schema_oldest} to {each.schema_newest}" for each in versions if each.part == "api"
        )
    )
    there = observed.kubernetes.jobs
    checked = (
        ()
        if isinstance(there, NotKnown)
        else tuple(
            f"{each.name}: {each.log.strip().splitlines()[-1] if each.log.strip() else each.state}"
            for each in there
            if each.component == SCHEMA_CHECK
        )[-1:]
    )
    return (*served, *(checked or ("minixdr db check was not run, for other problems came first",)))


def _group(observed: Observed) -> tuple[str, ...]:
    balancer = observed.aws.load_balancer
    if isinstance(balancer, NotKnown) or balancer is None or isinstance(balancer.groups, NotKnown):
        return ()
    groups = [
        f"{group.id}: {', '.join(sorted({f'{rule.source} port {rule.ports}' for rule in group.rules}))}"
        for group in balancer.groups
        if not group.of_cluster
    ]
    return (f"list: {', '.join(observed.wanted.allow_cidrs)}", *groups)


def _targets(observed: Observed) -> tuple[str, ...]:
    groups = observed.aws.target_groups
    return () if isinstance(groups, NotKnown) else tuple(map(_states, groups))


def _states(group: TargetGroup) -> str:
    if isinstance(group.targets, NotKnown):
        return f"{group.service}: {group.targets.reason}"
    states = [target.state for target in group.targets]
    return (
        f"{group.service}: {', '.join(f'{states.count(each)} {each}' for each in sorted(set(states))) or 'no targets'}"
    )


def _names(observed: Observed) -> tuple[str, ...]:
    names, shown = observed.web.names, observed.web.certificate
    lines = (
        [] if isinstance(names, NotKnown) else [f"{observed.wanted.host}: {', '.join(names.host) or 'does not exist'}"]
    )
    lines += (
        []
        if isinstance(shown, NotKnown)
        else [f"certificate for {', '.join(shown.names)} until {shown.not_after:%Y-%m-%d}"]
    )
    return tuple(lines)


def _canaries(observed: Observed) -> tuple[str, ...]:
    canary = observed.canary
    if canary is None:
        return ("none was sent, for other problems came first",)
    if isinstance(canary, NotKnown):
        return (canary.reason,)
    return (
        f"{canary.sent_by}: found after {canary.found_after_seconds} s"
        if canary.ok
        else f"{canary.sent_by}: {canary.problem}",
    )


class _WouldVerify(msgspec.Struct, frozen=True):
    exit_status: int = 0

    def document(self) -> Any:
        return {"ok": True, "would": list(_CHECKS)}

    def lines(self) -> Sequence[str]:
        return [
            f"would compare: {', '.join(_CHECKS)}",
            "would run two Jobs from the wanted image: schema-check-<id>, canary-<id>",
        ]


def add(program: typer.Typer) -> None:
    """Add the command."""

    @program.command("verify")
    def _verify(context: typer.Context, *, dry_run: DryRunOption = False, output: OutputOption = Output.TEXT) -> None:
        """Compare what runs with what is wanted, from digest to canary event. Exit status 1 where it differs, 2 where it could not be looked at."""
        run(context, output, lambda world: _WouldVerify() if dry_run else verify(world))
