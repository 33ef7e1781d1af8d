"""The programs of the how-to for other engines do what it says."""

import re
from pathlib import Path

import boto3
import duckdb
import pytest
from pyiceberg.catalog.glue import GlueCatalog

from tests.engines import TestDatabase
from tests.integration.lake.events import NOON, make_rows
from tests.integration.lake.house import House
from tests.integration.lake.test_s3 import S3Options, server  # noqa: F401 - a fixture

PAGE = Path(__file__).resolve().parents[4] / "docs" / "how-to" / "query-the-lake-with-athena-or-trino.md"


def programs() -> list[str]:
    return re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def roles() -> str:
    [found] = re.findall(r"```sql\n(CREATE ROLE.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return found


def run(program: str) -> dict[str, object]:
    names: dict[str, object] = {}
    exec(program, names)  # noqa: S102 - the page's own program
    return names


def reader(house: House) -> str:
    """Make the page's role, and return its address."""
    database = house.postgres.app_url.rpartition("/")[2]
    if not house.sql("SELECT 1 FROM pg_roles WHERE rolname = 'lake_reader'"):
        house.sql(roles().replace("'...'", "'of-a-test'").replace("DATABASE minixdr", f"DATABASE {database}"))
    else:
        house.sql(roles().partition("\n")[2].replace("DATABASE minixdr", f"DATABASE {database}"))
    return re.sub(r"//[^@]*@", "//lake_reader:of-a-test@", house.postgres.app_url)


def test_python_reads_the_table_and_duckdb_its_files(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.stage(make_rows(range(30)))
    house.stage(make_rows(range(30, 50), NOON.replace(day=4)))
    house.commit()
    monkeypatch.setenv("MINIXDR_DATABASE_URL", reader(house))
    names = run(programs()[1])
    assert names["rows"].num_rows == 30  # type: ignore[attr-defined]
    with duckdb.connect() as connection:
        found = connection.execute("SELECT count(DISTINCT event_id) FROM read_parquet($1)", [names["files"]]).fetchone()
    assert found == (30,)


def test_glue_is_told_of_the_newest_metadata(
    postgres: TestDatabase,
    server: str,  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = House(postgres, "s3://logs/lake", s3=S3Options("us-east-1", server))
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    try:
        house.empty()
        house.lake.prepare()
        monkeypatch.setenv("MINIXDR_DATABASE_URL", reader(house))
        glue = boto3.client("glue")
        glue.create_database(DatabaseInput={"Name": "security"})
        properties = {"s3.endpoint": server, "s3.region": "us-east-1"}
        for part in range(3):
            house.stage(make_rows(range(part * 10, part * 10 + 10)))
            house.commit()
            run(
                programs()[0].replace(
                    'GlueCatalog("glue", client=glue)', f'GlueCatalog("glue", client=glue, **{properties!r})'
                )
            )
            table = GlueCatalog("glue", client=glue, **properties).load_table(("security", "events"))
            assert table.scan(selected_fields=("event_id",)).to_arrow().num_rows == part * 10 + 10
        glue.close()
    finally:
        house.close()
