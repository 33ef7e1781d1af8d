"""Texts that stood in records of another format (CloudWatch Logs, container logs) -> records of their own.

A JSON object becomes a JSON record at once. Other texts are gathered, as long as they follow each other, and handed back as lines of a
content, so that they are read by their own format; a text of several lines is one text record.
"""

from collections.abc import Iterator
from itertools import groupby

from minixdr.ingest.batching import BATCH_BYTES, BATCH_RECORDS, Batcher
from minixdr.ingest.content import Content
from minixdr.ingest.format import Item


class Messages:
    """Takes texts in their order."""

    def __init__(self, content: Content, batcher: Batcher) -> None:
        self._content = content
        self._batcher = batcher
        """Of JSON records."""
        self._texts: list[bytes] = []
        self._size_bytes = 0

    def add(self, text: bytes) -> Iterator[Item]:
        """Take a text; a blank one is no record."""
        if text.lstrip().startswith(b"{"):
            yield from self.add_json(text)
        elif text.strip():
            yield from self._batcher.flush()
            self._texts.append(text)
            self._size_bytes += len(text)
            if len(self._texts) >= BATCH_RECORDS or self._size_bytes >= BATCH_BYTES:
                yield from self.flush()

    def add_json(self, raw: bytes) -> Iterator[Item]:
        """Take a JSON record."""
        if self._texts:
            yield from self.flush()
        yield from self._batcher.add_raw(raw)

    def flush(self) -> Iterator[Item]:
        """Yield what was gathered."""
        yield from self._batcher.flush()
        texts, self._texts, self._size_bytes = self._texts, [], 0
        for several, run in groupby(texts, lambda text: b"\n" in text):
            if not several:  # one text of several lines changes nothing for those beside it
                yield self._content.embed(b"\n".join(run))
                continue
            batcher = Batcher(self._content, "text")
            for text in run:
                yield from batcher.add(text, {"message": text.decode("utf-8", "replace")})
            yield from batcher.flush()
