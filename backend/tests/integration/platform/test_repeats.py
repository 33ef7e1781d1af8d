"""What a client sends twice, in other batches, is kept once, and its receipts say so."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from minixdr.app.lake.commit import commit_pending
from minixdr.app.lake.read import files_for
from minixdr.app.ruleset import Ruleset
from tests.engines import TestDatabase
from tests.integration.platform.conftest import world
from tests.integration.platform.records import LOGIN


def test_records_sent_again_in_other_batches_are_kept_once(
    postgres: TestDatabase, nats_url: str, tmp_path: Path, ruleset: Ruleset
) -> None:
    async def run() -> None:
        async with world(postgres, nats_url, str(tmp_path), ruleset) as made:
            made.lake.prepare()
            batches = [range(30), range(20, 50), range(20, 50), range(5)]
            for number, some in enumerate(batches):
                await made.platform.log.publish(made.batch([LOGIN % each for each in some], origin=str(number)))
                await made.drain()
                if number != 1:  # the first alone, the second and third together
                    await commit_pending(made.platform.database, made.lake, fence=number + 1)
            assert made.own("SELECT events, duplicates, sources FROM receipts ORDER BY received_at") == [
                (30, 0, {"aws_cloudtrail": 30}),
                (20, 10, {"aws_cloudtrail": 20}),
                (0, 30, {}),
                (0, 5, {}),
            ]
            assert made.own("SELECT received, events, duplicates FROM sources") == [(95, 50, 45)]
            given = await files_for(
                made.platform.database,
                made.lake,
                made.organization_id,
                datetime(2026, 1, 1, tzinfo=UTC),
                datetime(2026, 2, 1, tzinfo=UTC),
            )
            assert (given.rows, given.staged) == (50, None)

    asyncio.run(run())
