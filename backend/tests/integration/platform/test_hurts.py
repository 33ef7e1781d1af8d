"""Sleep and full disks: short forms of `python -m tests.soak --what all`."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.soak.disks import CannotMountError
from tests.soak.hurts import all_paused, disk_full
from tests.soak.machine import Machine
from tests.soak.run import Say


@pytest.fixture
def machine() -> Iterator[Machine]:
    """Return a platform with two workers."""
    with tempfile.TemporaryDirectory(prefix="minixdr-test-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        made = Machine(Path(name) / "data", workers=2)
        try:
            made.start()
            yield made
        finally:
            made.stop()


@pytest.mark.parametrize(
    "hurt",
    [
        pytest.param(all_paused, id="paused"),
        pytest.param(disk_full("lake", 100, busy=False, seconds=8), id="lake-full"),
    ],
)
def test_what_was_found_is_what_an_undisturbed_platform_finds(
    hurt: Callable[[Machine, Say], None], machine: Machine
) -> None:
    """Nothing is lost, nothing doubled; findings and incidents are the same."""
    try:
        hurt(machine, print)
    except CannotMountError as error:
        pytest.skip(str(error))
