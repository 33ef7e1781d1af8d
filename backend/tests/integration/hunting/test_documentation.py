"""The how-to's queries run."""

import re
from pathlib import Path

import pytest

from minixdr.adapters.hunting.engine import Engine
from minixdr.adapters.hunting.hunter import DuckdbHunter
from minixdr.adapters.lake.arrow import PLAIN_SCHEMA
from minixdr.app.hunt.check import checked
from minixdr.app.hunt.columns import hunt_attributes
from minixdr.ports.hunting import HuntInput
from tests.conftest import REPOSITORY
from tests.contract.samples import sample_files
from tests.integration.hunting.lake_events import BEFORE, FIRST_AT, NoWatch, lake_events, table_of, write

MINE = "11111111-1111-1111-1111-111111111111"
PAGE = (REPOSITORY / "docs" / "how-to" / "hunt.md").read_text("utf-8")
QUERIES = [query.strip() for query in re.findall(r"```hunt\n(.*?)```", PAGE, re.DOTALL)]


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> HuntInput:
    """Return the samples of all log sources as a file of the lake."""
    folder = tmp_path_factory.mktemp("lake")
    files = [write(folder / "a.parquet", table_of(list(lake_events(sample_files(), MINE)), MINE))]
    return HuntInput(MINE, FIRST_AT, BEFORE, files, None)


def test_the_page_has_queries() -> None:
    """The pattern above finds them."""
    assert len(QUERIES) > 10


@pytest.mark.parametrize("query", QUERIES)
def test_each_query_runs(query: str, given: HuntInput) -> None:
    """As it stands on the page."""
    engine = Engine([str(Path(given.files[0]).parent)], PLAIN_SCHEMA)
    hunter = DuckdbHunter(engine)
    found = hunter.run(checked(query, hunt_attributes(), hunter.regex_error), given, 100, NoWatch())
    assert found.columns
    engine.close()
