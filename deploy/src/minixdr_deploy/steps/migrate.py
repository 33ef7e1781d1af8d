"""The migration of the database's schema: one Job, before the rollout, from the digest that is to be rolled out.

The Job has the name of the digest: asked for twice, the same one is found. Its program holds a lock in the database, so that a second one waits. The
schema is never taken back: migrations only add, and the release before goes on serving.
"""

import copy
import secrets
from collections.abc import Callable, Sequence

from minixdr_deploy.kube.kubectl import Kubectl, Object
from minixdr_deploy.problem import CannotLookError, DeployError, Problem
from minixdr_deploy.release import Release
from minixdr_deploy.say import Say
from minixdr_deploy.steps import jobs

_REFUSED = 1
"""Exit status of `minixdr db current` where the program cannot serve the database; any other says that it could not find out."""
_SHOWN_LINES = 10
_CURRENT_SECONDS = 90.0
_KEPT_SECONDS = 600
"""So long a question that was answered can be read up."""


class MigrationError(DeployError):
    """The Job failed: nothing was rolled out."""


class SchemaRefusedError(DeployError):
    """The release cannot serve the database as it is."""


class SchemaUnknownError(CannotLookError):
    """Whether the release can serve the database could not be found out, for example because it does not answer."""


def job_name(release: Release) -> str:
    """Return the name of the release's Job."""
    return f"migrate-{release.backend_digest.removeprefix('sha256:')[:12]}"


def job_of(template: Object, release: Release) -> Object:
    """Return the Job of a release, made of the overlay's."""
    job = copy.deepcopy(template)
    job["metadata"].pop("generateName", None)
    job["metadata"]["name"] = job_name(release)
    return job


def migrate(
    kube: Kubectl,
    template: Object,
    release: Release,
    say: Say,
    *,
    seconds: float,
    before: Callable[[], None] = lambda: None,
) -> bool:
    """Run the release's Job and wait for its end. Return False where it had run to its end already.

    `before` may raise, to refuse the change. Raises MigrationError, JobError, KubeError.
    """
    job = job_of(template, release)
    name = job["metadata"]["name"]
    found = kube.find("job", name)
    state = None if found is None else jobs.outcome(found)
    if state == "complete":
        say(f"{name} has run already")
        return False
    before()
    if state == "failed":
        say(f"{name} failed before: it is run again")
        kube.delete("job", name)
    ended = jobs.run(kube, job, say, seconds=seconds)
    if ended.succeeded:
        return True
    said = ended.log or tuple(ended.message.splitlines())
    evidence = (ended.reason, f"exit code {ended.exit_code}", *(f"| {line}" for line in said[-_SHOWN_LINES:]))
    mend = "minixdr-deploy logs migrate  # all of it; when the cause is mended, the same command as before runs the Job again"
    raise MigrationError(
        Problem(
            "migration-failed", f"{name} failed: the schema of the database was not brought up to date", evidence, mend
        )
    )


def require_served(kube: Kubectl, kept: Sequence[Object], release: Release, say: Say) -> None:
    """Ask the release's own image whether it can serve the database as it is. `kept`: the release's objects, its Job among them.

    Raises SchemaRefusedError, SchemaUnknownError, JobError, KubeError.
    """
    template = next((item for item in kept if item["kind"] == "Job"), None)
    if template is None:
        raise SchemaUnknownError(
            Problem("job-not-kept", f"the Job of {release.id} was not kept, so it cannot be asked about the schema")
        )
    job = copy.deepcopy(template)
    job["metadata"]["name"] = f"schema-{secrets.token_hex(3)}"
    for container in job["spec"]["template"]["spec"]["containers"]:
        container["args"] = ["db", "current"]
    job["spec"] |= {"backoffLimit": 0, "ttlSecondsAfterFinished": _KEPT_SECONDS}
    ended = jobs.run(kube, job, say, seconds=_CURRENT_SECONDS)
    if ended.succeeded:
        return
    evidence = (f"exit code {ended.exit_code}", *(f"| {line}" for line in ended.log))
    if ended.exit_code != _REFUSED:
        title = f"whether {release.id} can serve the database could not be found out"
        raise SchemaUnknownError(Problem("schema-unknown", title, evidence, "minixdr-deploy doctor"))
    title = f"release {release.id} cannot serve the database as it is"
    raise SchemaRefusedError(
        Problem("schema-out-of-range", title, evidence, "minixdr-deploy ship  # the newer release, or a mended one")
    )
