"""A bucket with a queue, an organization, and a collector that a test drives."""

import asyncio
import json
import tempfile
from contextlib import asynccontextmanager
from types import SimpleNamespace
from urllib.parse import quote_plus

from minixdr.adapters.clouds.aws.cloud import AwsCloud
from minixdr.app.metrics import Metrics
from minixdr.ports.database import Scope
from minixdr.workers.collector import reconcile
from minixdr.workers.collector.notified import follow
from minixdr.workers.collector.parts import Parts, Place
from tests.integration.syslog.parts import MemoryLog, now


class DrivenPlace:
    """A bucket with a queue, an organization, a collector that a test drives."""

    def __init__(self, aws, database, organization_id, input_, url):
        self.s3, self.sqs = aws.client("s3"), aws.client("sqs")
        self.database = database
        self.organization_id = organization_id
        self.input = input_
        self.url = url
        self.log = MemoryLog()
        self.parts = self.new_parts()

    def new_parts(self):
        platform = SimpleNamespace(log=self.log, database=self.database, now=now, metrics=Metrics())
        return Parts(platform, AwsCloud, tempfile.TemporaryFile, "test")

    def put(self, key, body):
        """Put an object, and return what S3 would tell of it."""
        etag = self.s3.put_object(Bucket="logs", Key=key, Body=body)["ETag"].strip('"')
        return {
            "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": "logs"}, "object": {"key": quote_plus(key, safe="/"), "eTag": etag}},
        }

    def tell(self, *records):
        """Send a notification."""
        self.sqs.send_message(QueueUrl=self.url, MessageBody=json.dumps({"Records": records}))

    @asynccontextmanager
    async def following(self):
        """Follow the queue within the context."""
        parts = self.parts = self.new_parts()
        place = Place.of(self.organization_id, self.input, parts.cloud())
        task = asyncio.create_task(follow(parts, place, place.queue))
        try:
            yield place
        finally:
            parts.stopping.set()
            await task
            parts.close()

    async def reconcile(self):
        """List the bucket once."""
        parts = self.new_parts()
        place = Place.of(self.organization_id, self.input, parts.cloud())
        async with self.database.transaction(Scope()) as opened:
            lease = await opened.leases.acquire("test", "test", 60)
        async with self.database.transaction(place.scope) as opened:
            input_ = await opened.collector.input(self.input.id)
        try:
            return await reconcile.reconcile(parts, place, input_, lease)
        finally:
            parts.close()

    async def retry(self):
        """Collect what is to be tried again."""
        parts = self.new_parts()
        try:
            return await reconcile.retry(parts, Place.of(self.organization_id, self.input, parts.cloud()))
        finally:
            parts.close()

    async def objects(self, state=None):
        """Return rows by key."""
        async with self.database.transaction(Scope(self.organization_id)) as opened:
            return {row.key: row for row in await opened.collector.objects(self.input.id, state, None, 100)}

    async def until(self, condition, seconds=20):
        """Wait until it holds."""
        async with asyncio.timeout(seconds):
            while not (condition() if not asyncio.iscoroutinefunction(condition) else await condition()):
                await asyncio.sleep(0.05)

    async def queue_is_empty(self):
        """Return whether no message is left, hidden ones too."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return not any(int(found[name]) for name in names)
