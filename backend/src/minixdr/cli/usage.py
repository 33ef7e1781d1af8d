"""What a run took of the machine."""

import resource
import sys
from dataclasses import dataclass


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
        usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes there, else in KiB
        return cls(
            seconds,
            sum(usage.ru_utime + usage.ru_stime for usage in usages),
            max(usage.ru_maxrss for usage in usages) * unit,
        )
