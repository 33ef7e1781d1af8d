"""The same lake in a bucket."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

from minixdr.adapters.lake.warehouse import S3Options
from minixdr.app.lake.read import events_by_id, raw_of
from minixdr.app.lake.upkeep import clean, delete_committed, forget
from minixdr.ports.lake import LakeAwayError
from tests.engines import TestDatabase
from tests.integration.lake.events import ALPHA, NOON, event_id, make_rows
from tests.integration.lake.house import House

DAY = timedelta(days=1)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the address of a server that speaks S3, with a bucket `logs`."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-a-test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-a-test")
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    client = boto3.client("s3", endpoint_url=address, region_name="us-east-1")
    httpx.post(f"{address}/moto-api/reset").raise_for_status()  # what it holds is the process's, whichever server
    client.create_bucket(Bucket="logs")
    client.close()
    yield address
    server.stop()


def test_the_lake_in_a_bucket(postgres: TestDatabase, server: str) -> None:
    """Stage, read, commit, compact, look up, clean."""
    house = House(postgres, "s3://logs/lake", s3=S3Options("us-east-1", server))
    try:
        house.empty()
        house.lake.prepare()
        for part in range(3):
            house.stage(make_rows(range(part * 10, part * 10 + 10)))
            assert house.given().staged.num_rows == 10
            house.commit()
        assert house.lake.compact(NOON + 3 * DAY, 1).files_before == 3
        house.stage(make_rows(range(30, 40)))
        given = house.given()
        assert [name.startswith("s3://logs/lake/minixdr/events/data/") for name in given.files] == [True]
        ids = [event_id(number) for number in (3, 35, 77)]
        found = house.run(lambda database: events_by_id(database, house.lake, UUID(ALPHA), ids, NOON - DAY, NOON + DAY))
        assert {row["event_id"]: raw_of(row) for row in found} == {
            event_id(3): b'{"number":3}',
            event_id(35): b'{"number":35}',
        }
        now = datetime.now(UTC) + 2 * DAY
        assert house.run(lambda database: delete_committed(database, house.lake, now)) == 3
        house.run(lambda database: forget(database, house.lake, now))
        assert house.run(lambda database: clean(database, house.lake, now)) > 3
        rows = house.lake.table.load().scan(selected_fields=("event_id",)).to_arrow()
        assert Counter(rows["event_id"].to_pylist()) == Counter(event_id(number) for number in range(30))
        assert house.given().staged.num_rows == 10
    finally:
        house.close()


def test_a_bucket_that_is_not_there_is_said(postgres: TestDatabase, server: str) -> None:
    house = House(postgres, "s3://nothing/lake", s3=S3Options("us-east-1", server))
    try:
        with pytest.raises(LakeAwayError, match="nothing"):
            house.stage(make_rows(range(10)), told=False)
    finally:
        house.close()
