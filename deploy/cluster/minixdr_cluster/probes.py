"""Probes over real HTTP at the times that the pod's specification gives."""

import asyncio
from typing import Any

import httpx

from minixdr_cluster.addresses import loopback


class Prober:
    """Asks one container. The kubelet's own client follows no name, keeps no connection, and takes 200 to 399 for yes."""

    def __init__(self, address: str, ports: dict[str, int]) -> None:
        self._address, self._ports = loopback(address), ports

    async def ask(self, probe: dict[str, Any]) -> str | None:
        """Return None where the probe succeeded, else why not."""
        timeout = float(probe.get("timeoutSeconds") or 1)
        if "httpGet" in probe:
            return await self._http(probe["httpGet"], timeout)
        if "tcpSocket" in probe:
            return await self._tcp(probe["tcpSocket"]["port"], timeout)
        return f"the stand-in kubelet does not know this probe: {sorted(probe)}"

    async def _http(self, get: dict[str, Any], timeout: float) -> str | None:
        url = f"http://{self._address}:{self._port(get['port'])}{get.get('path', '/')}"
        try:
            async with httpx.AsyncClient(timeout=timeout, trust_env=False) as client:
                answer = await client.get(url, headers={"User-Agent": "kube-probe/stand-in", "Connection": "close"})
        except httpx.HTTPError as error:
            return f'Get "{url}": {type(error).__name__} {error}'
        if httpx.codes.OK <= answer.status_code < httpx.codes.BAD_REQUEST:
            return None
        return f"HTTP probe failed with statuscode: {answer.status_code}"

    async def _tcp(self, port: Any, timeout: float) -> str | None:
        try:
            async with asyncio.timeout(timeout):
                _, writer = await asyncio.open_connection(self._address, self._port(port))
        except (OSError, TimeoutError) as error:
            return f"dial tcp {self._address}: {error}"
        writer.close()
        return None

    def _port(self, port: Any) -> int:
        return self._ports[port] if isinstance(port, str) and port in self._ports else int(port)
