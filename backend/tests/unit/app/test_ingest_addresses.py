"""Where clients are told to send: an address that they can use."""

import pytest

from minixdr.app.ingest_addresses import IngestAddresses, host_and_port, ingest_url

_PUBLIC = "https://xdr.example.com"


@pytest.mark.parametrize(
    ("given", "host", "url"),
    [
        ("https://ingest.example.com/", "0.0.0.0", "https://ingest.example.com"),  # noqa: S104
        (None, "127.0.0.1", "http://127.0.0.1:8000"),
        (None, "0.0.0.0", "http://xdr.example.com:8000"),  # noqa: S104
        (None, "::", "http://xdr.example.com:8000"),
        (None, "2001:db8::7", "http://[2001:db8::7]:8000"),
    ],
)
def test_the_doors_address(given: str | None, host: str, url: str) -> None:
    """As given, else the api's own; one that listens everywhere has the name that people use."""
    assert ingest_url(given, host, 8_000, _PUBLIC) == url


def test_a_listeners_address() -> None:
    """In brackets where a port would else be taken for a part of it."""
    assert host_and_port("10.0.0.7", 514, _PUBLIC) == "10.0.0.7:514"
    assert host_and_port("", 514, "http://[2001:db8::7]:3000") == "[2001:db8::7]:514"


@pytest.mark.parametrize(
    ("url", "only"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://[::1]:8000", True),
        ("http://localhost:8000", True),
        ("http://10.0.0.7:8000", False),
        ("https://ingest.example.com", False),
    ],
)
def test_who_reaches_it(url: str, only: bool) -> None:
    """People are told when other machines cannot."""
    assert IngestAddresses(url).only_this_machine is only
