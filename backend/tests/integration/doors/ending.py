"""What became of the records at the end of the way: a matcher empties the log, a committer fills the lake, and the receipts say."""

import asyncio
from datetime import UTC, datetime
from typing import NamedTuple

import psycopg

from minixdr import wiring
from minixdr.adapters.lake.lake import IcebergLake
from minixdr.adapters.log.jetstream import JetStreamLog
from minixdr.adapters.log.payload import encode
from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.app.detections import Detections
from minixdr.app.lake.commit import commit_pending
from minixdr.app.lake.read import files_for
from minixdr.app.platform import Platform
from minixdr.app.ruleset import load_ruleset
from minixdr.app.scan.request import ScanRequest
from minixdr.workers.matcher import Matcher

_DRAIN_SECONDS = 120


class Ended(NamedTuple):
    """Sums of an organization's receipts, and its rows in the lake."""

    received: int
    events: int
    skipped: int
    malformed: int
    duplicates: int
    kept: int


def ended(server, postgres, nats_url, organization_id, folder):
    """Empty the log through the pipeline, and return what the organization's receipts say."""
    kept = asyncio.run(_drain(server.stream, postgres.app_url, nats_url, folder, organization_id))
    with psycopg.connect(postgres.app_url) as connection:
        connection.execute("SELECT set_config('minixdr.organization_id', %s, false)", [str(organization_id)])
        sums = connection.execute(
            "SELECT coalesce(sum(received), 0)::int, coalesce(sum(events), 0)::int, coalesce(sum(skipped), 0)::int, "
            "coalesce(sum(malformed), 0)::int, coalesce(sum(duplicates), 0)::int FROM receipts"
        ).fetchone()
    return Ended(*sums, kept)


async def _drain(stream, database_url, nats_url, folder, organization_id):
    database = PostgresDatabase(database_url)
    log = await JetStreamLog.connect(nats_url, most_bytes=1 << 30, stream=stream)
    platform = Platform(
        database=database,
        log=log,
        secret_key=b"k" * 32,
        public_url="http://127.0.0.1",
        version="0",
        now=lambda: datetime.now(UTC),
    )
    ruleset = load_ruleset(ScanRequest(paths=()), wiring.services())
    lake = IcebergLake(str(folder), database_url)
    lake.prepare()
    matcher = Matcher(platform, Detections(ruleset, platform), lake, lambda delivery: encode(delivery.batch))
    stop = asyncio.Event()
    task = asyncio.create_task(matcher.run(stop))
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            while await log.waiting() and not task.done():
                await asyncio.sleep(0.05)
        stop.set()
        await task
        await commit_pending(database, lake, fence=1)
        found = await files_for(
            database, lake, organization_id, datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
        )
        return found.rows
    finally:
        stop.set()
        lake.close()
        await log.close()
        await database.close()
