"""kubectl is too far from the cluster's version: fields are dropped without a word."""

import re
from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, known
from minixdr_deploy.observe.observed import Observed
from minixdr_deploy.problem import Problem

_MOST = 1
"""Minor versions: https://kubernetes.io/releases/version-skew-policy/#kubectl"""


def minor(version: str | None) -> int | None:
    """Return the minor version of `v1.32.4-eks-5`; None where it is none."""
    found = re.match(r"v?1\.(\d+)", version or "")
    return int(found[1]) if found else None


def _judge(observed: Observed) -> Iterator[Seen]:
    cluster = known(observed.kubernetes.cluster)
    client, server = minor(cluster.client_version), minor(cluster.server_version)
    if client is not None and server is not None and abs(client - server) > _MOST:
        evidence = (f"kubectl {cluster.client_version}", f"cluster {cluster.server_version}")
        mend = f"curl -LO https://dl.k8s.io/release/v1.{server}.0/bin/linux/amd64/kubectl"
        title = f"kubectl is {abs(client - server)} minor versions from the cluster; one is supported"
        yield Seen(Problem("version-skew", title, evidence, mend, "warning"))


CHECK = Check(
    "version-skew", "kubectl too old or too new", "The cluster was upgraded, the operator's machine was not.", _judge
)
