"""What a run took of the machine."""

import resource
import sys
from dataclasses import dataclass
from pathlib import Path

_OF_THIS_PROCESS = "VmHWM:"
_KIBIBYTE = 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """A run's use of the machine, its child processes included."""

    seconds: float
    """Wall clock."""
    cpu_seconds: float
    """User and system time."""
    peak_bytes: int
    """Resident memory of the largest process."""

    @classmethod
    def of_this_run(cls, seconds: float) -> "Usage":
        """Return what this process and those of its children that ended took."""
        own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        unit = 1 if sys.platform == "darwin" else _KIBIBYTE  # ru_maxrss is in bytes there, else in KiB
        return cls(
            seconds,
            sum(usage.ru_utime + usage.ru_stime for usage in (own, children)),
            max(_own_peak() or own.ru_maxrss * unit, children.ru_maxrss * unit),
        )


def _own_peak() -> int | None:
    """Return this program's peak in bytes. Linux counts in ru_maxrss what the process was before it became this program: a large caller's memory."""
    try:
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * _KIBIBYTE for line in lines if line.startswith(_OF_THIS_PROCESS)), None)
