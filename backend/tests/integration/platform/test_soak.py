"""Each part killed once under load: the short form of `make soak`."""

import random
import sys
import tempfile
from pathlib import Path

from tests.soak.machine import Machine
from tests.soak.run import PARTS, check, soak


def test_what_was_acknowledged_is_kept_once_whatever_dies() -> None:
    seed = random.randrange(1_000_000)
    sys.stdout.write(f"seed {seed}\n")  # shown where the test fails
    with tempfile.TemporaryDirectory(prefix="minixdr-test-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        machine = Machine(Path(name) / "data")
        try:
            machine.start()
            account = soak(machine, random.Random(seed).sample(PARTS, len(PARTS)), seed)
            check(machine, account)
        finally:
            machine.stop()
