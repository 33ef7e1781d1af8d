"""Runs the benchmarks, each in a process of its own: `python -m benchmarks [NAME ...]`."""

import pkgutil
import subprocess
import sys
from pathlib import Path

_PARTS = {"__main__", "child", "corpora", "load", "process"}
"""Modules that benchmarks are made of."""


def main(names: list[str]) -> int:
    """Return how many benchmarks failed."""
    every = sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    failed = 0
    for name in names or [name for name in every if name not in _PARTS]:
        print(f"== {name}", flush=True)
        failed += subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
