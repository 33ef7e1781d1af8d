"""Fetch the models of a store into a folder, checked, so that a process can load them. Done again it does only what is missing."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256

import msgspec

from minixdr.app.models.index import ModelError, encode_index, read_index
from minixdr.ports.models import ModelFolder, ModelStore, NoSuchFileError

_PIECE_BYTES = 1 << 20
Say = Callable[[str], None]


class Fetched(msgspec.Struct, frozen=True):
    """What was done."""

    models: int
    """In the folder now."""
    files: int
    """That were fetched: those that were there already are not among them."""
    bytes: int


def fetch(store: ModelStore, folder: ModelFolder, say: Say) -> Fetched:
    """Make the folder hold what the store's index names, and nothing else; the index comes last. Raises ModelError, StoreError, ChangedError."""
    found = read_index(store)
    if found is None:
        raise ModelError(
            f"there is no index.json in {store.place}: `minixdr models add` makes one, or MINIXDR_MODEL_STORE names another place"
        )
    index, _ = found
    files = size_bytes = 0
    for entry in index.models:
        for path, digest, size in entry.files():
            if _digest_of(folder, path) == digest:
                continue
            say(f"fetching {path} ({size:,} bytes)")
            folder.receive(path, _checked(store, path, digest, size))
            files, size_bytes = files + 1, size_bytes + size
    known = folder.index()
    folder.replace_index(encode_index(index), None if known is None else known[1])
    for path in folder.files() - {path for entry in index.models for path, _, _ in entry.files()}:
        folder.remove(path)
    return Fetched(len(index.models), files, size_bytes)


def _digest_of(folder: ModelFolder, path: str) -> str | None:
    digest = sha256()
    with suppress(NoSuchFileError), folder.open(path) as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
        return f"sha256:{digest.hexdigest()}"
    return None


def _checked(store: ModelStore, path: str, wanted: str, size_bytes: int) -> Iterator[bytes]:
    """Yield the pieces of a file. Raises ModelError at its end, where it is another than the index names."""
    digest, seen = sha256(), 0
    with store.open(path) as file:
        while piece := file.read(_PIECE_BYTES):
            seen += len(piece)
            if seen > size_bytes:
                break
            digest.update(piece)
            yield piece
    if seen != size_bytes or f"sha256:{digest.hexdigest()}" != wanted:
        raise ModelError(
            f"{path} in {store.place} is not what its index names ({wanted}, {size_bytes:,} bytes): nothing of it was kept. "
            "Add the model again under another version."
        )
