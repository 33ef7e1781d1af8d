"""What one connection may cost: requests that wait on it, bodies that do not come to an end."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn

from minixdr.api.connection import MOST_WAITING, BoundedConnection

Send = Callable[[dict[str, object]], Awaitable[None]]


@asynccontextmanager
async def connected(paths: list[str]) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Connect to a server that notes each request's path and answers before it has read the body."""

    async def app(scope: dict[str, str], receive: object, send: Send) -> None:
        paths.append(scope["path"])
        await asyncio.sleep(0)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    config = uvicorn.Config(app, http=BoundedConnection, log_config=None, ws="none", lifespan="off")  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server._serve(sockets=[listening]))
        while not server.started:
            await asyncio.sleep(0.01)
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        try:
            yield reader, writer
        finally:
            writer.close()
            server.should_exit = True
            await serving


@pytest.mark.parametrize(("count", "served"), [(20, 20), (10_000, MOST_WAITING + 1)])
def test_so_many_requests_wait_on_one_connection(count: int, served: int) -> None:
    """Each in its turn. Without a bound, one connection would make as many tasks as fit into what it sends."""
    paths: list[str] = []

    async def run() -> bytes:
        answer = b""
        async with connected(paths) as (reader, writer):
            writer.write(b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in range(count)))
            with suppress(ConnectionError):  # it hung up while we still sent
                while answer.count(b"HTTP/1.1 ") < count and (more := await asyncio.wait_for(reader.read(65_536), 20)):
                    answer += more
        return answer

    answer = asyncio.run(run())
    assert paths == [f"/{number}" for number in range(len(paths))]
    if count == served:
        assert answer.count(b"HTTP/1.1 204") == len(paths) == count
    else:
        assert len(paths) <= served


@pytest.mark.parametrize("ends", [True, False])
def test_a_body_that_was_answered_has_a_while_to_end(ends: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """In time, and the connection serves the next request; else it is closed, however busily bytes come."""
    monkeypatch.setattr("minixdr.api.connection.REST_SECONDS", 0.5)
    paths: list[str] = []

    async def run() -> None:
        async with connected(paths) as (reader, writer):
            writer.write(b"POST /first HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
            assert (await reader.read(1_000)).startswith(b"HTTP/1.1 204")
            if ends:
                writer.write(b"x" * 1_000)
                await asyncio.sleep(0.8)
                writer.write(b"GET /second HTTP/1.1\r\nHost: x\r\n\r\n")
                assert (await reader.read(1_000)).startswith(b"HTTP/1.1 204")
                return
            with suppress(ConnectionError):
                for _ in range(30):
                    writer.write(b"x")
                    with suppress(TimeoutError):
                        assert await asyncio.wait_for(reader.read(1), 0.1) == b""
                        return
                pytest.fail("it still waits")

    asyncio.run(run())
    assert paths == (["/first", "/second"] if ends else ["/first"])
