"""Numbers of the outbox as a snapshot's summary holds them."""

from hypothesis import given
from hypothesis import strategies as st

from minixdr.adapters.lake.snapshots import read_ranges, write_ranges


@given(st.sets(st.integers(1, 10_000), min_size=1, max_size=200))
def test_what_is_written_is_read(numbers: set[int]) -> None:
    found = [number for first, last in read_ranges(write_ranges(sorted(numbers))) for number in range(first, last + 1)]
    assert found == sorted(numbers)


def test_neighbours_are_one_range() -> None:
    assert write_ranges([4, 5, 6, 9, 11, 12]) == "4-6,9,11-12"
