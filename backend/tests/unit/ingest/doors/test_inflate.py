"""Compressed bodies come out whole or not at all, and never larger than the bound."""

import gzip
import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from minixdr.ingest.doors.inflate import BadBodyError, TooLargeError, UnknownEncodingError, inflate

PACKERS = {
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
    "deflate": zlib.compress,
}
MOST = 1 << 20


def _bare(body):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


@given(st.sampled_from(sorted(PACKERS)), st.binary(max_size=5_000))
def test_bodies_come_back(name, body):
    """As they were, in each encoding, and in deflate without its header."""
    assert inflate(PACKERS[name](body), name, MOST) == body
    assert inflate(_bare(body), "deflate", MOST) == body


@given(st.sampled_from(["gzip", "zstd"]), st.binary(min_size=1, max_size=500), st.data())
def test_a_body_that_is_cut_off_is_refused(name, body, data):
    """At whichever byte: half a request must not be taken for a whole one."""
    packed = PACKERS[name](body)
    with pytest.raises(BadBodyError):
        inflate(packed[: data.draw(st.integers(0, len(packed) - 1))], name, MOST)


@pytest.mark.parametrize("name", sorted(PACKERS))
def test_growth_is_bounded_and_told(name):
    """A bomb ends at the bound; each piece is told before it is kept."""
    grown = []
    with pytest.raises(TooLargeError):
        inflate(PACKERS[name](bytes(50 << 20)), name, MOST, grown.append)
    assert sum(grown) <= MOST


def test_only_what_is_known_is_read():
    """Other encodings, several of them, and bodies that are something else."""
    with pytest.raises(UnknownEncodingError):
        inflate(b"", "br", MOST)
    with pytest.raises(UnknownEncodingError):
        inflate(b"", "gzip, gzip", MOST)
    with pytest.raises(BadBodyError):
        inflate(b"plain", "gzip", MOST)
    assert inflate(b"plain", "identity", MOST) == b"plain"
