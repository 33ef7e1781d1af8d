"""The warehouse: files in a folder or below `s3://bucket/prefix`, written whole or not at all.

In a folder a file is written under another name, synced, renamed, and its folder synced: after a power cut it is there whole, or not there.
S3 shows an object when its upload is complete. Not trusted: names; `organization_folder` refuses what could leave the warehouse.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
from pyarrow import fs

from minixdr.ports.lake import LakeAwayError

_PARTIAL = ".partial"
_NAME_PART = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}\Z")


@dataclass(frozen=True, slots=True)
class S3Options:
    """How S3 is reached. What is None is found as AWS's own tools find it (environment, profile, the role of pod or instance)."""

    region: str | None = None
    endpoint: str | None = None
    """Another server that speaks S3: `http://host:port`."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the warehouse."""

    name: str
    """Relative to the warehouse."""
    size_bytes: int
    modified_at: datetime


class Warehouse:
    """Files by names relative to the warehouse. Every method raises LakeAwayError where the storage fails."""

    def __init__(self, location: str, s3: S3Options | None = None) -> None:
        """`location`: a folder (made where it is missing) or `s3://bucket/prefix`."""
        self.is_local = not location.startswith("s3://")
        self.s3 = s3 or S3Options()
        if self.is_local:
            self.root = str(Path(location.removeprefix("file://")).expanduser().resolve())
            self.address = self.root
            self.files: Any = fs.LocalFileSystem()
        else:
            self.root = location.removeprefix("s3://").rstrip("/")
            self.address = f"s3://{self.root}"
            self.files = fs.S3FileSystem(**_s3_arguments(self.s3))

    def path(self, name: str) -> str:
        """Return where the storage has a file."""
        return f"{self.root}/{name}"

    def uri(self, name: str) -> str:
        """Return the file's address as Iceberg keeps it and DuckDB takes it: an absolute path, or `s3://...`."""
        return f"{self.address}/{name}"

    def name_of(self, uri: str) -> str | None:
        """Return the name of an address, None where it is not in this warehouse."""
        inside = uri.removeprefix("file://").removeprefix(f"{self.address}/")
        return None if inside == uri.removeprefix("file://") else inside

    @contextmanager
    def create(self, name: str) -> Iterator[Any]:
        """Open a new file for writing; at the end of the block it is durably there, or, where the block raises, not at all."""
        with _translated(name):
            if self.is_local:
                with _durably(Path(self.path(name))) as file:
                    yield file
            else:
                content = (
                    BytesIO()
                )  # nothing is sent before all is there: a stream that is given up would end as half an object
                yield content
                with self.files.open_output_stream(self.path(name), compression=None) as stream:
                    stream.write(content.getbuffer())

    def write(self, name: str, content: Any) -> None:
        """Write a file."""
        with self.create(name) as file:
            file.write(content)

    def read(self, name: str) -> bytes:
        """Return a file's content. Raises FileNotFoundError where there is none."""
        with _translated(name), self.files.open_input_stream(self.path(name), compression=None) as stream:
            content: bytes = stream.read()
        return content

    def delete(self, names: Sequence[str]) -> None:
        """Delete files; what is gone already is no error."""
        for name in names:
            with _translated(name):
                try:
                    self.files.delete_file(self.path(name))
                except FileNotFoundError:
                    continue

    def list(self, folder: str) -> Iterator[StoredFile]:
        """Yield the files below a folder, those half written too (they end in `.partial`)."""
        with _translated(folder):
            selector = fs.FileSelector(self.path(folder), allow_not_found=True, recursive=True)
            found = self.files.get_file_info(selector)
        for info in found:
            if info.type == fs.FileType.File:
                yield StoredFile(
                    info.path.removeprefix(f"{self.root}/"), info.size or 0, info.mtime or datetime.now(UTC)
                )


def _s3_arguments(options: S3Options) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    if options.region:
        arguments["region"] = options.region
    if options.endpoint:
        scheme, _, host = options.endpoint.partition("://")
        arguments |= {"endpoint_override": host or scheme, "scheme": scheme if host else "https"}
    return arguments


def organization_folder(organization_id: str) -> str:
    """Return the organization as a part of a path. Raises ValueError where it could be another part's."""
    if not _NAME_PART.match(organization_id):
        raise ValueError(f"not an organization id: {organization_id[:80]!r}")
    return organization_id


@contextmanager
def _durably(path: Path) -> Iterator[Any]:
    make_folder(path.parent)
    partial = path.with_name(f"{path.name}.{os.getpid()}-{os.urandom(4).hex()}{_PARTIAL}")
    try:
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, durably."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Put a folder's names on disk."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def _translated(name: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise LakeAwayError(f"{name}: {error}") from error
    except pa.ArrowException as error:
        raise LakeAwayError(f"{name}: {error}") from error
