"""An api process of a test's own, its tokens, and what its log holds."""

import asyncio
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import psutil

from minixdr.adapters.log.jetstream import JetStreamLog
from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.app.credentials import hash_of, new_token
from minixdr.local.ports import free_port
from minixdr.ports.database import Scope
from minixdr.ports.stores.access import NewToken

START_SECONDS = 120


class Server:
    """One process; `restart` ends it as an operator does, and starts it again on the same port."""

    def __init__(self, database_url, nats_url, most_bytes=1 << 30):
        self._database_url, self._nats_url = database_url, nats_url
        self._most_bytes = most_bytes
        self.stream = f"DOORS_{uuid4().hex[:8].upper()}"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process = None

    def start(self):
        arguments = [self._database_url, self._nats_url, self.stream, str(self.port), str(self._most_bytes)]
        self._process = subprocess.Popen([sys.executable, "-m", "tests.integration.doors.serve", *arguments])
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                assert time.monotonic() < until and self._process.poll() is None, "the server did not start"
                time.sleep(0.05)
            else:
                return self

    @property
    def pid(self):
        return self._process.pid

    def stop(self):
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(30)

    def kill(self):
        self._process.kill()
        self._process.wait(30)

    def token(self, **changes):
        """Return a new ingest token of a new organization, and the organization's id."""
        return asyncio.run(create_token(self._database_url, **changes))

    def alive(self):
        """Return whether the process runs and answers."""
        if self._process.poll() is not None:
            return False
        return httpx.get(f"{self.url}/livez", timeout=20, trust_env=False).status_code == httpx.codes.OK

    def memory_bytes(self):
        """Return how much memory the process uses."""
        return psutil.Process(self._process.pid).memory_info().rss

    def peak_bytes(self):
        """Return how much memory the process used at most (VmHWM), and begin to measure anew."""
        folder = Path(f"/proc/{self._process.pid}")
        line = next(line for line in (folder / "status").read_text().splitlines() if line.startswith("VmHWM"))
        (folder / "clear_refs").write_text("5")
        return int(line.split()[1]) << 10

    def waiting(self):
        """Return how many batches the log holds."""

        async def look():
            log = await JetStreamLog.connect(self._nats_url, most_bytes=self._most_bytes, stream=self.stream)
            try:
                return await log.waiting()
            finally:
                await log.close()

        return asyncio.run(look())

    def batches(self):
        """Return the batches in the log, and take them out."""
        return asyncio.run(self._batches())

    async def _batches(self):
        log = await JetStreamLog.connect(self._nats_url, most_bytes=self._most_bytes, stream=self.stream)
        found = []
        deliveries = log.deliveries(most=100)
        waiting = await log.waiting()
        while len(found) < waiting:
            for delivery in await asyncio.wait_for(anext(deliveries), 20):
                found.append(delivery.batch)
                await delivery.done()
        await deliveries.aclose()
        until = time.monotonic() + 10
        while await log.waiting():
            assert time.monotonic() < until, "acknowledged batches stay in the log"
            await asyncio.sleep(0.02)
        await log.close()
        return found


async def create_token(database_url, organization_id: UUID | None = None, *, expired=False, **changes):
    """Return (text of a new token, organization id)."""
    database = PostgresDatabase(database_url)
    try:
        if organization_id is None:
            organization_id = uuid4()
            name = f"org-{organization_id.hex[:12]}"
            async with database.transaction(Scope(system=True)) as tx:
                await tx.organizations.create(organization_id, name, name)
        text, prefix = new_token("ingest")
        if expired:
            changes["expires_at"] = datetime.now(UTC) - timedelta(minutes=1)
        new = NewToken(name="test", kind="ingest", token_hash=hash_of(text), prefix=prefix, **changes)
        async with database.transaction(Scope(organization_id)) as tx:
            await tx.tokens.create(new)
        return text, organization_id
    finally:
        await database.close()
