"""Objects of every kind that AWS writes, from the bucket to the receipts: through a real log and a real matcher."""

import asyncio
import gzip
from types import SimpleNamespace

from minixdr.adapters.log.jetstream import JetStreamLog
from minixdr.ports.database import Scope
from minixdr.ports.stores.receipts import ReceiptFilter
from tests.contract.samples import SAMPLES
from tests.integration.doors.ending import ended

KINDS = {
    "aws_cloudtrail": "delivered.json",
    "aws_vpcflow": "custom.log",
    "aws_guardduty": "finding.jsonl",
    "aws_alb": "access.log",
    "aws_waf": "web_acl.jsonl",
    "aws_s3_access": "bucket.log",
    "openssh_sshd": "",
}
STREAM = "COLLECTOR_TEST"


def test_every_kind_of_object_is_recognised_and_accounted_for(run, postgres, nats_url, tmp_path):
    """One receipt or more an object: received = events + skipped + malformed + duplicates, by its address."""
    seen = {}

    async def work(place):
        place.log = await JetStreamLog.connect(nats_url, most_bytes=1 << 30, stream=STREAM)
        for source, name in KINDS.items():
            path = SAMPLES / source / name if name else min((SAMPLES / source).iterdir())
            place.tell(place.put(f"AWSLogs/{source}/{path.name}.gz", gzip.compress(path.read_bytes())))
        async with place.following():
            await place.until(place.queue_is_empty)
        await place.log.close()
        await asyncio.to_thread(
            ended, SimpleNamespace(stream=STREAM), postgres, nats_url, place.organization_id, tmp_path / "lake"
        )
        rows = await place.objects("done")
        async with place.database.transaction(Scope(place.organization_id)) as opened:
            receipts = await opened.receipts.receipts(ReceiptFilter(door="s3"), None, 100)
        for source in KINDS:
            (key,) = [key for key in rows if f"/{source}/" in key]
            own = [each for each in receipts if each.origin == f"s3://logs/{key}"]
            seen[source] = {name for each in own for name in each.sources}
            assert sum(each.received for each in own) == rows[key].received > 0
            assert all(each.received == each.events + each.skipped + each.malformed + each.duplicates for each in own)

    run(work)
    assert seen == {source: {source} for source in KINDS}
