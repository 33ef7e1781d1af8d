"""From one look at a deployment to what is wrong with it: in goes `Observed`, out come problems, causes first, each with what follows from it.

A problem is told as a consequence where another check that says to explain it found something about the same component. What could not be looked
at is listed, with the checks that could not judge because of it.
"""

import re
from collections.abc import Iterable, Sequence

import msgspec

from minixdr_deploy import checks
from minixdr_deploy.checks.check import Check, Seen, UnknownError
from minixdr_deploy.observe.observed import Observed
from minixdr_deploy.problem import Problem
from minixdr_deploy.release import Release

_OF_RELEASE = re.compile(r"^minixdr-deploy (rollout|migrate)", re.MULTILINE)


class NotJudged(msgspec.Struct, frozen=True):
    """Something that could not be looked at, and the checks that needed it."""

    reason: str
    why: str
    checks: tuple[str, ...]


class Diagnosis(msgspec.Struct, frozen=True):
    """What is wrong, and what is not known."""

    problems: tuple[Problem, ...]
    not_judged: tuple[NotJudged, ...]
    judged: tuple[str, ...]
    """Ids of the checks that could look at all they need."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Return the problems that are more than a warning."""
        return tuple(each for each in self.problems if each.severity == "error")

    @property
    def blind(self) -> tuple[NotJudged, ...]:
        """Return what could not be looked at and should have been; not what is not supported here, or was not asked for."""
        return tuple(each for each in self.not_judged if each.why not in {"not supported", "not asked"})

    @property
    def healthy(self) -> bool:
        """Return whether everything could be looked at and is fine; a warning is told and changes nothing of that."""
        return not self.errors and not self.blind

    @property
    def exit_status(self) -> int:
        """Return 0 healthy, 1 problems, 2 it could not be looked at: credentials that expired are that, too."""
        if any(each.id != "credentials-expired" for each in self.errors):
            return 1
        return 2 if self.blind or self.errors else 0

    def state(self, check: str) -> str:
        """Return what came of a check: `problem`, `explained` by another, `not_judged`, `ok`."""
        if any(each.id == check for each in self.problems):
            return "problem"
        if any(each.id == check for problem in self.problems for each in problem.consequences):
            return "explained"
        return "ok" if check in self.judged else "not_judged"


class _Found(msgspec.Struct, frozen=True):
    check: Check
    seen: Seen

    def explains(self, other: "_Found") -> bool:
        """Return whether the other follows from this. A warning never hides an error."""
        mine, theirs = self.seen.subject, other.seen.subject
        about = not mine or not theirs or bool(set(mine.split(",")) & set(theirs.split(",")))
        hides = self.seen.problem.severity == "warning" and other.seen.problem.severity == "error"
        return (
            about
            and not hides
            and self.check.id != other.check.id
            and (self.check.gate > other.check.gate or other.check.id in self.check.explains)
        )


def diagnose(observed: Observed, among: Sequence[Check] | None = None) -> Diagnosis:
    """Return what is wrong."""
    found: list[_Found] = []
    unknown: dict[tuple[str, str], list[str]] = {}
    judged = []
    for check in checks.every() if among is None else among:
        try:
            for seen in check.judge(observed):  # what it found before it came to something unknown counts
                found.append(_Found(check, _with_images(observed, seen)))  # noqa: PERF401
        except UnknownError as error:
            unknown.setdefault((error.part.reason, error.part.why), []).append(check.id)
        else:
            judged.append(check.id)
    missing = tuple(NotJudged(reason, why, tuple(ids)) for (reason, why), ids in unknown.items())
    return Diagnosis(_causes_first(found), missing, tuple(judged))


def _with_images(observed: Observed, seen: Seen) -> Seen:
    """Return it with the images of the wanted release in commands that act on one: left out, they would be those of the source at hand."""
    release = observed.kubernetes.release
    if not isinstance(release, Release):
        return seen
    images = f" --backend-image {release.backend_image} --frontend-image {release.frontend_image}"
    mend = _OF_RELEASE.sub(lambda found: found[0] + images, seen.problem.mend)
    return msgspec.structs.replace(seen, problem=msgspec.structs.replace(seen.problem, mend=mend))


def _causes_first(found: Sequence[_Found]) -> tuple[Problem, ...]:
    roots = [each for each in found if not any(_above(cause, each, found) for cause in found)]
    told = [
        _with(root, (each for each in found if each not in roots and _reaches(root, each, found))) for root in roots
    ]
    return tuple(sorted(told, key=lambda problem: (problem.severity != "error", -len(problem.consequences))))


def _above(cause: _Found, effect: _Found, found: Sequence[_Found]) -> bool:
    """Return whether `cause` explains `effect`, and not the other way round as well."""
    return cause is not effect and _reaches(cause, effect, found) and not _reaches(effect, cause, found)


def _reaches(cause: _Found, effect: _Found, found: Sequence[_Found]) -> bool:
    seen: list[_Found] = [cause]
    for each in seen:
        if each.explains(effect):
            return True
        seen += [other for other in found if other not in seen and each.explains(other)]
    return False


def _with(root: _Found, effects: Iterable[_Found]) -> Problem:
    once: dict[tuple[str, str], Problem] = {}
    for each in effects:
        problem = each.seen.problem
        once.setdefault((problem.id, problem.title), problem)
    return msgspec.structs.replace(root.seen.problem, consequences=tuple(once.values()))
