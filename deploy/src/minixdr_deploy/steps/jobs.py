"""Running a Job to its end: its log is shown as it comes; what keeps it from ever running is said early.

In goes a Job, out comes how it ended. A Job that failed is no error here: what that means is the caller's to say.
"""

import time

import msgspec

from minixdr_deploy.kube.errors import AlreadyExistsError, KubeError
from minixdr_deploy.kube.kubectl import Kubectl, Object, Objects
from minixdr_deploy.problem import DeployError, Problem
from minixdr_deploy.say import Say
from minixdr_deploy.steps.progress import Trouble, container_trouble, waiting_for

_EVERY_SECONDS = 1.0
_GRACE_SECONDS = 15.0
_REPEAT_SECONDS = 15.0
_LAST_LINES = 20


class JobError(DeployError):
    """The Job cannot run, or did not end in time."""


class Ended(msgspec.Struct, frozen=True):
    """How a Job ended."""

    succeeded: bool
    reason: str = ""
    """Of the Job's condition, where it failed."""
    exit_code: int | None = None
    """Of the newest container; None where none ended by itself."""
    message: str = ""
    """Termination message of the newest container."""
    log: tuple[str, ...] = ()
    """Last lines of the newest pod."""


def outcome(job: Object) -> str:
    """Return `complete`, `failed` or `running`."""
    for one in (job.get("status") or {}).get("conditions") or ():
        if one["type"] in {"Complete", "SuccessCriteriaMet"} and one["status"] == "True":
            return "complete"
        if one["type"] in {"Failed", "FailureTarget"} and one["status"] == "True":
            return "failed"
    return "running"


def run(kube: Kubectl, job: Object, say: Say, *, seconds: float) -> Ended:
    """Create the Job, or find it where it runs already, and wait for its end. Raises JobError, KubeError."""
    name = job["metadata"]["name"]
    try:
        kube.create(job)
        say(f"{name} started")
    except AlreadyExistsError:
        say(f"{name} runs already: waiting for it")
    return _wait(kube, name, say, seconds)


def _wait(kube: Kubectl, name: str, say: Say, seconds: float) -> Ended:
    began = time.monotonic()
    log = _Log(kube, say)
    trouble_since: float | None = None
    shown, shown_at = "", 0.0
    while True:
        now = time.monotonic()
        job = kube.get("job", name)
        pods = sorted(kube.list("pods", selector=f"batch.kubernetes.io/job-name={name}"), key=_age)
        for pod in pods:
            log.show(pod)
        if outcome(job) != "running":
            return _ended(job, pods, log)
        trouble = _trouble(pods)
        trouble_since = (trouble_since or now) if trouble else None
        if trouble and trouble_since is not None and (not trouble.passing or now - trouble_since > _GRACE_SECONDS):
            raise JobError(trouble.problem)
        waits = (
            "; ".join(f"{pod['metadata']['name']} {what}" for pod in pods if (what := waiting_for(pod))) or "no pod yet"
        )
        if waits != shown or now - shown_at > _REPEAT_SECONDS:
            say(f"{name}: {waits}")
            shown, shown_at = waits, now
        if now - began > seconds:
            evidence = (waits, "the Job goes on: the same command waits for it again")
            raise JobError(
                Problem(
                    "job-late",
                    f"{name} did not end in {seconds:.0f} s",
                    evidence,
                    f"kubectl -n {kube.namespace} describe job {name}",
                )
            )
        time.sleep(_EVERY_SECONDS)


class _Log:
    """Shows each line of a pod once, as it comes."""

    def __init__(self, kube: Kubectl, say: Say) -> None:
        self._kube = kube
        self._say = say
        self._shown: dict[str, list[str]] = {}

    def show(self, pod: Object) -> None:
        if (pod.get("status") or {}).get("phase") not in {"Running", "Succeeded", "Failed"}:
            return
        name = pod["metadata"]["name"]
        known = self._shown.setdefault(name, [])
        try:
            lines = self._kube.logs(name, lines=-1).splitlines()
        except KubeError as error:  # how the Job ended is told by the Job; that its log cannot be read is said
            lines = known or [f"(its log cannot be read: {error.problem.title})"]
        for line in lines[len(known) :]:
            self._say(f"  | {line}")
        self._shown[name] = max(lines, known, key=len)

    def last(self, pod: Object) -> tuple[str, ...]:
        return tuple(self._shown.get(pod["metadata"]["name"], ())[-_LAST_LINES:])


def _ended(job: Object, pods: Objects, log: _Log) -> Ended:
    failed = [one for one in job["status"]["conditions"] if one["type"] in {"Failed", "FailureTarget"}]
    reason = f"{failed[0].get('reason')}: {failed[0].get('message')}" if failed else ""
    done = outcome(job) == "complete"
    if not pods:
        return Ended(done, reason)
    ended = [
        one["state"]["terminated"]
        for one in (pods[-1].get("status") or {}).get("containerStatuses") or ()
        if "terminated" in (one.get("state") or {})
    ]
    if not ended:
        return Ended(done, reason, log=log.last(pods[-1]))
    return Ended(done, reason, ended[0].get("exitCode"), str(ended[0].get("message") or "").strip(), log.last(pods[-1]))


def _trouble(pods: Objects) -> Trouble | None:
    for pod in pods:
        status = pod.get("status") or {}
        component = pod["metadata"].get("labels", {}).get("app.kubernetes.io/component", "job")
        for one in [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]:
            found = container_trouble(component, pod, one)
            if found:
                return found
    return None


def _age(pod: Object) -> str:
    return str(pod["metadata"]["creationTimestamp"])
