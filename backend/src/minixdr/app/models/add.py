"""Add a model to a store: proved here first, its files before the index names them."""

from hashlib import sha256

from minixdr.app.models.index import (
    MOST_GOLDEN_BYTES,
    MOST_MODEL_BYTES,
    Entry,
    Index,
    ModelError,
    checked_name,
    encode_index,
    read_golden,
    read_index,
)
from minixdr.app.models.load import prove
from minixdr.ports.models import ModelStore, NoSuchFileError, Runtime


def add(store: ModelStore, runtime: Runtime, name: str, version: str, files: tuple[bytes, bytes]) -> Entry:
    """Make this the version of the model that processes load from now on. `files`: the model and its golden scores.

    Raises ModelError, StoreError, ChangedError where somebody else changed the index at this moment.
    """
    model, golden = files
    if len(model) > MOST_MODEL_BYTES or len(golden) > MOST_GOLDEN_BYTES:
        raise ModelError(f"a model has {MOST_MODEL_BYTES:,} bytes at most, its golden scores {MOST_GOLDEN_BYTES:,}")
    entry = Entry(
        name=checked_name(name, "the model's name"),
        version=checked_name(version, "the version"),
        digest=_digest(model),
        bytes=len(model),
        golden_digest=_digest(golden),
        golden_bytes=len(golden),
    )
    prove(runtime, model, read_golden(golden))
    found = read_index(store)
    index, tag = found or (Index(), None)
    for path, content in ((entry.model_path, model), (entry.golden_path, golden)):
        _keep(store, path, content)
    others = tuple(each for each in index.models if each.name != entry.name)
    store.replace_index(encode_index(Index((*others, entry))), tag)
    return entry


def _keep(store: ModelStore, path: str, content: bytes) -> None:
    """Keep a file; what is there already must be the same. Raises ModelError."""
    try:
        with store.open(path) as file:
            known = file.read(len(content) + 1)
    except NoSuchFileError:
        store.put(path, content)
        return
    if known != content:
        raise ModelError(f"{store.place} has another {path} already, and a version never changes: take a new version")


def _digest(content: bytes) -> str:
    return f"sha256:{sha256(content).hexdigest()}"
