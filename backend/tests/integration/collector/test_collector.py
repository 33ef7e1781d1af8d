"""Every object of a bucket is in the log once, whatever the queue told of it, and whoever died when."""

import asyncio
import gzip
import io
import json
import zipfile

import pytest

from minixdr.adapters.clouds.aws.cloud import AwsCloud
from minixdr.ports.cloud import CloudDeniedError
from minixdr.ports.database import Scope
from minixdr.ports.stores.receipts import ReceiptFilter
from tests.integration.collector.conftest import REGION
from tests.integration.collector.trails import TRAIL, ids_in, trail
from tests.integration.syslog.parts import now


def test_notified_objects_are_in_the_log_and_their_messages_gone(run):
    """The batch says which object; the row says how many records."""

    async def work(place):
        place.tell(place.put("AWSLogs/a+b c.json.gz", trail(0, 5)))
        place.tell(place.put("AWSLogs/2.json.gz", trail(5, 3)))
        async with place.following():
            await place.until(place.queue_is_empty)
        assert ids_in(place.log, place.organization_id) == list(range(8))
        rows = await place.objects()
        assert {key: (row.state, row.received, row.malformed) for key, row in rows.items()} == {
            "AWSLogs/a+b c.json.gz": ("done", 5, 0),
            "AWSLogs/2.json.gz": ("done", 3, 0),
        }
        origins = {batch.origin: (batch.door, batch.source) for batch in place.log.batches.values()}
        assert origins["s3://logs/AWSLogs/a+b c.json.gz"] == ("s3", None)

    run(work)


def test_repeated_and_unordered_notifications_change_nothing(run):
    """At least once, in any order: each object once; a new version of a key is a new object."""

    async def work(place):
        records = [place.put(f"AWSLogs/{number}.json.gz", trail(number * 10, 2)) for number in range(4)]
        for record in reversed(records):
            place.tell(record)
        async with place.following():
            await place.until(place.queue_is_empty)
            for record in [*records, records[2]]:
                place.tell(record)
            await place.until(place.queue_is_empty)
            assert len(place.log.messages(place.organization_id)) == 8
            place.tell(place.put("AWSLogs/0.json.gz", trail(100, 1)))
            await place.until(place.queue_is_empty)
        assert ids_in(place.log, place.organization_id) == [0, 1, 10, 11, 20, 21, 30, 31, 100]
        assert place.log.published == 5  # what is done is not read again

    run(work)


def test_lost_notifications_are_made_up_for_by_the_listing(run):
    """Objects of day folders and others; those before `since` and outside the prefix are not ours; a second listing finds nothing new."""

    async def work(place):
        day = now().strftime("%Y/%m/%d")
        for number, key in enumerate(
            (
                f"AWSLogs/1/CloudTrail/eu/{day}/x.json.gz",
                "AWSLogs/flat.json.gz",
                f"AWSLogs/2/vpc/year={day[:4]}/y.json.gz",
            )
        ):
            place.put(key, trail(number, 1))
        told = place.put("AWSLogs/told.json.gz", trail(9, 1))
        place.put("AWSLogs/1/CloudTrail/eu/2019/01/01/x.json.gz", trail(50, 1))
        place.put("Other/x.json.gz", trail(60, 1))
        place.tell(told)
        async with place.following():
            await place.until(place.queue_is_empty)
        assert await place.reconcile() == 3
        assert ids_in(place.log, place.organization_id) == [0, 1, 2, 9]
        assert await place.reconcile() == 0

    run(work)


def test_an_object_deleted_before_it_was_read_is_said(run):
    """Its message is deleted; the loss is visible."""

    async def work(place):
        record = place.put("AWSLogs/x.json.gz", trail(0, 1))
        place.s3.delete_object(Bucket="logs", Key="AWSLogs/x.json.gz")
        place.tell(record)
        async with place.following():
            await place.until(place.queue_is_empty)
        (row,) = (await place.objects("failed")).values()
        assert "deleted before it was read" in row.reason

    run(work)


def test_a_version_replaced_before_it_was_read_is_said(run):
    """The one that is there is collected; the loss of the other is visible, and is not tried for ever."""

    async def work(place):
        first = place.put("AWSLogs/x.json.gz", trail(0, 1))
        second = place.put("AWSLogs/x.json.gz", trail(1, 1))
        place.tell(first)
        place.tell(second)
        async with place.following():
            await place.until(place.queue_is_empty)
        assert ids_in(place.log, place.organization_id) == [1]
        async with place.database.transaction(Scope(place.organization_id)) as opened:
            rows = await opened.collector.objects(place.input.id, None, None, 10)
        assert {row.etag: row.state for row in rows} == {
            first["s3"]["object"]["eTag"]: "failed",
            second["s3"]["object"]["eTag"]: "done",
        }

    run(work)


def test_cloudtrails_own_notifications_name_no_version(run):
    """An object that was gone and is there again is collected when told, and the note of its absence goes."""

    async def work(place):
        place.sqs.send_message(
            QueueUrl=place.url, MessageBody=json.dumps({"s3Bucket": "logs", "s3ObjectKey": ["AWSLogs/x.json.gz"]})
        )
        async with place.following():
            await place.until(place.queue_is_empty)
        assert (await place.objects())["AWSLogs/x.json.gz"].state == "failed"
        place.put("AWSLogs/x.json.gz", trail(0, 1))
        async with place.database.transaction(Scope(place.organization_id)) as opened:
            await opened.collector.retry(place.input.id, None)
        assert await place.retry() == 1
        assert ids_in(place.log, place.organization_id) == [0]
        assert await place.retry() == 0
        assert (await place.objects())["AWSLogs/x.json.gz"].state == "done"

    run(work)


def test_a_full_log_is_waited_for(run):
    """Nothing is lost, nothing is done before it is kept."""

    async def work(place):
        place.log.full = True
        place.tell(place.put("AWSLogs/x.json.gz", trail(0, 5)))
        async with place.following():
            await asyncio.sleep(1)
            assert not await place.objects("done")
            place.log.full = False
            await place.until(place.queue_is_empty)
        assert ids_in(place.log, place.organization_id) == list(range(5))

    run(work)


def test_a_huge_object_is_read_in_bounded_memory(run):
    """Its batches go on their way while it is read, few at once, none large."""

    async def work(place):
        most = now_open = 0
        publish = place.log.publish

        async def counted(batch):
            nonlocal most, now_open
            now_open += 1
            most = max(most, now_open)
            assert sum(map(len, batch.raws)) <= 256 << 10
            await publish(batch)
            now_open -= 1
            return True

        place.log.publish = counted
        event = json.dumps({**TRAIL, "pad": "x" * 600})
        line = ",".join(event[:-1] + f', "eventID": "id-{number}"' + "}" for number in range(10_000))
        place.tell(place.put("AWSLogs/huge.json.gz", gzip.compress(b'{"Records":[' + line.encode() + b"]}", 1)))
        async with place.following():
            await place.until(place.queue_is_empty, 60)
        assert ids_in(place.log, place.organization_id) == list(range(10_000))
        assert most <= 4

    run(work)


def test_missing_rights_are_said_and_given_up_after_some_attempts(run, monkeypatch):
    """On the input and on the object; once a person changed something, the object is tried again when told."""

    async def work(place):
        denied = True
        really_open = AwsCloud.objects

        def objects(self, identity):
            store = really_open(self, identity)
            opened = store.open

            def refuse(*arguments):
                if denied:
                    raise CloudDeniedError("s3:GetObject: AccessDenied")
                return opened(*arguments)

            store.open = refuse
            return store

        monkeypatch.setattr(AwsCloud, "objects", objects)
        place.tell(place.put("AWSLogs/x.json.gz", trail(0, 2)))
        async with place.following():
            await place.until(place.queue_is_empty)
        (row,) = (await place.objects("failed")).values()
        assert (row.attempts, row.reason) == (5, "s3:GetObject: AccessDenied")
        async with place.database.transaction(Scope(place.organization_id)) as opened:
            assert (await opened.collector.input(place.input.id)).last_error == "s3:GetObject: AccessDenied"
            assert await opened.collector.retry(place.input.id, None) == 1
        denied = False
        assert await place.retry() == 1
        assert await place.retry() == 0
        assert ids_in(place.log, place.organization_id) == [0, 1]

    run(work)


def test_what_cannot_be_read_has_a_receipt(run):
    """Malformed records are on a receipt of the object; a file that is no log failed, with its reason."""

    async def work(place):
        flow = b"version account-id srcaddr\n2 123456789012 10.0.0.1\nbroken\n2 123456789012 10.0.0.2\n"
        place.tell(place.put("AWSLogs/flow.log.gz", gzip.compress(flow)))
        place.tell(place.put("AWSLogs/x.parquet", b"PAR1" + b"\x00" * 100))
        place.tell(place.put("AWSLogs/cut.gz", trail(0, 500)[:-30]))
        async with place.following():
            await place.until(place.queue_is_empty)
        rows = await place.objects()
        assert (rows["AWSLogs/flow.log.gz"].received, rows["AWSLogs/flow.log.gz"].malformed) == (3, 1)
        assert rows["AWSLogs/x.parquet"].state == "failed"
        assert "Parquet" in rows["AWSLogs/x.parquet"].reason
        assert rows["AWSLogs/cut.gz"].state == "done"
        assert "cut off" in rows["AWSLogs/cut.gz"].reason
        async with place.database.transaction(Scope(place.organization_id)) as opened:
            (receipt,) = [
                each
                for each in await opened.receipts.receipts(ReceiptFilter(door="s3"), None, 10)
                if each.origin == "s3://logs/AWSLogs/flow.log.gz"
            ]
        assert (receipt.received, receipt.malformed) == (1, 1)

    run(work)


def test_archives_are_opened(run):
    """A ZIP archive must be sought in, which an object cannot be; its members are origins of their own."""

    async def work(place):
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr("a.json", json.dumps({**TRAIL, "eventID": "id-1"}))
            made.writestr("b.json.gz", trail(2, 3))
        place.tell(place.put("AWSLogs/x.zip", archive.getvalue()))
        async with place.following():
            await place.until(place.queue_is_empty)
        assert ids_in(place.log, place.organization_id) == [1, 2, 3, 4]
        assert {batch.origin for batch in place.log.batches.values()} == {
            "s3://logs/AWSLogs/x.zip!a.json",
            "s3://logs/AWSLogs/x.zip!b.json.gz",
        }
        assert (await place.objects())["AWSLogs/x.zip"].received == 4

    run(work)


@pytest.mark.parametrize("body", ["no json", json.dumps({"Records": [{"s3": 1}]})])
def test_messages_that_say_nothing_do_not_stop_the_others(run, body):
    """They come again some times, and are then deleted."""

    async def work(place):
        place.sqs.send_message(QueueUrl=place.url, MessageBody=body)
        place.sqs.send_message(QueueUrl=place.url, MessageBody=json.dumps({"Event": "s3:TestEvent"}))
        place.tell(place.put("AWSLogs/x.json.gz", trail(0, 1)))
        async with place.following():
            await place.until(place.queue_is_empty)
        assert ids_in(place.log, place.organization_id) == [0]

    run(work)


def test_a_message_cannot_make_us_read_another_bucket(run):
    """Whoever may write to the queue chooses nothing beyond the input's own prefix."""

    async def work(place):
        place.s3.create_bucket(Bucket="secret", CreateBucketConfiguration={"LocationConstraint": REGION})
        place.s3.put_object(Bucket="secret", Key="AWSLogs/x", Body=trail(0, 1))
        place.tell(
            {
                "eventName": "ObjectCreated:Put",
                "s3": {"bucket": {"name": "secret"}, "object": {"key": "AWSLogs/x", "eTag": "e"}},
            }
        )
        place.tell(place.put("Other/x.json.gz", trail(5, 1)))
        async with place.following():
            await place.until(place.queue_is_empty)
        assert not place.log.batches
        assert not await place.objects()

    run(work)
