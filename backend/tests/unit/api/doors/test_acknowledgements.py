"""Acknowledgement ids: per token and channel, true once, bounded."""

from uuid import UUID

from minixdr.api.doors.acknowledgements import Acknowledgements

ONE, TWO = UUID(int=1), UUID(int=2)


def test_ids_are_true_once_and_of_their_channel_alone():
    """Another token's same channel knows nothing of them."""
    given = Acknowledgements()
    assert [given.give(ONE, "a"), given.give(ONE, "a"), given.give(ONE, "b"), given.give(TWO, "a")] == [0, 1, 0, 0]
    assert given.query(ONE, "a", [0, 1, 2]) == {"0": True, "1": True, "2": False}
    assert given.query(ONE, "a", [0, 1]) == {"0": False, "1": False}
    assert given.query(TWO, "a", [0]) == {"0": True}
    assert given.query(TWO, "none", [0]) == {"0": False}


def test_what_nobody_asks_for_is_forgotten_in_the_end():
    """Ids and channels are bounded; the newest stay."""
    given = Acknowledgements()
    for _ in range(10_002):
        given.give(ONE, "a")
    assert given.query(ONE, "a", [0, 1, 2, 10_001]) == {"0": False, "1": False, "2": True, "10001": True}
    for number in range(1_000):
        given.give(ONE, f"channel-{number}")
    assert given.query(ONE, "a", [10_000]) == {"10000": False}
