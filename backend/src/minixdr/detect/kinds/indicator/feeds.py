"""JSON feeds: STIX 2.1 bundles, MISP events, OTX pulses, ThreatFox and URLhaus exports.

In: a decoded document. Out: indicators. What such a document holds besides (malware, relationships, sightings) is
context, not indicators.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from minixdr.detect.kinds.indicator.entry import Entries, Entry, Refused
from minixdr.detect.kinds.indicator.stix_pattern import alternatives
from minixdr.detect.kinds.indicator.values import Atom, Unusable, atom

_VALUE_KEYS = (
    "ioc_value",
    "ioc",
    "indicator",
    "value",
    "url",
    "sha256_hash",
    "ip_address",
    "dst_ip",
    "domain",
    "host",
    "ip",
)
"""Keys of feeds without a format of their own, most telling first."""
_DESCRIBING_KEYS = (
    "malware_printable",
    "malware",
    "threat",
    "threat_type",
    "signature",
    "comment",
    "title",
    "description",
)
_MISP_VALUES = frozenset(
    {
        "ip-src", "ip-dst", "ip-src|port", "ip-dst|port", "domain", "domain|ip", "hostname", "hostname|port", "url",
        "uri", "link", "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "filename|md5", "filename|sha1",
        "filename|sha224", "filename|sha256", "filename|sha384", "filename|sha512", "malware-sample", "email",
        "email-src", "email-dst",
    }
)  # fmt: skip
"""MISP attribute types that hold what we look up."""
_WRAPPERS = frozenset({"Event", "Attribute", "objects", "indicators"})
_DEEPEST = 20


def read(document: Any, line: int | None) -> Entries:
    """Yield the indicators of a document."""
    kinds = list(_objects(document, 0))
    if not kinds:
        yield Refused(line, "a JSON document without indicators of a known format")
    unflagged = 0
    for kind, body in kinds:
        if kind == "misp" and body.get("to_ids") in (False, "0", 0, "false"):
            unflagged += 1
        else:
            yield from _READERS[kind](body, line)
    if unflagged:
        yield Refused(line, f"{unflagged:,} attributes that their author does not want looked for (to_ids)")


def _objects(node: Any, depth: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each indicator object and its format, however the feed wraps it."""
    if depth > _DEEPEST:
        return
    if isinstance(node, list):
        for item in node:
            if isinstance(item, str):
                yield "plain", {"value": item}
            else:
                yield from _objects(item, depth + 1)
    elif isinstance(node, dict):
        kind = _kind(node)
        if kind is not None:
            yield kind, node
        elif not _is_context(node):
            for item in node.values():
                if not (isinstance(item, list) and item and isinstance(item[0], str)):
                    yield from _objects(item, depth + 1)


def _kind(node: Mapping[str, Any]) -> str | None:
    """Return the format of an object that is one indicator, None for others."""
    if node.get("type") == "indicator" and "pattern" in node:
        return "stix"
    if "to_ids" in node or (node.get("type") in _MISP_VALUES and "category" in node):
        return "misp"
    if _is_context(node) or not _WRAPPERS.isdisjoint(node):
        return None
    return "plain" if any(isinstance(node.get(key), str) for key in _VALUE_KEYS) else None


def _is_context(node: Mapping[str, Any]) -> bool:
    """Return whether the object is one of STIX that is no indicator."""
    return isinstance(node.get("type"), str) and "spec_version" in node and "objects" not in node


def _stix(body: Mapping[str, Any], line: int | None) -> Entries:
    name = f"{body.get('id')}"[:100]
    if body.get("revoked") is True:
        yield Refused(line, f"{name}: revoked")
        return
    if body.get("pattern_type", "stix") != "stix":
        yield Refused(line, f"{name}: a pattern of type {body.get('pattern_type')}")
        return
    until = _time(body.get("valid_until"))
    if until is None and body.get("valid_until"):
        yield Refused(line, f"{name}: `valid_until` is not a time")
        return
    try:
        for atoms in alternatives(str(body.get("pattern"))):
            yield Entry(atoms, _text(body, ("name", "description")), until)
    except Unusable as error:
        yield Refused(line, f"{name}: {error}")


def _time(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _misp(body: Mapping[str, Any], line: int | None) -> Entries:
    kind, value = body.get("type"), body.get("value")
    if kind not in _MISP_VALUES or not isinstance(value, str):
        yield Refused(line, f"an attribute of type {str(kind)[:60]}")
        return
    parts = value.split("|") if "|" in str(kind) or kind == "malware-sample" else [value]
    names = (
        str(kind).split("|") if "|" in str(kind) else ["filename", "md5"] if kind == "malware-sample" else [str(kind)]
    )
    for name, part in zip(names, parts, strict=False):
        if name not in ("filename", "port"):
            yield _entry(part, _text(body, ("comment",)), line)


def _plain(body: Mapping[str, Any], line: int | None) -> Entries:
    value = next(body[key] for key in _VALUE_KEYS if isinstance(body.get(key), str))
    yield _entry(value, _text(body, _DESCRIBING_KEYS), line)


def _entry(value: str, description: str, line: int | None) -> Entry | Refused:
    try:
        found: Atom = atom(value)
    except Unusable as error:
        return Refused(line, str(error))
    return Entry((found,), description)


def _text(body: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((body[name] for name in names if isinstance(body.get(name), str) and body[name]), "")


_READERS = {"stix": _stix, "misp": _misp, "plain": _plain}
