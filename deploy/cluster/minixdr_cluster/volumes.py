"""A pod's volumes as folders of this machine: emptyDir, configMap, secret, projected ones of both, and claims (a folder a claim, kept).

Nothing is mounted: where a container would see `/tmp`, its environment and arguments are told the folder instead (see `environment`).
"""

import base64
from pathlib import Path
from typing import Any

from minixdr_cluster.client import Client, Object


class MissingError(Exception):
    """A ConfigMap or Secret is not there; the message is the kubelet's."""


async def make(client: Client, pod: Object, folder: Path, claims: Path) -> dict[str, Path]:
    """Return the folder of each volume. Raises MissingError, ApiError."""
    made: dict[str, Path] = {}
    for volume in pod["spec"].get("volumes") or []:
        name = volume["name"]
        claim = volume.get("persistentVolumeClaim")
        target = claims / claim["claimName"] if claim else folder / name
        target.mkdir(parents=True, exist_ok=True)
        if "configMap" in volume:
            await _write(client, pod, "configmaps", volume["configMap"], volume["configMap"].get("name"), target)
        elif "secret" in volume:
            await _write(client, pod, "secrets", volume["secret"], volume["secret"].get("secretName"), target)
        elif "projected" in volume:
            for source in volume["projected"].get("sources") or []:
                for kind, collection in (("configMap", "configmaps"), ("secret", "secrets")):
                    if kind in source:
                        await _write(client, pod, collection, source[kind], source[kind]["name"], target)
        made[name] = target
    return made


async def values(client: Client, pod: Object, collection: str, name: str, *, optional: bool) -> dict[str, bytes]:
    """Return the data of a ConfigMap or Secret. Raises MissingError."""
    namespace = pod["metadata"]["namespace"]
    found = await client.find(f"/api/v1/namespaces/{namespace}/{collection}/{name}")
    if found is None:
        if optional:
            return {}
        raise MissingError(f'{collection.removesuffix("s")} "{name}" not found')
    data: dict[str, str] = found.get("data") or {}
    if collection == "secrets":
        return {key: base64.b64decode(value) for key, value in data.items()}
    return {key: value.encode() for key, value in data.items()}


async def _write(client: Client, pod: Object, collection: str, source: dict[str, Any], name: Any, target: Path) -> None:
    data = await values(client, pod, collection, str(name), optional=bool(source.get("optional")))
    items = {each["key"]: each["path"] for each in source.get("items") or []} or {key: key for key in data}
    for key, path in items.items():
        if key not in data:
            raise MissingError(f"references non-existent {collection.removesuffix('s')} key: {key}")
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(data[key])
        (target / path).chmod(0o600)
