"""The index of a model store: which models there are, one version of each, and what their files hash to.

    index.json                         {"models": [{"name", "version", "digest", "bytes", "golden_digest", "golden_bytes"}]}
    <name>/<version>/model.onnx        the model
    <name>/<version>/golden.json       {"inputs": {name: tensor}, "outputs": {name: tensor}}, what the model answered where it was made

Files of a version never change: a program that read the index a moment ago still finds what it named. Names and versions become paths, so they are
checked whoever wrote the index.
"""

import re
from collections.abc import Mapping
from typing import Annotated

import msgspec

from minixdr.ports.models import MOST_INDEX_BYTES, ModelStore, Tensor

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
MOST_MODEL_BYTES = 2 << 30
"""The most that ONNX takes in one file."""
MOST_GOLDEN_BYTES = 16 << 20
Digest = Annotated[str, msgspec.Meta(pattern=r"^sha256:[0-9a-f]{64}$")]


class ModelError(Exception):
    """What a store holds cannot be used; the message says why and what to do."""


class Entry(msgspec.Struct, frozen=True):
    """A model of the index."""

    name: str
    version: str
    digest: Digest
    bytes: Annotated[int, msgspec.Meta(ge=1, le=MOST_MODEL_BYTES)]
    golden_digest: Digest
    golden_bytes: Annotated[int, msgspec.Meta(ge=1, le=MOST_GOLDEN_BYTES)]

    @property
    def model_path(self) -> str:
        """Where its model is in the store."""
        return f"{self.name}/{self.version}/model.onnx"

    @property
    def golden_path(self) -> str:
        """Where its golden scores are in the store."""
        return f"{self.name}/{self.version}/golden.json"

    def files(self) -> tuple[tuple[str, str, int], ...]:
        """Return path, digest and size in bytes of each of its files."""
        return (self.model_path, self.digest, self.bytes), (self.golden_path, self.golden_digest, self.golden_bytes)


class Index(msgspec.Struct, frozen=True):
    """All models of a store."""

    models: tuple[Entry, ...] = ()


class Golden(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a model answered to these inputs where it was made: one that answers otherwise here is not used."""

    inputs: Mapping[str, Tensor]
    outputs: Mapping[str, Tensor]


def checked_name(text: str, what: str) -> str:
    """Return a name or version that may become part of a path. Raises ModelError."""
    if not _NAME.fullmatch(text) or ".." in text:
        raise ModelError(
            f"{what} {text[:70]!r} takes lower-case letters, digits, dots, dashes and underscores, a letter or digit first and last"
        )
    return text


def read_index(store: ModelStore) -> tuple[Index, str] | None:
    """Return the index and its tag; None where the store has none. Raises ModelError, StoreError."""
    found = store.index()
    if found is None:
        return None
    content, tag = found
    if len(content) > MOST_INDEX_BYTES:
        raise ModelError(f"the index of {store.place} is none: it has more than {MOST_INDEX_BYTES:,} bytes")
    try:
        index = msgspec.json.decode(content, type=Index)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ModelError(f"the index of {store.place} is none: {error}") from error
    for entry in index.models:
        checked_name(entry.name, "the model's name")
        checked_name(entry.version, f"the version of model {entry.name}")
    names = [entry.name for entry in index.models]
    if len(set(names)) != len(names):
        raise ModelError(f"the index of {store.place} names a model twice")
    return index, tag


def read_golden(content: bytes) -> Golden:
    """Return golden scores. Raises ModelError."""
    try:
        golden = msgspec.json.decode(content, type=Golden)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ModelError(f"the golden scores are none: {error}") from error
    if not golden.outputs or not any(tensor.values for tensor in golden.outputs.values()):
        raise ModelError("the golden scores hold no output: they would prove nothing")
    return golden


def encode_index(index: Index) -> bytes:
    """Return the index as it is kept, models by name."""
    ordered = Index(tuple(sorted(index.models, key=lambda entry: entry.name)))
    return msgspec.json.format(msgspec.json.encode(ordered), indent=2) + b"\n"
