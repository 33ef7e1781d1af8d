"""What can go wrong between here and the API server: in goes what kubectl wrote, out comes an error with a name.

kubectl prints the server's own reason in brackets, `Error from server (NotFound): ...`; where no server answered there is only its sentence.
"""

import re

from minixdr_deploy.problem import CannotLookError, DeployError, Problem


class KubeError(DeployError):
    """The API server refused, for a reason that has no name here."""


class NotFoundError(KubeError):
    """There is no such object, or no such kind."""


class AlreadyExistsError(KubeError):
    """There is such an object already."""


class ConflictError(KubeError):
    """Somebody else changed the object meanwhile."""


class InvalidError(KubeError):
    """The server does not take the object as it is."""


class ForbiddenError(KubeError, CannotLookError):
    """We may not."""

    exit_status = CannotLookError.exit_status


class ExpiredError(KubeError, CannotLookError):
    """The server does not accept our credentials."""

    exit_status = CannotLookError.exit_status


class UnreachableError(KubeError, CannotLookError):
    """No answer from the API server."""

    exit_status = CannotLookError.exit_status


class TimedOutError(KubeError):
    """It did not happen in time."""


_REASONS: dict[str, type[KubeError]] = {
    "NotFound": NotFoundError,
    "AlreadyExists": AlreadyExistsError,
    "Conflict": ConflictError,
    "Invalid": InvalidError,
    "BadRequest": InvalidError,
    "Forbidden": ForbiddenError,
    "Unauthorized": ExpiredError,
    "ServiceUnavailable": UnreachableError,
    "InternalError": UnreachableError,
    "Timeout": UnreachableError,
    "TooManyRequests": UnreachableError,
}
_SENTENCES: tuple[tuple[str, type[KubeError]], ...] = (
    (
        r"must be logged in to the server|Unauthorized|getting credentials: exec|ExpiredToken|token has expired",
        ExpiredError,
    ),
    (
        r"Unable to connect to the server|connection to the server .* was refused|dial tcp|i/o timeout|TLS handshake|no such host",
        UnreachableError,
    ),
    (r"context .* does not exist|no context exists", UnreachableError),
    (r"the server doesn't have a resource type|no matches for kind", NotFoundError),
    (r"^The \w+ \".*\" is invalid", InvalidError),
    (r"timed out waiting", TimedOutError),
    (r"Apply failed with \d+ conflict", ConflictError),
)
_IDS: dict[type[KubeError], str] = {
    NotFoundError: "kube-not-found",
    AlreadyExistsError: "kube-already-exists",
    ConflictError: "kube-conflict",
    InvalidError: "kube-invalid",
    ForbiddenError: "kube-forbidden",
    ExpiredError: "credentials-expired",
    UnreachableError: "cluster-unreachable",
    TimedOutError: "kube-timed-out",
    KubeError: "kube-refused",
}


def from_kubectl(stderr: str, doing: str, mend: dict[type[KubeError], str]) -> KubeError:
    """Return the error that kubectl's words mean. `doing` says what we were at; `mend` the command to offer, by error."""
    said = stderr.strip() or "kubectl said nothing"
    kind = _kind(said)
    return kind(
        Problem(
            _IDS[kind],
            f"{doing}: {_TITLES.get(kind, 'the cluster refused')}",
            tuple(said.splitlines()[-5:]),
            mend.get(kind, ""),
        )
    )


_TITLES: dict[type[KubeError], str] = {
    NotFoundError: "not found",
    AlreadyExistsError: "exists already",
    ConflictError: "somebody else changed it meanwhile",
    InvalidError: "the cluster does not accept the object",
    ForbiddenError: "the cluster does not permit it",
    ExpiredError: "the cluster does not accept the credentials",
    UnreachableError: "no answer from the cluster",
    TimedOutError: "not in time",
}


def _kind(said: str) -> type[KubeError]:
    named = re.search(r"Error from server \((\w+)\)", said)
    if named and named[1] in _REASONS:
        return _REASONS[named[1]]
    return next((kind for pattern, kind in _SENTENCES if re.search(pattern, said)), KubeError)
