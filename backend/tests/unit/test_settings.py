"""What can be set from outside."""

from pathlib import Path

import pytest

from minixdr.app.services import BadSetting
from minixdr.settings import PlatformSettings, Settings

_NEEDED = {
    "MINIXDR_DATABASE_URL": "postgresql://u:p@h/d",
    "MINIXDR_NATS_URL": "nats://h",
    "MINIXDR_WAREHOUSE": "s3://bucket/prefix",
    "MINIXDR_SECRET_KEY": "A" * 44,
}


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"MINIXDR_CACHE_DIR": "/a", "XDG_CACHE_HOME": "/b"}, Path("/a")),
        ({"XDG_CACHE_HOME": "/b"}, Path("/b/minixdr")),
        ({"MINIXDR_CACHE_DIR": ""}, Path.home() / ".cache" / "minixdr"),
    ],
)
def test_the_cache_has_its_place(environment: dict[str, str], folder: Path) -> None:
    """Ours, else the desktop's, else below home."""
    assert Settings.read(environment).cache_folder == folder


def test_without_a_home_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container's user without an entry in passwd scans all the same."""
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("os.getuid", lambda: 987_654)
    assert Settings.read({}).cache_folder is None


@pytest.mark.parametrize("text", ["0", "-1", "two", "²", "1.5", "99999", "1" * 5_000, "٣"])
def test_a_number_of_processes_is_checked(text: str) -> None:
    """What is none is said, not raised as some other error."""
    with pytest.raises(BadSetting, match="it takes a number of processes, 1 to 1,024"):
        Settings.read({"MINIXDR_JOBS": text})


def test_a_number_of_processes_is_taken() -> None:
    """As given; without one there is at least one."""
    assert Settings.read({"MINIXDR_JOBS": "3"}).jobs == 3
    assert Settings.read({}).jobs >= 1


@pytest.mark.parametrize(
    ("given", "endpoint"),
    [
        ({}, None),
        ({"AWS_ENDPOINT_URL": "http://a"}, "http://a"),
        ({"AWS_ENDPOINT_URL": "http://a", "AWS_ENDPOINT_URL_S3": "http://b"}, "http://b"),
    ],
)
def test_the_lake_may_be_in_another_s3(given: dict[str, str], endpoint: str | None) -> None:
    """Named as AWS's own tools are told of it."""
    assert PlatformSettings.read(_NEEDED | given).warehouse_endpoint == endpoint


@pytest.mark.parametrize(
    "url", ["ingest.example.com", "ftp://ingest.example.com", "https://", "http://a:b", "http://[::1"]
)
def test_where_clients_send_is_an_address(url: str) -> None:
    """It is copied into their configuration: what is none is said at the start."""
    with pytest.raises(BadSetting, match=r"MINIXDR_INGEST_URL is .* https://ingest\.example\.com"):
        PlatformSettings.read(_NEEDED | {"MINIXDR_INGEST_URL": url})


def test_a_setup_code_is_not_to_be_guessed() -> None:
    """And a message never repeats it."""
    assert PlatformSettings.read(_NEEDED | {"MINIXDR_SETUP_CODE": "s1JkYRzMTr2xEMUcbzPn"}).setup_code
    with pytest.raises(BadSetting, match="20 characters or more") as refused:
        PlatformSettings.read(_NEEDED | {"MINIXDR_SETUP_CODE": "letmein"})
    assert "letmein" not in str(refused.value)
