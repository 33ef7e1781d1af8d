"""Where the programs of the control plane are: compiled by `compile/compile.sh`, kept outside the repository."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

COMPILE = Path(__file__).resolve().parents[1] / "compile"
PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl")


class NotBuiltError(Exception):
    """A program is missing; the message says how to make it."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """The programs."""

    folder: Path
    version: str
    """Of Kubernetes: `v1.37.2`."""

    def path(self, program: str) -> str:
        """Return the path of one."""
        return str(self.folder / program)


def version() -> str:
    """Return the version of Kubernetes that `compile/go.mod` names."""
    found = re.search(r"^require k8s\.io/kubernetes (\S+)$", (COMPILE / "go.mod").read_text("utf-8"), re.MULTILINE)
    if found is None:
        raise NotBuiltError(f"{COMPILE / 'go.mod'} names no version of k8s.io/kubernetes")
    return found[1]


def find() -> Binaries:
    """Return the programs. Raises NotBuiltError."""
    wanted = version()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(os.environ.get("MINIXDR_CLUSTER_BIN") or cache / "minixdr-cluster" / wanted)
    missing = [name for name in PROGRAMS if not os.access(folder / name, os.X_OK)]
    if missing:
        raise NotBuiltError(
            f"{', '.join(missing)} not in {folder}: run deploy/cluster/compile/compile.sh (minutes, once)"
        )
    return Binaries(folder, wanted)


def built_version(binaries: Binaries) -> str:
    """Return what kube-apiserver itself says: `Kubernetes v1.37.2`."""
    return subprocess.run(
        [binaries.path("kube-apiserver"), "--version"], capture_output=True, text=True, check=True, timeout=60
    ).stdout.strip()
