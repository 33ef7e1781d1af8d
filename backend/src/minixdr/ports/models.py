"""Models: where they are kept, and how one is run."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import BinaryIO, Literal, Protocol

import msgspec

Kind = Literal["float32", "float64", "int64"]
MOST_INDEX_BYTES = 1 << 20
"""Thousands of models; a store reads one byte more at most, so that a larger index is refused and not held."""


class Tensor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Numbers with a shape, the last axis running fastest."""

    type: Kind
    shape: tuple[int, ...]
    values: tuple[float, ...]


class Model(Protocol):
    """A model that is loaded. Several threads may use it."""

    def run(self, inputs: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Return all outputs, by name. Raises BadModelError where the inputs are not what the model takes."""


class Runtime(Protocol):
    """Makes models of their bytes."""

    def load(self, content: bytes) -> Model:
        """Return the model. Raises BadModelError where the bytes are none, or none that can be run here."""


class BadModelError(Exception):
    """The bytes are no model that can be run; the message says why."""


class ModelStore(Protocol):
    """Files below one place, named by paths with `/`. None is changed once it is there, but the index."""

    @property
    def place(self) -> str:
        """Where it is, in words for people: a folder, or `s3://bucket/prefix`."""

    def open(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Open a file; reading raises StoreError too. Raises NoSuchFileError, StoreError."""

    def put(self, path: str, content: bytes) -> None:
        """Keep a file, whole or not at all. Raises StoreError."""

    def index(self) -> tuple[bytes, str] | None:
        """Return the index, cut after MOST_INDEX_BYTES and one, and a tag of what it is now; None where there is none. Raises StoreError."""

    def replace_index(self, content: bytes, tag: str | None) -> None:
        """Replace the index, if its tag is still this one (None: if there is none). Raises ChangedError, StoreError."""


class ModelFolder(ModelStore, Protocol):
    """A store on this machine that is filled from another."""

    def receive(self, path: str, pieces: Iterator[bytes]) -> None:
        """Keep a file of these pieces, whole or not at all: where they raise, nothing is kept. Raises StoreError."""

    def files(self) -> set[str]:
        """Return the paths of models and their golden scores, and of what an end in the middle left behind. Raises StoreError."""

    def remove(self, path: str) -> None:
        """Remove a file. Raises StoreError."""


class StoreError(Exception):
    """The store does not do what it is asked; the message says why."""


class NoSuchFileError(StoreError):
    """There is no such file."""


class ChangedError(Exception):
    """Somebody else changed the index since it was read."""
