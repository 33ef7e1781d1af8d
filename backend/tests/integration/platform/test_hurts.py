"""Sleep, full disks and overload: short forms of `python -m tests.soak --what all`."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.soak.disks import CannotMountError
from tests.soak.hurts import all_paused, disk_full
from tests.soak.machine import Machine
from tests.soak.overload import overload
from tests.soak.run import Say


@contextmanager
def platform(workers: int, **environment: str) -> Iterator[Machine]:
    """Run a platform."""
    with tempfile.TemporaryDirectory(prefix="minixdr-test-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        machine = Machine(Path(name) / "data", workers, environment)
        try:
            machine.start()
            yield machine
        finally:
            machine.stop()


@pytest.mark.parametrize(
    "hurt",
    [
        pytest.param(all_paused, id="paused"),
        pytest.param(disk_full("lake", 100, busy=False, seconds=8), id="lake-full"),
    ],
)
def test_what_was_found_is_what_an_undisturbed_platform_finds(hurt: Callable[[Machine, Say], None]) -> None:
    """Nothing is lost, nothing doubled; findings and incidents are the same."""
    with platform(workers=2) as machine:
        try:
            hurt(machine, print)
        except CannotMountError as error:
            pytest.skip(str(error))


def test_a_flood_is_told_to_come_back_and_shuts_nobody_out() -> None:
    """At all HTTP doors at once: busy in the protocol's words, no connection broken, memory bounded; what was taken is there once."""
    with platform(workers=1, MINIXDR_LOG_MOST_BYTES=str(2 << 20)) as machine:
        overload(machine, print, seconds=8)
