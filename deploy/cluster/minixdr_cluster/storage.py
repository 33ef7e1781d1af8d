"""The stand-in for the EBS driver: each claim gets a volume, which is a folder that the stand-in kubelet keeps."""

import asyncio

import httpx

from minixdr_cluster.client import ApiError, Client, Object, Watched

_PATH = "/api/v1/persistentvolumes"


class Volumes:
    """Makes volumes for claims that have none."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._new: asyncio.Queue[Object] = asyncio.Queue()
        self._claims = Watched(client, "/api/v1/persistentvolumeclaims", self._changed)

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._claims.run())
            while True:
                claim = await self._new.get()
                try:
                    await self._make(claim)
                except (ApiError, httpx.HTTPError):
                    continue  # it is there already, or the claim's next change tries again

    def _changed(self, _: str, claim: Object | None) -> None:
        if claim is not None and claim.get("status", {}).get("phase") == "Pending":
            self._new.put_nowait(claim)

    async def _make(self, claim: Object) -> None:
        metadata, spec = claim["metadata"], claim["spec"]
        value = {
            "metadata": {"name": f"pv-{metadata['namespace']}-{metadata['name']}"},
            "spec": {
                "capacity": spec["resources"]["requests"],
                "accessModes": spec["accessModes"],
                "storageClassName": spec.get("storageClassName", ""),
                "persistentVolumeReclaimPolicy": "Retain",
                "claimRef": {key: metadata[key] for key in ("name", "namespace", "uid")},
                "hostPath": {"path": f"/claims/{metadata['name']}"},
            },
        }
        await self._client.create(_PATH, value)
