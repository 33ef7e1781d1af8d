"""Points in time (seconds since 1970, UTC) in the writings of the logs."""

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=65_536)  # records of one hour repeat its 3,600 seconds
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def zulu(time: float) -> str:
    """Return 2026-03-02T09:15:01Z."""
    return _second(int(time)) + "Z"


def zulu_millis(time: float) -> str:
    """Return 2026-03-02T09:15:01.123Z."""
    return f"{_second(int(time))}.{int(time * 1000) % 1000:03d}Z"


def zulu_micros(time: float) -> str:
    """Return 2026-03-02T09:15:01.123456Z."""
    return f"{_second(int(time))}.{int(time * 1_000_000) % 1_000_000:06d}Z"


def offset_micros(time: float) -> str:
    """Return 2026-03-02T09:15:01.123456+00:00, as rsyslog writes."""
    return f"{_second(int(time))}.{int(time * 1_000_000) % 1_000_000:06d}+00:00"


def spaced_millis(time: float) -> str:
    """Return 2026-03-02 09:15:01.123, as Sysmon writes UtcTime."""
    return f"{_second(int(time)).replace('T', ' ')}.{int(time * 1000) % 1000:03d}"


def compact_minute(time: float) -> str:
    """Return 20260302T0915Z, as AWS names its log files."""
    return _second(int(time)).replace("-", "").replace(":", "")[:13] + "Z"


def day_path(time: float) -> str:
    """Return 2026/03/02."""
    return _second(int(time))[:10].replace("-", "/")


def day(time: float) -> str:
    """Return 2026-03-02."""
    return _second(int(time))[:10]
