"""Requests that a client sends before it has the answers to those before: some wait their turn, more end the connection."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
import uvicorn

from minixdr.api.connection import MOST_WAITING, BoundedConnection

Send = Callable[[dict[str, object]], Awaitable[None]]


@pytest.mark.parametrize(("count", "served"), [(20, 20), (10_000, MOST_WAITING + 1)])
def test_so_many_requests_wait_on_one_connection(count: int, served: int) -> None:
    """Each in its turn. Without a bound, one connection would make as many tasks as fit into what it sends."""
    paths: list[str] = []

    async def app(scope: dict[str, str], receive: object, send: Send) -> None:
        paths.append(scope["path"])
        await asyncio.sleep(0)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async def run() -> bytes:
        config = uvicorn.Config(app, http=BoundedConnection, log_config=None, ws="none", lifespan="off")  # type: ignore[arg-type]
        server = uvicorn.Server(config)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            serving = asyncio.create_task(server._serve(sockets=[listening]))
            while not server.started:
                await asyncio.sleep(0.01)
            reader, writer = await asyncio.open_connection(*listening.getsockname())
            writer.write(b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in range(count)))
            answer = b""
            with suppress(ConnectionError):  # it hung up while we still sent
                while answer.count(b"HTTP/1.1 ") < count and (more := await asyncio.wait_for(reader.read(65_536), 20)):
                    answer += more
            writer.close()
            server.should_exit = True
            await serving
            return answer

    answer = asyncio.run(run())
    assert paths == [f"/{number}" for number in range(len(paths))]
    if count == served:
        assert answer.count(b"HTTP/1.1 204") == len(paths) == count
    else:
        assert len(paths) <= served
