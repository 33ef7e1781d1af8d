"""kubectl as a subprocess: objects go in and out as JSON.

kubectl and not a client library: an operator's context, its credential plug-in and its proxy work as they do in their shell, and what this program
does can be repeated by hand. Each call has a time limit. The process has its own session, so that Ctrl-C reaches us and not it: we decide.
"""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from minixdr_deploy.kube import errors
from minixdr_deploy.problem import CannotLookError, Problem

Object = dict[str, Any]
"""A Kubernetes object, as JSON has it."""

Objects = list[Object]
Arguments = list[str]

FIELD_MANAGER = "minixdr-deploy"
_NAMED = 4
"""So many objects are named where many are applied."""
_SECONDS = 20.0
"""One call: an API server across an ocean answers in 2; a dead one must not hold the operator long."""


class Kubectl:
    """The cluster of a context, seen from a namespace. Raises KubeError, and CannotLookError where kubectl cannot be started."""

    def __init__(
        self,
        context: str | None,
        namespace: str,
        *,
        program: str = "kubectl",
        kubeconfig: str | None = None,
        region: str = "",
        cluster: str = "",
    ) -> None:
        self.context = context
        self.namespace = namespace
        self._program = program
        self._kubeconfig = kubeconfig
        login = f"aws eks update-kubeconfig --region {region} --name {cluster} --alias {context}"
        self._mend: dict[type[errors.KubeError], str] = {
            errors.ExpiredError: f"aws sso login  # or renew the credentials in use, then:\n{login}",
            errors.UnreachableError: login,
            errors.ForbiddenError: f"kubectl --context {context} auth can-i --list -n {namespace}",
        }

    def get(self, kind: str, name: str, *, namespace: str | None = None) -> Object:
        """Return an object. Raises NotFoundError."""
        return self._json(["get", kind, name, "-o", "json", *self._in(namespace)], f"reading {kind}/{name}")

    def find(self, kind: str, name: str, *, namespace: str | None = None) -> Object | None:
        """Return an object, None where the server says that there is none."""
        try:
            return self.get(kind, name, namespace=namespace)
        except errors.NotFoundError:
            return None

    def list(
        self,
        kinds: str,
        *,
        selector: str = "",
        namespace: str | None = None,
        everywhere: bool = False,
        fields: str = "",
    ) -> Objects:
        """Return all objects of one kind or several (`pods,events`), in one call."""
        where = ["--all-namespaces"] if everywhere else self._in(namespace)
        narrow = [*(["-l", selector] if selector else []), *(["--field-selector", fields] if fields else [])]
        items: Objects = self._json(["get", kinds, "-o", "json", *narrow, *where], f"listing {kinds}")["items"]
        return items

    def raw(self, path: str) -> str:
        """Return what the API server answers at a path: `/version`."""
        return self.run(["get", "--raw", path], f"reading {path}")

    def apply(self, objects: Iterable[Mapping[str, Any]], *, dry_run: bool = False, force: bool = True) -> Objects:
        """Apply objects on the server's side, return them as they then are. `force` takes fields that others set; `dry_run` changes nothing."""
        given = [*objects]
        if not given:
            return []
        document = json.dumps({"apiVersion": "v1", "kind": "List", "items": given})
        mode = [*(["--force-conflicts"] if force else []), *(["--dry-run=server"] if dry_run else [])]
        names = ", ".join(f"{item['kind']}/{item['metadata']['name']}" for item in given[:_NAMED])
        command = [
            "apply",
            "--server-side",
            f"--field-manager={FIELD_MANAGER}",
            *mode,
            "-o",
            "json",
            "-f",
            "-",
            *self._in(None),
        ]
        done = self._json(
            command, f"applying {names}{' and others' if len(given) > _NAMED else ''}", sent=document, seconds=60
        )
        found: Objects = done["items"] if done["kind"] == "List" else [done]
        return found

    def create(self, item: Mapping[str, Any]) -> Object:
        """Create an object. Raises AlreadyExistsError."""
        doing = f"creating {item['kind']}/{item['metadata']['name']}"
        return self._json(
            ["create", f"--field-manager={FIELD_MANAGER}", "-o", "json", "-f", "-", *self._in(None)],
            doing,
            sent=json.dumps(item),
        )

    def replace(self, item: Mapping[str, Any]) -> Object:
        """Replace an object. Raises ConflictError where its `resourceVersion` is not the newest."""
        doing = f"replacing {item['kind']}/{item['metadata']['name']}"
        return self._json(
            ["replace", f"--field-manager={FIELD_MANAGER}", "-o", "json", "-f", "-", *self._in(None)],
            doing,
            sent=json.dumps(item),
        )

    def patch(self, kind: str, name: str, change: Any, *, how: str = "merge", subresource: str = "") -> Object:
        """Change an object: `how` is `merge`, `strategic` or `json`."""
        part = [f"--subresource={subresource}"] if subresource else []
        command = [
            "patch",
            kind,
            name,
            f"--type={how}",
            "-p",
            json.dumps(change),
            f"--field-manager={FIELD_MANAGER}",
            "-o",
            "json",
            *part,
            *self._in(None),
        ]
        return self._json(command, f"changing {kind}/{name}")

    def delete(self, kind: str, name: str, *, wait: bool = True) -> None:
        """Delete an object; where there is none, that is fine."""
        self.run(
            ["delete", kind, name, "--ignore-not-found", f"--wait={str(wait).lower()}", *self._in(None)],
            f"deleting {kind}/{name}",
            seconds=90,
        )

    def wait(
        self, kind: str, name: str, until: Callable[[Object], bool], *, seconds: float, every: float = 1.0
    ) -> Object:
        """Return the object as soon as `until` says so. Raises TimedOutError after `seconds`."""
        ends = time.monotonic() + seconds
        while True:
            item = self.get(kind, name)
            if until(item):
                return item
            if time.monotonic() >= ends:
                raise errors.TimedOutError(
                    Problem("kube-timed-out", f"{kind}/{name} is not as wanted after {seconds:.0f} s")
                )
            time.sleep(every)

    def logs(self, pod: str, *, container: str = "", lines: int = 100, previous: bool = False) -> str:
        """Return the newest lines of what a container wrote."""
        narrow = [*(["-c", container] if container else []), *(["--previous"] if previous else [])]
        return self.run(["logs", pod, f"--tail={lines}", *narrow, *self._in(None)], f"reading the log of {pod}")

    def render(self, folder: Path) -> str:
        """Return what kustomize makes of a folder, as YAML. Needs no cluster."""
        return self.run(["kustomize", str(folder)], f"rendering {folder}", seconds=60)

    def command(self, arguments: Iterable[str]) -> Arguments:
        """Return the command line, as it could be typed."""
        config = [f"--kubeconfig={self._kubeconfig}"] if self._kubeconfig else []
        context = [f"--context={self.context}"] if self.context else []
        return [self._program, *config, *context, *arguments]

    def run(self, arguments: Iterable[str], doing: str, *, sent: str | None = None, seconds: float = _SECONDS) -> str:
        """Return what kubectl writes. Raises KubeError; CannotLookError where it cannot be started."""
        command = self.command(arguments)
        try:
            done = subprocess.run(
                command,
                input=sent,
                capture_output=True,
                text=True,
                timeout=seconds,
                check=False,
                start_new_session=True,
                env={**os.environ, "KUBECTL_KYAML": "false"},
            )
        except OSError as error:
            title = (
                f"{self._program} is not on this machine"
                if isinstance(error, FileNotFoundError)
                else f"{self._program} cannot be started: {error.strerror}"
            )
            mend = "https://kubernetes.io/docs/tasks/tools/  # or edit `kubectl` in deploy.yaml"
            raise CannotLookError(Problem("kubectl-missing", title, mend=mend)) from error
        except subprocess.TimeoutExpired as error:
            problem = Problem(
                "cluster-unreachable",
                f"{doing}: no answer from the cluster in {seconds:.0f} s",
                (" ".join(command),),
                self._mend[errors.UnreachableError],
            )
            raise errors.UnreachableError(problem) from error
        if done.returncode:
            raise errors.from_kubectl(done.stderr, doing, self._mend)
        return done.stdout

    def _json(
        self, arguments: Iterable[str], doing: str, *, sent: str | None = None, seconds: float = _SECONDS
    ) -> Object:
        text = self.run(arguments, doing, sent=sent, seconds=seconds)
        try:
            answer: Object = json.loads(text)
        except ValueError as error:
            raise errors.KubeError(
                Problem("kube-refused", f"{doing}: kubectl did not answer with JSON", (text[:200],))
            ) from error
        return answer

    def _in(self, namespace: str | None) -> Arguments:
        return ["-n", namespace or self.namespace]
