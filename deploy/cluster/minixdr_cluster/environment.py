"""A container's environment, as the kubelet builds it, then fitted to this machine.

Fitted, because there are no namespaces: `0.0.0.0` becomes the pod's loopback address, the path of a mount becomes its folder, and names that
cluster DNS or Route 53 would answer become addresses of loopback (`Names`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from minixdr_cluster.addresses import PodAddresses, loopback
from minixdr_cluster.client import Client, Object
from minixdr_cluster.volumes import MissingError, values

_REFERENCE = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)")
_BEFORE = r"(?:(?<=//)|(?<=@))"
_ANY_ADDRESS = "0.0.0.0"  # noqa: S104 - it is replaced


@dataclass
class Names:
    """Host names of the cluster and where they lead on this machine: `backend` -> `127.96.0.12`."""

    hosts: dict[str, str] = field(default_factory=dict)
    headless: set[str] = field(default_factory=set)
    """Services without an address: `<pod>.<service>` is a pod's."""
    addresses: PodAddresses = field(default_factory=PodAddresses)

    def fit(self, text: str) -> str:
        """Return the text with host names of addresses (`//host`, `@host`) replaced."""
        for service in self.headless:
            pattern = rf"{_BEFORE}([a-z0-9-]+)\.{re.escape(service)}(?=[:/,\"]|$)"
            text = re.sub(pattern, lambda found: loopback(self.addresses.stable(found[1])), text)
        for host, address in sorted(self.hosts.items(), key=lambda pair: -len(pair[0])):
            text = re.sub(rf"{_BEFORE}{re.escape(host)}(?=[:/,]|$)", address, text)
        return text


@dataclass
class Fitting:
    """What of a container is told differently on this machine."""

    address: str
    """The pod's, as Kubernetes knows it."""
    mounts: dict[str, Path]
    """Path in the container -> folder here."""
    names: Names
    kept: Path
    """What lies below this folder of the machine is meant as it is."""

    def fit_file(self, text: str) -> str:
        """Return a configuration file's text as the process here must get it."""
        return self._paths(self.names.fit(text.replace(_ANY_ADDRESS, loopback(self.address))))

    def fit(self, text: str) -> str:
        """Return a value as the process here must get it."""
        if text == _ANY_ADDRESS:
            return loopback(self.address)
        return self._paths(self.names.fit(text).replace(f"//{_ANY_ADDRESS}:", f"//{loopback(self.address)}:"))

    def _paths(self, text: str) -> str:
        """Replace paths of mounts, in one go: what is put in may look like another mount's."""
        meant = self.mounts | {str(self.kept): self.kept}
        longest_first = sorted(meant, key=len, reverse=True)
        pattern = rf'(?<![\w/.])({"|".join(re.escape(path) for path in longest_first)})(?=[/:,"]|$)'
        return re.sub(pattern, lambda found: str(meant[found[1]]), text)


async def build(client: Client, pod: Object, container: Object, image: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that the pod's specification gives, over the image's own. Raises MissingError, ApiError."""
    made = dict(image)
    for source in container.get("envFrom") or []:
        for kind, collection in (("configMapRef", "configmaps"), ("secretRef", "secrets")):
            if kind in source:
                reference = source[kind]
                data = await values(
                    client, pod, collection, reference["name"], optional=bool(reference.get("optional"))
                )
                prefix = source.get("prefix", "")
                made |= {prefix + key: value.decode() for key, value in data.items()}
    for each in container.get("env") or []:
        value = await _value(client, pod, container, each)
        if value is not None:
            made[each["name"]] = _REFERENCE.sub(lambda found: made.get(found[1], found[0]), value)
    return made


def expand(texts: list[str], environment: Mapping[str, str]) -> list[str]:
    """Return command or arguments with `$(NAME)` replaced."""
    return [_REFERENCE.sub(lambda found: environment.get(found[1], found[0]), text) for text in texts]


async def _value(client: Client, pod: Object, container: Object, each: dict[str, Any]) -> str | None:
    source = each.get("valueFrom")
    if source is None:
        return str(each.get("value", ""))
    if "fieldRef" in source:
        return _field(pod, source["fieldRef"]["fieldPath"])
    if "resourceFieldRef" in source:
        kind, name = source["resourceFieldRef"]["resource"].split(".", 1)
        return str(container.get("resources", {}).get(kind, {}).get(name, "0"))
    for kind, collection in (("configMapKeyRef", "configmaps"), ("secretKeyRef", "secrets")):
        if kind in source:
            reference = source[kind]
            optional = bool(reference.get("optional"))
            data = await values(client, pod, collection, reference["name"], optional=optional)
            if reference["key"] in data:
                return data[reference["key"]].decode()
            if optional:
                return None
            raise MissingError(
                f"couldn't find key {reference['key']} in {collection.removesuffix('s')} {reference['name']}"
            )
    raise MissingError(f"the stand-in kubelet does not know the source of {each['name']}: {sorted(source)}")


def _field(pod: Object, path: str) -> str:
    indexed = re.fullmatch(r"metadata\.(labels|annotations)\['(.+)'\]", path)
    if indexed:
        return str(pod["metadata"].get(indexed[1], {}).get(indexed[2], ""))
    value: Any = pod
    for part in path.split("."):
        value = value.get(part, "") if isinstance(value, dict) else ""
    return str(value)
