"""The collector as a process runs it: it dies at any step, and its inputs come and go."""

import asyncio
import tempfile
from datetime import timedelta

import pytest

from minixdr.adapters.clouds.aws.cloud import AwsCloud
from minixdr.ports.database import Scope
from minixdr.ports.stores.collector import InputChange, NewInput
from minixdr.workers.collector.notified import _settle
from minixdr.workers.collector.parts import Place
from minixdr.workers.collector.service import run_collector
from tests.integration.collector.conftest import REGION
from tests.integration.collector.trails import ids_in, trail
from tests.integration.syslog.parts import now


@pytest.mark.parametrize("step", ["publish", "finish", "delete"])
def test_a_crash_at_any_step_loses_and_doubles_nothing(run, step, monkeypatch):
    """Killed after some batches, before the row, before the message was deleted: the message comes again."""

    async def work(place):
        monkeypatch.setattr("minixdr.workers.collector.notified.HIDDEN_SECONDS", 2)
        place.tell(place.put("AWSLogs/x.json.gz", trail(0, 3_000)))

        class Killed(BaseException):
            pass

        async def die(*_arguments, **_named):
            raise Killed

        crashing = pytest.MonkeyPatch()
        published = 0
        if step == "publish":
            publish = place.log.publish

            async def some(batch):
                nonlocal published
                published += 1
                if published == 2:
                    raise Killed
                return await publish(batch)

            place.log.publish = some
        elif step == "finish":
            crashing.setattr("minixdr.workers.collector.objects._Object._finish", die)
        else:
            crashing.setattr(
                "minixdr.adapters.clouds.aws.queue.SqsQueue.delete", lambda *_: (_ for _ in ()).throw(Killed)
            )
        parts = place.new_parts()
        inner = Place.of(place.organization_id, place.input, parts.cloud())
        (message,) = inner.queue.receive(1, 1, 2)
        with pytest.raises(Killed):
            await _settle(parts, inner, inner.queue, message)
        parts.close()
        crashing.undo()
        if step == "publish":
            place.log.publish = publish
        async with place.following():
            await place.until(place.queue_is_empty)
        assert ids_in(place.log, place.organization_id) == list(range(3_000))
        assert (await place.objects())["AWSLogs/x.json.gz"].state == "done"

    run(work)


def test_inputs_are_followed_as_they_come_and_go(run, monkeypatch):
    """The running collector sees a new input, and one that is switched off, without a restart."""

    async def work(place):
        monkeypatch.setattr("minixdr.workers.collector.service.LOOK_SECONDS", 0.2)
        stop = asyncio.Event()
        platform = place.parts.platform
        task = asyncio.create_task(run_collector(platform, AwsCloud, tempfile.TemporaryFile, "w1", stop))
        place.tell(place.put("AWSLogs/1.json.gz", trail(0, 1)))
        await place.until(lambda: ids_in(place.log, place.organization_id) == [0], 60)
        async with place.database.transaction(Scope(place.organization_id)) as opened:
            second = await opened.collector.add_input(
                NewInput(bucket="logs", prefix="Other/", region=REGION, since=now() - timedelta(hours=1))
            )
        place.put("Other/2.json.gz", trail(1, 1))
        await place.until(lambda: ids_in(place.log, place.organization_id) == [0, 1], 60)

        async def reconciled():
            async with place.database.transaction(Scope(place.organization_id)) as opened:
                return (await opened.collector.input(second.id)).last_reconciled_at is not None

        await place.until(reconciled, 60)
        async with place.database.transaction(Scope(place.organization_id)) as opened:
            await opened.collector.change_input(place.input.id, InputChange(enabled=False))
        await asyncio.sleep(3)
        place.tell(place.put("AWSLogs/3.json.gz", trail(2, 1)))
        await asyncio.sleep(2)
        assert ids_in(place.log, place.organization_id) == [0, 1]
        stop.set()
        await asyncio.wait_for(task, 60)

    run(work)
