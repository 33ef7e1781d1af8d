"""The registry of the images: which digest a tag has, and what an image says about itself. ECR by its API, any other by the protocol of the
Open Container Initiative (distribution specification 1.1).

Labels are read from the manifest's annotations where it has them, else from the image's configuration. A digest is what the registry says it is;
no build tool's word is taken for it.
"""

import json
from collections.abc import Mapping
from typing import Any, Protocol

import httpx
import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from minixdr_deploy import release as names
from minixdr_deploy.aws.failures import from_boto, translated
from minixdr_deploy.problem import CannotLookError, DeployError, Problem, UsageError
from minixdr_deploy.release import Release, checked_reference, release_id
from minixdr_deploy.world import World

_INDEXES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
_MANIFESTS = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")
_SECONDS = 20.0


class ImageError(DeployError):
    """An image is not there, or is none of ours."""


class RegistryAwayError(CannotLookError):
    """No answer from the registry."""


class Registry(Protocol):
    """A registry."""

    def digest_of(self, repository: str, tag: str) -> str | None:
        """Return the digest of a tag, None where there is no such tag. `repository` is without the host."""

    def manifest(self, repository: str, digest: str) -> dict[str, Any] | None:
        """Return the manifest of a digest, None where there is none."""

    def blob(self, repository: str, digest: str) -> bytes:
        """Return a blob, such as an image's configuration."""


def of(world: World) -> Registry:
    """Return the registry of the deployment."""
    return EcrRegistry(world) if world.config.registry is None else OciRegistry(world.config.registry_host)


def find(world: World, component: str, tag: str) -> str | None:
    """Return the image of `backend` or `frontend` with a tag, by digest; None where it is not in the registry."""
    repository = world.config.repository(component)
    found = of(world).digest_of(repository.partition("/")[2], tag)
    return None if found is None else f"{repository}@{found}"


def labels(world: World, reference: str) -> Mapping[str, str]:
    """Return what an image says about itself. Raises ImageError where it is not there, or its index or configuration is for another
    machine than linux/amd64."""
    name, _, wanted = checked_reference(reference).partition("@")
    repository = name.partition("/")[2]
    registry = of(world)
    manifest = registry.manifest(repository, wanted)
    if manifest is None:
        mend = "minixdr-deploy build && minixdr-deploy push"
        raise ImageError(Problem("image-missing", f"{reference} is not in the registry", mend=mend))
    if manifest.get("mediaType") in _INDEXES or "manifests" in manifest:
        manifest = registry.manifest(repository, _for_amd64(manifest, reference)) or {}
    noted = manifest.get("annotations") or {}
    if names.VERSION in noted:
        return {str(key): str(value) for key, value in noted.items()}
    config = json.loads(registry.blob(repository, manifest["config"]["digest"]))
    machine = f"{config.get('os')}/{config.get('architecture')}"
    if machine != "linux/amd64":
        raise ImageError(
            Problem(
                "wrong-architecture",
                f"{reference} is for {machine}, the nodes are linux/amd64",
                mend="minixdr-deploy build --on codebuild",
            )
        )
    found: dict[str, str] = (config.get("config") or {}).get("Labels") or {}
    return found


def release_of(world: World, backend_image: str, frontend_image: str) -> Release:
    """Return the release that two images make. Raises ImageError where they are not of one revision, or do not say what they are; UsageError where
    they are not in the deployment's repositories."""
    for name, image in (("backend", backend_image), ("frontend", frontend_image)):
        repository = world.config.repository(name)
        if image.partition("@")[0] != repository:
            title = f"{image} is not in {repository}, where this deployment has its images of the {name}"
            mend = "give the two images in order, or edit `registry`, `backend_repository`, `frontend_repository` in deploy.yaml"
            raise UsageError(Problem("image-of-another-repository", title, mend=mend))
    told = {name: labels(world, image) for name, image in (("backend", backend_image), ("frontend", frontend_image))}
    for name, one in told.items():
        silent = [label for label in (names.VERSION, names.REVISION) if not one.get(label)]
        if silent:
            raise ImageError(
                Problem(
                    "image-unlabeled",
                    f"the image of the {name} has no label {', '.join(silent)}: it was not built as the others are",
                    mend="minixdr-deploy build",
                )
            )
    of_one = {(one[names.VERSION], one[names.REVISION]) for one in told.values()}
    if len(of_one) > 1:
        evidence = tuple(
            f"{name}: version {one[names.VERSION]}, revision {one[names.REVISION]}" for name, one in told.items()
        )
        raise ImageError(
            Problem(
                "images-of-two-releases",
                "the two images are of different revisions",
                evidence,
                "give two images with the same tag",
            )
        )
    version, revision = of_one.pop()
    return Release(
        id=release_id(version, revision),
        version=version,
        revision=revision,
        backend_image=backend_image,
        frontend_image=frontend_image,
        schema_oldest=_number(told["backend"].get(names.SCHEMA_OLDEST)),
        schema_newest=_number(told["backend"].get(names.SCHEMA_NEWEST)),
    )


class EcrRegistry:
    """The account's ECR."""

    def __init__(self, world: World) -> None:
        self._ecr = world.aws.client("ecr")
        self._account = world.config.account_id
        self._http = world.http

    def digest_of(self, repository: str, tag: str) -> str | None:
        """Return the digest of a tag."""
        try:
            found = self._ecr.describe_images(
                registryId=self._account, repositoryName=repository, imageIds=[{"imageTag": tag}]
            )
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, ClientError) and error.response["Error"]["Code"] == "ImageNotFoundException":
                return None
            raise from_boto(error, f"looking for {repository}:{tag} in ECR") from error
        return str(found["imageDetails"][0]["imageDigest"])

    def manifest(self, repository: str, digest: str) -> dict[str, Any] | None:
        """Return the manifest of a digest."""
        with translated(f"reading {repository}@{digest} from ECR"):
            found = self._ecr.batch_get_image(
                registryId=self._account,
                repositoryName=repository,
                imageIds=[{"imageDigest": digest}],
                acceptedMediaTypes=[*_MANIFESTS, *_INDEXES],
            )
        if not found.get("images"):
            return None
        manifest: dict[str, Any] = json.loads(found["images"][0]["imageManifest"])
        return manifest

    def blob(self, repository: str, digest: str) -> bytes:
        """Return a blob."""
        with translated(f"reading the configuration of an image of {repository} from ECR"):
            found = self._ecr.get_download_url_for_layer(
                registryId=self._account, repositoryName=repository, layerDigest=digest
            )
        answer = _get(self._http, found["downloadUrl"], {})
        return answer.content


class OciRegistry:
    """A registry that asks for no sign-in."""

    def __init__(self, host: str, transport: httpx.BaseTransport | None = None) -> None:
        local = host.partition(":")[0] in {"localhost", "127.0.0.1"}
        self._base = f"{'http' if local else 'https'}://{host}/v2"
        self._transport = transport

    def digest_of(self, repository: str, tag: str) -> str | None:
        """Return the digest of a tag."""
        answer = self._manifest(repository, tag)
        return None if answer is None else answer.headers["docker-content-digest"]

    def manifest(self, repository: str, digest: str) -> dict[str, Any] | None:
        """Return the manifest of a digest."""
        answer = self._manifest(repository, digest)
        return None if answer is None else answer.json()

    def blob(self, repository: str, digest: str) -> bytes:
        """Return a blob."""
        return self._get(f"{self._base}/{repository}/blobs/{digest}", {}).content

    def _manifest(self, repository: str, reference: str) -> httpx.Response | None:
        url = f"{self._base}/{repository}/manifests/{reference}"
        answer = self._get(url, {"Accept": ", ".join((*_MANIFESTS, *_INDEXES))}, absent=httpx.codes.NOT_FOUND)
        return None if answer.status_code == httpx.codes.NOT_FOUND else answer

    def _get(self, url: str, headers: dict[str, str], *, absent: int | None = None) -> httpx.Response:
        with httpx.Client(timeout=_SECONDS, transport=self._transport) as http:
            return _get(http, url, headers, absent=absent)


def _get(http: httpx.Client, url: str, headers: dict[str, str], *, absent: int | None = None) -> httpx.Response:
    plain = url.partition("?")[0]
    try:
        answer = http.get(url, headers=headers, follow_redirects=True)
    except httpx.HTTPError as error:
        raise RegistryAwayError(
            Problem("registry-unreachable", f"no answer from {plain}", (f"{type(error).__name__}: {error}",))
        ) from error
    if answer.is_success or answer.status_code == absent:
        return answer
    raise RegistryAwayError(Problem("registry-refused", f"{plain} answers {answer.status_code}", (answer.text[:200],)))


def _for_amd64(index: dict[str, Any], reference: str) -> str:
    for one in index["manifests"]:
        platform = one.get("platform") or {}
        if (platform.get("os"), platform.get("architecture")) == ("linux", "amd64"):
            return str(one["digest"])
    has = ", ".join(
        f"{one['platform'].get('os')}/{one['platform'].get('architecture')}"
        for one in index["manifests"]
        if "platform" in one
    )
    raise ImageError(
        Problem(
            "wrong-architecture",
            f"{reference} has no image for linux/amd64",
            (f"it has: {has}",),
            "minixdr-deploy build --on codebuild",
        )
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


class Found(msgspec.Struct, frozen=True):
    """Which images of a tag are in the registry."""

    backend: str | None
    frontend: str | None


def find_both(world: World, tag: str) -> Found:
    """Return the images of a tag. Raises AwsError, RegistryAwayError."""
    return Found(find(world, "backend", tag), find(world, "frontend", tag))
