"""A secret, or a key of one, is not there: in the cluster or already in AWS."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, aws, known, some
from minixdr_deploy.checks.said import broken
from minixdr_deploy.observe.observed import CloudSecret, ContainerState, Observed, Pod, SecretNote
from minixdr_deploy.problem import Problem
from minixdr_deploy.secret_names import SECRETS, SecretName

_SYNC = "minixdr-deploy secrets sync"


def _judge(observed: Observed) -> Iterator[Seen]:
    held = {secret.name: secret for secret in known(observed.kubernetes.secrets)}
    cloud = observed.aws.secrets
    above = {secret.name: secret for secret in cloud} if isinstance(cloud, tuple) else None
    for name in SECRETS:
        yield from _one(observed, name, held.get(name.kubernetes), above)
    known(cloud)


def _one(
    observed: Observed, name: SecretName, held: SecretNote | None, above: dict[str, CloudSecret] | None
) -> Iterator[Seen]:
    source = above.get(name.cloud) if above is not None else None
    put = (
        aws(observed, f"secretsmanager put-secret-value --secret-id {name.cloud} --secret-string file://<keys as JSON>")
        + f"\n{_SYNC}"
    )
    subject = ",".join(name.workloads) or "migrate"
    lacking = _lacking(name, source.keys, source.empty) if source else ()
    if above is not None and source is None:
        title = f"AWS Secrets Manager has no secret {name.cloud}, or it has no value"
        create = (
            put.replace("put-secret-value --secret-id", "create-secret --name")
            + f"\n# where it is there without a value:\n{put}"
        )
        yield Seen(Problem("secret-missing", title, (f"wanted keys: {some(name.keys) or 'any'}",), create), subject)
    elif source is not None and lacking:
        title = f"the secret {name.cloud} lacks {some(lacking)}"
        yield Seen(
            Problem(
                "secret-missing", title, (f"{name.cloud} version {source.version}: keys {some(source.keys, 10)}",), put
            ),
            subject,
        )
    if held is None:
        waiting = [f"{pod.name}/{container.name}: {container.reason}" for pod, container in _config_errors(observed)]
        evidence = (f"the namespace has no Secret {name.kubernetes}", *waiting[:3])
        yield Seen(Problem("secret-missing", f"the Secret {name.kubernetes} is missing", evidence, _SYNC), subject)
    elif _lacking(name, held.keys, held.empty) and not lacking:
        gone = _lacking(name, held.keys, held.empty)
        title = f"the Secret {name.kubernetes} lacks {some(gone)}"
        yield Seen(
            Problem("secret-missing", title, (f"keys in the cluster: {some(held.keys, 10) or 'none'}",), _SYNC), subject
        )


def _config_errors(observed: Observed) -> Iterator[tuple[Pod, ContainerState]]:
    pods = observed.kubernetes.pods
    if isinstance(pods, tuple):
        yield from (
            (pod, container) for pod, container in broken(pods) if container.reason == "CreateContainerConfigError"
        )


def _lacking(name: SecretName, keys: tuple[str, ...], empty: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(key for key in name.keys if key not in keys or key in empty)


CHECK = Check(
    "secret-missing",
    "Secret or key missing",
    "The secrets of AWS have no values yet, were not copied, or a copy was deleted or changed by hand.",
    _judge,
    explains=frozenset(
        {
            "container-config",
            "crash-loop",
            "pod-not-ready",
            "rollout-stuck",
            "half-rollout",
            "targets",
            "migration-failed",
            "pending-migration",
            "database-unreachable",
            "nats-quorum",
            "entrance",
            "canary",
            "secret-stale",
        }
    ),
)
