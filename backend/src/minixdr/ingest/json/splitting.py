"""JSON values one after the other, arrays and wrappers, of any length -> records, in bounded memory.

In: blocks. Out: batches of JSON texts that nobody parsed for keeping; texts of other formats found in messages, as contents; issues. The
raw record is the exact bytes of its object. Elements that are no objects are malformed records.
"""

import re
from collections.abc import Generator, Iterator
from typing import Any

import msgspec
import orjson

from minixdr.ingest.batching import Batcher
from minixdr.ingest.content import Content
from minixdr.ingest.format import Item
from minixdr.ingest.json.window import Window
from minixdr.ingest.json.wrappers import Inside, element_kind, envelope_kind, inner, list_name, may_open
from minixdr.ingest.lines import LONGEST_RECORD_BYTES, TOO_LONG
from minixdr.ingest.messages import Messages
from minixdr.schema.record import Issue

_MEMBER = re.compile(r'\s*+,?\s*+"((?:[^"\\\n]|\\.){0,64})"\s*+:\s*+')
_OPENS = re.compile(r"\[\s*+\{")
_FIRST_KEY = re.compile(r'\{\s*+"(?:[^"\\\n]|\\.){1,64}"')
_WHOLE_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_LEAST_AHEAD = 1 << 20
_MOST_MEMBERS = 64
"""Members of an object that are looked at for a list that it wraps."""


def split(content: Content, batcher: Batcher, blocks: Iterator[bytes], offset_bytes: int = 0) -> Iterator[Item]:
    """Yield the records of a JSON text."""
    yield from _Splitter(content, batcher, Window(blocks, offset_bytes)).top()


class _Splitter:
    def __init__(self, content: Content, batcher: Batcher, window: Window) -> None:
        self._content = content
        self._batcher = batcher
        self._window = window
        self._pace = _Pace()
        self._messages = Messages(content, batcher)

    def top(self) -> Iterator[Item]:
        """Yield the records of all values."""
        window = self._window
        while character := window.next_character():
            if character == "[":
                window.at += 1
                yield from self._elements(wrapped=False)
            elif character == "{":
                yield from self._object()
            else:
                yield from self._refuse("not JSON")
                window.pass_line()
        yield from self._messages.flush()

    def _elements(self, *, wrapped: bool) -> Iterator[Item]:
        """Yield the elements of an array, up to its end; `wrapped`: an object wraps it."""
        window = self._window
        kind: Inside | None = None
        while character := window.next_character():
            if character == "]":
                window.at += 1
                return
            if character != "{":
                yield from self._no_object()
                continue
            if kind is None and (parsed := window.parse()) is not None:
                kind = element_kind(parsed[0]) if wrapped else Inside.RECORD
            if kind is Inside.RECORD and self._pace.ready() and (wrapped or not self._wraps()):
                many = self._many()
                self._pace.tell(succeeded=many is not None)
                if many is not None:
                    for raw in many:
                        yield from self._record(raw)
                    continue
            if wrapped:
                yield from self._plain_object(wrapped=True)
            else:
                yield from self._object()
        yield from self._messages.flush()
        yield Issue(self._content.file, None, window.offset_bytes, "file", "the JSON array is cut off")

    def _wraps(self) -> bool:
        """Return whether the object here wraps others, or is an envelope."""
        parsed = self._window.parse()
        return parsed is None or list_name(parsed[0]) is not None or envelope_kind(parsed[0]) is not Inside.RECORD

    def _many(self) -> list[bytes] | None:
        """Return as many elements as can be had at once, None where they must be taken one by one.

        The text up to a place where an element like this one seems to begin is parsed as an array. If that succeeds, the
        guess was right, by JSON's grammar.
        """
        window = self._window
        window.fill(_LEAST_AHEAD)
        first = _FIRST_KEY.match(window.text, window.at)
        if first is None:
            return None
        cut = window.text.rfind(first[0], window.at + 1)
        comma = window.text.rfind(",", window.at, cut) if cut > 0 else -1
        if comma < 0 or window.text[comma + 1 : cut].strip():
            return None
        try:
            raws = _WHOLE_ARRAY.decode(("[" + window.text[window.at : comma] + "]").encode("latin-1"))
        except (msgspec.MsgspecError, RecursionError):
            return None
        elements = [bytes(raw) for raw in raws]
        if not all(element.startswith(b"{") for element in elements):
            return None
        window.at = cut
        return elements

    def _object(self) -> Iterator[Item]:
        """Yield the records of the object here: itself, or what it wraps."""
        window = self._window
        parsed = window.parse()
        if parsed is None and (yield from self._large_wrapper()):
            return
        if parsed is None:
            yield from self._plain_object(wrapped=False)
            return
        body, end = parsed
        name = list_name(body)
        if name is None:
            yield from self._unwrap(envelope_kind(body), window.take(end), body)
            return
        end_offset = window.offset_bytes + end - window.at
        if self._go_to(name):
            yield from self._elements(wrapped=True)
        window.at += end_offset - window.offset_bytes

    def _large_wrapper(self) -> Generator[Item, None, bool]:
        """Yield the records of an object that is not whole in the window but opens a list. Return whether it did."""
        window = self._window
        if not self._go_to(None):
            return False
        yield from self._elements(wrapped=True)
        window.pass_brackets(depth=1)
        return True

    def _go_to(self, wanted: str | None) -> bool:
        """Go behind the bracket that opens the list (of that name, or any that may be wrapped); return whether there is one."""
        window = self._window
        start = window.at
        before: list[str] = []
        window.at += 1
        while len(before) < _MOST_MEMBERS and (member := _MEMBER.match(window.text, window.at)) is not None:
            name = member[1]
            window.at = member.end()
            opens = window.text[window.at : window.at + 1]
            if name == wanted or (wanted is None and may_open(name, before)):
                if opens == "[" and (wanted is not None or _OPENS.match(window.text, window.at)):
                    window.at += 1
                    return True
                if opens == "{" and name == "hits" and self._go_to("hits"):
                    return True
            value = window.parse()
            if value is None:
                break
            window.at = value[1]
            before.append(name)
        window.at = start
        return False

    def _plain_object(self, *, wrapped: bool) -> Iterator[Item]:
        """Yield the object here as a record."""
        window = self._window
        parsed = window.parse()
        if parsed is not None:
            body, end = parsed
            kind = element_kind(body) if wrapped else envelope_kind(body)
            yield from self._unwrap(kind, window.take(end), body)
            return
        end_found = window.end_of_brackets()
        if end_found is not None:
            yield from self._record(window.take(end_found))
        elif len(window.text) - window.at > LONGEST_RECORD_BYTES:
            yield from self._refuse(TOO_LONG)
            window.pass_brackets()
        else:
            yield from self._refuse("an object that does not end")
            again = window.text.find("\n{", window.at)
            window.at = len(window.text) if again < 0 else again + 1

    def _no_object(self) -> Iterator[Item]:
        """Count the element here, which is no object, as malformed."""
        window = self._window
        yield from self._refuse("not a JSON object")
        if window.text[window.at] == "[":
            window.pass_brackets()
        elif (parsed := window.parse()) is not None:
            window.at = parsed[1]
        else:
            window.at += 1
            window.pass_line()

    def _unwrap(self, kind: Inside, raw: bytes, body: dict[str, Any]) -> Iterator[Item]:
        """Yield what an element or envelope of this kind holds."""
        if kind is Inside.RECORD:
            yield from self._record(raw)
            return
        text = inner(kind, raw, _utf8(raw, body))
        yield from self._messages.add(text)

    def _record(self, raw: bytes) -> Iterator[Item]:
        yield from self._messages.add_json(raw)

    def _refuse(self, reason: str) -> Iterator[Item]:
        offset = self._window.offset_bytes
        yield from self._messages.flush()
        yield from self._batcher.refuse(reason, offset)


class _Pace:
    """When to try many elements at once again: a failure costs as much as parsing a block, so after each one it takes longer."""

    _MOST = 2048

    def __init__(self) -> None:
        self._wait = 16
        self._left = 0

    def ready(self) -> bool:
        self._left -= 1
        return self._left < 0

    def tell(self, *, succeeded: bool) -> None:
        self._wait = 16 if succeeded else min(2 * self._wait, self._MOST)
        self._left = 0 if succeeded else self._wait


def _utf8(raw: bytes, body: dict[str, Any]) -> dict[str, Any]:
    """Return the body with its texts decoded from UTF-8, where they are."""
    try:
        decoded: dict[str, Any] = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return body
    return decoded
