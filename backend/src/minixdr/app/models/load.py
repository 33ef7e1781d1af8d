"""Load the models of a folder: each is what the index names, runs here, and answers what it answered where it was made."""

import math
from collections.abc import Callable, Mapping
from hashlib import sha256

import msgspec

from minixdr.app.models.index import Entry, Golden, Index, ModelError, read_golden, read_index
from minixdr.ports.models import BadModelError, Model, ModelStore, Runtime, Tensor

TOLERANCE = 1e-5
"""Of a score, absolute and relative: other processors and versions of the runtime differ in the last digits of a float32, not before."""


class Loaded(msgspec.Struct, frozen=True):
    """A model that may be used."""

    name: str
    version: str
    digest: str
    model: Model


class Models:
    """A process's models: those of an index, loaded once."""

    def __init__(self, folder: ModelStore, runtime: Callable[[], Runtime], index: Index) -> None:
        self._folder, self._runtime, self._index = folder, runtime, index
        self.loaded: Mapping[str, Loaded] = {}
        """By name. Empty until all are."""

    @property
    def names(self) -> frozenset[str]:
        """Of all that there are, loaded or not."""
        return frozenset(entry.name for entry in self._index.models)

    def load(self) -> None:
        """Load all, and run each once. Raises ModelError, StoreError."""
        runtime = self._runtime()
        self.loaded = {entry.name: _loaded(self._folder, runtime, entry) for entry in self._index.models}


def models_of(folder: ModelStore, runtime: Callable[[], Runtime]) -> Models | None:
    """Return what was fetched into the folder, not loaded yet; None where that is no model. Raises ModelError, StoreError."""
    found = read_index(folder)
    if found is None:
        raise ModelError(f"no models were fetched into {folder.place}: run `minixdr models fetch` before")
    return Models(folder, runtime, found[0]) if found[0].models else None


def _loaded(folder: ModelStore, runtime: Runtime, entry: Entry) -> Loaded:
    content, golden = (_read(folder, *file) for file in entry.files())
    try:
        model = prove(runtime, content, read_golden(golden))
    except ModelError as error:
        raise ModelError(f"model {entry.name} {entry.version}: {error}") from error
    return Loaded(entry.name, entry.version, entry.digest, model)


def _read(folder: ModelStore, path: str, wanted: str, size_bytes: int) -> bytes:
    with folder.open(path) as file:
        content = file.read(size_bytes + 1)
    if f"sha256:{sha256(content).hexdigest()}" != wanted:
        raise ModelError(
            f"{path} in {folder.place} is not what the index names ({wanted}): run `minixdr models fetch` again"
        )
    return content


def prove(runtime: Runtime, content: bytes, golden: Golden) -> Model:
    """Return the model, where it answers the golden inputs with the golden outputs. Raises ModelError."""
    try:
        model = runtime.load(content)
        found = model.run(golden.inputs)
    except BadModelError as error:
        raise ModelError(str(error)) from error
    for name, wanted in golden.outputs.items():
        if name not in found:
            raise ModelError(f"it has no output {name[:60]!r}, which its golden scores name")
        _compare(name, found[name], wanted)
    return model


def _compare(name: str, found: Tensor, wanted: Tensor) -> None:
    if (found.type, found.shape) != (wanted.type, wanted.shape) or len(found.values) != len(wanted.values):
        raise ModelError(
            f"its output {name[:60]!r} is {found.type} of shape {found.shape}, its golden scores {wanted.type} of {wanted.shape}"
        )
    for place, (mine, theirs) in enumerate(zip(found.values, wanted.values, strict=True)):
        if not math.isclose(mine, theirs, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            raise ModelError(
                f"its output {name[:60]!r} differs from its golden scores at {place}: {mine!r} here, {theirs!r} where it was made"
            )
