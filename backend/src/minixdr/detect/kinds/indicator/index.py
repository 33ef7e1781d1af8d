"""The indicators of all lists, ready to be looked up. A million take about 110 MB."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple, Self

import msgspec

from minixdr.detect.kinds.indicator import candidates
from minixdr.detect.kinds.indicator.entry import Entry, Refused
from minixdr.detect.kinds.indicator.host_filter import HostFilter
from minixdr.detect.kinds.indicator.reading import read
from minixdr.detect.kinds.indicator.values import Atom, Unusable, email, file_hash, host, host_of, url
from minixdr.detect.rule import Refusal
from minixdr.normalize.entities import observables_of
from minixdr.schema.event import Event, Observable

_MOST_REFUSALS = 200
"""Refusals of one list that are kept with their line; the others are counted."""
_VERSION = 1
_LONGEST_DESCRIPTION = 200
_OWN_REMEMBERED = 50_000
"""About 5 MB for each organization that has indicators."""
OWN = ""
"""Name of the list of what an organization entered: no file has it."""

HOSTNAME, ADDRESS, EMAIL, URL, FILE_NAME, DIGEST = 1, 2, 5, 6, 7, 8
"""OCSF observable.type_id."""


class Origin(msgspec.Struct, frozen=True, array_like=True):
    """Where an indicator comes from and what else holds of it. Indicators share origins: there are few different ones."""

    list_name: str
    kind: str
    description: str = ""
    valid_until: float | None = None
    """Seconds since 1970."""
    with_atoms: tuple[tuple[str, bytes], ...] = ()
    """What else the event must hold: (kind, key)."""
    level: str = ""
    """Of its findings; empty: that of its kind."""


class Match(NamedTuple):
    """An observable of an event is an indicator."""

    indicator: str
    """As it is looked up; a network in CIDR or range writing."""
    origins: tuple[Origin, ...]
    observable: Observable


class _Network(NamedTuple):
    first: int
    last: int
    origin: int


class Own(NamedTuple):
    """An indicator that an organization entered."""

    atom: Atom
    title: str
    level: str
    valid_until: datetime | None


class Indicators:
    """All indicators. `len()` is their number."""

    def __init__(self, most_remembered: int = candidates.MOST_REMEMBERED) -> None:
        """`most_remembered`: tokens known to be harmless."""
        self._most_remembered = most_remembered
        self.texts: dict[bytes, int] = {}
        """Address, domain or email address -> number of its origin. Their texts cannot be mistaken for one another."""
        self.digests: dict[bytes, int] = {}
        self.urls: dict[bytes, int] = {}
        """Digest of a URL -> number of its origin."""
        self.hosts = HostFilter()
        """Hosts of URLs."""
        self.colons = False
        """Whether some indicator is an IPv6 address."""
        self.networks: dict[int, list[_Network]] = {4: [], 6: []}
        """IP version -> networks, by first address."""
        self.refusals: list[Refusal] = []
        self._origins: dict[Origin, int] = {}
        self._by_number: list[Origin] = []
        self._more: dict[tuple[str, bytes], list[int]] = {}
        """Further origins of what several lists hold."""
        self._highest: dict[int, list[int]] = {4: [], 6: []}
        self._scanner: candidates.Scanner | None = None

    @classmethod
    def load(cls, texts: Iterable[tuple[str, bytes]]) -> Self:
        """Return the indicators of the lists, (path, content) each. What cannot be read is in `refusals`."""
        found = cls()
        for path, content in texts:
            found._load(path, content)
        found._order()
        return found

    @classmethod
    def of_organization(cls, entries: Iterable[Own]) -> Self:
        """Return the indicators that an organization entered."""
        found = cls(_OWN_REMEMBERED)
        for each in entries:
            found._add(OWN, Entry((each.atom,), each.title, each.valid_until), each.level)
        found._order()
        return found

    def __len__(self) -> int:
        return len(self.texts) + len(self.digests) + len(self.urls) + sum(map(len, self.networks.values()))

    @property
    def origins(self) -> Sequence[Origin]:
        """Return where all indicators come from."""
        return self._by_number

    def _load(self, path: str, content: bytes) -> None:
        name = path.replace("\\", "/").rpartition("/")[2]
        refused = usable = 0
        for item in read(content):
            if isinstance(item, Entry):
                usable += 1
                self._add(name, item)
                continue
            refused += 1
            if refused <= _MOST_REFUSALS:
                self._refuse(path, item)
        if refused > _MOST_REFUSALS:
            self._refuse(path, Refused(None, f"{refused - _MOST_REFUSALS:,} more lines are no indicators"))
        if not usable and not refused:
            self._refuse(path, Refused(None, "no indicators in it"))

    def _refuse(self, path: str, item: Refused) -> None:
        self.refusals.append(Refusal(path, item.line, None, item.reason))

    def _add(self, name: str, entry: Entry, level: str = "") -> None:
        seconds = None if entry.valid_until is None else entry.valid_until.timestamp()
        first, *others = entry.atoms
        with_atoms = tuple((each.kind, each.key) for each in others)
        description = entry.description[:_LONGEST_DESCRIPTION]
        origin = self._number(Origin(name, first.kind, description, seconds, with_atoms, level))
        if first.kind == "network":
            self.networks[first.version].append(_Network(first.first, first.last, origin))
            return
        table, key = self._table(first.kind), _stored(first.kind, first.key)
        if first.kind == "url":
            self.hosts.add(host_of(first.key))
        if first.kind in ("url", "address") and first.key.count(b":") > 1:
            self.colons = True
        if table.setdefault(key, origin) != origin:
            more = self._more.setdefault((first.kind, key), [])
            if origin not in more:
                more.append(origin)

    def _number(self, origin: Origin) -> int:
        number = self._origins.get(origin)
        if number is None:
            number = self._origins[origin] = len(self._by_number)
            self._by_number.append(origin)
        return number

    def _table(self, kind: str) -> dict[bytes, int]:
        return self.digests if kind == "file_hash" else self.urls if kind == "url" else self.texts

    def _order(self) -> None:
        """Sort networks; beside each the highest last address so far, which tells how far back a search must look."""
        for version, networks in self.networks.items():
            networks.sort()
            highest, so_far = [], -1
            for each in networks:
                so_far = max(so_far, each.last)
                highest.append(so_far)
            self._highest[version] = highest

    def holding(self, version: int, number: int) -> Iterator[_Network]:
        """Yield the networks that hold the address."""
        networks, highest = self.networks[version], self._highest[version]
        place = bisect_right(networks, number, key=lambda each: each.first) - 1
        while place >= 0 and highest[place] >= number:
            if networks[place].last >= number:
                yield networks[place]
            place -= 1

    def candidates(self, raws: Sequence[bytes]) -> list[int]:
        """Return the places of the records that may hold an indicator, in order. None is missing."""
        if self._scanner is None:
            self._scanner = candidates.Scanner(self, self._most_remembered)
        return self._scanner.candidates(raws)

    def match(self, event: Event) -> list[Match]:
        """Return the event's observables that are indicators."""
        atoms = [
            (atom, observable) for observable in observables_of(event.attributes) for atom in _atoms_of(observable)
        ]
        held = {(atom.kind, atom.key) for atom, _ in atoms}
        seconds = None if event.time is None else event.time.timestamp()
        found: list[Match] = []
        for atom, observable in atoms:
            for indicator, numbers in self._looked_up(atom):
                origins = tuple(
                    origin
                    for origin in (self._by_number[number] for number in numbers)
                    if _holds(origin, held, seconds)
                )
                if origins:
                    found.append(Match(indicator, origins, observable))
        return found

    def _looked_up(self, atom: Atom) -> Iterator[tuple[str, list[int]]]:
        for kind, key in _keys(atom):
            stored = _stored(kind, key)
            number = self._table(kind).get(stored)
            if number is not None and self._by_number[number].kind == kind:
                yield _text(kind, key), [number, *self._more.get((kind, stored), ())]
        if atom.kind == "address":
            address = candidates.number_of(atom.key.decode())
            if address is not None:
                for each in self.holding(*address):
                    yield candidates.network_text(address[0], each.first, each.last), [each.origin]

    def save(self) -> bytes:
        """Return all indicators as MessagePack, for another process."""
        networks = {
            version: [tuple(_wide(n) for n in each) for each in found] for version, found in self.networks.items()
        }
        more = [(kind, key, numbers) for (kind, key), numbers in self._more.items()]
        tables = (self.texts, self.digests, self.urls, self.hosts.save(), self.colons)
        parts = (_VERSION, self._by_number, *tables, networks, more)
        return msgspec.msgpack.encode(parts)

    @classmethod
    def restore(cls, content: bytes) -> Self:
        """Return saved indicators. Raises ValueError where the content is not what `save` gave."""
        try:
            saved = msgspec.msgpack.decode(content, type=_Saved)
        except msgspec.DecodeError as error:
            raise ValueError(f"the saved indicators cannot be read: {error}") from error
        if saved[0] != _VERSION:
            raise ValueError("the saved indicators have another version")
        found = cls()
        _, origins, found.texts, found.digests, found.urls, hosts, found.colons, networks, more = saved
        found.hosts = HostFilter(hosts)
        for origin in origins:
            found._number(origin)
        for version, each in networks.items():
            found.networks[version] = [_Network(int(a, 16), int(b, 16), int(c, 16)) for a, b, c in each]
        found._more = {(kind, key): numbers for kind, key, numbers in more}
        found._order()
        return found


_Saved = tuple[
    int,
    list[Origin],
    dict[bytes, int],
    dict[bytes, int],
    dict[bytes, int],
    bytes,
    bool,
    dict[int, list[tuple[str, str, str]]],
    list[tuple[str, bytes, list[int]]],
]


def _stored(kind: str, key: bytes) -> bytes:
    """Return what is kept of a key: of URLs, which are long, a digest."""
    return blake2b(key, digest_size=16).digest() if kind == "url" else key


def _wide(number: int) -> str:
    """Return an integer of up to 128 bits as MessagePack can carry it."""
    return f"{number:x}"


def _holds(origin: Origin, held: set[tuple[str, bytes]], seconds: float | None) -> bool:
    if origin.valid_until is not None and seconds is not None and origin.valid_until < seconds:
        return False
    return held.issuperset(origin.with_atoms)


def _keys(atom: Atom) -> Iterator[tuple[str, bytes]]:
    """Yield what the atom is looked up as: a domain also as the domains above it, a URL also as its host."""
    yield atom.kind, atom.key
    if atom.kind == "url":
        name = host_of(atom.key)
        yield from _keys(
            Atom("domain" if candidates.number_of(name.decode("utf-8", "replace")) is None else "address", name)
        )
    elif atom.kind == "domain":
        _, _, above = atom.key.partition(b".")
        while b"." in above:
            yield "domain", above
            _, _, above = above.partition(b".")


def text_of(atom: Atom) -> str:
    """Return the value in its one writing, as a match names it."""
    if atom.kind == "network":
        return candidates.network_text(atom.version, atom.first, atom.last)
    return _text(atom.kind, atom.key)


def _text(kind: str, key: bytes) -> str:
    return key.hex() if kind == "file_hash" else key.decode("utf-8", "backslashreplace")


_READERS = {HOSTNAME: host, ADDRESS: host, EMAIL: email, URL: url, DIGEST: file_hash}


def _atoms_of(observable: Observable) -> tuple[Atom, ...]:
    """Return what an observable may be looked up as; nothing where its text is no such value."""
    if observable.type_id == FILE_NAME:
        return (Atom("file_name", observable.value.lower().encode("utf-8", "surrogatepass")),)
    reader = _READERS.get(observable.type_id)
    if reader is None:
        return ()
    try:
        return (reader(observable.value),)
    except Unusable:
        return ()
