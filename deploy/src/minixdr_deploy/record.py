"""What the cluster itself remembers, in two ConfigMaps: which release is wanted and which was before; and what was done.

The manifests of both releases are kept beside, as they were applied: to go back means to apply them again, without a checkout of the old source.
No secret is in them; secrets live in objects that this program copies on its own.
"""

import base64
import gzip
import json
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from minixdr_deploy.kube.errors import KubeError
from minixdr_deploy.kube.kubectl import Kubectl, Object
from minixdr_deploy.kube.labels import APP, HISTORY, NAME, RELEASE_RECORD
from minixdr_deploy.problem import Problem
from minixdr_deploy.release import Release, State

_SHIPS = 50


class Record(msgspec.Struct, frozen=True):
    """What is wanted."""

    release: Release
    state: State
    """`rolling-out` where a ship began and did not end: then both releases may run."""
    at: str
    """When this was written: ISO 8601, UTC."""
    by: str
    """ARN."""
    manifests: tuple[Object, ...]
    """Of the release, as applied."""
    previous: Release | None = None
    previous_manifests: tuple[Object, ...] = ()


class StepTaken(msgspec.Struct, frozen=True):
    """A step of a ship, as it went."""

    name: str
    outcome: Literal["done", "failed", "skipped", "interrupted"]
    seconds: float


class Entry(msgspec.Struct, frozen=True):
    """One ship or rollback in the audit trail."""

    action: str
    by: str
    began_at: str
    ended_at: str
    from_release: str | None
    to_release: str
    outcome: str
    """`shipped`, `rolled back`, `failed`, `interrupted`, ...: of the whole."""
    steps: tuple[StepTaken, ...] = ()
    problem: str | None = None
    backend_image: str | None = None
    frontend_image: str | None = None


def read(kube: Kubectl) -> Record | None:
    """Return what is wanted; None where nothing was shipped yet. Raises KubeError."""
    found = kube.find("configmap", RELEASE_RECORD)
    return None if found is None else parse(found)


def parse(configmap: Object) -> Record:
    """Return the record that a ConfigMap holds. Raises KubeError where it is none."""
    try:
        head: dict[str, Any] = json.loads(configmap["data"]["release.json"])
        packed = configmap.get("binaryData", {})
        return Record(
            release=msgspec.convert(head["release"], Release),
            state=head["state"],
            at=head["at"],
            by=head["by"],
            manifests=_unpack(packed.get("manifests.json.gz")),
            previous=msgspec.convert(head["previous"], Release | None),
            previous_manifests=_unpack(packed.get("previous-manifests.json.gz")),
        )
    except (KeyError, TypeError, ValueError, OSError) as error:
        problem = Problem(
            "release-record-broken",
            f"ConfigMap {RELEASE_RECORD} is not as this program writes it",
            (f"{type(error).__name__}: {error}",),
            f"kubectl -n {configmap['metadata'].get('namespace', 'mini-xdr')} delete configmap {RELEASE_RECORD}  # then ship again",
        )
        raise KubeError(problem) from error


def write(kube: Kubectl, record: Record) -> None:
    """Keep what is wanted. Raises KubeError."""
    head = {
        "release": msgspec.to_builtins(record.release),
        "state": record.state,
        "at": record.at,
        "by": record.by,
        "previous": msgspec.to_builtins(record.previous),
    }
    packed = {"manifests.json.gz": _pack(record.manifests)}
    if record.previous is not None:
        packed["previous-manifests.json.gz"] = _pack(record.previous_manifests)
    kube.apply([_configmap(RELEASE_RECORD, {"release.json": json.dumps(head, indent=1)}, packed)])


def history(kube: Kubectl) -> tuple[Entry, ...]:
    """Return the audit trail, newest first. Raises KubeError."""
    found = kube.find("configmap", HISTORY)
    if found is None:
        return ()
    try:
        return msgspec.json.decode(found["data"]["ships.json"], type=tuple[Entry, ...])
    except (KeyError, ValueError) as error:
        problem = Problem(
            "history-broken",
            f"ConfigMap {HISTORY} is not as this program writes it",
            (f"{type(error).__name__}: {error}",),
            f"kubectl -n {kube.namespace} get configmap {HISTORY} -o yaml  # keep a copy, then delete it",
        )
        raise KubeError(problem) from error


def note(kube: Kubectl, entry: Entry) -> None:
    """Add to the audit trail, of which the newest 50 stay. Raises KubeError."""
    ships = (entry, *history(kube))[:_SHIPS]
    kube.apply([_configmap(HISTORY, {"ships.json": msgspec.json.encode(ships).decode()}, {})])


def _configmap(name: str, data: dict[str, str], packed: dict[str, str]) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "labels": {NAME: APP, "app.kubernetes.io/managed-by": "minixdr-deploy"}},
        "data": data,
        **({"binaryData": packed} if packed else {}),
    }


def _pack(objects: Sequence[Object]) -> str:
    return base64.b64encode(gzip.compress(json.dumps(list(objects)).encode(), mtime=0)).decode()


def _unpack(packed: str | None) -> tuple[Object, ...]:
    return () if packed is None else tuple(json.loads(gzip.decompress(base64.b64decode(packed))))
