"""What anybody sees: a real TLS server with good, strange and old certificates; answers that are not as they should be are no answers."""

import datetime as dates
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from minixdr_deploy.observe import web
from minixdr_deploy.observe.observed import Certificate, NotKnown

NOW = dates.datetime.now(dates.UTC)


def issue(folder: Path, name: str, *, days: int) -> tuple[Path, Path]:
    """Return certificate and key of a host; the certificate is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - dates.timedelta(days=400))
        .not_valid_after(NOW + dates.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                key_cert_sign=True,
                crl_sign=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, secret


@pytest.fixture
def served(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """Return address and authority of a server; the parameter is the name and the days of its certificate."""
    name, days = request.param
    certificate, secret = issue(tmp_path, name, days=days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, secret)
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                plain, _ = listening.accept()
            except OSError:
                return
            with plain:
                try:
                    context.wrap_socket(plain, server_side=True).close()
                except OSError:
                    continue

    threading.Thread(target=serve, daemon=True).start()
    yield f"https://localhost:{listening.getsockname()[1]}", str(certificate)
    listening.close()


@pytest.mark.parametrize("served", [("localhost", 30)], indirect=True)
def test_a_good_certificate(served: tuple[str, str]):
    found = web.certificate(*served)
    assert isinstance(found, Certificate)
    assert (found.problem, found.names, found.issuer) == (None, ("localhost",), "Test authority")
    assert 29 <= (found.not_after - NOW).days <= 30


@pytest.mark.parametrize(
    ("served", "words"), [(("other.example.com", 30), "localhost"), (("localhost", -1), "expired")], indirect=["served"]
)
def test_a_certificate_that_is_refused_is_told_with_its_names_and_end(served: tuple[str, str], words: str):
    found = web.certificate(*served)
    assert isinstance(found, Certificate)
    assert words in (found.problem or "")


def test_where_nobody_listens_nothing_is_known():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    found = web.certificate(f"https://localhost:{port}", "")
    assert isinstance(found, NotKnown)
    assert web.certificate("http://localhost", "") == NotKnown("http://localhost is not https", "not supported")


def client(**answers: httpx.Response) -> httpx.Client:
    return httpx.Client(
        transport=httpx.MockTransport(lambda request: answers[request.url.path.strip("/").replace("/", "_")])
    )


def test_different_answers_of_one_part_are_all_told():
    digests = iter(["sha256:a", "sha256:b", "sha256:a", "sha256:b"])

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/version":
            return httpx.Response(
                200, json={"name": "minixdr-console", "version": "1", "revision": None, "image_digest": "sha256:w"}
            )
        return httpx.Response(
            200,
            json={"version": "1", "revision": "r", "image_digest": next(digests), "schema": {"oldest": 1, "newest": 2}},
        )

    found = web.versions(httpx.Client(transport=httpx.MockTransport(answer)), "https://xdr.example.com")
    assert [(each.part, each.image_digest, each.schema_newest) for each in found] == [
        ("api", "sha256:a", 2),
        ("api", "sha256:b", 2),
        ("web", "sha256:w", None),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(503, text="<html>"),
        httpx.Response(200, json=["version"]),
        httpx.Response(302, headers={"location": "https://elsewhere"}),
    ],
)
def test_what_is_no_version_is_no_answer(answer: httpx.Response):
    with pytest.raises(httpx.HTTPError):
        web.versions(client(api_version=answer), "https://xdr.example.com")


def test_readiness_names_the_parts_that_fail_also_with_status_503():
    body = {
        "status": "not_ready",
        "parts": {
            "database": {"state": "failed", "problem": "does not answer"},
            "log": {"state": "ok", "problem": None},
        },
    }
    found = web.readiness(client(readyz=httpx.Response(503, json=body)), "https://xdr.example.com")
    assert (found.status, dict(found.problems), found.parts) == (
        "not_ready",
        {"database": "does not answer"},
        ("database", "log"),
    )
    with pytest.raises(httpx.HTTPError):
        web.readiness(client(readyz=httpx.Response(503, text="no targets")), "https://xdr.example.com")


def test_a_name_that_does_not_exist_has_no_addresses():
    assert web.resolve("localhost")
    assert web.resolve("no-such-name.invalid") == ()
