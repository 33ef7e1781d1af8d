"""`python -m tests.soak --kills 50 --seed 1`: kills parts of a platform under load, then compares what is there with what was promised.

`python -m tests.soak --what log-full`: hurts it in another way (`hurts.py`); `--what all` in each.
"""

import argparse
import random
import secrets
import sys
import tempfile
import time
from pathlib import Path

from tests.soak.disks import CannotMountError
from tests.soak.hurts import HURTS
from tests.soak.machine import Machine
from tests.soak.run import PARTS, check, soak


def main() -> int:
    """Run it; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--what", choices=["kills", "all", *HURTS], default="kills")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--workers", type=int, default=1)
    wanted = parser.parse_args()
    if wanted.what == "kills":
        _kills(wanted.kills, wanted.seed, wanted.workers)
    else:
        for name in HURTS if wanted.what == "all" else [wanted.what]:
            _hurt(name)
    return 0


def _kills(kills: int, seed: int, workers: int) -> None:
    _say(f"seed {seed}")
    with tempfile.TemporaryDirectory(prefix="minixdr-soak-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        machine = Machine(Path(name) / "data", workers)
        try:
            _say(f"ready after {machine.start():.1f} s")
            account = soak(machine, random.Random(seed).choices(PARTS, k=kills), seed, say=_say)
            check(machine, account, say=_say)
        finally:
            machine.stop()
    _say("every acknowledged record is in the lake once, and found once")


def _hurt(name: str) -> None:
    hurt = HURTS[name]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="minixdr-soak-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        machine = Machine(Path(folder) / "data", hurt.workers, dict(hurt.environment))
        try:
            machine.start()
            hurt.run(machine, _say)
        except CannotMountError as error:
            _say(f"{name}: skipped, {error}")
            return
        finally:
            machine.stop()
    _say(f"{name}: survived in {time.monotonic() - began:.0f} s; nothing lost, nothing doubled")


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
