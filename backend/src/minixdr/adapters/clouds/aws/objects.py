"""Objects of S3."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from minixdr.adapters.clouds.aws.errors import FAILURES, translated
from minixdr.ports.cloud import CloudAwayError, OpenObject, Page, StoredObject


class S3Objects:
    """Implements ports.cloud.ObjectStore."""

    def __init__(self, client: Any) -> None:
        self._client = client

    @contextmanager
    def open(self, bucket: str, key: str, version_id: str | None) -> Iterator[OpenObject]:
        """Give the object; see ports.cloud."""
        version = {"VersionId": version_id} if version_id and version_id != "null" else {}
        try:
            answer = self._client.get_object(Bucket=bucket, Key=key, **version)
        except FAILURES as error:
            raise translated(error, f"s3:GetObject s3://{bucket}/{key}") from error
        body = answer["Body"]
        try:
            yield OpenObject(
                etag=str(answer["ETag"]).strip('"'),
                size_bytes=int(answer["ContentLength"]),
                written_at=answer["LastModified"],
                stream=io.BufferedReader(_Body(body), 1 << 16),
            )
        finally:
            body.close()

    def pages(self, bucket: str, prefix: str, *, deep: bool) -> Iterator[Page]:
        """Yield a listing; see ports.cloud."""
        flat = {} if deep else {"Delimiter": "/"}
        try:
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, **flat):
                yield Page(
                    objects=[
                        StoredObject(
                            key=found["Key"],
                            etag=found["ETag"].strip('"'),
                            size_bytes=found["Size"],
                            written_at=found["LastModified"],
                        )
                        for found in page.get("Contents", ())
                    ],
                    folders=[found["Prefix"] for found in page.get("CommonPrefixes", ())],
                )
        except FAILURES as error:
            raise translated(error, f"s3:ListBucket {bucket}") from error


class _Body(io.RawIOBase):
    """The bytes of an answer. An answer that breaks off must not look like the end of the object."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read some bytes. Raises CloudAwayError."""
        try:
            data: bytes = self._body.read(len(buffer))
        except FAILURES as error:
            raise CloudAwayError(f"s3:GetObject broke off: {type(error).__name__}") from error
        buffer[: len(data)] = data
        return len(data)
