"""A server of the test module's own."""

import pytest

from tests.integration.doors.server import Server


@pytest.fixture(scope="module")
def server(postgres, nats_url):
    """Return a running server."""
    made = Server(postgres.app_url, nats_url)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def lake_folder(tmp_path_factory):
    """Return the folder of the module's lake: its catalog is in the module's database."""
    return tmp_path_factory.mktemp("lake")
