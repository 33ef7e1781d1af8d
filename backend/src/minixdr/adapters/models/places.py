"""A model store by its place: a folder, or `s3://bucket/prefix`."""

import re
from collections.abc import Mapping
from pathlib import Path

from minixdr.adapters.models.folder import FolderStore
from minixdr.app.services import BadSetting
from minixdr.ports.models import ModelStore

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def store_at(place: str, environment: Mapping[str, str]) -> ModelStore:
    """Return the store; `AWS_ENDPOINT_URL_S3`, else `AWS_ENDPOINT_URL`, names another server that speaks S3. Raises BadSetting."""
    scheme, separator, rest = place.partition("://")
    if not separator:
        return FolderStore(Path(place))
    bucket, _, prefix = rest.partition("/")
    if scheme != "s3" or not _BUCKET.fullmatch(bucket):
        raise BadSetting(f"{place[:100]!r} is no model store; it takes a folder or s3://bucket/prefix")
    from minixdr.adapters.models.s3 import S3Store  # noqa: PLC0415 - boto3 takes half a second, and a folder needs none of it

    endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
    return S3Store(bucket, prefix.strip("/"), endpoint)
