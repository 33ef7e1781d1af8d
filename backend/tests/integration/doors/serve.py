"""The api process with a real database and log, until SIGTERM: python -m tests.integration.doors.serve DATABASE_URL NATS_URL STREAM PORT BYTES."""

import asyncio
import os
import sys
from datetime import UTC, datetime

from minixdr.adapters.log.jetstream import JetStreamLog
from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.api.serve import Options, serve
from minixdr.app.platform import Platform


async def _end_with(parent):
    while os.getppid() == parent:
        await asyncio.sleep(0.5)
    os._exit(1)


async def _serve(database_url, nats_url, stream, port, most_bytes):
    watching = asyncio.create_task(_end_with(os.getppid()))
    log = await JetStreamLog.connect(nats_url, most_bytes=int(most_bytes), stream=stream)
    database = PostgresDatabase(database_url)
    platform = Platform(
        database=database,
        log=log,
        secret_key=b"k" * 32,
        public_url="http://127.0.0.1",
        version="0",
        now=lambda: datetime.now(UTC),
    )
    await serve(platform, Options("127.0.0.1", int(port)))
    await log.close()
    await database.close()
    watching.cancel()


if __name__ == "__main__":
    asyncio.run(_serve(*sys.argv[1:]))
