"""`python -m tests.soak --kills 50 --seed 1`: kills parts of a platform under load, then compares what is there with what was promised."""

import argparse
import random
import secrets
import sys
import tempfile
from pathlib import Path

from tests.soak.machine import Machine
from tests.soak.run import PARTS, check, soak


def main() -> int:
    """Run it; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--workers", type=int, default=1)
    wanted = parser.parse_args()
    print(f"seed {wanted.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="minixdr-soak-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        machine = Machine(Path(name) / "data", wanted.workers)
        try:
            print(f"ready after {machine.start():.1f} s", flush=True)
            parts = random.Random(wanted.seed).choices(PARTS, k=wanted.kills)
            account = soak(machine, parts, wanted.seed, say=lambda text: print(text, flush=True))
            check(machine, account, say=lambda text: print(text, flush=True))
        finally:
            machine.stop()
    print("every acknowledged record is in the lake once, and found once")
    return 0


if __name__ == "__main__":
    sys.exit(main())
