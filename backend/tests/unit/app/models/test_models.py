"""Models: what a store says of itself is checked, and a model that answers otherwise than where it was made is not used."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tools.small_model import golden, model

from minixdr.adapters.models.folder import FolderStore
from minixdr.adapters.models.onnx import OnnxRuntime
from minixdr.app.models.add import add
from minixdr.app.models.fetch import fetch
from minixdr.app.models.index import ModelError, encode_index, read_golden, read_index
from minixdr.app.models.load import Models, models_of
from minixdr.ports.models import BadModelError, ChangedError, StoreError, Tensor


class FakeModel:
    """Answers what it is told."""

    def __init__(self, answer: Tensor) -> None:
        self.answer = answer

    def run(self, inputs: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        return {"score": self.answer}


class FakeRuntime:
    """Loads every model as one that gives the same answer."""

    def __init__(self, *values: float, shape: tuple[int, ...] | None = None, kind: Any = "float32") -> None:
        self.answer = Tensor(kind, shape or (len(values),), values)

    def load(self, content: bytes) -> FakeModel:
        return FakeModel(self.answer)


GOLDEN = b'{"inputs": {}, "outputs": {"score": {"type": "float32", "shape": [2], "values": [0.25, 0.5]}}}'
RIGHT = FakeRuntime(0.25, 0.5)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    """Return a store with one model."""
    made = FolderStore(tmp_path / "store")
    add(made, RIGHT, "one", "1", (b"model of one", GOLDEN))
    return made


def _fetch(store: FolderStore, folder: FolderStore) -> tuple[int, int]:
    done = fetch(store, folder, lambda _: None)
    return done.models, done.files


def test_what_was_added_is_fetched_once_and_loads(store: FolderStore, tmp_path: Path) -> None:
    """A second fetch fetches nothing; what the store has no more is gone from the folder, what is not ours stays there."""
    add(store, RIGHT, "two", "1", (b"model of two", GOLDEN))
    folder = FolderStore(tmp_path / "models")
    assert (_fetch(store, folder), _fetch(store, folder)) == ((2, 4), (2, 0))
    (tmp_path / "models/one/1/.new-half").write_bytes(b"half")
    (tmp_path / "models/notes.txt").write_text("not ours")
    add(store, RIGHT, "one", "2", (b"another", GOLDEN))
    assert _fetch(store, folder) == (2, 2)
    kept = {path.relative_to(tmp_path / "models").as_posix() for path in (tmp_path / "models").rglob("*.*")}
    assert kept == {
        "index.json", "notes.txt", "one/2/model.onnx", "one/2/golden.json", "two/1/model.onnx", "two/1/golden.json",
    }  # fmt: skip
    models = models_of(folder, lambda: RIGHT)
    assert models is not None
    assert models.loaded == {}
    models.load()
    assert {name: each.version for name, each in models.loaded.items()} == {"one": "2", "two": "1"}


@pytest.mark.parametrize("change", [b"", b"model of onf", b"model of one and more", b"model of on"])
def test_another_file_than_the_index_names_is_not_kept(store: FolderStore, tmp_path: Path, change: bytes) -> None:
    """Changed, cut short or longer: the fetch fails, and leaves neither the file, nor half of it, nor an index that names it."""
    (tmp_path / "store/one/1/model.onnx").write_bytes(change)
    with pytest.raises(ModelError, match="is not what its index names"):
        _fetch(store, FolderStore(tmp_path / "models"))
    assert [path for path in (tmp_path / "models").rglob("*") if path.is_file()] == []


def test_what_was_changed_after_the_fetch_is_not_loaded(store: FolderStore, tmp_path: Path) -> None:
    """The digest is looked at again when a process starts, and fetching again mends it."""
    folder = FolderStore(tmp_path / "models")
    _fetch(store, folder)
    (tmp_path / "models/one/1/model.onnx").write_bytes(b"model of two")
    with pytest.raises(ModelError, match="run `minixdr models fetch` again"):
        _loaded(folder, RIGHT)
    assert _fetch(store, folder) == (1, 1)
    _loaded(folder, RIGHT)


def _loaded(folder: FolderStore, runtime: Any) -> None:
    models = models_of(folder, lambda: runtime)
    assert isinstance(models, Models)
    models.load()


@pytest.mark.parametrize(
    ("runtime", "said"),
    [
        (FakeRuntime(0.25, 0.50003), "differs from its golden scores at 1"),
        (FakeRuntime(0.25, float("nan")), "differs from its golden scores at 1"),
        (FakeRuntime(0.25), "of shape"),
        (FakeRuntime(0.25, 0.5, shape=(2, 1)), "of shape"),
        (FakeRuntime(0.25, 0.5, kind="float64"), "is float64"),
    ],
)
def test_a_model_that_answers_otherwise_is_not_used(
    store: FolderStore, tmp_path: Path, runtime: FakeRuntime, said: str
) -> None:
    """Neither loaded nor added; a difference in the last digits of a float32 is none."""
    folder = FolderStore(tmp_path / "models")
    _fetch(store, folder)
    with pytest.raises(ModelError, match=said):
        _loaded(folder, runtime)
    with pytest.raises(ModelError, match=said):
        add(store, runtime, "three", "1", (b"model", GOLDEN))
    _loaded(folder, FakeRuntime(0.250001, 0.500001))


def test_a_version_never_changes(store: FolderStore) -> None:
    """The same again is nothing new; another file under the version of one is refused."""
    before = store.index()
    add(store, RIGHT, "one", "1", (b"model of one", GOLDEN))
    assert store.index() == before
    with pytest.raises(ModelError, match="take a new version"):
        add(store, RIGHT, "one", "1", (b"another", GOLDEN))


@pytest.mark.parametrize("name", ["", "../one", "a/b", ".hidden", "One", "a..b", "a" * 65, "one\n"])
def test_a_name_cannot_lead_out_of_the_store(store: FolderStore, name: str, tmp_path: Path) -> None:
    """Whoever wrote the index: names and versions are parts of paths."""
    for wanted in ((name, "1"), ("one", name)):
        with pytest.raises(ModelError, match="takes lower-case letters"):
            add(store, RIGHT, *wanted, (b"model", GOLDEN))
    index = json.loads((tmp_path / "store/index.json").read_text())
    index["models"][0]["version"] = name
    (tmp_path / "store/index.json").write_text(json.dumps(index))
    with pytest.raises(ModelError, match="takes lower-case letters"):
        _fetch(store, FolderStore(tmp_path / "models"))


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b'{"models": 1}', b"\xff", b"[" * 100_000, b'{"models": [{"name": "one"}]}', b" " * ((1 << 20) + 1)],
)
def test_an_index_that_is_none_is_said(store: FolderStore, tmp_path: Path, content: bytes) -> None:
    """It never counts as an empty one."""
    (tmp_path / "store/index.json").write_bytes(content)
    with pytest.raises(ModelError, match="the index of"):
        read_index(store)


def test_an_index_that_is_too_large_is_refused_and_never_held(store: FolderStore, tmp_path: Path) -> None:
    """A file of terabytes instead of an index ends in a message, not in a container that is killed for its memory."""
    with (tmp_path / "store/index.json").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ModelError, match="more than 1,048,576 bytes"):
        read_index(store)


def test_a_model_twice_is_no_index(store: FolderStore, tmp_path: Path) -> None:
    """Which of two would be loaded nobody can say."""
    index = json.loads((tmp_path / "store/index.json").read_text())
    (tmp_path / "store/index.json").write_text(json.dumps({"models": index["models"] * 2}))
    with pytest.raises(ModelError, match="twice"):
        read_index(store)


def test_without_an_index_something_is_missing(tmp_path: Path) -> None:
    """An empty place is not a platform without models: that is an empty index, or no store at all."""
    empty = FolderStore(tmp_path / "empty")
    with pytest.raises(ModelError, match=r"no index\.json"):
        _fetch(empty, FolderStore(tmp_path / "models"))
    with pytest.raises(ModelError, match="run `minixdr models fetch` before"):
        models_of(empty, lambda: RIGHT)
    empty.replace_index(b'{"models": []}', None)
    assert _fetch(empty, FolderStore(tmp_path / "models")) == (0, 0)
    assert models_of(FolderStore(tmp_path / "models"), lambda: RIGHT) is None


def test_two_who_change_the_index_are_told(store: FolderStore) -> None:
    """The second starts again: neither model is lost."""
    found = read_index(store)
    assert found is not None
    index, tag = found
    add(store, RIGHT, "two", "1", (b"model of two", GOLDEN))
    with pytest.raises(ChangedError):
        store.replace_index(encode_index(index), tag)
    with pytest.raises(ChangedError):
        store.replace_index(encode_index(index), None)


@pytest.mark.parametrize(
    "content", [b"{}", b'{"inputs": {}, "outputs": {}}', b'{"inputs": {}, "outputs": {"s": {"type": "text"}}}', b"\xff"]
)
def test_golden_scores_that_prove_nothing_are_none(content: bytes) -> None:
    """A model without outputs to compare would always be right."""
    with pytest.raises(ModelError, match="golden scores"):
        read_golden(content)


def test_a_folder_that_cannot_be_written_to_is_said(store: FolderStore, tmp_path: Path) -> None:
    """With the file's name and the system's reason."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"one/1/model\.onnx"):
        _fetch(store, FolderStore(tmp_path / "file"))


def test_the_small_model_is_the_same_every_time_and_runs(tmp_path: Path) -> None:
    """Made twice it is the same bytes; the runtime gives the scores that were worked out without it."""
    assert model() == model()
    store = FolderStore(tmp_path)
    entry = add(store, OnnxRuntime(), "small", "1", (model(), golden()))
    assert entry.digest == "sha256:3f9548cd6d6ff592b5c65dd89018cdf760cdd1f864133d471701d89f9374b1f8"
    models = models_of(store, OnnxRuntime)
    assert models is not None
    models.load()
    score = models.loaded["small"].model.run({"features": Tensor("float32", (1, 4), (0.0, 0.0, 0.0, 0.25))})["score"]
    assert score == Tensor("float32", (1, 1), (0.5,))


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x00" * 100])
def test_what_is_no_model_is_not_loaded(content: bytes) -> None:
    """It is refused with the runtime's reason, in one line."""
    with pytest.raises(BadModelError, match="cannot load it") as caught:
        OnnxRuntime().load(content)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"features": Tensor("float32", (1, 3), (0.0, 0.0, 0.0))},
        {"features": Tensor("float64", (1, 4), (0.0, 0.0, 0.0, 0.0))},
        {"features": Tensor("float32", (2, 4), (0.0,))},
        {"other": Tensor("float32", (1, 4), (0.0, 0.0, 0.0, 0.0))},
    ],
)
def test_wrong_inputs_are_refused(inputs: Mapping[str, Tensor]) -> None:
    """A model that is asked wrongly says so: it makes up no score."""
    with pytest.raises(BadModelError, match="does not take these inputs"):
        OnnxRuntime().load(model()).run(inputs)
