"""The api process with a real database and log, until SIGTERM: python -m tests.integration.doors.serve DATABASE_URL NATS_URL STREAM PORT."""

import asyncio
import sys
from datetime import UTC, datetime

import uvicorn

from minixdr.adapters.log.jetstream import JetStreamLog
from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.api.app import create_app
from minixdr.app.platform import Platform


async def _serve(database_url, nats_url, stream, port):
    log = await JetStreamLog.connect(nats_url, most_bytes=1 << 30, stream=stream)
    database = PostgresDatabase(database_url)
    platform = Platform(
        database=database,
        log=log,
        secret_key=b"k" * 32,
        public_url="http://127.0.0.1",
        version="0",
        now=lambda: datetime.now(UTC),
    )
    config = uvicorn.Config(
        create_app(platform), host="127.0.0.1", port=int(port), log_level="warning", access_log=False, http="httptools",
        timeout_graceful_shutdown=10,
    )  # fmt: skip
    await uvicorn.Server(config).serve()
    await log.close()
    await database.close()


if __name__ == "__main__":
    asyncio.run(_serve(*sys.argv[1:]))
