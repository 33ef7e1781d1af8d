"""Images that ECR holds: by digest, with the processors they are for. Looks only. Source: OCI image specification 1.1, manifest and index."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
from botocore.exceptions import ClientError

from minixdr_deploy.aws.failures import AwsError, translated
from minixdr_deploy.aws.session import Aws
from minixdr_deploy.observe.looking import not_known
from minixdr_deploy.observe.observed import Image, NotKnown

_MEDIA_TYPES = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
]
_GONE = {"ImageNotFoundException", "RepositoryNotFoundException"}


def images(aws: Aws, http: httpx.Client, wanted: Mapping[str, str]) -> tuple[Image, ...]:
    """Return those of the wanted images that the registry has; `wanted`: digest by repository. Raises AwsError."""
    return tuple(image for repository, digest in wanted.items() for image in _image(aws, http, repository, digest))


def _image(aws: Aws, http: httpx.Client, repository: str, digest: str) -> Iterator[Image]:
    client = aws.client("ecr")
    with translated(f"looking for {repository}@{digest[:19]} in ECR"):
        try:
            described = client.describe_repositories(repositoryNames=[repository])["repositories"][0]
            details = client.describe_images(repositoryName=repository, imageIds=[{"imageDigest": digest}])[
                "imageDetails"
            ]
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                return
            raise
    for each in details:
        yield Image(
            repository,
            each["imageDigest"],
            tuple(each.get("imageTags") or ()),
            _or_not_known(client, http, repository, digest),
            described.get("imageTagMutability", "").startswith("IMMUTABLE"),
        )


def _or_not_known(client: Any, http: httpx.Client, repository: str, digest: str) -> tuple[str, ...] | NotKnown:
    try:
        return _architectures(client, http, repository, digest)
    except AwsError as error:
        return not_known(error)


def _architectures(client: Any, http: httpx.Client, repository: str, digest: str) -> tuple[str, ...] | NotKnown:
    with translated("reading an image's manifest"):
        answer = client.batch_get_image(
            repositoryName=repository, imageIds=[{"imageDigest": digest}], acceptedMediaTypes=_MEDIA_TYPES
        )
    if not answer["images"]:
        return NotKnown(f"ECR gave no manifest of {digest[:19]}", "failed")
    try:
        manifest: dict[str, Any] = json.loads(answer["images"][0]["imageManifest"])
    except ValueError:
        return NotKnown(f"the manifest of {digest[:19]} is no JSON", "failed")
    if "manifests" in manifest:
        platforms = (each.get("platform") or {} for each in manifest["manifests"])
        return tuple(
            sorted({each["architecture"] for each in platforms if each.get("architecture") not in (None, "unknown")})
        )
    config = (manifest.get("config") or {}).get("digest")
    if config is None:
        return NotKnown(f"the manifest of {digest[:19]} names no configuration", "failed")
    return _of_config(client, http, repository, config)


def _of_config(client: Any, http: httpx.Client, repository: str, config: str) -> tuple[str, ...] | NotKnown:
    """Return the processor that an image's configuration names; ECR gives it by an address of its own."""
    with translated("asking where an image's configuration is"):
        try:
            url = client.get_download_url_for_layer(repositoryName=repository, layerDigest=config)["downloadUrl"]
        except NotImplementedError:
            return NotKnown("the registry does not give an image's configuration", "not supported")
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == httpx.codes.NOT_IMPLEMENTED:
                return NotKnown("the registry does not give an image's configuration", "not supported")
            raise
    try:
        answer = http.get(url, follow_redirects=True).raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        return NotKnown(f"the configuration of {config[:19]} could not be read: {error}", "unreachable")
    architecture = answer.get("architecture") if isinstance(answer, dict) else None
    return (
        (str(architecture),)
        if architecture
        else NotKnown(f"the configuration {config[:19]} names no processor", "failed")
    )
