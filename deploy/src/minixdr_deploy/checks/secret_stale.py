"""A secret was changed in AWS, and the cluster or the running pods still have the old one."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, known, some
from minixdr_deploy.checks.image_version_mismatch import rolls
from minixdr_deploy.observe.observed import Observed
from minixdr_deploy.problem import Problem, Severity
from minixdr_deploy.secret_names import SECRETS, VERSION_ANNOTATION

_SYNC = "minixdr-deploy secrets sync"


def _judge(observed: Observed) -> Iterator[Seen]:
    above = {secret.name: secret for secret in known(observed.aws.secrets)}
    held = {secret.name: secret for secret in known(observed.kubernetes.secrets)}
    for name in SECRETS:
        source, copy = above.get(name.cloud), held.get(name.kubernetes)
        if source is None or copy is None:
            continue
        if copy.version != source.version:
            title = (
                f"the Secret {name.kubernetes} is older than {name.cloud}"
                if copy.version
                else f"the Secret {name.kubernetes} was not copied from {name.cloud}"
            )
            evidence = (f"AWS: version {source.version}", f"cluster: version {copy.version or 'not noted'}")
            yield Seen(Problem("secret-stale", title, evidence, _SYNC))
            continue
        for workload in name.workloads:
            old = [
                pod
                for pod in known(observed.kubernetes.pods)
                if pod.component == workload
                and not pod.leaving
                and pod.secret_version
                and not _has(pod.secret_version, source.version)
            ]
            if old:
                title = (
                    f"pods of {workload} still have an older version of {name.cloud}: {some(pod.name for pod in old)}"
                )
                evidence = (
                    f"AWS and Secret {name.kubernetes}: version {source.version}",
                    f"{VERSION_ANNOTATION} of the pods: {some(sorted({pod.secret_version or '' for pod in old}))}",
                )
                rolling = any(each.name == workload and rolls(each) for each in known(observed.kubernetes.deployments))
                severity: Severity = "warning" if rolling else "error"
                yield Seen(Problem("secret-stale", title, evidence, _SYNC, severity), workload)


def _has(noted: str, version: str) -> bool:
    """Return whether a pod's annotation names a version; it may name several secrets' versions."""
    return version in noted.replace(",", " ").split()


CHECK = Check(
    "secret-stale",
    "Stale secret",
    "A secret was rotated in AWS; nothing in the cluster follows by itself.",
    _judge,
    explains=frozenset(
        {
            "database-unreachable",
            "nats-quorum",
            "crash-loop",
            "pod-not-ready",
            "targets",
            "entrance",
            "canary",
            "rollout-stuck",
            "half-rollout",
            "migration-failed",
        }
    ),
)
