"""What the parts are told where a console runs beside them."""

from pathlib import Path

import pytest

from minixdr.local.folder import DataFolder
from minixdr.local.installation import open_installation

_ELSEWHERE = {"MINIXDR_DATABASE_URL": "postgresql://x/y", "MINIXDR_NATS_URL": "nats://x", "MINIXDR_RUN_AS": "nobody"}


@pytest.mark.parametrize(
    ("given", "host", "web_port", "public_url", "trusted"),
    [
        ({}, "127.0.0.1", None, "http://127.0.0.1:8000", None),
        ({}, "127.0.0.1", 3_000, "http://127.0.0.1:3000", "127.0.0.1,::1"),
        ({}, "0.0.0.0", 3_000, "http://127.0.0.1:3000", "127.0.0.1,::1"),  # noqa: S104
        ({}, "10.0.0.7", 3_000, "http://10.0.0.7:3000", "10.0.0.7,127.0.0.1,::1"),
        (
            {"MINIXDR_PUBLIC_URL": "https://xdr.example.com", "MINIXDR_TRUSTED_PROXIES": "10.0.0.1"},
            "127.0.0.1",
            3_000,
            "https://xdr.example.com",
            "10.0.0.1",
        ),
    ],
)
def test_where_people_are_and_whom_the_api_believes(
    tmp_path: Path, given: dict[str, str], host: str, web_port: int | None, public_url: str, trusted: str | None
) -> None:
    """The console's address and this machine, unless said otherwise; without a console the api believes nobody."""
    opened = open_installation(DataFolder(tmp_path), _ELSEWHERE | given, host=host, port=8_000, web_port=web_port)
    assert opened.environment["MINIXDR_PUBLIC_URL"] == public_url
    assert opened.environment.get("MINIXDR_TRUSTED_PROXIES") == trusted
