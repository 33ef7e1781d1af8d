"""S3 and SQS by moto, as a server on loopback."""

import asyncio
import os
from datetime import timedelta
from uuid import uuid4

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.ports.database import Scope
from minixdr.ports.stores.collector import NewInput
from tests.integration.collector.place import DrivenPlace
from tests.integration.syslog.parts import now

REGION = "eu-central-1"


@pytest.fixture(scope="session")
def aws_server():
    """Return the address of a server that speaks as AWS does."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def aws(aws_server, monkeypatch):
    """Return a session whose clients, and everybody's, talk to that server; it is empty."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws_server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    httpx.post(f"{aws_server}/moto-api/reset").raise_for_status()
    return boto3.Session(region_name=REGION)


@pytest.fixture
def bucket(aws):
    """Return a client of S3; there is a bucket `logs`."""
    client = aws.client("s3")
    client.create_bucket(Bucket="logs", CreateBucketConfiguration={"LocationConstraint": REGION})
    return client


@pytest.fixture
def run(postgres, aws, bucket, monkeypatch):
    """Return what runs a test with a place."""
    monkeypatch.setattr("minixdr.workers.collector.notified._WAIT_SECONDS", 1)
    monkeypatch.setattr("minixdr.workers.collector.notified._AFTER_TROUBLE_SECONDS", 0.2)
    monkeypatch.setattr("minixdr.workers.collector.notified._FIRST_PAUSE_SECONDS", 0)
    monkeypatch.setattr("minixdr.workers.collector.reconcile.GRACE", timedelta(seconds=-5))

    def start(work, **changes):
        async def all_of_it():
            database = PostgresDatabase(postgres.app_url)
            organization_id = uuid4()
            try:
                url = aws.client("sqs").create_queue(QueueName=f"q-{organization_id.hex}")["QueueUrl"]
                new = {"bucket": "logs", "prefix": "AWSLogs/", "queue_url": url, "region": REGION, **changes}
                async with database.transaction(Scope(organization_id)) as opened:
                    await opened.organizations.create(organization_id, f"o-{organization_id.hex[:8]}", "O")
                    input_ = await opened.collector.add_input(NewInput(**new, since=now() - timedelta(days=1)))
                await work(DrivenPlace(aws, database, organization_id, input_, url))
            finally:
                await database.close()

        asyncio.run(all_of_it())

    return start
