"""The database's schema is not the one that the program's migrations make: newer than it can serve, or changed by hand."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, known, last_lines
from minixdr_deploy.checks.said import PROGRAM_TOO_OLD, PROGRAMS, TABLES_DIFFER, containing, last_words, readiness
from minixdr_deploy.observe.observed import Observed, VersionAnswer
from minixdr_deploy.problem import Problem
from minixdr_deploy.release import Release

_ID = "schema-drift"
SCHEMA_CHECK = "schema-check"
"""Component of the Job that `verify` runs: `minixdr db check`."""


def _judge(observed: Observed) -> Iterator[Seen]:
    for each in _found(observed):
        yield Seen(each.problem, PROGRAMS)


def _found(observed: Observed) -> Iterator[Seen]:
    old = [*containing(readiness(observed), PROGRAM_TOO_OLD), *containing(last_words(observed), PROGRAM_TOO_OLD)]
    release = known(observed.kubernetes.release)
    if old:
        title = "the database's schema is newer than the program can serve"
        yield Seen(
            Problem(
                _ID,
                title,
                tuple(map(str, old[:3])),
                "minixdr-deploy ship  # the release that made the schema, or a later one",
            )
        )
    elif not containing(readiness(observed), ("run `minixdr db upgrade`",)):
        other = [
            words
            for words in readiness(observed)
            if words.who.endswith("part schema") and "does not answer" not in words.text
        ]
        if other:
            yield Seen(
                Problem(
                    _ID, "the program refuses the database's schema", tuple(map(str, other)), "minixdr-deploy migrate"
                )
            )
    yield from _ranges(observed, release)
    yield from _tables(observed)


def _ranges(observed: Observed, release: Release | None) -> Iterator[Seen]:
    versions = observed.web.versions
    api: list[VersionAnswer] = [each for each in versions if each.part == "api"] if isinstance(versions, tuple) else []
    ranges = {(each.schema_oldest, each.schema_newest) for each in api if each.schema_newest is not None}
    wanted = (release.schema_oldest, release.schema_newest) if release and release.schema_newest is not None else None
    same_image = release is not None and {each.image_digest for each in api} == {release.backend_digest}
    if wanted and ranges and ranges != {wanted} and same_image:
        evidence = (
            f"wanted release {release.id if release else ''}: {wanted[0]} to {wanted[1]}",
            *(f"/api/version: {oldest} to {newest}" for oldest, newest in ranges),
        )
        yield Seen(
            Problem(
                _ID,
                "the program serves other schemas than the labels of its image say",
                evidence,
                "minixdr-deploy build && minixdr-deploy ship",
            )
        )


def _tables(observed: Observed) -> Iterator[Seen]:
    for job in known(observed.kubernetes.jobs):
        if (
            job.component == SCHEMA_CHECK
            and job.state == "failed"
            and any(fragment in job.log for fragment in TABLES_DIFFER)
        ):
            title = "the database's tables are not as the migrations leave them: somebody changed them by hand"
            mend = "minixdr-deploy verify  # once each of these differences was undone, as the owner of the tables"
            yield Seen(Problem(_ID, title, last_lines(job.log, 10), mend))


CHECK = Check(
    _ID,
    "Schema drift",
    "A release was rolled back past a migration that removed something; the tables were changed by hand; another environment's backup was restored.",
    _judge,
    "schema drift",
    explains=frozenset(
        {"crash-loop", "pod-not-ready", "rollout-stuck", "half-rollout", "targets", "entrance", "canary"}
    ),
)
