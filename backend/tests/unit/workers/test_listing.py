"""A bucket is listed as far back as needed: every young object is found, folders of old days are not looked into."""

from datetime import UTC, datetime, timedelta

import pytest

from minixdr.ports.cloud import Page, StoredObject
from minixdr.workers.collector.listing import objects_since

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class _Bucket:
    """Answers as S3 does, a few keys a page."""

    def __init__(self, keys, page=3):
        self.keys = dict.fromkeys(keys, NOW) if not isinstance(keys, dict) else keys
        self.page = page
        self.asked = []

    def pages(self, bucket, prefix, *, deep):
        self.asked.append((prefix, deep))
        found, folders = [], []
        for key in sorted(key for key in self.keys if key.startswith(prefix)):
            rest = key[len(prefix) :]
            if not deep and "/" in rest:
                folder = prefix + rest.partition("/")[0] + "/"
                if folder not in folders:
                    folders.append(folder)
            else:
                found.append(StoredObject(key, "e", 1, self.keys[key]))
        entries = found + folders
        for start in range(0, max(len(entries), 1), self.page):
            part = entries[start : start + self.page]
            yield Page(
                [each for each in part if not isinstance(each, str)], [each for each in part if isinstance(each, str)]
            )


def _found(bucket, prefix="", since=NOW - timedelta(days=1)):
    return {each.key for page in objects_since(bucket, "logs", prefix, since) for each in page}


@pytest.mark.parametrize(
    "form", ["{:04}/{:02}/{:02}/", "year={:04}/month={:02}/day={:02}/", "dt/{:04}/{:02}/{:02}/12/30/"]
)
def test_folders_of_days_are_looked_into_as_far_back_as_needed(form):
    """Two days before, over the ends of months and years; hours below a day too."""
    days = [(2026, 3, 1), (2026, 2, 28), (2026, 2, 26), (2026, 2, 25), (2026, 1, 31), (2025, 12, 31)]
    bucket = _Bucket([f"AWSLogs/1/trail/eu/{form.format(*day)}x.gz" for day in days])
    assert _found(bucket) == {f"AWSLogs/1/trail/eu/{form.format(*day)}x.gz" for day in days[:3]}
    old = ("2025/12", "2026/01", "month=12", "month=01", form.format(2026, 2, 25))
    assert not any(part in prefix for prefix, _ in bucket.asked for part in old)


@pytest.mark.parametrize(
    "key",
    [
        "x.gz",
        "a/x.gz",
        "2026/x.gz",
        "2026/03/x.gz",
        "1999/x.gz",
        "0001/03/01/x.gz",
        "20260301/x.gz",
        "2026-03-01/x.gz",
        "2026/march/01/x.gz",
        "a/2026/03/b/2026/x.gz",
        "2019/x.gz",
        "2019/customer/x.gz",
        "2019/1/x.gz",
    ],
)
def test_what_only_looks_like_a_day_is_listed_all_the_same(key):
    """No young object is passed over for the shape of its key."""
    assert _found(_Bucket([key, "z/2020/01/01/old.gz"])) >= {key}


def test_a_bucket_of_many_folders_is_listed_as_a_whole():
    """One request a folder would take hours."""
    keys = [f"id-{number}/x.gz" for number in range(1_000)]
    bucket = _Bucket(keys, page=1_000)
    assert _found(bucket) == set(keys)
    assert len(bucket.asked) == 2


def test_only_young_objects_below_the_prefix_are_found():
    """By when they were written; a folder's own object is none."""
    bucket = _Bucket({"a/new": NOW, "a/old": NOW - timedelta(days=3), "a/folder/": NOW, "b/new": NOW})
    assert _found(bucket, "a/") == {"a/new"}
