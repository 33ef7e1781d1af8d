"""The kubelet's address for `kubectl logs`: HTTPS on loopback, `GET /containerLogs/<namespace>/<pod>/<container>`, with follow, tail and previous."""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from minixdr_cluster.certificates import Authority
from minixdr_cluster.container import Container

FindContainer = Callable[[str, str, str], Container | None]
"""By namespace, pod and name."""


class LogServer:
    """Serves the output of containers to kube-apiserver."""

    def __init__(self, find: FindContainer) -> None:
        self._find = find
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self, authority: Authority) -> None:
        """Listen on a free port; only who has a certificate of the authority is served."""
        issued = authority.issue("kubelet-logs", hosts=("127.0.0.1",))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(authority.path))
        context.load_cert_chain(issued.certificate, issued.key)
        context.verify_mode = ssl.CERT_REQUIRED
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Stop listening."""
        if self._server:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            url = urlsplit(request.split(" ", 2)[1])
            asked = {name: values[-1] for name, values in parse_qs(url.query).items()}
            parts = url.path.strip("/").split("/")
            container = self._find(*parts[1:4]) if parts[0] == "containerLogs" and len(parts) == 4 else None  # noqa: PLR2004
            files = container.attempts if container else []
            wanted = files[-2:-1] if asked.get("previous") == "true" else files[-1:]
            if container is None or not wanted:
                writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\nConnection: close\r\n\r\nnot found")
            else:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n")
                await self._send(writer, container, wanted[0], asked)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, IndexError):
            return
        finally:
            writer.close()

    @staticmethod
    async def _send(writer: asyncio.StreamWriter, container: Container, path: Path, asked: dict[str, str]) -> None:
        content = path.read_bytes() if path.exists() else b""
        position = len(content)
        if "tailLines" in asked:
            count = int(asked["tailLines"])
            content = b"".join(content.splitlines(keepends=True)[-count:]) if count else b""
        writer.write(content)
        while asked.get("follow") == "true":
            await writer.drain()
            with path.open("rb") as file:
                file.seek(position)
                more = file.read()
            position += len(more)
            writer.write(more)
            if not more and "running" not in container.state:
                return
            await asyncio.sleep(0.2)
