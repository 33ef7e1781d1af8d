"""A staged file that cannot be read, by and by or for good."""

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from minixdr.app.lake.commit import MOST_TRIES
from minixdr.app.lake.upkeep import clean, take_back
from minixdr.local.doctor.database import database as look_at
from minixdr.ports.lake import DamagedFileError
from tests.integration.lake.events import BETA, NOON, event_id, make_rows
from tests.integration.lake.house import House

SKIPPED = {"kind": "skipped", "reason": "not of interest", "records": 1}


def keep_receipt(house: House, organization_id: str, batch: str) -> None:
    """Keep an organization and the receipt of a batch of ten events."""
    with psycopg.connect(house.postgres.superuser_url) as connection:
        connection.execute("INSERT INTO organizations (id, slug, name) VALUES (%s, 'beta', 'Beta')", [organization_id])
        connection.execute(
            "INSERT INTO receipts (organization_id, batch_id, door, origin, received_at, processed_at, received, events, skipped, issues) "
            "VALUES (%s, %s, 'native', 'native', now(), now(), 11, 10, 1, %s)",
            [organization_id, batch, json.dumps([SKIPPED])],
        )


def staged_state(house: House) -> str:
    """Return what the doctor says of staged files."""
    checks = look_at(house.postgres.app_url, workers_expected=False)
    return next(check.state for check in checks if check.name == "staged files")


def test_what_stays_damaged_is_put_aside_and_taken_back_when_it_can_be_read(house: House) -> None:
    """Commits and hunts go on without it; its batches' receipts say so meanwhile, and so does the doctor."""
    rows = make_rows(range(10), organization_id=BETA)
    keep_receipt(house, BETA, rows[0].batch_id)
    staged = house.stage(rows, BETA)
    path = Path(house.location) / staged.name
    content = path.read_bytes()
    path.write_bytes(content[:100])
    tries: Counter[int] = Counter()
    for _ in range(MOST_TRIES):
        with pytest.raises(DamagedFileError):
            house.given(BETA)
        assert staged_state(house) == "ok"
        with pytest.raises(DamagedFileError):
            house.commit(tries=tries)
    assert house.commit(tries=tries) is None
    assert house.ids(BETA) == Counter()
    assert staged_state(house) == "fail"
    skipped, damaged = house.sql("SELECT issues FROM receipts")[0][0]
    assert skipped == SKIPPED
    assert (damaged["kind"], damaged["records"], damaged["file"]) == ("damaged", 10, staged.name)

    def upkeep() -> int:
        return house.run(lambda database: take_back(database, house.lake))

    assert upkeep() == 0
    house.run(lambda database: clean(database, house.lake, NOON + timedelta(days=900)))
    path.unlink()
    assert upkeep() == 0
    path.write_bytes(content)
    assert upkeep() == 1
    assert staged_state(house) == "ok"
    assert house.sql("SELECT issues FROM receipts") == [([SKIPPED],)]
    assert house.commit(tries=tries) is not None
    assert house.ids(BETA) == Counter(event_id(number, BETA) for number in range(10))
