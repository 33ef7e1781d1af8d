"""A model store in S3, below `s3://bucket/prefix`. Two who add models at the same moment are told apart by the index's ETag."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from minixdr.adapters.models.folder import INDEX
from minixdr.ports.models import MOST_INDEX_BYTES, ChangedError, NoSuchFileError, StoreError

_FAILURES = (BotoCoreError, ClientError)
_GONE = {"NoSuchKey", "404"}
_CHANGED = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
_CONNECT_SECONDS, _READ_SECONDS, _ATTEMPTS = 5, 30, 5


class S3Store:
    """Implements ports.models.ModelStore."""

    def __init__(self, bucket: str, prefix: str, endpoint: str | None = None) -> None:
        """`prefix`: without slashes at its ends; empty for the whole bucket. `endpoint`: another server that speaks S3."""
        self._bucket, self._prefix = bucket, prefix
        self._s3: Any = boto3.client(
            "s3",
            endpoint_url=endpoint,
            config=Config(
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=_READ_SECONDS,
                retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
            ),
        )

    @property
    def place(self) -> str:
        """Bucket and prefix."""
        return f"s3://{self._bucket}/{self._prefix}"

    @contextmanager
    def open(self, path: str) -> Iterator[BinaryIO]:
        """Open a file."""
        try:
            body = self._s3.get_object(Bucket=self._bucket, Key=self._key(path))["Body"]
        except _FAILURES as error:
            raise self._failed("s3:GetObject", path, error) from error
        try:
            yield io.BufferedReader(_Body(body, lambda error: self._failed("s3:GetObject", path, error)), 1 << 20)
        finally:
            body.close()

    def put(self, path: str, content: bytes) -> None:
        """Keep a file."""
        try:
            self._s3.put_object(Bucket=self._bucket, Key=self._key(path), Body=content)
        except _FAILURES as error:
            raise self._failed("s3:PutObject", path, error) from error

    def index(self) -> tuple[bytes, str] | None:
        """Return the index and its ETag."""
        try:
            answer = self._s3.get_object(Bucket=self._bucket, Key=self._key(INDEX))
            content: bytes = answer["Body"].read(MOST_INDEX_BYTES + 1)
            if len(content) <= MOST_INDEX_BYTES:
                answer["Body"].read(1)  # at the end: only then is an answer that broke off found out
        except _FAILURES as error:
            if _code(error) in _GONE:
                return None
            raise self._failed("s3:GetObject", INDEX, error) from error
        return content, str(answer["ETag"])

    def replace_index(self, content: bytes, tag: str | None) -> None:
        """Replace the index."""
        condition = {"IfNoneMatch": "*"} if tag is None else {"IfMatch": tag}
        try:
            self._s3.put_object(Bucket=self._bucket, Key=self._key(INDEX), Body=content, **condition)
        except _FAILURES as error:
            if _code(error) in _CHANGED:
                raise ChangedError(self.place) from error
            raise self._failed("s3:PutObject", INDEX, error) from error

    def _key(self, path: str) -> str:
        return f"{self._prefix}/{path}" if self._prefix else path

    def _failed(self, call: str, path: str, error: Exception) -> StoreError:
        """Return what is wrong in the words of the port: the code of an answer, or why there was none."""
        kind = NoSuchFileError if _code(error) in _GONE else StoreError
        return kind(f"{call} s3://{self._bucket}/{self._key(path)}: {_code(error) or error}")


def _code(error: Exception) -> str:
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


class _Body(io.RawIOBase):
    """The bytes of an answer. An answer that breaks off must not look like the end of the file."""

    def __init__(self, body: Any, failed: Any) -> None:
        self._body, self._failed = body, failed

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read some bytes. Raises StoreError."""
        try:
            data: bytes = self._body.read(len(buffer))
        except _FAILURES as error:
            raise self._failed(error) from error
        buffer[: len(data)] = data
        return len(data)
