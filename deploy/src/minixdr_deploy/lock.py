"""The lock of a deployment, so that two operators cannot ship at once: the Lease `minixdr-deploy` of the namespace.

Its holder is the ARN and a name of this run. It is renewed while we work. Who dies without releasing it leaves it to expire; it is then not taken
silently, but by `--break-lock`: the operator should know that a ship before theirs did not end. The times in a Lease are of the holder's clock, which
may differ from ours: before it is taken it is watched, as Kubernetes' own leader election does, whether somebody still renews it.
"""

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from minixdr_deploy.kube.errors import AlreadyExistsError, ConflictError, KubeError
from minixdr_deploy.kube.kubectl import Object
from minixdr_deploy.kube.labels import LEASE
from minixdr_deploy.problem import DeployError, Problem
from minixdr_deploy.world import World

_SECONDS = 60
"""A renewal may fail for this long: three tries and an API server that is being replaced."""
_RENEW_SECONDS = 15.0
_LOOK_SECONDS = 1.0


class LockedError(DeployError):
    """Somebody else works on the deployment, or their work did not end."""

    exit_status = 5


class LockLostError(DeployError):
    """The lock could not be renewed: somebody else may have it by now."""


class Lock:
    """The lock, held."""

    def __init__(self, world: World, holder: str) -> None:
        self.holder = holder
        self._world = world
        self._lost: Problem | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="lock", daemon=True)

    def check(self) -> None:
        """Raise LockLostError where somebody else may have it by now. To be called before each change."""
        if self._lost is not None:
            raise LockLostError(self._lost)

    def start(self) -> None:
        """Begin to renew it."""
        self._thread.start()

    def stop(self) -> None:
        """Release it. Where it is not ours any more nothing is done; where the cluster does not answer it expires by itself, which is said."""
        self._ended.set()
        self._thread.join()
        try:
            lease = self._world.kube.find("lease", LEASE)
            if lease is not None and _spec(lease).get("holderIdentity") == self.holder:
                lease["spec"]["holderIdentity"] = ""
                self._world.kube.replace(lease)
        except KubeError as error:
            self._world.say(f"the lock could not be released, it expires in {_SECONDS} s: {error.problem.title}")

    def _renew(self) -> None:
        failing_since: datetime | None = None
        while not self._ended.wait(_RENEW_SECONDS):
            now = self._world.now()
            try:
                lease = self._world.kube.get("lease", LEASE)
                if _spec(lease).get("holderIdentity") != self.holder:
                    self._lost = _problem("lock-lost", "somebody else took the lock", lease)
                    return
                lease["spec"]["renewTime"] = _micro(now)
                self._world.kube.replace(lease)
                failing_since = None
            except (
                DeployError
            ) as error:  # one that passes: the next round tries again, until the lease would have expired
                failing_since = failing_since or now
                if now - failing_since > timedelta(seconds=_SECONDS - 2 * _RENEW_SECONDS):
                    self._lost = Problem(
                        "lock-lost", "the lock could not be renewed", (str(error),), error.problem.mend
                    )
                    return


@contextmanager
def held(world: World, arn: str, *, break_lock: bool = False, watch_seconds: float = _SECONDS) -> Iterator[Lock]:
    """Hold the lock. One that was left behind is watched so long before it is broken. Raises LockedError; KubeError."""
    holder = f"{arn}#{secrets.token_hex(4)}"
    _take(world, holder, watch_seconds if break_lock else None)
    lock = Lock(world, holder)
    lock.start()
    try:
        yield lock
    finally:
        lock.stop()


def _take(world: World, holder: str, break_after: float | None) -> None:
    lease = world.kube.find("lease", LEASE)
    if lease is not None:
        _refuse_unless_free(world, lease, break_after)
    now = world.now()
    spec: dict[str, Any] = {
        "holderIdentity": holder,
        "leaseDurationSeconds": _SECONDS,
        "acquireTime": _micro(now),
        "renewTime": _micro(now),
    }
    try:
        if lease is None:
            world.kube.create(
                {
                    "apiVersion": "coordination.k8s.io/v1",
                    "kind": "Lease",
                    "metadata": {"name": LEASE, "namespace": world.config.namespace},
                    "spec": spec,
                }
            )
            return
        transitions = int(_spec(lease).get("leaseTransitions") or 0) + 1
        world.kube.replace({**lease, "spec": {**spec, "leaseTransitions": transitions}})
    except (AlreadyExistsError, ConflictError):
        taken = world.kube.find("lease", LEASE)
        if taken is None:
            raise
        raise LockedError(_problem("locked", "somebody else took the lock at this moment", taken)) from None


def _refuse_unless_free(world: World, lease: Object, break_after: float | None) -> None:
    if not _spec(lease).get("holderIdentity"):
        return
    age = world.now() - _time(_spec(lease).get("renewTime"))
    ahead = age.total_seconds() < -_RENEW_SECONDS
    if not ahead and age.total_seconds() <= int(_spec(lease).get("leaseDurationSeconds") or _SECONDS):
        problem = _problem(
            "locked",
            "somebody else is working on the deployment",
            lease,
            "minixdr-deploy status  # until they are done",
        )
        raise LockedError(problem)
    if break_after is not None:
        _watch(world, lease, break_after)
        return
    title = (
        f"somebody holds the lock whose clock is {-age.total_seconds():.0f} s ahead of this machine's"
        if ahead
        else f"a run that did not end holds the lock; it was renewed last {age.total_seconds():.0f} s ago"
    )
    mend = "minixdr-deploy status  # what it left; then the same command with --break-lock"
    raise LockedError(_problem("lock-left-behind", title, lease, mend))


def _watch(world: World, lease: Object, seconds: float) -> None:
    """Return where nobody renews the lock for so long. Raises LockedError where somebody does."""
    world.say(f"watching for {seconds:.0f} s whether {_spec(lease).get('holderIdentity')} still renews the lock")
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        time.sleep(min(_LOOK_SECONDS, seconds))
        now = world.kube.find("lease", LEASE)
        if now is None or now["metadata"]["resourceVersion"] != lease["metadata"]["resourceVersion"]:
            title = "somebody is working on the deployment, or was until now: the lock changed while it was watched"
            mend = "minixdr-deploy status  # until they are done; and set the clocks of both machines"
            raise LockedError(_problem("locked", title, now or lease, mend))


def describe(lease: Object | None, now: datetime) -> str | None:
    """Return who holds the lock, as a line; None where it is free."""
    if lease is None or not _spec(lease).get("holderIdentity"):
        return None
    spec = _spec(lease)
    age = (now - _time(spec.get("renewTime"))).total_seconds()
    expired = age > int(spec.get("leaseDurationSeconds") or _SECONDS)
    return f"{spec['holderIdentity']}, renewed {age:.0f} s ago{' (expired)' if expired else ''}"


def _problem(name: str, title: str, lease: Object, mend: str = "minixdr-deploy status") -> Problem:
    spec = _spec(lease)
    return Problem(
        name,
        title,
        (
            f"holder: {spec.get('holderIdentity')}",
            f"since: {spec.get('acquireTime')}",
            f"renewed: {spec.get('renewTime')}",
        ),
        mend,
    )


def _spec(lease: Object) -> dict[str, Any]:
    spec: dict[str, Any] = lease.get("spec") or {}
    return spec


def _micro(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _time(text: str | None) -> datetime:
    if not text:
        return datetime.fromtimestamp(0, UTC)
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise KubeError(Problem("lock-broken", f"Lease {LEASE} has a renewTime that is no time: {text}")) from error
