"""What all tests share."""

import os
from pathlib import Path

import pytest

from tests.engines import engine_folder, nats_server, nats_url, postgres, postgres_server  # noqa: F401 - fixtures for all

REPOSITORY = Path(__file__).resolve().parents[2]


def pytest_xdist_auto_num_workers() -> int:
    """Return what `-n auto` means: one more than there are cores, as many tests wait for engines and clocks."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real public telemetry that lies beside a development checkout; skip where it is absent."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not (folder / "README.md").is_file():
        pytest.skip(f"real telemetry is not at {folder}")
    return folder
