"""The part of a JSON text that is in memory, and where values in it end.

Bytes are held as Latin-1 text: one character a byte, so that positions are offsets and the parsers of the standard library, written in C,
can be asked where a value ends. What they parse is thrown away; only the position counts. Where they refuse, brackets and quotes are
counted: slower, and forgiving.
"""

import re
from collections.abc import Iterator
from json import JSONDecodeError
from json.decoder import JSONDecoder
from typing import Any

import orjson

from minixdr.ingest.lines import LONGEST_RECORD_BYTES

_AHEAD = 1 << 18
"""Characters kept ahead, so that values rarely end beyond the window."""
_BETWEEN = re.compile(r"[\s,\x00\x1e\ufeff]*+")
"""What may stand between values: blanks, commas, NUL padding, the record separator of RFC 7464."""
_INTERESTING = re.compile(r'["{}\[\]]')
_STRING = re.compile(r'(?:[^"\\\n]++|\\.)*+', re.DOTALL)
_SCALAR = re.compile(r'"(?:[^"\\\n]++|\\.)*+"|[\w.+-]++')
_MOST_FAILURES = 16
"""Values in a window that fail to parse, after which failures must cost less."""
_DECODER = JSONDecoder(strict=False)


class Window:
    """A moving window on a JSON text."""

    def __init__(self, blocks: Iterator[bytes], offset_bytes: int = 0) -> None:
        self._blocks = blocks
        self.text = ""
        self.at = 0
        """Position of the next character to read."""
        self._base = offset_bytes
        self.ended = False
        self._failures = 0
        """Values of this window that did not parse."""
        self._broken = False
        """Whether an object did not end: from then on one that begins a line ends those before it, so that each costs only its own length."""

    @property
    def offset_bytes(self) -> int:
        """Offset of the next character in the file."""
        return self._base + self.at

    def fill(self, ahead: int = _AHEAD) -> bool:
        """Have that many characters ahead, fewer only at the end. Return whether anything was added; what was read is forgotten."""
        if len(self.text) - self.at >= ahead or self.ended:
            return False
        parts = [self.text[self.at :]]
        have = len(parts[0])
        while have < ahead:
            block = next(self._blocks, None)
            if block is None:
                self.ended = True
                break
            parts.append(block.decode("latin-1"))
            have += len(block)
        self._base += self.at
        self.at = self._failures = 0
        self.text = "".join(parts)
        return len(parts) > 1

    def next_character(self) -> str:
        """Pass what stands between values; return the character there, "" at the end."""
        while True:
            self.fill()
            self.at = _BETWEEN.match(self.text, self.at).end()  # type: ignore[union-attr]  # it matches nothing, too
            if self.at < len(self.text) or self.ended:
                return self.text[self.at : self.at + 1]

    def parse(self) -> tuple[Any, int] | None:
        """Return the value here and where it ends; None where it does not parse, for it is not whole or not JSON."""
        if self._failures > _MOST_FAILURES:
            return self._parse_carefully()
        try:
            return _DECODER.raw_decode(self.text, self.at)
        except (JSONDecodeError, RecursionError, ValueError):  # ValueError: an integer of too many digits
            self._failures += 1
            return None

    def _parse_carefully(self) -> tuple[Any, int] | None:
        """Do the same at the cost of the value alone: the decoder's error counts the lines of the whole window."""
        if self.text[self.at : self.at + 1] not in ("{", "["):
            found = _SCALAR.match(self.text, self.at)
            return None if found is None else (None, found.end())
        end = _Scanner(until_object=self._broken).scan(self.text, self.at)
        if end is None:
            return None
        try:
            return orjson.loads(self.text[self.at : end].encode("latin-1")), end
        except orjson.JSONDecodeError:
            return None

    def end_of_brackets(self) -> int | None:
        """Return where the object or array here ends, reading on as needed; None where it is too long or never ends."""
        scanner = _Scanner(until_object=self._broken)
        ahead = 2 * _AHEAD
        while (end := scanner.scan(self.text, self.at)) is None:
            if scanner.met_object or self.ended or len(self.text) - self.at > LONGEST_RECORD_BYTES:
                self._broken = True
                return None
            ahead = max(ahead, len(self.text) - self.at) * 2
            self.fill(min(ahead, LONGEST_RECORD_BYTES + 1))
        return end

    def pass_brackets(self, depth: int = 0) -> bool:
        """Pass the rest of an object or array, `depth` levels into it, keeping nothing. Return whether it ended."""
        scanner = _Scanner(depth)
        while (end := scanner.scan(self.text, self.at)) is None:
            if self.ended:
                self.at = len(self.text)
                return False
            kept = len(self.text) - self.at - scanner.scanned
            self.at += scanner.scanned
            scanner.scanned = 0
            self.fill(max(_AHEAD, kept + 1))
        self.at = end
        return True

    def pass_line(self) -> None:
        """Pass the rest of the line."""
        while (end := self.text.find("\n", self.at)) < 0:
            self.at = len(self.text)
            if not self.fill():
                return
        self.at = end + 1

    def take(self, end: int) -> bytes:
        """Return the bytes up to a position, and go there."""
        raw = self.text[self.at : end].encode("latin-1")
        self.at = end
        return raw


class _Scanner:
    """Counts brackets outside strings. A line end ends a string, too: JSON has none in strings, so a quote is missing."""

    def __init__(self, depth: int = 0, *, until_object: bool = False) -> None:
        self._depth = depth
        self._in_string = False
        self._until_object = until_object
        self.met_object = False
        """Whether an object that begins a line was met before the end, where that was asked for."""
        self.scanned = 0
        """Characters seen since the start."""

    def scan(self, text: str, start: int) -> int | None:
        """Return the position behind the last bracket; None where the text ends before it: call again with a longer one."""
        at = start + self.scanned
        while True:
            if self._in_string:
                at = _STRING.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing, too
                if at >= len(text) or text[at] == "\\":
                    break
                self._in_string = False
                at += 1
                continue
            found = _INTERESTING.search(text, at)
            if found is None:
                at = len(text)
                break
            at = found.end()
            character = found[0]
            if character == '"':
                self._in_string = True
            elif character in "{[":
                if self._until_object and self._depth and text[max(0, at - 2)] == "\n":
                    self.met_object = True
                    return None
                self._depth += 1
            else:
                self._depth -= 1
                if self._depth <= 0:
                    return at
        self.scanned = at - start
        return None
