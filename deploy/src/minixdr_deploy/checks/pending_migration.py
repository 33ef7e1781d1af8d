"""The running program needs a newer schema than the database has."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, known, kubectl
from minixdr_deploy.checks.said import MIGRATION_PENDING, PROGRAMS, containing, last_words, readiness
from minixdr_deploy.observe.observed import Observed
from minixdr_deploy.problem import Problem


def _judge(observed: Observed) -> Iterator[Seen]:
    said = [*containing(readiness(observed), MIGRATION_PENDING), *containing(last_words(observed), MIGRATION_PENDING)]
    release = known(observed.kubernetes.release)
    jobs = [
        job for job in known(observed.kubernetes.jobs) if job.component == "migrate" and job.name.startswith("migrate-")
    ]
    evidence = [str(words) for words in said[:3]]
    mend = "minixdr-deploy migrate"
    if release is not None:
        done = {job.image.rpartition("@")[2] for job in jobs if job.state == "complete"}
        name = f"migrate-{release.backend_digest[7:19]}"
        complete = release.backend_digest in done
        evidence.append(f"Job {name} of the wanted release: {'complete' if complete else 'none that is complete'}")
        images = [
            image
            for each in known(observed.kubernetes.deployments)
            if each.name in {"backend", "worker"}
            for image in each.images.values()
        ]
        if any(release.backend_digest not in image for image in images):
            mend = "minixdr-deploy rollout"  # back to the images that are wanted
        elif complete:
            mend = f"{kubectl(observed, f'delete job {name}')}  # it ran before the schema became older\n{mend}"
    if said:
        yield Seen(
            Problem(
                "pending-migration",
                "the database's schema is older than the program needs",
                tuple(evidence),
                mend,
            ),
            PROGRAMS,
        )


CHECK = Check(
    "pending-migration",
    "Pending migration",
    "An image was set by hand, without the migration Job that `ship` runs before the rollout; or a backup was restored.",
    _judge,
    "schema drift",
    explains=frozenset(
        {"crash-loop", "pod-not-ready", "rollout-stuck", "half-rollout", "targets", "entrance", "canary"}
    ),
)
