"""The health port: what it says from the first moment of a process to its end."""

import asyncio
from typing import Any

import httpx
import pytest

from minixdr.adapters.health_server import HealthAddressError, application, health_served
from minixdr.app.build import Build, SchemaRange
from minixdr.app.health import Part
from minixdr.app.startup import Startup
from minixdr.app.vitals import Vitals


class FakeHealth:
    """Parts that are as told."""

    def __init__(self, *parts: Part) -> None:
        self.told, self.asked = list(parts), 0

    async def parts(self) -> list[Part]:
        self.asked += 1
        return self.told


def _vitals() -> Vitals:
    return Vitals(Build("1.2.3", "1f0c2ab93d4e", None, SchemaRange(1, 2)), Startup())


def _ask(vitals: Vitals, path: str) -> tuple[int, Any]:
    async def run() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(application(vitals)), base_url="http://x") as client:
            return await client.get(path)

    answer = asyncio.run(run())
    return answer.status_code, answer.json()


def test_it_is_alive_whatever_else_is_not() -> None:
    """Liveness asks no part; readiness names those that fail, and says no where there is none to be asked yet."""
    vitals = _vitals()
    vitals.startup.add("rules", "they are being loaded")
    assert _ask(vitals, "/livez") == (200, {"status": "ok"})
    assert _ask(vitals, "/startupz") == (503, {"status": "starting", "pending": {"rules": "they are being loaded"}})
    loading = {"rules": {"state": "failed", "problem": "they are being loaded"}}
    assert _ask(vitals, "/readyz") == (503, {"status": "not_ready", "parts": loading})
    vitals.startup.done("rules")
    assert _ask(vitals, "/startupz")[0] == 200
    assert _ask(vitals, "/readyz") == (503, {"status": "not_ready", "parts": {}})
    health = FakeHealth(Part("database", "does not answer"), Part("log", None))
    vitals.health = health  # type: ignore[assignment]
    assert _ask(vitals, "/livez")[0] == 200
    assert health.asked == 0
    status, said = _ask(vitals, "/readyz")
    assert (status, said["parts"]["database"]["problem"]) == (503, "does not answer")
    health.told = [Part("database", None)]
    assert _ask(vitals, "/readyz") == (
        200,
        {"status": "ready", "parts": {"database": {"state": "ok", "problem": None}}},
    )


def test_it_is_not_ready_once_it_was_asked_to_end() -> None:
    """Though every part works; it is alive all the same, and has started."""
    vitals = _vitals()
    vitals.health = FakeHealth(Part("database", None))  # type: ignore[assignment]
    vitals.drain()
    status, said = _ask(vitals, "/readyz")
    assert (status, said["status"]) == (503, "draining")
    assert (_ask(vitals, "/livez")[0], _ask(vitals, "/startupz")[0]) == (200, 200)


def test_an_address_that_is_taken_is_said() -> None:
    """With the settings that choose another; port 0 serves nowhere."""

    async def run() -> None:
        async with health_served(_vitals(), "127.0.0.1", 0) as nowhere:
            assert nowhere == 0
        listening = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        with pytest.raises(HealthAddressError, match="MINIXDR_HEALTH_PORT"):
            async with health_served(_vitals(), "127.0.0.1", port):
                pass
        listening.close()
        await listening.wait_closed()
        async with health_served(_vitals(), "127.0.0.1", port), httpx.AsyncClient() as client:
            version = (await client.get(f"http://127.0.0.1:{port}/version")).json()
        assert version == {
            "name": "minixdr",
            "version": "1.2.3",
            "revision": "1f0c2ab93d4e",
            "image_digest": None,
            "schema": {"oldest": 1, "newest": 2},
        }

    asyncio.run(run())
