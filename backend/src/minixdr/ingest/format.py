"""What a format is: the one constant `FORMAT` that each module of `formats/` exports.

A format says how sure it is that bytes are its own, and turns them into records. Formats do not import each other: text inside a record
that may be of any format (a CloudWatch Logs message) is handed back as `Content`, and read like a file.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from minixdr.ingest.content import Content
from minixdr.schema.record import Batch, Issue

Item = Batch | Issue | Content

CERTAIN = 100
"""A signature or a header line says so."""
LIKELY = 60
"""Its lines look like it."""
POSSIBLE = 20
"""Nothing speaks against it."""
NO = 0


@dataclass(frozen=True, slots=True)
class Format:
    """A format."""

    name: str
    """The module's name."""
    recognise: Callable[[bytes], int]
    """Return how sure it is, 0 to 100, from the first bytes of a file (at least 64 KiB where there are as many)."""
    read: Callable[[Content], Iterator[Item]]
    """Yield the records of a content, what could not be read of it, and texts to be read like files."""
    stands_alone: bool = True
    """Whether lines mean the same without those before them; False where a header says what they are."""
