"""One process at a time holds a data directory; its secrets are nobody else's."""

import json
import socket
from pathlib import Path

import pytest

from minixdr.local.error import LocalError
from minixdr.local.folder import DataFolder, default_folder


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """Return a new data directory."""
    made = DataFolder(tmp_path / "data")
    made.make(None)
    return made


def test_two_at_once_are_told(folder: DataFolder) -> None:
    """With who holds it."""
    with (
        folder.held("minixdr up"),
        pytest.raises(LocalError, match=r"is in use by `minixdr up` \(pid \d+\)"),
        folder.held("minixdr backup"),
    ):
        pass
    with folder.held("minixdr backup"):
        assert folder.holder() is not None
    assert folder.holder() is None


def test_secrets_are_random_kept_and_private(folder: DataFolder, tmp_path: Path) -> None:
    """The same after a restart, others elsewhere."""
    made = folder.secrets()
    assert folder.secrets() == made
    path = folder.path / "secrets.json"
    assert path.stat().st_mode & 0o777 == 0o600
    values = list(json.loads(path.read_text()).values())
    assert len(set(values)) == len(values) == 5
    other = DataFolder(tmp_path / "other")
    other.make(None)
    assert other.secrets().secret_key != made.secret_key


def test_damaged_secrets_are_not_replaced(folder: DataFolder) -> None:
    """New ones would lock everybody out of what the old ones encrypt."""
    (folder.path / "secrets.json").write_text("{")
    with pytest.raises(LocalError, match="from a backup"):
        folder.secrets()


def test_a_port_is_remembered_until_it_is_taken(folder: DataFolder) -> None:
    """Addresses do not change at each start."""
    port = folder.port("postgres")
    assert folder.port("postgres") == port
    assert folder.port("nats") != port
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        moved = folder.port("postgres")
    assert moved != port
    assert folder.ports()["postgres"] == moved


def test_a_path_that_is_no_directory_is_said(tmp_path: Path) -> None:
    """With what to do."""
    (tmp_path / "file").touch()
    with pytest.raises(LocalError, match="--data-dir"):
        DataFolder(tmp_path / "file").make(None)


def test_a_directory_of_others_is_left_as_it_is(tmp_path: Path) -> None:
    """`--data-dir /tmp` must not close /tmp to everybody."""
    (tmp_path / "letters").mkdir()
    tmp_path.chmod(0o755)
    with pytest.raises(LocalError, match="holds other things"):
        DataFolder(tmp_path).make(None)
    assert tmp_path.stat().st_mode & 0o777 == 0o755
    assert [entry.name for entry in tmp_path.iterdir()] == ["letters"]


def test_where_the_data_lies_unless_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Variables first, then the home."""
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_folder({}) == tmp_path / ".local" / "share" / "minixdr"
    assert default_folder({"XDG_DATA_HOME": "/x"}) == Path("/x/minixdr")
    assert default_folder({"XDG_DATA_HOME": "/x", "MINIXDR_DATA_DIR": "/y"}) == Path("/y")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert default_folder({}) == Path("/var/lib/minixdr")
