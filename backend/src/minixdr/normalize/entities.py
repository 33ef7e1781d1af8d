"""Entities and observables of an event, read off its attributes: one table for all sources.

Source of the observable types: OCSF `observable.type_id`.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from minixdr.schema.event import Entity, Observable, Value

ENTITY_TYPES = (
    "user", "session", "access_key", "role", "account", "host", "address", "domain", "url", "file_hash", "file", "process",
    "container", "pod", "service_account", "workload", "namespace", "cluster", "resource", "email", "certificate",
)  # fmt: skip


_LONGEST = 2_048  # characters; what is longer is no name
_IGNORED = frozenset({"-", "", "n/a", "none", "null", "unknown", "hidden_due_to_security_reasons", "(null)", "0x0"})
_NOBODY = frozenset(
    {
        "system",
        "local service",
        "network service",
        "anonymous logon",
        "s-1-5-18",
        "s-1-5-19",
        "s-1-5-20",
        "s-1-0-0",
        "system:anonymous",
    }
)

_TABLE: tuple[tuple[str, str, str], ...] = (
    ("actor.user.credential_uid", "access_key", "actor"),
    ("user.credential_uid", "access_key", "target"),
    ("actor.session.uid", "session", "actor"),
    ("session.uid", "session", "target"),
    ("actor.session.issuer", "role", "actor"),
    ("actor.user.name", "user", "actor"),
    ("actor.user.email_addr", "email", "actor"),
    ("user.name", "user", "target"),
    ("user.email_addr", "email", "target"),
    ("device.hostname", "host", "target"),
    ("device.ip", "address", "related"),
    ("device.instance_uid", "resource", "target"),
    ("src_endpoint.ip", "address", "actor"),
    ("src_endpoint.hostname", "host", "actor"),
    ("src_endpoint.instance_uid", "resource", "actor"),
    ("dst_endpoint.ip", "address", "target"),
    ("dst_endpoint.hostname", "domain", "target"),
    ("dst_endpoint.instance_uid", "resource", "target"),
    ("query.hostname", "domain", "related"),
    ("http_request.url.hostname", "domain", "related"),
    ("url.url_string", "url", "related"),
    ("process.uid", "process", "related"),
    ("process.parent_process.uid", "process", "related"),
    ("actor.process.uid", "process", "actor"),
    ("process.file.hashes.value", "file_hash", "related"),
    ("file.hashes.value", "file_hash", "related"),
    ("file.path", "file", "target"),
    ("container.uid", "container", "related"),
    ("resources.uid", "resource", "target"),
    ("resource.uid", "resource", "target"),
    ("entity.uid", "resource", "target"),
    ("evidences.actor.user.credential_uid", "access_key", "actor"),
    ("evidences.actor.session.uid", "session", "actor"),
    ("evidences.actor.session.issuer", "role", "actor"),
    ("evidences.actor.user.name", "user", "actor"),
    ("evidences.user.name", "user", "target"),
    ("evidences.container.uid", "container", "related"),
    ("evidences.src_endpoint.ip", "address", "actor"),
    ("evidences.dst_endpoint.ip", "address", "target"),
    ("evidences.query.hostname", "domain", "related"),
    ("evidences.http_request.url.hostname", "domain", "related"),
    ("cloud.account.uid", "account", "related"),
)
"""OCSF attribute path, entity type, role. A hash of an image, a file path and an account are shared by many: the stage that joins
findings weighs them by how rare they are."""

_PLACES = {path: place for place, (path, _, _) in enumerate(_TABLE)}


def entities_of(attributes: Mapping[str, Value]) -> tuple[Entity, ...]:
    """Return the entities that the attributes name, without repeats, in a fixed order.

    Values are canonical: hosts and domains in lower case without a last dot, a host by its first label (records of one machine carry its
    short name or its full one), addresses as `ipaddress` writes them (IPv4 in IPv6 unfolded). Loopback and unspecified addresses, built-in
    accounts and words for "nothing" name nobody.
    """
    found: dict[Entity, None] = {}
    for place in sorted(map(_PLACES.__getitem__, attributes.keys() & _PLACES.keys())):
        path, kind, role = _TABLE[place]
        value = attributes[path]
        for item in value if isinstance(value, list) else (value,):
            if isinstance(item, str) and (entity := _entity(kind, role, item)) is not None:
                found[entity] = None
    return tuple(found)


def canonical_entity(kind: str, value: str) -> Entity | None:
    """Return the entity that records with this value of this type name; None where it names nobody."""
    return _entity(kind, "related", value)


@lru_cache(maxsize=8_192)  # hosts, users and images come again and again; a value has 2,048 characters at most
def _entity(kind: str, role: str, value: str) -> Entity | None:
    if len(value) > _LONGEST:
        return None
    named, text = _renamed(kind, value)
    canonical = _canonical(named or kind, text)
    return None if canonical is None else Entity(named or kind, canonical, role)


_NAMED_BY_ARN = frozenset({"resource", "role", "session"})
_ACCESS_KEY = re.compile(r"A(?:KIA|SIA)[A-Z0-9]{12,124}\Z")
_ARN_PARTS = 6


_KUBERNETES = {
    "pod": "pod", "serviceaccount": "service_account", "node": "host", "namespace": "namespace", "deployment": "workload",
    "daemonset": "workload", "statefulset": "workload", "replicaset": "workload", "job": "workload", "cronjob": "workload",
}  # fmt: skip
_CLUSTER_WIDE = frozenset({"node", "namespace"})
_CONTAINER = re.compile(r"[0-9a-f]{64}\Z")
_SHORT_CONTAINER = 12
"""Digits of a container's id that Docker, Falco and others print."""


def _renamed(kind: str, value: str) -> tuple[str | None, str]:
    """Return the type of entity that the value itself names (None: as the attribute says), and its writing."""
    if kind == "user":
        match value.split(":"):
            case ["system", "serviceaccount", namespace, name]:
                return "service_account", f"{namespace}/{name}"
            case ["system", "node", name]:
                return "host", name
        return None, value
    return _by_arn(value) if kind in _NAMED_BY_ARN else (None, value)


def _by_kubernetes_name(value: str) -> tuple[str | None, str]:
    """Return the type of entity that `kind/namespace/name` or `kind/name` names."""
    kind, _, name = value.partition("/")
    parts = 1 if kind in _CLUSTER_WIDE else 2
    if kind in _KUBERNETES and name and len(name.split("/")) == parts:
        return _KUBERNETES[kind], name
    return None, value


def _by_arn(value: str) -> tuple[str | None, str]:
    """Return the type of entity an ARN or AWS id names (None: as the attribute says) and its one writing.

    IAM names are unique in an account whatever their path, which session ARNs leave out, so users and roles are written without it. EC2's ids are
    unique by themselves. Source: IAM user guide, `IAM identifiers`.
    """
    if _ACCESS_KEY.match(value):
        return "access_key", value
    parts = value.split(":", _ARN_PARTS - 1)
    if len(parts) != _ARN_PARTS or parts[0] != "arn":
        return ("container", value) if _CONTAINER.match(value) else _by_kubernetes_name(value)
    service, (kind, _, name) = parts[2], parts[5].partition("/")
    last = name.rpartition("/")[2]
    if service == "iam" and last and kind == "user":
        return "user", last
    if service == "iam" and last and kind == "role":
        return "role", ":".join(parts[:5]) + f":role/{last}"
    if service == "iam" and parts[5] == "root":
        return "user", value
    if service == "sts" and name:
        return "session", value
    if service == "ec2" and last:
        return "resource", last
    return None, value


def _canonical(kind: str, value: str) -> str | None:
    text = value.strip()
    low = text.lower()
    if low in _IGNORED or len(text) > _LONGEST:
        return None
    match kind:
        case "address":
            return canonical_address(text)
        case "host":
            return low.split(".")[0] if canonical_address(low) is None and not low.replace(".", "").isdigit() else None
        case "domain":
            return low.rstrip(".") if canonical_address(low) is None and "." in low.rstrip(".") else None
        case "user":
            return None if low in _NOBODY or low.endswith("$") else low.rsplit("\\", 1)[-1]
        case "container":
            return low.rpartition("/")[2][:_SHORT_CONTAINER]
        case "email" | "file_hash" | "file":
            return low
    return text


def canonical_address(text: str) -> str | None:
    """Return the address in its one writing; None where it is no address, or one that is nobody's (loopback, unspecified)."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return None if address.is_loopback or address.is_unspecified else str(address)


_OBSERVABLES: dict[str, int] = {
    "device.hostname": 1, "src_endpoint.hostname": 1, "dst_endpoint.hostname": 1, "query.hostname": 1, "http_request.url.hostname": 1,
    "device.ip": 2, "src_endpoint.ip": 2, "dst_endpoint.ip": 2, "answers.rdata": 2,
    "actor.user.name": 4, "user.name": 4,
    "actor.user.email_addr": 5, "user.email_addr": 5,
    "url.url_string": 6, "http_request.url.url_string": 6,
    "file.name": 7, "process.file.name": 7,
    "file.hashes.value": 8, "process.file.hashes.value": 8,
    "process.name": 9, "actor.process.name": 9,
    "resources.uid": 10, "resource.uid": 10, "device.instance_uid": 10,
    "process.cmd_line": 13, "actor.process.cmd_line": 13,
    "http_request.user_agent": 16,
    "actor.user.credential_uid": 19, "user.credential_uid": 19,
    "file.path": 45, "process.file.path": 45,
}  # fmt: skip
"""OCSF attribute path -> observable.type_id."""
_ADDRESS_OR_NAME = frozenset({"answers.rdata"})
"""What OCSF calls a text: an observable only where it is an address."""


def observables_of(attributes: Mapping[str, Value]) -> tuple[Observable, ...]:
    """Return a pointer for each attribute whose OCSF type is an observable's."""
    found: list[Observable] = []
    for path, value in attributes.items():
        type_id = _OBSERVABLES.get(path)
        if type_id is None:
            continue
        if type(value) is str and path not in _ADDRESS_OR_NAME:
            found.append(Observable(path, type_id, value))
            continue
        items = dict.fromkeys(
            item for item in (value if isinstance(value, list) else (value,)) if isinstance(item, str)
        )
        found.extend(
            Observable(path, type_id, item)
            for item in items
            if path not in _ADDRESS_OR_NAME or canonical_address(item) is not None
        )
    return tuple(found)
