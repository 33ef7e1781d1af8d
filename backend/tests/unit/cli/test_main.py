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
