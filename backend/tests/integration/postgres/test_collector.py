"""What is known of collected objects: each version once, done stays done, failures are tried again only when told."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.ports.database import Scope
from minixdr.ports.stores.collector import Collected, InputChange, NewInput, ObjectKey

NOW = datetime(2026, 5, 1, tzinfo=UTC)
KEY = ObjectKey("logs", "AWSLogs/a b+c.json.gz", "e1")


async def _organization(database):
    organization_id = uuid4()
    async with database.transaction(Scope(organization_id)) as opened:
        await opened.organizations.create(organization_id, f"o-{organization_id.hex[:8]}", "O")
    return Scope(organization_id)


def _run(postgres, work):
    async def run():
        database = PostgresDatabase(postgres.app_url)
        try:
            await work(database, await _organization(database))
        finally:
            await database.close()

    asyncio.run(run())


def test_an_input_is_kept_changed_and_removed(postgres):
    """And another organization neither sees nor changes it."""

    async def work(database, scope):
        async with database.transaction(scope) as opened:
            made = await opened.collector.add_input(NewInput(bucket="logs", prefix="AWSLogs/", queue_url="https://q"))
            assert made.since == made.created_at
            assert (await opened.collector.add_input(NewInput(bucket="old", since=NOW))).since == NOW
            assert await opened.collector.change_input(made.id, InputChange(enabled=False, source="aws_cloudtrail"))
            assert [row.bucket for row in await opened.collector.inputs(enabled=True)] == ["old"]
            await opened.collector.input_trouble(made.id, "denied")
        async with database.transaction(await _organization(database)) as other:
            assert await other.collector.inputs() == []
            assert await other.collector.change_input(made.id, InputChange(enabled=True)) is None
            assert not await other.collector.remove_input(made.id)
        async with database.transaction(scope) as opened:
            (kept,) = await opened.collector.inputs(enabled=False)
            assert len(await opened.collector.inputs()) == 2
            assert (kept.source, kept.enabled, kept.queue_url, kept.last_error) == (
                "aws_cloudtrail",
                False,
                "https://q",
                "denied",
            )
            await opened.collector.reconciled(made.id, NOW)
            kept = await opened.collector.input(made.id)
            assert (kept.last_reconciled_at, kept.last_error) == (NOW, None)
            await opened.collector.begin(made.id, KEY, 1)
            assert await opened.collector.remove_input(made.id)
            assert await opened.collector.objects(made.id, None, None, 10) == []

    _run(postgres, work)


def test_an_object_is_done_once(postgres):
    """Attempts count until it is done; a failure that comes later changes nothing; another version is another object."""

    async def work(database, scope):
        async with database.transaction(scope) as opened:
            store = opened.collector
            made = await store.add_input(NewInput(bucket="logs"))
            assert (await store.begin(made.id, KEY, 10)).attempts == 1
            assert (await store.begin(made.id, KEY, 10)).attempts == 2
            assert await store.known(made.id, [KEY]) == set()
            await store.finish(made.id, KEY, Collected(size_bytes=10, received=5, malformed=1, reason=None), NOW)
            assert await store.fail(made.id, KEY, "too late", most_attempts=0)
            again = await store.begin(made.id, KEY, 10)
            assert (again.state, again.attempts, again.received, again.malformed, again.reason) == (
                "done",
                2,
                5,
                1,
                None,
            )
            newer = ObjectKey(KEY.bucket, KEY.key, "e2")
            assert await store.known(made.id, [KEY, newer]) == {KEY}
            assert (await store.begin(made.id, newer, 11)).state == "seen"

    _run(postgres, work)


def test_failed_objects_are_tried_again_when_told(postgres):
    """All, or those of given keys; they are seen again, with no attempt counted."""

    async def work(database, scope):
        async with database.transaction(scope) as opened:
            store = opened.collector
            made = await store.add_input(NewInput(bucket="logs"))
            keys = [ObjectKey("logs", f"k{number}", "e") for number in range(3)]
            for key in keys:
                await store.begin(made.id, key, 1)
                assert not await store.fail(made.id, key, "once", most_attempts=2)
                await store.begin(made.id, key, 1)
                assert await store.fail(made.id, key, "x" * 5_000, most_attempts=2)
            assert await store.counts(made.id) == {"seen": 0, "done": 0, "failed": 3}
            assert await store.retry(made.id, ["k1", "other"]) == 1
            soon = datetime.now(UTC) + timedelta(minutes=1)
            (waiting,) = await store.waiting(made.id, soon, 10)
            assert (waiting.key, waiting.attempts, len(waiting.reason)) == ("k1", 0, 1_000)
            assert await store.waiting(made.id, NOW, 10) == []
            assert [row.key for row in await store.retried(made.id, 10)] == ["k1"]
            assert await store.retry(made.id, None) == 2
            first, second, third = await store.objects(made.id, "seen", None, 10)
            after = (first.first_seen_at.timestamp(), second.key)
            assert [row.key for row in await store.objects(made.id, None, after, 10)] == [third.key]

    _run(postgres, work)
