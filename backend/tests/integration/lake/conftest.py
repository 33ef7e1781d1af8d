"""A lake in a folder, its catalog and outbox in a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines import TestDatabase
from tests.integration.lake.house import House


@pytest.fixture
def house(postgres: TestDatabase, tmp_path: Path) -> Iterator[House]:
    """Return an empty lake and an empty outbox."""
    made = House(postgres, str(tmp_path / "warehouse"))
    made.empty()
    made.lake.prepare()
    yield made
    made.close()
