"""The migration Job of the newest release failed, or hangs."""

from collections.abc import Iterator
from datetime import timedelta

from minixdr_deploy.checks.check import Check, Seen, known, kubectl, last_lines
from minixdr_deploy.observe.observed import Job, Observed
from minixdr_deploy.problem import Problem

_LONG = timedelta(minutes=15)


def _judge(observed: Observed) -> Iterator[Seen]:
    jobs = sorted(
        (
            job
            for job in known(observed.kubernetes.jobs)
            if job.component == "migrate" and job.name.startswith("migrate-")
        ),
        key=lambda job: job.created_at or observed.at,
    )
    if not jobs:
        return
    newest = jobs[-1]
    log = kubectl(observed, f"logs job/{newest.name} --tail=50")
    if newest.state == "failed":
        evidence = (
            f"{newest.name}: {newest.reason} {newest.message}".strip(),
            f"image {newest.image}",
            *last_lines(newest.log),
        )
        title = (
            "the migration failed; the release before it still runs"
            if _serves(observed, newest)
            else "the migration failed"
        )
        yield Seen(Problem("migration-failed", title, evidence, f"{log}\nminixdr-deploy migrate"), "migrate")
    elif newest.state == "active" and newest.created_at is not None and observed.at - newest.created_at > _LONG:
        minutes = (observed.at - newest.created_at).total_seconds() / 60
        evidence = (f"{newest.name} runs since {minutes:.0f} minutes", *last_lines(newest.log))
        yield Seen(
            Problem("migration-failed", "the migration does not end: it may wait for a lock", evidence, log, "warning"),
            "migrate",
        )


def _serves(observed: Observed, job: Job) -> bool:
    digest = job.image.rpartition("@")[2]
    return all(digest not in image for each in known(observed.kubernetes.deployments) for image in each.images.values())


CHECK = Check(
    "migration-failed",
    "Migration failed",
    "A migration met data it does not expect, waits for a lock of a long transaction, or may not change the tables.",
    _judge,
    "schema drift",
    explains=frozenset({"pending-migration", "schema-drift", "crash-loop", "pod-not-ready", "rollout-stuck"}),
)
