"""A bucket's listing -> the objects that may be new. Most buckets of logs have folders of days; old ones are not looked into.

Sources: CloudTrail, VPC flow logs, ALB and WAF write `.../2026/11/25/...`; Hive-style ones `.../year=2026/month=11/day=25/...`.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from minixdr.ports.cloud import ObjectStore, Page, StoredObject

_PART = re.compile(r"(?:[A-Za-z_-]{1,16}=)?(\d{2,4})$")
_YEAR_DIGITS, _DIGITS = 4, 2
_EARLIEST_YEAR, _LATEST_YEAR = 2006, 2100
_DATE_PARTS = 3
_MOST_FOLDERS = 200
"""Of one level that are no dates: a bucket of so many is quicker listed as a whole."""
_OVERLAP = timedelta(days=2)
"""What is delivered late lies in the folder of its own day."""

Days = tuple[int, ...]


def objects_since(store: ObjectStore, bucket: str, prefix: str, since: datetime) -> Iterator[list[StoredObject]]:
    """Yield, page by page, objects below the prefix that were written since then. Some may come twice. Raises CloudErrors."""
    first_day = (since - _OVERLAP).date()
    for page in _pages(store, bucket, prefix, (), first_day):
        found = [each for each in page.objects if each.written_at >= since and not each.key.endswith("/")]
        if found:
            yield found


def _pages(store: ObjectStore, bucket: str, prefix: str, days: Days, first_day: date) -> Iterator[Page]:
    if len(days) == _DATE_PARTS:
        yield from store.pages(bucket, prefix, deep=True)
        return
    others: list[str] = []
    dated: list[tuple[str, Days]] = []
    for page in store.pages(bucket, prefix, deep=False):
        yield page
        for folder in page.folders:
            inner = _days_of(folder, days)
            if inner is None:
                others.append(folder)
            elif inner >= (first_day.year, first_day.month, first_day.day)[: len(inner)]:
                dated.append((folder, inner))
            elif len(inner) == 1 and not _is_of_months(store, bucket, folder):
                others.append(folder)  # a number, not a year
        if len(others) > _MOST_FOLDERS:
            yield from store.pages(bucket, prefix, deep=True)
            return
    for folder, inner in dated:
        yield from _pages(store, bucket, folder, inner, first_day)
    for folder in others:
        yield from _pages(store, bucket, folder, (), first_day)


def _is_of_months(store: ObjectStore, bucket: str, folder: str) -> bool:
    """Return whether the folder of a year holds months and nothing else."""
    return all(
        not page.objects and all(_days_of(each, (0,)) is not None for each in page.folders)
        for page in store.pages(bucket, folder, deep=False)
    )


def _days_of(folder: str, days: Days) -> Days | None:
    """Return the parts of the date that a folder's path ends with; None where its name is no part of one."""
    found = _PART.match(folder.rstrip("/").rpartition("/")[2])
    if found is None:
        return None
    digits, number = len(found[1]), int(found[1])
    if not days:
        return (number,) if digits == _YEAR_DIGITS and _EARLIEST_YEAR <= number <= _LATEST_YEAR else None
    return (*days, number) if digits == _DIGITS else None
