"""What tests of hunts share."""

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def lake_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the one warehouse of a module's database."""
    return tmp_path_factory.mktemp("lake")
