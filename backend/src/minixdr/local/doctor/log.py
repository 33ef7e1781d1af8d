"""Looks at NATS: can it be reached, is what it acknowledges on disk, how full is the log."""

import asyncio
import json
from typing import Any

from minixdr.local.doctor.check import Check, fail, ok, warn
from minixdr.local.nats import VARZ

_FULL, _NEARLY_FULL = 0.95, 0.7
_STREAM = "MINIXDR_INGEST"
_WANTED = {"storage": "file", "discard": "new", "retention": "workqueue"}


def log(url: str) -> list[Check]:
    """Look at a server. The address holds a password and is shown nowhere."""
    return asyncio.run(_look(url))


async def _look(url: str) -> list[Check]:
    import nats  # noqa: PLC0415 - see commands.py
    from nats.errors import Error  # noqa: PLC0415

    async def quiet(_: Exception) -> None:
        return

    try:
        client = await nats.connect(
            url.split(","), connect_timeout=5, max_reconnect_attempts=1, reconnect_time_wait=0.1, error_cb=quiet
        )
    except (Error, OSError) as error:
        return [fail("log", f"NATS does not answer as it should: {error}", "see MINIXDR_NATS_URL and the server's log")]
    try:
        version = client.connected_server_version
        return [
            ok("log", f"NATS {version.major}.{version.minor}.{version.patch}"),
            await _synced(client),
            *await _stream(client),
        ]
    finally:
        await client.close()


async def _synced(client: Any) -> Check:
    from nats.errors import Error  # noqa: PLC0415

    name = "log on disk"
    try:
        answer = json.loads((await client.request(VARZ, timeout=3)).data)
    except (Error, TimeoutError):
        return warn(
            name,
            "the server does not tell whether it writes before it acknowledges",
            f"set `sync_interval: always`, and let this account ask {VARZ}",
        )
    if answer.get("data", {}).get("jetstream", {}).get("config", {}).get("sync_always") is not True:
        return fail(
            name,
            "the server acknowledges before it writes: a power cut loses what clients were told is safe",
            "set `sync_interval: always` in the `jetstream` block of its configuration",
        )
    return ok(name, "the server writes before it acknowledges")


async def _stream(client: Any) -> list[Check]:
    from nats.errors import Error  # noqa: PLC0415
    from nats.js.errors import NotFoundError  # noqa: PLC0415

    name = "log stream"
    try:
        found = json.loads((await client.request(f"$JS.API.STREAM.INFO.{_STREAM}", timeout=3)).data)
    except NotFoundError:
        return [warn(name, f"there is no stream {_STREAM} yet", "api and worker make it when they start")]
    except (Error, TimeoutError) as error:
        return [fail(name, f"JetStream does not answer: {error}", "the server must run with JetStream")]
    if "error" in found:
        return [warn(name, f"{_STREAM}: {found['error'].get('description')}", "api and worker make it when they start")]
    config, state = found["config"], found["state"]
    wrong = [
        f"{key} is {config.get(key)!r}, not {value!r}" for key, value in _WANTED.items() if config.get(key) != value
    ]
    if wrong:
        return [fail(name, "; ".join(wrong), f"somebody changed {_STREAM} by hand: nats stream edit {_STREAM}")]
    most = config.get("max_bytes", -1)
    full = state["bytes"] / most if most > 0 else 0.0
    said = f"{state['messages']:,} batches wait, {state['bytes'] / 1e6:,.1f} MB ({full:.0%} of its bound)"
    advice = "workers do not keep up: see their log, start more, or raise MINIXDR_LOG_MOST_BYTES"
    if full > _FULL:
        return [fail(name, said, advice)]
    return [warn(name, said, advice) if full > _NEARLY_FULL else ok(name, said)]
