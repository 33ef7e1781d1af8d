"""The migration of the database's schema: one Job, before the rollout, from the digest that is to be rolled out.

The Job has the name of the digest: asked for twice, the same one is found. Its program holds a lock in the database, so that a second one waits. The
schema is never taken back: migrations only add, and the release before goes on serving.
"""

import copy
import time
from collections.abc import Callable

from minixdr_deploy.kube.errors import KubeError, NotFoundError
from minixdr_deploy.kube.kubectl import Kubectl, Object, Objects
from minixdr_deploy.problem import DeployError, Problem
from minixdr_deploy.release import Release
from minixdr_deploy.say import Say
from minixdr_deploy.steps.progress import Trouble, container_trouble, waiting_for

_EVERY_SECONDS = 1.0
_GRACE_SECONDS = 15.0
_REPEAT_SECONDS = 15.0
_LINES = 200


class MigrationError(DeployError):
    """The Job failed, or did not end in time."""


def job_name(release: Release) -> str:
    """Return the name of the release's Job."""
    return f"migrate-{release.backend_digest.removeprefix('sha256:')[:12]}"


def job_of(template: Object, release: Release) -> Object:
    """Return the Job of a release, made of the overlay's."""
    job = copy.deepcopy(template)
    job["metadata"].pop("generateName", None)
    job["metadata"]["name"] = job_name(release)
    return job


def outcome(job: Object) -> str:
    """Return `complete`, `failed` or `running`."""
    for one in (job.get("status") or {}).get("conditions") or ():
        if one["type"] in {"Complete", "SuccessCriteriaMet"} and one["status"] == "True":
            return "complete"
        if one["type"] in {"Failed", "FailureTarget"} and one["status"] == "True":
            return "failed"
    return "running"


def migrate(
    kube: Kubectl,
    template: Object,
    release: Release,
    say: Say,
    *,
    seconds: float,
    before: Callable[[], None] = lambda: None,
) -> bool:
    """Run the release's Job and wait for its end. Return False where it had already run to its end. Raises MigrationError, KubeError."""
    job = job_of(template, release)
    name = job["metadata"]["name"]
    found = kube.find("job", name)
    if found is not None and outcome(found) == "complete":
        say(f"{name} has run already")
        return False
    if found is not None and outcome(found) == "failed":
        say(f"{name} failed before: it is run again")
        before()
        kube.delete("job", name)
        found = None
    if found is None:
        before()
        kube.create(job)
        say(f"{name} started")
    else:
        say(f"{name} runs already: waiting for it")
    _wait(kube, name, say, seconds)
    return True


def _wait(kube: Kubectl, name: str, say: Say, seconds: float) -> None:
    began = time.monotonic()
    log = _Log(kube, say)
    trouble_since: float | None = None
    shown, shown_at = "", 0.0
    while True:
        now = time.monotonic()
        job = kube.get("job", name)
        pods = kube.list("pods", selector=f"batch.kubernetes.io/job-name={name}")
        for pod in pods:
            log.show(pod)
        if outcome(job) == "complete":
            say(f"{name} is done")
            return
        if outcome(job) == "failed":
            raise MigrationError(_failed(kube, name, job, pods))
        trouble = _trouble(pods)
        trouble_since = (trouble_since or now) if trouble else None
        if trouble and trouble_since is not None and (not trouble.passing or now - trouble_since > _GRACE_SECONDS):
            raise MigrationError(trouble.problem)
        waits = (
            "; ".join(f"{pod['metadata']['name']} {what}" for pod in pods if (what := waiting_for(pod))) or "no pod yet"
        )
        if waits != shown or now - shown_at > _REPEAT_SECONDS:
            say(f"{name}: {waits}")
            shown, shown_at = waits, now
        if now - began > seconds:
            evidence = (waits, "the Job goes on: the same command waits for it again")
            problem = Problem(
                "migration-late", f"{name} did not end in {seconds:.0f} s", evidence, "minixdr-deploy logs migrate"
            )
            raise MigrationError(problem)
        time.sleep(_EVERY_SECONDS)


class _Log:
    """Shows each line of a pod once, as it comes."""

    def __init__(self, kube: Kubectl, say: Say) -> None:
        self._kube = kube
        self._say = say
        self._shown: dict[str, int] = {}

    def show(self, pod: Object) -> None:
        if (pod.get("status") or {}).get("phase") not in {"Running", "Succeeded", "Failed"}:
            return
        name = pod["metadata"]["name"]
        try:
            lines = self._kube.logs(name, lines=-1).splitlines()
        except KubeError as error:  # what the Job did is told by the Job; that its log is not readable is said
            lines = [f"(its log cannot be read: {error.problem.title})"]
        for line in lines[self._shown.get(name, 0) :]:
            self._say(f"  | {line}")
        self._shown[name] = max(len(lines), self._shown.get(name, 0))


def _failed(kube: Kubectl, name: str, job: Object, pods: Objects) -> Problem:
    conditions = [one for one in job["status"]["conditions"] if one["type"] in {"Failed", "FailureTarget"}]
    evidence = [f"{one.get('reason')}: {one.get('message')}" for one in conditions[:1]]
    for pod in pods:
        for one in pod["status"].get("containerStatuses") or ():
            ended = (one.get("state") or {}).get("terminated")
            if ended:
                said = f": {ended['message'].strip()}" if ended.get("message") else ""
                evidence.append(
                    f"pod {pod['metadata']['name']}: exit code {ended.get('exitCode')}, {ended.get('reason')}{said}"
                )
    evidence += [f"| {line}" for line in _last_words(kube, pods)]
    mend = f"minixdr-deploy migrate  # when the cause is mended: {name} is then run again; nothing was rolled out"
    return Problem(
        "migration-failed",
        f"{name} failed: the schema of the database was not brought up to date",
        tuple(evidence),
        mend,
    )


def _last_words(kube: Kubectl, pods: Objects) -> list[str]:
    newest = sorted(pods, key=lambda pod: str(pod["metadata"]["creationTimestamp"]))[-1:]
    try:
        return [line for pod in newest for line in kube.logs(pod["metadata"]["name"], lines=20).splitlines()]
    except NotFoundError:
        return []
    except KubeError as error:
        return [f"(its log cannot be read: {error.problem.title})"]


def _trouble(pods: Objects) -> Trouble | None:
    for pod in pods:
        status = pod.get("status") or {}
        for one in [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]:
            found = container_trouble("migrate", pod, one)
            if found:
                return found
    return None
