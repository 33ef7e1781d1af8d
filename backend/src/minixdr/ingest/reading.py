"""Bytes of one file -> records: the one door of ingest.

    for item in read(stream, "logs/archive.zip", format_name=None):
        ...   # item: Batch (records, bodies or raw JSON) or Issue

In: an open binary stream (`read(n)`; zip archives and EVTX also need `seek`), the name it is reported under, and optionally the name of a
format (`ingest/formats`; None: recognised by content, file by file). Out, lazily and in order: `Batch` of at most some thousand records of
one format, and `Issue`: `malformed` or `skipped` for a record that no batch holds (it has its own number and counts as received), `file`
for the file itself. Containers are opened by what they begin with, never by their suffix; members are named `archive.zip!member`. Numbers
are 1-based and run through a file (a member of an archive is a file of its own); offsets count decompressed bytes.

Memory is bounded whatever the file: blocks of 1 MiB, records of at most 16 MiB. EVTX needs to seek: inside a compressed file it is held in
memory up to a bound, or in what `spill` gives (an empty seekable binary file).

Nothing here is trusted: sizes in headers, names of members, declared encodings.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from minixdr.ingest.containers.walk import contents
from minixdr.ingest.content import Content
from minixdr.ingest.format import Format
from minixdr.ingest.recognition import formats, no_log, recognise
from minixdr.schema.record import Batch, Issue


def read(
    stream: BinaryIO, path: str, *, format_name: str | None = None, spill: Callable[[], BinaryIO] | None = None
) -> Iterator[Batch | Issue]:
    """Yield the records of a file and what could not be read of it. Raises KeyError for a format that does not exist."""
    chosen = None if format_name is None else formats()[format_name]
    for content in contents(stream, path, spill):
        if isinstance(content, Issue):
            yield content
        else:
            yield from _read_content(content, chosen)


def _read_content(content: Content, chosen: Format | None) -> Iterator[Batch | Issue]:
    """Yield the records of a content, and of the texts in it."""
    if content.head:
        reason = None if content.embedded else no_log(content, chosen=chosen is not None)
        if reason is not None:
            yield Issue(content.file, None, 0, "file", reason)
            return
        for item in (chosen or recognise(content)).read(content):
            if isinstance(item, Content):
                yield from _read_content(item, None)
            else:
                yield item
    yield from content.problems()
