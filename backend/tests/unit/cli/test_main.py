"""The program as a whole."""

import subprocess
import sys
from pathlib import Path

import pytest

from minixdr import __version__

MINIXDR = Path(sys.executable).with_name("minixdr")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("--version",), 0, f"minixdr {__version__}\n"),
        (("--help",), 0, "Find attacks in log files."),
        (("-h",), 0, "simulate"),
        ((), 2, "Usage: minixdr"),
        (("sources",), 0, "aws_cloudtrail"),
        (("formats",), 0, "evtx"),
        (("scan", "--help"), 0, "Exit status: 0 nothing found"),
    ],
)
def test_a_person_is_told_what_there_is(arguments: tuple[str, ...], status: int, said: str) -> None:
    """Version, help and lists come without anything being set up."""
    result = subprocess.run([MINIXDR, *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == status
    assert said in result.stdout + result.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts a caller's memory")
def test_peak_memory_is_this_programs(tmp_path: Path) -> None:
    """What a large caller held is not said of the scan."""
    (tmp_path / "log").write_text("a line\n")
    held = bytearray(b"x" * 300_000_000)
    result = subprocess.run(
        [MINIXDR, "scan", "log", "-q", "--stats"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    peak = next(line for line in result.stdout.splitlines() if "peak memory" in line)
    assert int(peak.partition("peak memory ")[2].split()[0]) < 250, peak
    assert held
