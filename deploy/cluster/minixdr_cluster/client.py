"""A small asynchronous client of kube-apiserver for the stand-ins: objects are JSON as they came, `Watched` keeps a live copy of a collection."""

import asyncio
import json
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from minixdr_cluster.certificates import Issued

Object = dict[str, Any]

STRATEGIC = "application/strategic-merge-patch+json"
MERGE = "application/merge-patch+json"


class ApiError(Exception):
    """kube-apiserver refused."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


class Client:
    """Reads and writes objects by their path: `/api/v1/namespaces/x/pods/y`."""

    def __init__(self, url: str, authority: Path, issued: Issued) -> None:
        context = ssl.create_default_context(cafile=str(authority))
        context.load_cert_chain(issued.certificate, issued.key)
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
        self._http = httpx.AsyncClient(base_url=url, verify=context, timeout=httpx.Timeout(30.0), limits=limits)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def get(self, path: str) -> Object:
        """Return an object or a list. Raises ApiError."""
        return await self._send("GET", path)

    async def find(self, path: str) -> Object | None:
        """Return an object; None where there is none. Raises ApiError."""
        try:
            return await self._send("GET", path)
        except ApiError as error:
            if error.status == httpx.codes.NOT_FOUND:
                return None
            raise

    async def create(self, path: str, value: Object) -> Object:
        """Return the new object of a collection's path. Raises ApiError."""
        return await self._send("POST", path, value)

    async def replace(self, path: str, value: Object) -> Object:
        """Return the object after a PUT. Raises ApiError."""
        return await self._send("PUT", path, value)

    async def patch(self, path: str, value: Object, kind: str = STRATEGIC) -> Object:
        """Return the changed object. Raises ApiError."""
        return await self._send("PATCH", path, value, kind)

    async def delete(self, path: str, options: Object | None = None) -> Object:
        """Return what the server says. Raises ApiError."""
        return await self._send("DELETE", path, options)

    async def _send(
        self, method: str, path: str, value: Object | None = None, kind: str = "application/json"
    ) -> Object:
        content = None if value is None else json.dumps(value)
        while True:
            answer = await self._http.request(method, path, content=content, headers={"Content-Type": kind})
            if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                break
            await asyncio.sleep(0.5)  # it says when it is starting something or has too much to do
        if answer.is_error:
            try:
                message = str(answer.json().get("message", answer.text))
            except json.JSONDecodeError:
                message = answer.text
            raise ApiError(answer.status_code, message)
        found: Object = answer.json()
        return found

    async def watch(self, path: str, version: str, told: Callable[[str, Object], None]) -> None:
        """Tell each change of a collection after `version`, until the server ends the stream. Raises ApiError, httpx.HTTPError."""
        joiner = "&" if "?" in path else "?"
        url = f"{path}{joiner}watch=true&resourceVersion={version}&timeoutSeconds=300"
        async with self._http.stream("GET", url, timeout=httpx.Timeout(30.0, read=None)) as answer:
            if answer.is_error:
                raise ApiError(answer.status_code, (await answer.aread()).decode())
            async for line in answer.aiter_lines():
                if not line:
                    continue
                event = json.loads(line)
                if event["type"] == "ERROR":
                    raise ApiError(int(event["object"].get("code", 500)), str(event["object"].get("message")))
                told(event["type"], event["object"])


class Watched:
    """A live copy of a collection, by `namespace/name`."""

    def __init__(self, client: Client, path: str, changed: Callable[[str, Object | None], None] | None = None) -> None:
        """`changed` is told the key and the object; None: it is gone."""
        self.objects: dict[str, Object] = {}
        self._client, self._path = client, path
        self._listeners = [] if changed is None else [changed]
        self._first = asyncio.Event()

    async def ready(self) -> None:
        """Wait for the first list."""
        await self._first.wait()

    async def run(self) -> None:
        """Keep the copy fresh until cancelled."""
        while True:
            try:
                listed = await self._client.get(self._path)
                fresh = {key_of(each): each for each in listed["items"]}
                for gone in set(self.objects) - set(fresh):
                    self._tell(gone, None)
                for key, each in fresh.items():
                    self._tell(key, each)
                self._first.set()
                await self._client.watch(self._path, listed["metadata"]["resourceVersion"], self._event)
            except (ApiError, httpx.HTTPError):
                await asyncio.sleep(0.5)  # the server is away or the version too old: list again

    def _event(self, kind: str, value: Object) -> None:
        if kind == "BOOKMARK":
            return
        self._tell(key_of(value), None if kind == "DELETED" else value)

    def _tell(self, key: str, value: Object | None) -> None:
        if value is None:
            self.objects.pop(key, None)
        else:
            self.objects[key] = value
        for listener in self._listeners:
            listener(key, value)


def key_of(value: Object) -> str:
    """Return `namespace/name`, or the name of what has no namespace."""
    metadata = value["metadata"]
    return f"{metadata['namespace']}/{metadata['name']}" if metadata.get("namespace") else str(metadata["name"])


def pod_path(value: Object) -> str:
    """Return the path of a pod."""
    metadata = value["metadata"]
    return f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"
