"""A cluster in memory, as far as a ship asks of one: objects by kind and name, and controllers that act at once.

What Kubernetes itself does (server-side apply, gates, surge) is tried on a real control plane; here the ways of a ship are.
"""

import copy
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from minixdr_deploy.kube.errors import AlreadyExistsError, ConflictError, InvalidError, NotFoundError
from minixdr_deploy.kube.kubectl import Kubectl, Object
from minixdr_deploy.problem import Problem

OVERLAY = Path(__file__).parent / "overlay.yaml"


class FakeCluster(Kubectl):
    """Keeps objects, rolls Deployments out and ends Jobs at once, but for the digests that are said to be bad."""

    def __init__(self) -> None:
        super().__init__("test", "mini-xdr")
        self.objects: dict[tuple[str, str], Object] = {}
        self.crashing: set[str] = set()
        """Digests whose containers end at once."""
        self.failing_jobs: dict[str, int] = {}
        """Exit status by digest; the args of the Job are those of a migration."""
        self.refusing: dict[str, int] = {}
        """Exit status of `db current` by digest."""
        self.changes: list[str] = []
        """`verb kind/name`, in order, of all but the lock."""
        self.on_change: Callable[[str], None] = lambda change: None
        self.log = "schema revision 2\n"
        self.refused_kind = ""
        """Kind of which the server accepts no object."""

    def get(self, kind: str, name: str, *, namespace: str | None = None) -> Object:
        found = self.objects.get((kind, name))
        if found is None:
            raise NotFoundError(Problem("kube-not-found", f"{kind}/{name}"))
        return copy.deepcopy(found)

    def list(
        self,
        kinds: str,
        *,
        selector: str = "",
        namespace: str | None = None,
        everywhere: bool = False,
        fields: str = "",
    ) -> Any:
        wanted = {one.rstrip("s") for one in kinds.split(",")}
        found = [copy.deepcopy(item) for (kind, _), item in self.objects.items() if kind in wanted]
        for part in filter(None, selector.split(",")):
            label, _, value = part.partition("=")
            found = [item for item in found if (item["metadata"].get("labels") or {}).get(label) == value]
        return found

    def apply(self, objects: Iterable[Mapping[str, Any]], *, dry_run: bool = False, force: bool = True) -> Any:
        given = [dict(item) for item in objects]
        refused = [item for item in given if item["kind"] == self.refused_kind]
        if refused:
            raise InvalidError(Problem("kube-invalid", f"{self.refused_kind} is invalid"))
        return given if dry_run else [self._put("apply", item) for item in given]

    def create(self, item: Mapping[str, Any]) -> Object:
        if (item["kind"].lower(), item["metadata"]["name"]) in self.objects:
            raise AlreadyExistsError(Problem("kube-already-exists", "exists"))
        return self._put("create", dict(item))

    def replace(self, item: Mapping[str, Any]) -> Object:
        held = self.get(item["kind"].lower(), item["metadata"]["name"])
        if held["metadata"]["resourceVersion"] != item["metadata"]["resourceVersion"]:
            raise ConflictError(Problem("kube-conflict", "changed meanwhile"))
        return self._put("replace", dict(item))

    def patch(self, kind: str, name: str, change: Any, *, how: str = "merge", subresource: str = "") -> Object:
        item = self.get(kind, name)
        _merge(item, change)
        return self._put("patch", item)

    def delete(self, kind: str, name: str, *, wait: bool = True) -> None:
        self.objects.pop((kind, name), None)
        self._changed("delete", kind, name)

    def logs(self, pod: str, *, container: str = "", lines: int = 100, previous: bool = False) -> str:
        return self.log

    def render(self, folder: Path) -> str:
        return OVERLAY.read_text("utf-8")

    def run(self, arguments: Iterable[str], doing: str, *, sent: str | None = None, seconds: float = 20.0) -> str:
        assert doing == "listing secrets", f"the fake knows no {list(arguments)}"
        secrets = [item for (kind, _), item in self.objects.items() if kind == "secret"]
        return "".join(
            f"{one['metadata']['name']}\t{json.dumps(one['metadata'].get('annotations', {}))}\n" for one in secrets
        )

    def _changed(self, verb: str, kind: str, name: str) -> None:
        if kind == "lease":
            return
        self.changes.append(f"{verb} {kind}/{name}")
        self.on_change(self.changes[-1])

    def _put(self, verb: str, given: Object) -> Object:
        item = copy.deepcopy(given)
        kind, name = item["kind"].lower(), item["metadata"]["name"]
        before = self.objects.get((kind, name))
        meta = item["metadata"]
        meta["uid"] = f"uid-{kind}-{name}"
        meta["resourceVersion"] = str(int(before["metadata"]["resourceVersion"]) + 1 if before else 1)
        self.objects[kind, name] = item
        {"deployment": self._roll, "job": self._end, "statefulset": self._ready}.get(kind, lambda _: None)(item)
        self._changed(verb, kind, name)
        return copy.deepcopy(item)

    def _roll(self, item: Object) -> None:
        name, template = item["metadata"]["name"], item["spec"]["template"]
        key = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:8]
        item["metadata"] |= {
            "generation": 1,
            "annotations": {**item["metadata"].get("annotations", {}), "deployment.kubernetes.io/revision": key},
        }
        labels = {"app.kubernetes.io/name": "mini-xdr", "app.kubernetes.io/component": name}
        owner = {"ownerReferences": [{"controller": True, "uid": item["metadata"]["uid"]}], "labels": labels}
        replica_set = f"{name}-{key}"
        uid = f"uid-{replica_set}"
        annotations = {"deployment.kubernetes.io/revision": key}
        self.objects["replicaset", replica_set] = {
            "kind": "ReplicaSet",
            "metadata": {"name": replica_set, "uid": uid, "annotations": annotations, **owner},
        }
        wanted, image = int(item["spec"].get("replicas", 1)), template["spec"]["containers"][0]["image"]
        bad = image.rpartition("@")[2] in self.crashing
        state = {"waiting": {"reason": "CrashLoopBackOff"}} if bad else {"running": {}}
        for key_ in [one for one in self.objects if one[0] == "pod" and one[1].startswith(f"{name}-") and not bad]:
            del self.objects[key_]
        for number in range(1 if bad else wanted):
            pod = f"{replica_set}-{number}"
            self.objects["pod", pod] = {
                "kind": "Pod",
                "metadata": {
                    "name": pod,
                    "creationTimestamp": "2026-01-01T00:00:00Z",
                    "labels": labels,
                    "ownerReferences": [{"controller": True, "uid": uid}],
                },
                "spec": template["spec"],
                "status": {
                    "containerStatuses": [
                        {
                            "name": "main",
                            "image": image,
                            "restartCount": 2,
                            "state": state,
                            "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}},
                        }
                    ]
                },
            }
        good = 0 if bad else wanted
        item["status"] = {
            "observedGeneration": 1,
            "updatedReplicas": 1 if bad else wanted,
            "availableReplicas": good,
            "replicas": wanted + bad,
        }

    def _end(self, item: Object) -> None:
        container = item["spec"]["template"]["spec"]["containers"][0]
        digest = container["image"].rpartition("@")[2]
        codes = self.refusing if container.get("args") == ["db", "current"] else self.failing_jobs
        code = codes.get(digest, 0)
        item["status"] = {
            "conditions": [
                {
                    "type": "Failed" if code else "Complete",
                    "status": "True",
                    "reason": "BackoffLimitExceeded",
                    "message": "failed",
                }
            ]
        }
        name = item["metadata"]["name"]
        self.objects["pod", f"{name}-0"] = {
            "kind": "Pod",
            "metadata": {
                "name": f"{name}-0",
                "creationTimestamp": "2026-01-01T00:00:00Z",
                "labels": {"batch.kubernetes.io/job-name": name},
            },
            "spec": item["spec"]["template"]["spec"],
            "status": {
                "phase": "Failed" if code else "Succeeded",
                "containerStatuses": [{"name": "migrate", "state": {"terminated": {"exitCode": code}}}],
            },
        }

    def _ready(self, item: Object) -> None:
        item["metadata"]["generation"] = 1
        wanted = int(item["spec"].get("replicas", 1))
        item["status"] = {"observedGeneration": 1, "readyReplicas": wanted, "updatedReplicas": wanted}


def _merge(item: dict[str, Any], change: Mapping[str, Any]) -> None:
    """RFC 7386."""
    for key, value in change.items():
        if value is None:
            item.pop(key, None)
        elif isinstance(value, Mapping):
            _merge(item.setdefault(key, {}), value)
        else:
            item[key] = value
