"""Malformed syslog: 2,000 streams by seed, none of which stops the reader, fills its memory or passes over bytes uncounted."""

import random

import pytest

from minixdr.ingest.doors.syslog_frames import Frames
from minixdr.ingest.doors.syslog_token import take_token
from minixdr.ingest.formats.syslog import decode

_LONGEST = 512
_HOSTILE = (
    b"0 <34>", b"00 <34>", b"-1 <34>", b"1 <34>", b"7 <34>", b"99999999 <34>", b"999999999999 <34>", b"5  <34>", b"5\t<34>", b"5<34>",
    b"\xd9\xa5 <34>", b"+5 <34>", b"1e9 <34>", b"0x10 <34>", b"18446744073709551616 <34>x", b"2147483648 <34>", b"<>", b"<999>1 ", b"<34", b"<-1>",
    b"<34>1 - - - - - ", b"<34>1 - - - - - [", b'<34>1 - - - - - [a b="', b'<34>1 - - - - - [a b="\\', b'[minixdr@32473 token="', b'"]',
    b'<34>1 - - - - - [minixdr@32473 token="x"]', b"\x00", b"\x00" * 300, b"\n", b"\r\n", b"\r", b"\n\n\n", b"\xff\xfe", b"\xef\xbb\xbf",
    b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"x" * 600, b"<34>" * 200, b"1 " * 200, b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/1.1\r\n\r\n",
    b"\x1f\x8b\x08\x00", b"{" * 300,
    b'{"a":1}', b"<34>Jan 32 25:61:61 h a: ", b"<34>Feb 29 00:00:00 ", b"=" * 100, b'[a@1 x="y"]' * 40, b" " * 400, b"\x1b[2J",
)  # fmt: skip


def _stream(seed):
    source = random.Random(seed)
    parts = []
    for _ in range(source.randint(1, 25)):
        kind = source.random()
        if kind < 0.6:
            parts.append(source.choice(_HOSTILE))
        elif kind < 0.75:
            parts.append(source.randbytes(source.randint(1, 200)))
        else:
            message = b"<34>1 - host app - - - %d" % source.randint(0, 10**6)
            wrong = source.choice((0, 0, -1, 1, 5, -7, 500))
            parts.append(
                b"%d %s" % (max(0, len(message) + wrong), message) if source.random() < 0.5 else message + b"\n"
            )
    return b"".join(parts)


@pytest.mark.parametrize("seeds", [range(start, start + 250) for start in range(0, 2_000, 250)], ids=str)
def test_no_stream_stops_the_reader(seeds):
    """Every message is bounded and decodes; of the bytes, those of counts, ends and counted cuts alone are missing; good messages come through."""
    for seed in seeds:
        stream = _stream(seed)
        source = random.Random(seed)
        frames, found, at = Frames(_LONGEST), [], 0
        while at < len(stream):
            step = source.choice((1, 2, 16, 100, 5_000))
            found += frames.feed(stream[at : at + step])
            at += step
            assert len(frames._data) - frames._at <= max(2 * _LONGEST, step), seed
        found += frames.end()
        assert all(0 < len(message) <= _LONGEST for message in found), seed
        place = 0
        for message in found:
            next_place = stream.find(message, place)
            assert next_place >= 0, seed
            gap = stream[place:next_place].strip(b"\r\n\x00 \t0123456789\x0b\x0c")
            assert not gap or frames.counts.truncated, (seed, gap)
            place = next_place + len(message)
            without, token = take_token(message)
            decode(without.decode("utf-8", "replace"))
            assert token is None or token.encode() in message


def test_after_any_stream_of_lines_a_line_is_read():
    """On a connection of lines, no text of a stranger keeps the next message from being read."""
    good = b"<34>1 - host app - - - good"
    for seed in range(500):
        frames = Frames(_LONGEST)
        frames.feed(good + b"\n")
        frames.feed(_stream(seed) + b"\n")
        assert frames.feed((good + b"\n") * 2)[-1:] == [good], seed
