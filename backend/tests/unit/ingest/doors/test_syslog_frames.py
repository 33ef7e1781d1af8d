"""Messages of syslog over TCP are those that were sent, whatever a stranger wrote into one, and nothing is passed over uncounted."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minixdr.ingest.doors.syslog_frames import FrameCounts, Frames

A, B, C = (b"<34>1 - host app - - - %s" % text for text in (b"first", b"second \xc3\xa9", b"third"))


def _counted(message, count=None):
    return b"%d %s" % (len(message) if count is None else count, message)


def _read(stream, step=None, longest=64 << 10):
    frames = Frames(longest)
    found = []
    step = step or max(len(stream), 1)
    for start in range(0, len(stream), step):
        found += frames.feed(stream[start : start + step])
    return found + frames.end(), frames.counts


@pytest.mark.parametrize("step", [1, 2, 7, None])
@pytest.mark.parametrize(
    "stream",
    [
        A + b"\n" + B + b"\n" + C + b"\n",
        A + b"\r\n" + B + b"\x00\n\n \n" + C,
        _counted(A) + _counted(B) + _counted(C),
        _counted(A) + b"\n" + _counted(B) + b"\n" + _counted(C) + b"\n",
        _counted(A) + B + b"\n" + _counted(C),
        A + b"\n" + _counted(B) + C + b"\n",
    ],
)
def test_both_framings_are_read_and_may_be_mixed(stream, step):
    """RFC 6587 has two ways; senders, and relays behind one address, use both."""
    assert _read(stream, step) == ([A, B, C], FrameCounts())


@pytest.mark.parametrize("step", [1, 5, None])
def test_a_counted_message_keeps_its_line_ends(step):
    """A stranger's text within a count begins no message of its own."""
    forged = A + b"\n<34>1 - bank app - - - forged\n9999 <34>x"
    assert _read(_counted(forged) + _counted(B), step) == ([forged, B], FrameCounts())


@pytest.mark.parametrize("step", [1, 5, None])
def test_a_count_in_a_strangers_line_swallows_nobody(step):
    """A line end that a relay let through, and a large count behind it, do not hide the messages that follow."""
    found, counts = _read(A + b"\n60000 <34>evil\n" + B + b"\n" + C + b"\n", step)
    assert found == [A, b"<34>evil", B, C]
    assert counts == FrameCounts(out_of_step=1)


def test_a_count_too_small_loses_one_message_not_the_stream():
    """A sender that counts characters is told apart from its next message."""
    found, counts = _read(_counted(B, len(B) - 1) + _counted(C) + _counted(A))
    assert found == [B[:-1], B[-1:], C, A]
    assert counts == FrameCounts(out_of_step=1)


def test_a_count_too_large_is_noticed():
    """What it took of the next message is in the record; the one behind is whole again."""
    found, counts = _read(_counted(A, len(A) + 3) + _counted(B) + _counted(C))
    assert found[-1] == C
    assert b"".join(found) == A + _counted(B) + C
    assert counts.out_of_step == 1


@pytest.mark.parametrize("step", [1, 3, None])
@pytest.mark.parametrize("frame", [A + b"x" * 100 + b"\n", _counted(A + b"x" * 100)])
def test_a_long_message_is_cut_and_counted(frame, step):
    """Memory is bounded, and the next message is whole."""
    found, counts = _read(frame + _counted(B), step, longest=50)
    assert found == [(A + b"x" * 100)[:50], B]
    assert counts == FrameCounts(truncated=1)


def test_a_count_beyond_reason_is_not_waited_for():
    """A gigabyte is no message."""
    found, counts = _read(b"999999999 " + A + b"\n" + B + b"\n")
    assert found == [A, B]
    assert counts == FrameCounts(out_of_step=1)


def test_what_an_end_cuts_off_is_kept():
    """A line needs no end; of a counted message what came is kept, and counted as incomplete."""
    assert _read(A + b"\n" + B) == ([A, B], FrameCounts())
    assert _read(_counted(A) + _counted(B)[:-4]) == ([A, B[:-4]], FrameCounts(incomplete=1))


def test_lines_that_begin_with_digits_are_lines():
    """A time is no count."""
    lines = [b"2026-01-02T03:04:05Z host app: x", b"12 apples", b"1", b"1234567890123 <34>x"]
    assert _read(b"\n".join(lines), 1)[0] == lines


_pieces = st.sampled_from(
    [A, B, C, b"\n", b" ", b"1", b"24 ", b"<", b"<34>", b"\x00", b"\r", b"9", b"x" * 20, _counted(A)]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_pieces, max_size=30), st.integers(1, 40))
def test_how_the_bytes_arrive_changes_nothing(parts, step):
    """TCP cuts where it likes."""
    stream = b"".join(parts)
    assert _read(stream, step) == _read(stream)
