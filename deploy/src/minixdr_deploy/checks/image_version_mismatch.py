"""What runs is not what is wanted: compared are wanted release, workloads, running containers, registry, and what each part answers."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, aws, known, some
from minixdr_deploy.observe.observed import ContainerState, Deployment, Observed, Pod
from minixdr_deploy.problem import Problem
from minixdr_deploy.release import Release

_ID = "image-version-mismatch"
CONTAINERS = {"backend": "api", "worker": "worker", "frontend": "web"}
"""The container of our program, by workload."""
_ROLLOUT = "minixdr-deploy rollout"


def wanted_image(release: Release, component: str) -> str:
    """Return `repository@sha256:...` that a workload shall run."""
    return release.frontend_image if component == "frontend" else release.backend_image


def digest_of(image: str) -> str | None:
    """Return the digest of an image's name; None where it names a tag."""
    digest = image.rpartition("@")[2]
    return digest if digest.startswith("sha256:") else None


def runs(container: ContainerState) -> str | None:
    """Return the digest of what a container runs; what the node noted goes before what was asked for."""
    noted = container.image_id.rpartition("@")[2] if "@" in container.image_id else ""
    return noted or digest_of(container.image)


def rolls(deployment: Deployment) -> bool:
    """Return whether a rollout is under way."""
    return not deployment.current or deployment.updated < deployment.replicas or deployment.total > deployment.replicas


def _judge(observed: Observed) -> Iterator[Seen]:
    release = known(observed.kubernetes.release)
    if release is None:
        return
    deployments = {each.name: each for each in known(observed.kubernetes.deployments)}
    pods = known(observed.kubernetes.pods)
    for component, name in CONTAINERS.items():
        deployment = deployments.get(component)
        if deployment is not None:
            yield from _template(release, deployment, name)
            if not rolls(deployment):
                yield from _running(
                    release, component, [pod for pod in pods if pod.component == component and not pod.leaving]
                )
    rolling = any(rolls(each) for each in deployments.values())
    yield from _answers(observed, release, rolling=rolling)
    yield from _registry(observed, release)


def _template(release: Release, deployment: Deployment, name: str) -> Iterator[Seen]:
    image = deployment.images.get(name, "")
    wanted = wanted_image(release, deployment.name)
    evidence = (
        f"wanted (release {release.id}): {wanted}",
        f"{deployment.kind} {deployment.name}: {image or 'no container ' + name}",
    )
    if digest_of(image) is None:
        title = f"{deployment.name} names its image by a tag, which can be moved"
        yield Seen(Problem(_ID, title, evidence, _ROLLOUT), deployment.name)
    elif digest_of(image) != digest_of(wanted):
        title = f"{deployment.name} is deployed with another image than the release that is wanted"
        yield Seen(Problem(_ID, title, evidence, _ROLLOUT), deployment.name)


def _running(release: Release, component: str, pods: list[Pod]) -> Iterator[Seen]:
    wanted = digest_of(wanted_image(release, component))
    other = []
    lying = []
    for pod in pods:
        for container in pod.containers:
            if container.name == CONTAINERS[component]:
                digest = runs(container)
                if digest != wanted:
                    other.append(f"{pod.name}: {digest or container.image}")
                if container.env_digest != digest_of(container.image):
                    lying.append(
                        f"{pod.name}: MINIXDR_IMAGE_DIGEST {container.env_digest or 'not set'}, image {container.image}"
                    )
    if other:
        evidence = (f"wanted: {wanted}", *other[:5])
        yield Seen(Problem(_ID, f"pods of {component} run another image than wanted", evidence, _ROLLOUT), component)
    if lying:
        title = f"pods of {component} tell another digest than that of their image"
        yield Seen(Problem(_ID, title, tuple(lying[:5]), _ROLLOUT, "warning"), component)


def _answers(observed: Observed, release: Release, *, rolling: bool) -> Iterator[Seen]:
    versions = observed.web.versions
    for each in versions if isinstance(versions, tuple) else ():
        component = "frontend" if each.part == "web" else "backend"
        wanted = digest_of(wanted_image(release, component))
        path = "/version" if each.part == "web" else "/api/version"
        told = f"{path}: version {each.version}, revision {each.revision}, {each.image_digest}"
        if each.image_digest != wanted:
            evidence = (f"wanted: version {release.version}, revision {release.revision}, {wanted}", told)
            title = f"the {each.part} that answers is not of the release that is wanted"
            yield Seen(Problem(_ID, title, evidence, _ROLLOUT, "warning" if rolling else "error"), component)
        elif (each.version, each.revision) != (release.version, release.revision):
            evidence = (f"wanted: version {release.version}, revision {release.revision}", told)
            title = f"the {each.part} tells another version than the release of its image"
            yield Seen(
                Problem(_ID, title, evidence, "minixdr-deploy build && minixdr-deploy ship", "warning"), component
            )


def _registry(observed: Observed, release: Release) -> Iterator[Seen]:
    held = {image.digest: image for image in known(observed.aws.images)}
    for component, wanted in (("backend", release.backend_image), ("frontend", release.frontend_image)):
        digest = digest_of(wanted) or wanted
        image = held.get(digest)
        if image is None:
            title = f"the registry has no longer the image of {component} that is wanted: a new node could not start it"
            evidence = (f"wanted: {wanted}", f"of the wanted digests it holds: {some(sorted(held)) or 'none'}")
            yield Seen(Problem(_ID, title, evidence, "minixdr-deploy build && minixdr-deploy push"), component)
        elif not image.immutable:
            title = f"tags of {image.repository} can be moved"
            mend = aws(
                observed,
                f"ecr put-image-tag-mutability --repository-name {image.repository} --image-tag-mutability IMMUTABLE",
            )
            yield Seen(
                Problem(_ID, title, (f"imageTagMutability of {image.repository}: MUTABLE",), mend, "warning"), component
            )


CHECK = Check(
    _ID,
    "Image version mismatch",
    "Somebody set an image by hand or by a tag; a node kept an old image of a moved tag; a rollout was interrupted; the registry's lifecycle "
    "removed a digest.",
    _judge,
    "image version mismatch",
    explains=frozenset({"half-rollout"}),
)
