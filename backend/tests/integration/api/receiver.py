"""Real other sides of notifications on loopback ports: an HTTP server, and a small SMTP server. Each can be told to misbehave."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Request:
    """A request that came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """An HTTP server: it keeps what comes, and answers what it is told."""

    port: int = 0
    requests: list[Request] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    """Answers to the next requests, whole; afterwards 200."""
    before_answer: Callable[[], Awaitable[None]] | None = None

    def url(self, path: str = "/hook/abcdefghijkl") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.requests.append(Request(first.split()[1], headers, body))
        if self.before_answer is not None:
            await self.before_answer()
        writer.write(self.answers.pop(0) if self.answers else answer(200, "ok"))
        try:
            await writer.drain()
        except ConnectionError:
            return
        finally:
            writer.close()


def answer(status: int, text: str, **headers: str) -> bytes:
    """Return an answer; names of headers have `_` for `-`."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} X\r\nContent-Length: {len(text)}\r\nConnection: close\r\n{more}\r\n{text}".encode()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """Give a server that listens."""
    made = Receiver()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made


@dataclass
class MailServer:
    """An SMTP server (RFC 5321) without encryption: it keeps what comes."""

    port: int = 0
    mails: list[tuple[list[str], bytes]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    """Addresses for which it takes nothing."""
    commands: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(text: str) -> None:
            writer.write(f"{text}\r\n".encode())

        say("220 test")
        recipients: list[str] = []
        while line := (await reader.readline()).decode().strip():
            self.commands.append(line)
            verb = line[:4].upper()
            if verb == "RCPT":
                address = line.partition("<")[2].partition(">")[0]
                if address in self.refused:
                    say("550 no such user here")
                    continue
                recipients.append(address)
            if verb == "DATA":
                say("354 go on")
                self.mails.append((recipients, await reader.readuntil(b"\r\n.\r\n")))
                recipients = []
            say("221 bye" if verb == "QUIT" else "250 ok")
            if verb == "QUIT":
                break
        writer.close()


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    """Give a mail server that listens."""
    made = MailServer()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made
