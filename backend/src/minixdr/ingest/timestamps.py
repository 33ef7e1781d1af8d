"""Texts and numbers -> aware UTC datetimes: the one place that reads times.

Sources: ISO 8601 / RFC 3339; Unix epoch in s, ms, us, ns; Windows FILETIME (100 ns since 1601); .NET `/Date(ms)/`; Common Log Format;
RFC 3164 (no year); `ctime`, Apache error log. Not covered: local times without an offset are taken as UTC. A time before 1990 or after 2100 is
nobody's: None.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FILETIME_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_UNITS = ((1e11, 1), (1e14, 1_000), (1e17, 1_000_000), (1e20, 1_000_000_000))  # largest epoch value, parts of a second

_ISO = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ,]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,12}))?)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?$",
    re.IGNORECASE,
)
_BASIC = re.compile(r"(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(?:\.(\d+))?(Z)?$", re.IGNORECASE)
_CLF = re.compile(r"(\d{1,2})/(\w{3})/(\d{4}):(\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?\s*([+-]\d{4})?$")
_CTIME = re.compile(r"(?:\w{3},? )?(\w{3}) +(\d{1,2}) (\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?: (Z|UTC|GMT))? (\d{4})$")
_RFC2822 = re.compile(r"(?:\w{3}, )?(\d{1,2}) (\w{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2})(?: (?:GMT|UTC|([+-]\d{4})))?$")
_US = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4})[ ,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(?:\s*([AP]M))?$", re.IGNORECASE
)
_DOTNET = re.compile(r"/Date\((-?\d{1,17})(?:[+-]\d{4})?\)/$")
_NUMBER = re.compile(r"-?\d{1,20}(?:\.\d{1,12})?$")
_SYSLOG = re.compile(r"(\w{3}) +(\d{1,2}) (?:(\d{4}) )?(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?$")


def parse_time(value: object) -> datetime | None:
    """Return the aware UTC time that a text or a number says, None where it says none that can be."""
    if isinstance(value, str):
        if len(value) > 64:  # noqa: PLR2004 - no time is that long
            return None
        try:
            time = datetime.fromisoformat(value)
        except ValueError:
            return _parse_text(value.strip())
        if value.isdigit():  # fromisoformat takes 20231114 as a date, and some epochs as one
            return _parse_text(value)
        return _bounded(time)
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return _epoch(value)
    return None


def parse_filetime(ticks: int) -> datetime | None:
    """Return the time of a Windows FILETIME: 100 ns ticks since 1601."""
    if not 0 < ticks < 2**63:
        return None
    return _bounded(_FILETIME_EPOCH + timedelta(microseconds=ticks // 10))


def parse_syslog_time(text: str, reference: datetime | None) -> datetime | None:
    """Return the time of an RFC 3164 stamp (`Jan  2 03:04:05`, no year), taken as UTC.

    The year is the one that brings it closest to the reference and not more than a day after it; without a reference 1972 would be a lie, so None.
    """
    found = _SYSLOG.match(text.strip())
    if found is None or (month := _MONTHS.get(found[1].lower())) is None:
        return None
    if found[3] is None and reference is None:
        return None
    years = (
        [int(found[3])] if found[3] else [reference.year + 1, reference.year, reference.year - 1] if reference else []
    )
    for year in years:
        time = _build(year, month, found[2], found[4], found[5], found[6], found[7], None)
        if time is not None and (found[3] or reference is None or time <= reference + timedelta(days=1)):
            return time
    return None


def _bounded(time: datetime) -> datetime | None:
    if time.tzinfo is None:
        time = time.replace(tzinfo=UTC)
    elif time.tzinfo is not UTC:
        try:
            time = time.astimezone(UTC)
        except OverflowError:
            return None
    return time if _EARLIEST <= time < _LATEST else None


def _epoch(value: int | float) -> datetime | None:
    if isinstance(value, float) and not abs(value) < 1e20:  # noqa: PLR2004 - NaN and infinity fail this too
        return None
    size = abs(value)
    if 6.2e16 < size < 2.0e17 and isinstance(value, int):  # noqa: PLR2004 - 100 ns ticks since 1601, years 1797 to 2234
        ticks = parse_filetime(value)
        if ticks is not None:
            return ticks
    for limit, parts in _UNITS:
        if size < limit:
            try:
                if isinstance(value, int):
                    seconds, rest = divmod(value, parts)
                    return _bounded(_EPOCH + timedelta(seconds=seconds, microseconds=rest * 1_000_000 // parts))
                return _bounded(_EPOCH + timedelta(microseconds=round(value * 1_000_000 / parts)))
            except OverflowError:
                return None
    return None


def _parse_text(text: str) -> datetime | None:
    if _NUMBER.match(text):
        return _epoch(float(text) if "." in text else int(text))
    if found := _ISO.match(text):
        return _build(int(found[1]), int(found[2]), *found.group(3, 4, 5, 6, 7, 8))
    if found := _CLF.match(text):
        return _build(int(found[3]), _MONTHS.get(found[2].lower()), *found.group(1, 4, 5, 6, 7, 8))
    if found := _BASIC.match(text):
        return _build(int(found[1]), int(found[2]), *found.group(3, 4, 5, 6, 7, 8))
    if found := _CTIME.match(text):
        return _build(
            int(found[8]), _MONTHS.get(found[1].lower()), found[2], found[3], found[4], found[5], found[6], None
        )
    if found := _RFC2822.match(text):
        return _build(
            int(found[3]), _MONTHS.get(found[2].lower()), found[1], found[4], found[5], found[6], None, found[7]
        )
    if found := _DOTNET.match(text):
        return _epoch(int(found[1]) * 1000)  # always milliseconds; as microseconds no unit is guessed
    if found := _US.match(text):
        hour = int(found[4])
        if found[8]:
            hour = hour % 12 + (12 if found[8].lower() == "pm" else 0)
        return _build(int(found[3]), int(found[1]), found[2], str(hour), found[5], found[6], found[7], None)
    return None


def _build(  # noqa: PLR0913, PLR0917 - the parts of a time
    year: int,
    month: int | None,
    day: str,
    hour: str | None,
    minute: str | None,
    second: str | None,
    fraction: str | None,
    offset: str | None,
) -> datetime | None:
    if month is None:
        return None
    seconds = int(second or 0)
    try:
        time = datetime(
            year, month, int(day), int(hour or 0), int(minute or 0), min(seconds, 59),
            int(((fraction or "") + "000000")[:6]), tzinfo=_zone(offset),
        )  # fmt: skip
    except ValueError:
        return None
    return _bounded(time + timedelta(seconds=1) if seconds == 60 else time)  # noqa: PLR2004 - a leap second


def _zone(offset: str | None) -> timezone:
    if offset is None or offset[0] not in "+-":
        return UTC
    digits = offset[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return timezone(timedelta(minutes=minutes if offset[0] == "+" else -minutes))
