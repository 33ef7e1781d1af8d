"""A batch from the log to findings and incidents, on real engines; once, twice, and with a death at each step."""

import asyncio
from pathlib import Path

import pytest

from minixdr.app.ruleset import Ruleset
from tests.engines import TestDatabase
from tests.integration.platform.conftest import world
from tests.integration.platform.records import LOGIN


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
            full = await made.platform.log.state()
            assert full.batches == 1
            assert full.most_bytes is not None
            assert 0 < full.size_bytes < full.most_bytes
            await made.drain()
            assert made.own("SELECT received, events, duplicates FROM receipts") == [(50, 50, 0)]
            assert made.own("SELECT rows FROM lake_outbox") == [(50,)]
            assert made.own("SELECT sum(events) FROM sources") == [(50,)]

    asyncio.run(run())
