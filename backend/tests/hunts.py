"""A world with a lake: events kept as a worker keeps them, hunts over the API."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import orjson
import psycopg

from minixdr import pipeline
from minixdr.adapters.hunting.engine import Engine
from minixdr.adapters.hunting.hunter import DuckdbHunter
from minixdr.adapters.lake.arrow import PLAIN_SCHEMA
from minixdr.adapters.lake.lake import IcebergLake
from minixdr.app.hunt.running import Hunting
from minixdr.app.lake.commit import commit_pending
from minixdr.detect.compiled import compile_rules
from minixdr.detect.engine import Engine as Matching
from minixdr.normalize.catalog import all_sources
from minixdr.pipeline import Detection
from minixdr.ports.lake import LakeEvent
from minixdr.schema.record import Batch
from tests.api import Tenant, World, world
from tests.engines import TestDatabase

_DETECTION: list[Detection] = []


@contextmanager
def lake_of(database: TestDatabase, folder: Path, **limits: Any) -> Iterator[dict[str, Any]]:
    """Give the options of a `Platform` that hunts in a new lake in the folder."""
    with psycopg.connect(database.superuser_url) as connection:  # other tests of the module staged elsewhere
        connection.execute("DELETE FROM lake_outbox")
    lake = IcebergLake(str(folder), database.app_url)
    lake.prepare()
    engine = Engine([str(folder)], PLAIN_SCHEMA)
    hunting = Hunting(DuckdbHunter(engine), **limits)
    try:
        yield {"lake": lake, "hunting": hunting}
    finally:
        hunting.close()
        engine.close()
        lake.close()


@asynccontextmanager
async def hunting_world(database: TestDatabase, folder: Path, **limits: Any) -> AsyncIterator[World]:
    """Give a world whose API hunts."""
    with lake_of(database, folder, **limits) as options:
        async with world(database, **options) as made:
            yield made


def events_of(raws: Sequence[bytes], organization_id: str, received_at: Any, form: str = "json") -> list[LakeEvent]:
    """Return the events of records that a door took."""
    if not _DETECTION:
        compiled = compile_rules([])
        _DETECTION.append(Detection(Matching(compiled.program, all_sources()), None, {}, "test"))
    shared = _DETECTION[0]
    detection = Detection(shared.engine, None, {}, organization_id)
    batch_id = f"{abs(hash(tuple(raws))):032x}"[-32:]
    bodies = None if form == "json" else [{"message": raw.decode()} for raw in raws]
    outcome = pipeline.run(Batch("door", form, 1, raws, bodies), detection, every=True)
    return [LakeEvent(event, event.time or received_at, received_at, batch_id) for _, event in outcome.events]


async def keep_events(
    made: World, tenant: Tenant, raws: Iterable[bytes], *, commit: bool, form: str = "json"
) -> list[LakeEvent]:
    """Keep the events of records, still staged or in the table; return them."""
    rows = events_of(list(raws), str(tenant.organization_id), made.clock.now(), form)
    assert rows
    lake = made.platform.lake
    assert lake is not None
    staged = lake.stage(str(tenant.organization_id), rows[0].batch_id, rows)
    async with made.platform.database.transaction(tenant.scope()) as tx:
        await tx.intake.add_staged(staged, [rows[0].batch_id])
    if commit:
        await commit_pending(made.platform.database, lake, 1)
    return rows


def trail(user: str, operation: str, at: str, address: str = "203.0.113.7", **more: Any) -> bytes:
    """Return a CloudTrail record."""
    record = {
        "eventVersion": "1.08",
        "eventID": f"{user}-{operation}-{at}-{address}",
        "eventTime": at,
        "eventSource": "iam.amazonaws.com",
        "eventName": operation,
        "awsRegion": "eu-central-1",
        "sourceIPAddress": address,
        "userAgent": "aws-cli/2.15",
        "userIdentity": {
            "type": "IAMUser",
            "userName": user,
            "accountId": "111122223333",
            "accessKeyId": "AKIAEXAMPLEKEY000001",
        },
        "recipientAccountId": "111122223333",
        "requestParameters": {"userName": f"made-by-{user}"},
        **more,
    }
    return orjson.dumps(record)
