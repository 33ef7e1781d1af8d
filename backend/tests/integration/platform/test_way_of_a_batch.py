"""A batch from the log to findings and incidents, on real engines; once, twice, and with a death at each step."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from minixdr.app.lake.commit import commit_pending
from minixdr.app.lake.read import files_for
from minixdr.app.ruleset import Ruleset
from tests.engines import TestDatabase
from tests.integration.platform.conftest import world

LOGIN = (
    b'{"eventVersion":"1.08","eventID":"%d","eventTime":"2026-01-02T03:04:05Z","eventSource":"signin.amazonaws.com",'
    b'"eventName":"ConsoleLogin","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.7","userIdentity":{"type":"Root",'
    b'"arn":"arn:aws:iam::111122223333:root","accountId":"111122223333"},"responseElements":{"ConsoleLogin":"Success"},'
    b'"additionalEventData":{"MFAUsed":"No"},"eventType":"AwsConsoleSignIn","recipientAccountId":"111122223333"}'
)


def test_a_batch_becomes_events_findings_and_an_incident(
    postgres: TestDatabase, nats_url: str, tmp_path: Path, ruleset: Ruleset
) -> None:
    async def run() -> None:
        async with world(postgres, nats_url, str(tmp_path), ruleset) as made:
            raws = [LOGIN % number for number in range(3)] + [b"{ torn", b'{"what": "is this"}', LOGIN % 1]
            assert await made.platform.log.publish(made.batch(raws))
            assert not await made.platform.log.publish(made.batch(raws))
            await made.drain()
            receipts = made.own("SELECT received, events, skipped, malformed, duplicates FROM receipts")
            assert receipts == [(6, 3, 1, 1, 1)]
            assert made.own("SELECT rows FROM lake_outbox") == [(3,)]
            findings = made.own("SELECT count(*) FROM findings")[0][0]
            assert findings
            correlator = made.correlator()
            for _ in range(3):
                await correlator.step(made.organization_id)
            assert made.own("SELECT count(*) FROM signals") == [(0,)]
            incidents = made.own("SELECT number, title, cardinality(finding_ids) FROM incidents")
            assert [(row[0], row[2]) for row in incidents] == [(1, findings)]
            assert made.own("SELECT count(*) FROM findings WHERE incident_id IS NULL") == [(0,)]

    asyncio.run(run())


@pytest.mark.parametrize("step", ["worked", "staged", "keeping", "kept"])
def test_a_death_at_each_step_loses_and_doubles_nothing(
    step: str, postgres: TestDatabase, nats_url: str, tmp_path: Path, ruleset: Ruleset
) -> None:
    def die(at: str) -> None:
        if at == step:
            raise RuntimeError(f"dies at {at}")

    async def run() -> None:
        async with world(postgres, nats_url, str(tmp_path), ruleset) as made:
            await made.platform.log.publish(made.batch([LOGIN % number for number in range(50)], origin=step))
            dying = made.matcher(die)
            stop = asyncio.Event()
            task = asyncio.create_task(dying.run(stop))
            await asyncio.sleep(1.5)
            stop.set()
            await task
            assert await made.platform.log.waiting() == 1
            await made.drain()
            assert made.own("SELECT received, events, duplicates FROM receipts") == [(50, 50, 0)]
            assert made.own("SELECT rows FROM lake_outbox") == [(50,)]
            assert made.own("SELECT sum(events) FROM sources") == [(50,)]

    asyncio.run(run())


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
