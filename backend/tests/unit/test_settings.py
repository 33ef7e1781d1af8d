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


def test_notifications_are_set() -> None:
    """As given; without them there is no mail, and nothing goes to the inside."""
    settings = PlatformSettings.read(_NEEDED)
    assert (settings.smtp_url, settings.smtp_from, settings.notify_networks) == (None, None, ())
    given = {
        "MINIXDR_SMTP_URL": "smtps://u:p@mail.example.com:465",
        "MINIXDR_SMTP_FROM": "Mini-XDR <xdr@example.com>",
        "MINIXDR_NOTIFY_NETWORKS": "10.0.0.0/8, fd00::/8",
    }
    assert PlatformSettings.read(_NEEDED | given).notify_networks == ("10.0.0.0/8", "fd00::/8")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"MINIXDR_SMTP_URL": "http://u:secret@h"}, "MINIXDR_SMTP_URL takes"),
        ({"MINIXDR_SMTP_URL": "smtp://h:secret"}, "MINIXDR_SMTP_URL takes"),
        ({"MINIXDR_SMTP_URL": "smtp://h"}, "MINIXDR_SMTP_FROM"),
        ({"MINIXDR_SMTP_FROM": "nobody"}, "MINIXDR_SMTP_FROM"),
        ({"MINIXDR_NOTIFY_NETWORKS": "10.0.0.1/8"}, "MINIXDR_NOTIFY_NETWORKS"),
    ],
)
def test_wrong_notifications_are_named(given: dict[str, str], named: str) -> None:
    """And a password that the address holds is not repeated."""
    with pytest.raises(BadSetting, match=named) as refused:
        PlatformSettings.read(_NEEDED | given)
    assert "secret" not in str(refused.value)


def test_a_process_is_told_its_image_and_revision() -> None:
    """The digest alone counts, however the image is named; without either, neither is made up."""
    digest = f"sha256:{'0a' * 32}"
    told = {"MINIXDR_REVISION": "1f0c2ab93d4e", "MINIXDR_IMAGE_DIGEST": f"registry.example/mini-xdr-backend@{digest}"}
    settings = PlatformSettings.read(_NEEDED | told)
    assert (settings.revision, settings.image_digest) == ("1f0c2ab93d4e", digest)
    assert PlatformSettings.read(_NEEDED).image_digest is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("MINIXDR_IMAGE_DIGEST", "latest"), ("MINIXDR_IMAGE_DIGEST", "sha256:12"), ("MINIXDR_REVISION", "main branch")],
)
def test_a_wrong_image_or_revision_is_named(name: str, value: str) -> None:
    """A tag is no digest."""
    with pytest.raises(BadSetting, match=name):
        PlatformSettings.read(_NEEDED | {name: value})


def test_a_platform_has_models_where_it_has_a_store() -> None:
    """A folder alone, which every pod has, makes none; a store without a folder is said."""
    assert PlatformSettings.read(_NEEDED | {"MINIXDR_MODELS": "/models"}).models is None
    both = {"MINIXDR_MODELS": "/models", "MINIXDR_MODEL_STORE": "s3://models/x"}
    assert PlatformSettings.read(_NEEDED | both).models == Path("/models")
    with pytest.raises(BadSetting, match="MINIXDR_MODELS"):
        PlatformSettings.read(_NEEDED | {"MINIXDR_MODEL_STORE": "s3://models/x"})
