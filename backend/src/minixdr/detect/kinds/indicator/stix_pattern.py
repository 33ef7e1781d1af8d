"""A STIX pattern -> alternatives of values that one event must hold.

Source: STIX 2.1, section 9 (patterning). Read: comparisons by `=`, `IN` and `ISSUBSET`, joined by AND and OR within
one observation; observations joined by OR. Refused: NOT, other operators, qualifiers (WITHIN, REPEATS, START),
observations joined by AND or FOLLOWEDBY: they relate several events.
"""

import re
from itertools import product

from minixdr.detect.kinds.indicator.values import Atom, Unusable, address, domain, email, file_hash, network, url

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<path>[a-z0-9-]+:(?:[A-Za-z0-9_.\-]|\[[^\]]*\]|'(?:[^'\\]|\\.)*')+)"
    r"|(?P<sign>!=|<=|>=|[\[\](),=<>])|(?P<word>[A-Za-z0-9_.:+-]+))"
)
_MOST_ALTERNATIVES = 1_000
_DEEPEST = 50

Alternatives = list[tuple[Atom, ...]]


def alternatives(pattern: str) -> Alternatives:
    """Return the values, one tuple for each alternative; an event must hold all of a tuple. Raises Unusable."""
    parser = _Parser(_tokens(pattern))
    found = parser.observations()
    if parser.peek() is not None:
        raise Unusable(f"`{parser.peek()}` relates several observations or qualifies them")
    return [_ordered(atoms) for atoms in found]


def _ordered(atoms: tuple[Atom, ...]) -> tuple[Atom, ...]:
    """Return the atoms, first the one that is looked up."""
    found = tuple(dict.fromkeys(sorted(atoms, key=lambda each: (each.kind == "file_name", each.kind != "file_hash"))))
    if found[0].kind == "file_name":
        raise Unusable("a file name alone is no indicator")
    if len(found) > 1 and any(each.kind == "network" for each in found):
        raise Unusable("a network together with other values")
    return found


def _tokens(pattern: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    place = 0
    pattern = pattern.strip()
    while place < len(pattern):
        match = _TOKEN.match(pattern, place)
        if match is None or match.lastgroup is None:
            raise Unusable(f"not a STIX pattern at `{pattern[place : place + 40]}`")
        found.append((match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0

    def peek(self) -> str | None:
        return self._tokens[self._place][1] if self._place < len(self._tokens) else None

    def _next(self) -> tuple[str, str]:
        if self._place == len(self._tokens):
            raise Unusable("the pattern ends too early")
        self._place += 1
        return self._tokens[self._place - 1]

    def _expect(self, sign: str) -> None:
        kind, text = self._next()
        if text != sign or kind == "text":
            raise Unusable(f"`{text[:40]}` where `{sign}` should be")

    def observations(self) -> Alternatives:
        """Read observations joined by OR."""
        found = self._observation()
        while self.peek() == "OR":
            self._next()
            found = found + self._observation()
        return found

    def _observation(self) -> Alternatives:
        self._deeper()
        if self.peek() == "(":
            self._next()
            found = self.observations()
            self._expect(")")
        else:
            self._expect("[")
            found = self._either()
            self._expect("]")
        self._depth -= 1
        return found

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Unusable("nested too deep")

    def _either(self) -> Alternatives:
        found = self._both()
        while self.peek() == "OR":
            self._next()
            found = found + self._both()
        return found

    def _both(self) -> Alternatives:
        found = self._comparison()
        while self.peek() == "AND":
            self._next()
            other = self._comparison()
            if len(found) * len(other) > _MOST_ALTERNATIVES:
                raise Unusable("too many alternatives")
            found = [a + b for a, b in product(found, other)]
        return found

    def _comparison(self) -> Alternatives:
        self._deeper()
        if self.peek() == "(":
            self._next()
            found = self._either()
            self._expect(")")
        else:
            found = self._values()
        self._depth -= 1
        return found

    def _values(self) -> Alternatives:
        kind, path = self._next()
        if kind != "path":
            raise Unusable(f"`{path[:40]}` where a comparison should be")
        _, operator = self._next()
        if operator not in ("=", "IN", "ISSUBSET"):
            raise Unusable(f"the operator {operator[:20]} of {path[:60]}")
        if operator != "IN":
            return [(_atom(path, self._text()),)]
        self._expect("(")
        found: Alternatives = [(_atom(path, self._text()),)]
        while self.peek() == ",":
            self._next()
            found.append((_atom(path, self._text()),))
        self._expect(")")
        return found

    def _text(self) -> str:
        kind, text = self._next()
        if kind != "text":
            raise Unusable(f"`{text[:40]}` where a text in quotes should be")
        return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)


def _atom(path: str, text: str) -> Atom:
    kind, _, rest = path.partition(":")
    if kind in ("ipv4-addr", "ipv6-addr") and rest == "value":
        return network(text) if "/" in text else address(text)
    if rest in ("dst_ref.value", "src_ref.value"):
        return network(text) if "/" in text else address(text)
    if kind == "domain-name" and rest == "value":
        return domain(text)
    if kind == "url" and rest == "value":
        return url(text)
    if kind in ("email-addr", "email-message") and rest in ("value", "from_ref.value", "sender_ref.value"):
        return email(text)
    if kind in ("file", "artifact") and rest.startswith("hashes"):
        return file_hash(text)
    if kind == "file" and rest == "name":
        return Atom("file_name", text.lower().encode("utf-8", "surrogatepass"))
    raise Unusable(f"{path[:80]} is not among what is looked up")
