"""How a batch lies in the log: one version byte, then MessagePack compressed with Zstandard."""

import msgspec
import zstandard

from minixdr.ports.log import LogBatch

_VERSION = b"\x01"
_LEVEL = 1
"""Of Zstandard: a third of the size for a twentieth of a core at 20 MB/s; higher levels cost more than the disk they save here."""
_MOST_BYTES = 256 << 20
"""Of a batch unpacked. What the log holds came through a door, which bounds it far below."""
_DECODER = msgspec.msgpack.Decoder(LogBatch)


class NoBatchError(ValueError):
    """The payload is no batch of this version."""


def encode(batch: LogBatch) -> bytes:
    """Return the payload of a batch."""
    return _VERSION + zstandard.ZstdCompressor(level=_LEVEL).compress(msgspec.msgpack.encode(batch))


def decode(payload: bytes) -> LogBatch:
    """Return the batch of a payload. Raises NoBatchError."""
    if payload[:1] != _VERSION:
        raise NoBatchError(f"payload of version {payload[:1]!r}; this program reads {_VERSION!r}")
    try:
        content = zstandard.ZstdDecompressor().decompress(payload[1:], max_output_size=_MOST_BYTES)
        return _DECODER.decode(content)
    except (zstandard.ZstdError, msgspec.MsgspecError) as error:
        raise NoBatchError(f"not a batch: {error}") from error
