"""A world of its own for each test of this folder that asks for one."""

from collections.abc import AsyncIterator

import pytest

from tests.api import World, world
from tests.engines import TestDatabase


@pytest.fixture
def anyio_backend() -> str:
    """Return the loop that asynchronous tests run on."""
    return "asyncio"


@pytest.fixture
async def made(postgres: TestDatabase) -> AsyncIterator[World]:
    """Return two organizations over the module's database."""
    async with world(postgres) as entered:
        yield entered
