"""A node cannot get an image."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, back, known, kubectl, some
from minixdr_deploy.observe.observed import ContainerState, Image, Observed
from minixdr_deploy.problem import Problem

_REASONS = {
    "ImagePullBackOff",
    "ErrImagePull",
    "InvalidImageName",
    "ErrImageNeverPull",
    "RegistryUnavailable",
    "ImageInspectError",
}


def _judge(observed: Observed) -> Iterator[Seen]:
    images: dict[tuple[str, str], list[tuple[str, ContainerState]]] = {}
    for pod in known(observed.kubernetes.pods):
        for container in pod.containers:
            if not pod.leaving and container.state == "waiting" and container.reason in _REASONS:
                images.setdefault((pod.component, container.image), []).append((pod.name, container))
    for (component, image), hit in images.items():
        container = hit[0][1]
        title = f"{component}: the image cannot be pulled ({container.reason})"
        evidence = (
            f"image {image}",
            f"pods {some(name for name, _ in hit)}",
            *_said(observed, container, [name for name, _ in hit]),
            *_registry(observed, image),
        )
        mend = back(observed, component) if component != "migrate" else "minixdr-deploy push && minixdr-deploy ship"
        if component == "nats":
            mend = kubectl(observed, f"describe pod {hit[0][0]}")
        yield Seen(Problem("image-pull", title, evidence, mend), component)


def _said(observed: Observed, container: ContainerState, pods: list[str]) -> list[str]:
    if container.message:
        return [container.message[:300]]
    events = observed.kubernetes.events
    found = (
        [
            event.message
            for event in events
            if event.object in {f"Pod/{name}" for name in pods} and event.reason == "Failed"
        ]
        if isinstance(events, tuple)
        else []
    )
    return [text[:300] for text in found[-1:]]


def _registry(observed: Observed, image: str) -> list[str]:
    digest = image.rpartition("@")[2]
    images = observed.aws.images
    if not isinstance(images, tuple) or not digest.startswith("sha256:"):
        return []
    held: list[Image] = [each for each in images if each.digest == digest]
    return [
        "the registry has it: look at the node's role (ecr:BatchGetImage) and at the way to ECR"
        if held
        else "the registry does not have this digest"
    ]


CHECK = Check(
    "image-pull",
    "Image cannot be pulled",
    "The digest is not in the registry (never pushed, or removed by the lifecycle policy), or the nodes may not read it.",
    _judge,
    explains=frozenset(
        {
            "pod-not-ready",
            "rollout-stuck",
            "half-rollout",
            "image-version-mismatch",
            "targets",
            "migration-failed",
            "pending-migration",
            "entrance",
            "canary",
            "nats-quorum",
        }
    ),
)
