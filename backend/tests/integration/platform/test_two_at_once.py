"""Two workers that have the same work: one batch given to both, a correlator that slept past its lease, clocks that jump."""

import asyncio
import dataclasses
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from minixdr.app.detections import Set
from minixdr.app.ruleset import Ruleset
from minixdr.ports.database import Transaction
from minixdr.ports.log import Delivery, Log
from minixdr.ports.stores.leases import Lease
from minixdr.workers.correlator import CorrelatorWorker
from tests.engines import TestDatabase
from tests.integration.platform.conftest import World, world
from tests.integration.platform.records import LOGIN


class GivenTwice:
    """A log that takes each batch back the moment it has given it: another worker has it while this one works."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.given: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    async def deliveries(self, *, most: int) -> AsyncGenerator[Sequence[Delivery], None]:
        """Yield them, given back already where they come the first time."""
        deliveries = self._log.deliveries(most=most)
        try:
            async for group in deliveries:
                for delivery in group:
                    self.given.append(delivery.batch_id)
                    if delivery.attempt == 1:
                        await delivery.again(0)
                yield group
        finally:
            await deliveries.aclose()


def test_a_batch_given_to_two_workers_at_once_counts_once(
    postgres: TestDatabase, nats_url: str, tmp_path: Path, ruleset: Ruleset
) -> None:
    """Alone and in groups; findings and events too."""

    async def run() -> None:
        async with world(postgres, nats_url, str(tmp_path), ruleset) as made:
            log = GivenTwice(made.platform.log)
            made.platform = dataclasses.replace(made.platform, log=log)
            for number in range(20):
                some = [LOGIN % (number * 10 + each) for each in range(10)]
                await log.publish(made.batch(some, origin=str(number)))
            stop = asyncio.Event()
            matchers = [asyncio.create_task(made.matcher().run(stop)) for _ in range(2)]
            async with asyncio.timeout(60):
                while await log.waiting():
                    await asyncio.sleep(0.1)
            stop.set()
            await asyncio.gather(*matchers)
            assert len(log.given) >= 40 > len(set(log.given)) == 20
            assert made.own("SELECT count(*), sum(received), sum(events) FROM receipts") == [(20, 200, 200)]
            assert made.own("SELECT sum(received), sum(events), sum(duplicates) FROM sources") == [(200, 200, 0)]
            assert made.own("SELECT sum(rows) FROM lake_outbox") == [(200,)]
            assert made.own(
                "SELECT count(DISTINCT (rule_id, event_ids)) = count(*), count(DISTINCT event_ids) FROM findings"
            ) == [(True, 200)]
            assert made.own("SELECT count(*) FROM dead_letters") == [(0,)]
            assert made.own("SELECT max(findings)::bigint FROM entities") == made.own("SELECT count(*) FROM findings")

    asyncio.run(run())


class Sleeper(CorrelatorWorker):
    """A correlator that falls asleep between taking its lease and its work."""

    asleep: asyncio.Event
    wake: asyncio.Event

    async def _work(self, opened: Transaction, organization_id: UUID, lease: Lease, loaded: Set) -> bool:
        self.asleep.set()
        await self.wake.wait()
        return await super()._work(opened, organization_id, lease, loaded)


def _over(made: World) -> None:
    """Let all leases run out, as time does."""
    with psycopg.connect(made.database.superuser_url, autocommit=True) as connection:
        connection.execute("UPDATE leases SET expires_at = to_timestamp(0)")


def test_a_correlator_that_slept_past_its_lease_writes_nothing(
    postgres: TestDatabase, nats_url: str, tmp_path: Path, ruleset: Ruleset
) -> None:
    """Another took over meanwhile; when it wakes, its fence is old, and its next turn finds that it owns nothing."""

    async def run() -> None:
        async with world(postgres, nats_url, str(tmp_path), ruleset) as made:
            sleeper = Sleeper(made.platform, made.correlator().detections, "sleeper")
            sleeper.asleep, sleeper.wake = asyncio.Event(), asyncio.Event()
            await made.platform.log.publish(made.batch([LOGIN % each for each in range(5)]))
            await made.drain()
            turn = asyncio.create_task(sleeper.step(made.organization_id))
            await sleeper.asleep.wait()
            _over(made)
            other = made.correlator("other")
            assert await other.step(made.organization_id)
            before = made.own("SELECT incident_id, version, finding_ids FROM incidents")
            assert len(before) == 1
            await made.platform.log.publish(made.batch([LOGIN % 5], origin="later"))
            await made.drain()
            sleeper.wake.set()
            assert not await turn
            assert not await sleeper.step(made.organization_id)
            assert made.own("SELECT incident_id, version, finding_ids FROM incidents") == before
            assert made.own("SELECT count(*) > 0 FROM signals") == [(True,)]
            assert await other.step(made.organization_id)
            findings = made.own("SELECT count(*) FROM findings")
            held = "SELECT cardinality(finding_ids)::bigint FROM incidents WHERE redirect_to IS NULL"
            assert made.own(held) == findings, "whichever incident holds the other"

    asyncio.run(run())


@pytest.mark.parametrize("jumps", [(-3600,), (3600, -3600), (-3600, 7200)])
def test_a_clock_that_jumps_changes_nothing_found(
    jumps: tuple[int, ...], postgres: TestDatabase, nats_url: str, tmp_path: Path, ruleset: Ruleset
) -> None:
    """Leases live by the database's clock, incidents by the events': records of the past hour and of the next one, with a clock that jumps
    between them, give the incidents of a clock that does not."""

    async def found(steps: Sequence[int]) -> list[tuple[object, ...]]:
        shift = timedelta()

        async with world(postgres, nats_url, str(tmp_path), ruleset) as made:
            made.platform = dataclasses.replace(made.platform, now=lambda: datetime.now(UTC) + shift)
            correlator, other = made.correlator("one"), made.correlator("two")
            for number, step in enumerate((0, *steps)):
                shift += timedelta(seconds=step)
                await made.platform.log.publish(made.batch(_records(number), origin=str(number)))
                await made.drain()
                assert await correlator.step(made.organization_id)
                assert not await other.step(made.organization_id), "the jump gave the lease away"
            assert made.own("SELECT count(*) FROM signals") == [(0,)]
            return made.own(
                "SELECT severity, array_agg(f.time ORDER BY f.time, f.rule_id), array_agg(f.rule_id ORDER BY f.time, f.rule_id) FROM incidents i "
                "JOIN findings f ON f.finding_id = ANY (i.finding_ids) AND f.incident_id = i.incident_id GROUP BY i.incident_id, severity "
                "ORDER BY 2, 3"
            )

    start = datetime.now(UTC).replace(microsecond=0)

    def _records(number: int) -> list[bytes]:
        """Return sign-ins of an hour ago, of now and in an hour, each to another account."""
        return [
            (LOGIN % (number * 10 + place))
            .replace(b"2026-01-02T03:04:05Z", (start + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ").encode())
            .replace(b"111122223333", b"11112222333%d" % place)
            .replace(b"198.51.100.7", b"198.51.100.%d" % place)
            for place, hours in enumerate((-1, 0, 1))
        ]

    steady = asyncio.run(found([0] * len(jumps)))
    assert len(steady) == 3
    assert asyncio.run(found(jumps)) == steady
