"""The account of a scan."""

from collections import Counter

from minixdr.app.scan.account import Account, FileAccount, records_of, sentence
from minixdr.schema.record import Issue, Receipt


def test_a_run_of_records_counts_as_many() -> None:
    """An issue about records 3 to 7 is five records."""
    account = FileAccount("a")
    account.note(Issue("a", 3, None, "skipped", "no log source recognised", 7))
    account.note(Issue("a", 9, 120, "malformed", "not JSON"))
    assert account.reasons == {("skipped", "no log source recognised"): 5, ("malformed", "not JSON"): 1}
    assert records_of(Issue("a", None, None, "file", "truncated")) == 1


def test_reasons_are_bounded() -> None:
    """A file of a million different troubles does not fill the memory; none is lost from the count."""
    account = FileAccount("a")
    for number in range(1_000):
        account.note(Issue("a", number + 1, None, "malformed", f"reason {number}"))
    assert len(account.reasons) <= 51
    assert sum(account.reasons.values()) == 1_000
    assert len(account.problems) < 10


def test_sums_are_over_all_files() -> None:
    """received = events + skipped + malformed holds for the whole."""
    files = [
        FileAccount("a", Receipt(3, 2, 1, 0), sources=Counter(zeek=2)),
        FileAccount("b", Receipt(4, 1, 0, 3), sources=Counter(zeek=1, aws_cloudtrail=0)),
    ]
    total = Account(files).receipt()
    assert (total.received, total.events, total.skipped, total.malformed) == (7, 3, 1, 3)
    assert total.received == total.events + total.skipped + total.malformed
    assert Account(files).sources()["zeek"] == 3


def test_an_issue_says_where() -> None:
    """File position and record number are for a person."""
    assert sentence(Issue("a", 1_200, 55, "malformed", "not JSON")) == "record 1,200, byte 55: not JSON"
    assert sentence(Issue("a", 3, None, "skipped", "why", 9)) == "records 3 to 9: why"
    assert sentence(Issue("a", None, 77, "file", "truncated")) == "byte 77: truncated"
