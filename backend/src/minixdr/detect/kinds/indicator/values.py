"""Values of indicators and observables in their one writing.

In: text as lists and logs have it, also defanged (`hxxp://evil[.]example`). Out: `Atom`s that are equal where they
mean the same.
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import unquote, urlsplit


class Atom(NamedTuple):
    """One value to look up."""

    kind: str
    """address, network, domain, url, file_hash, email, file_name."""
    key: bytes
    """Equal for equal values; of a network empty."""
    first: int = 0
    """First and last address of a network, as numbers."""
    last: int = 0
    version: int = 0


class Unusable(ValueError):  # noqa: N818 - it says what the text is
    """The text is no value that can be looked up; the message is the reason."""


_LONGEST = 8_192
"""Characters; browsers and proxies cut URLs before."""
_LONGEST_DOMAIN = 253
_HEX = re.compile(r"[0-9a-fA-F]+\Z")
DIGEST_LENGTHS = frozenset({32, 40, 56, 64, 96, 128})
"""Hexadecimal digits of MD5, SHA-1 and the SHA-2 family."""
_DOMAIN = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])\Z")
_IPV4 = re.compile(r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\Z")
_EMAIL = re.compile(r"[^\s@\"<>]{1,64}@([^\s@]+)\Z")
_RANGE = re.compile(r"([0-9a-fA-F.:]+)\s*-\s*([0-9a-fA-F.:]+)\Z")
_WIDEST = {4: 2**24, 6: 2**112}
"""A /8 and a /16: what holds more addresses is a mistake, not an indicator."""
_USUAL_URL = re.compile(
    r"(?:[a-zA-Z][a-zA-Z0-9+]{1,9}://)?([a-zA-Z0-9.-]+)(?::([1-9]\d{0,3}|[1-5]\d{4}))?(/[!\"$->@-~]*)?(?:\?([!\"$-~]*))?(?:#[!-~]*)?\Z"
)
_DEFAULT_PORTS = frozenset({"80", "443"})


def refang(text: str) -> str:
    """Return the text as it was before somebody made it harmless."""
    if "[" in text or "(" in text or "{" in text:
        for opened, closed in ("[]", "()", "{}"):
            text = re.sub(rf"\{opened}\s*(\.|:|://|/|@)\s*\{closed}", r"\1", text)
        text = re.sub(r"[\[({]\s*(?:dot|DOT)\s*[\])}]", ".", text)
        text = re.sub(r"[\[({]\s*(?:at|AT)\s*[\])}]", "@", text)
    if text[:4].lower() == "hxxp" or text[:3].lower() in ("fxp", "mea"):
        text = re.sub(r"^(?:hxxp|meow)", "http", text, flags=re.IGNORECASE)
        text = re.sub(r"^fxp", "ftp", text, flags=re.IGNORECASE)
    return text


def atom(text: str) -> Atom:
    """Return what the text means, by its looks. Raises Unusable."""
    text = refang(text.strip().strip("\"'"))
    if not text or len(text) > _LONGEST:
        raise Unusable("empty" if not text else "too long")
    if len(text) in DIGEST_LENGTHS and _HEX.match(text):
        return file_hash(text)
    if _IPV4.match(text):
        return address(text)
    if "://" in text:
        return url(text)
    if text.count(":") > 1 or text[:1].isdigit():
        found = _numeric(text)
        if found is not None:
            return found
    if "/" in text:
        return url(text)
    if "@" in text:
        return email(text)
    host, colon, port = text.partition(":")
    return domain(host if colon and port.isdigit() else text)


def _numeric(text: str) -> Atom | None:
    """Return an address, network, range or address with port; None where the text is none of them."""
    span = _RANGE.match(text)
    if span:
        return address_range(span[1], span[2])
    host, colon, port = text.rpartition(":")
    try:
        if colon and port.isdigit() and (_IPV4.match(host) or host[:1] == "["):
            return address(host.strip("[]"))
        return network(text) if "/" in text else address(text.strip("[]"))
    except Unusable:
        if "/" in text and _looks_like_network(text):
            raise
        return None


def _looks_like_network(text: str) -> bool:
    return text.rpartition("/")[2].isdigit() and not set(text) - set("0123456789abcdefABCDEF.:/")


def address(text: str) -> Atom:
    """Return an address. Raises Unusable."""
    try:
        found = _unfolded(text)
    except ValueError as error:
        raise Unusable(f"`{_cut(text)}` is not an address") from error
    if found.is_unspecified or found.is_loopback:
        raise Unusable(f"`{found}` is nobody's address")
    return Atom("address", str(found).encode())


def _unfolded(text: str) -> IPv4Address | IPv6Address:
    found = ip_address(text.partition("%")[0])
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found


def network(text: str) -> Atom:
    """Return a network in CIDR writing. Raises Unusable."""
    try:
        found = ip_network(text, strict=False)
    except ValueError as error:
        raise Unusable(f"`{_cut(text)}` is not a network") from error
    return _span(int(found.network_address), int(found.broadcast_address), found.version)


def address_range(first: str, last: str) -> Atom:
    """Return a range of addresses. Raises Unusable."""
    try:
        start, end = _unfolded(first), _unfolded(last)
    except ValueError as error:
        raise Unusable(f"`{_cut(first)}-{_cut(last)}` is not a range of addresses") from error
    if start.version != end.version or int(start) > int(end):
        raise Unusable(f"`{start}-{end}` is not a range of addresses")
    return _span(int(start), int(end), start.version)


def _span(first: int, last: int, version: int) -> Atom:
    if last - first >= _WIDEST[version]:
        raise Unusable("a network of so many addresses is no indicator")
    if first == last:
        return address(str(IPv4Address(first) if version == 4 else IPv6Address(first)))  # noqa: PLR2004 - IPv4
    return Atom("network", b"", first, last, version)


def domain(text: str) -> Atom:
    """Return a domain, in lower case and, where it is international, in its ASCII form. Raises Unusable."""
    name = text.strip().lower().removeprefix("*.").strip(".")
    if not name.isascii():
        name = _ascii_domain(name)
    if not _DOMAIN.match(name):
        raise Unusable(f"`{_cut(text)}` is not an address, domain, URL, hash or email address")
    return Atom("domain", name.encode())


def _ascii_domain(name: str) -> str:
    if len(name) > _LONGEST_DOMAIN:
        raise Unusable("too long for a domain")
    try:
        return name.encode("idna").decode()
    except UnicodeError as error:
        raise Unusable(f"`{_cut(name)}` is not a domain") from error


def host(text: str) -> Atom:
    """Return the address or domain that a host field holds. Raises Unusable."""
    if text[-1:].isdigit() or ":" in text:
        try:
            return address(text)
        except Unusable:
            pass  # `host1.xn--p1a2` ends in a digit, too
    return domain(text)


def file_hash(text: str) -> Atom:
    """Return a digest. Raises Unusable."""
    text = text.strip()
    if len(text) not in DIGEST_LENGTHS or not _HEX.match(text):
        raise Unusable(f"`{_cut(text)}` is not a MD5, SHA-1 or SHA-2 digest")
    return Atom("file_hash", bytes.fromhex(text))


def email(text: str) -> Atom:
    """Return an email address. Raises Unusable."""
    text = text.strip().lower()
    found = _EMAIL.match(text)
    if found is None or len(text) > _LONGEST_DOMAIN:
        raise Unusable(f"`{_cut(text)}` is not an email address")
    name = domain(found[1]).key.decode()
    return Atom("email", f"{text[: text.index('@')]}@{name}".encode("utf-8", "surrogatepass"))


def url(text: str) -> Atom:
    """Return a URL as host, port, path and query. Raises Unusable."""
    text = text.strip()
    if len(text) > _LONGEST:
        raise Unusable("too long")
    usual = _USUAL_URL.match(text)
    if usual is not None:  # three times as fast as urlsplit, with the same result
        name, port, path, query = usual[1].lower(), usual[2], usual[3] or "", usual[4] or ""
        name = host(name).key.decode()
    else:
        name, port, path, query = _split_url(text)
    name = f"[{name}]" if ":" in name else name
    place = f"{name}:{port}" if port and port not in _DEFAULT_PORTS else name
    rest = f"{path.rstrip('/')}?{query}" if query else path.rstrip("/")
    if "%" in rest:
        rest = unquote(rest, errors="backslashreplace")
    return Atom("url", f"{place}{rest}".encode("utf-8", "backslashreplace"))


def _split_url(text: str) -> tuple[str, str, str, str]:
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        port = parts.port
        name = host(parts.hostname or "").key.decode()
    except ValueError as error:
        raise Unusable(f"`{_cut(text)}` is not a URL") from error
    return name, "" if port is None else str(port), parts.path, parts.query


def host_of(url_key: bytes) -> bytes:
    """Return the host of a URL's key."""
    place = url_key.partition(b"/")[0].partition(b"?")[0]
    return place[1:].partition(b"]")[0] if place[:1] == b"[" else place.partition(b":")[0]


def _cut(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:80]}…"  # noqa: PLR2004 - a line of a terminal
