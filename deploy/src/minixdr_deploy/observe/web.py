"""What anybody sees who opens the console: where its name leads, which certificate is shown, what each part answers.

Not trusted: the answers are whoever's who sits at that address; each is cut and read as a value, never shown raw beyond 200 characters.
"""

import socket
import ssl
from collections.abc import Callable
from datetime import UTC
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from cryptography.x509.oid import ExtensionOID, NameOID

from minixdr_deploy.observe.observed import Certificate, Names, NotKnown, Readiness, VersionAnswer

_SECONDS = 5.0
_ASKED = 4
"""How often each part is asked: two pods answer in turn."""
_SHOWN = 200

Resolve = Callable[[str], tuple[str, ...]]


def resolve(name: str) -> tuple[str, ...]:
    """Return the addresses of a name; none where it does not exist. Raises OSError where the resolver does not answer."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in {socket.EAI_NONAME, socket.EAI_NODATA}:
            return ()
        raise
    return tuple(sorted({str(each[4][0]) for each in found}))


def names(base_url: str, load_balancer: str | None) -> Names | NotKnown:
    """Return where the console's name leads, and where the load balancer's own does."""
    host = urlsplit(base_url).hostname or ""
    try:
        here = resolve(host)
    except OSError as error:
        return NotKnown(f"the resolver does not answer for {host}: {error.strerror}", "unreachable")
    if load_balancer is None:
        return Names(here, NotKnown("the Ingress has no load balancer", "skipped"))
    try:
        return Names(here, resolve(load_balancer))
    except OSError as error:
        return Names(
            here, NotKnown(f"the resolver does not answer for {load_balancer}: {error.strerror}", "unreachable")
        )


def certificate(base_url: str, authority: str) -> Certificate | NotKnown:
    """Return the certificate that is shown; `authority` is the file of those that are trusted."""
    parts = urlsplit(base_url)
    if parts.scheme != "https":
        return NotKnown(f"{base_url} is not https", "not supported")
    host, port = parts.hostname or "", parts.port or 443
    try:
        try:
            return _read(_shown(host, port, ssl.create_default_context(cafile=authority)), None)
        except ssl.SSLCertVerificationError as error:
            blind = ssl.create_default_context()
            blind.check_hostname = False
            blind.verify_mode = ssl.CERT_NONE  # to say whose it is and when it ended; nothing is sent
            return _read(_shown(host, port, blind), error.verify_message or str(error))
    except (OSError, ValueError) as error:
        return NotKnown(f"no TLS with {host}:{port}: {error}", "unreachable")


def _shown(host: str, port: int, context: ssl.SSLContext) -> bytes:
    with (
        socket.create_connection((host, port), timeout=_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        return secure.getpeercert(binary_form=True) or b""


def _read(der: bytes, problem: str | None) -> Certificate:
    found = x509.load_der_x509_certificate(der)
    try:
        extension = found.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
        alternative = (
            [str(each.value) for each in extension] if isinstance(extension, x509.SubjectAlternativeName) else []
        )
    except x509.ExtensionNotFound:
        alternative = []
    issuer = found.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    return Certificate(
        tuple(alternative),
        found.not_valid_after_utc.astimezone(UTC),
        str(issuer[0].value) if issuer else found.issuer.rfc4514_string(),
        problem,
    )


def versions(http: httpx.Client, base_url: str) -> tuple[VersionAnswer, ...]:
    """Return the different answers of api and web. Raises httpx.HTTPError where one does not answer as it should."""
    found: dict[VersionAnswer, None] = {}
    for part, path in (("api", "/api/version"), ("web", "/version")):
        for _ in range(_ASKED):
            found[_version(part, http.get(base_url + path))] = None
    return tuple(found)


def _version(part: str, answer: httpx.Response) -> VersionAnswer:
    told = _json(answer)
    name: Literal["api", "web"] = "api" if part == "api" else "web"
    schema = told.get("schema") or {}
    if answer.status_code != httpx.codes.OK or not isinstance(told.get("version"), str):
        raise httpx.DecodingError(
            f"{answer.url}: status {answer.status_code}, {answer.text[:_SHOWN]!r}", request=answer.request
        )
    return VersionAnswer(
        name,
        told["version"],
        _text(told.get("revision")),
        _text(told.get("image_digest")),
        schema.get("oldest") if isinstance(schema, dict) else None,
        schema.get("newest") if isinstance(schema, dict) else None,
    )


def readiness(http: httpx.Client, base_url: str) -> Readiness:
    """Return what `/readyz` answers. Raises httpx.HTTPError where that is no answer of the api."""
    answer = http.get(base_url + "/readyz")
    told = _json(answer)
    parts = told.get("parts")
    if not isinstance(told.get("status"), str) or not isinstance(parts, dict):
        raise httpx.DecodingError(
            f"{answer.url}: status {answer.status_code}, {answer.text[:_SHOWN]!r}", request=answer.request
        )
    problems = {
        str(name)[:_SHOWN]: str(part.get("problem") or part.get("state"))[:_SHOWN]
        for name, part in parts.items()
        if isinstance(part, dict) and part.get("state") != "ok"
    }
    return Readiness(told["status"][:_SHOWN], problems, tuple(str(name)[:_SHOWN] for name in parts))


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _text(value: Any) -> str | None:
    return value[:_SHOWN] if isinstance(value, str) else None
