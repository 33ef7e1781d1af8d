"""Indicators that an organization enters: one by one, or from lists as `detect/kinds/indicator` reads them.

An indicator is known by its kind and its value in one writing: `hxxp://Evil[.]example/a` and `https://evil.example/a` are one. Workers look for
changed ones within seconds; each change is in the audit log.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from ipaddress import ip_address

import msgspec

from minixdr.app.platform import Platform
from minixdr.app.refusal import ConflictError, InvalidError, NotFoundError
from minixdr.detect.kinds.indicator import Indicators, Own, indicator_id, text_of
from minixdr.detect.kinds.indicator.entry import Entry
from minixdr.detect.kinds.indicator.reading import read
from minixdr.detect.kinds.indicator.values import (
    Atom,
    Unusable,
    address,
    address_range,
    atom,
    domain,
    email,
    file_hash,
    network,
    refang,
    url,
)
from minixdr.ports.database import Scope, Transaction
from minixdr.ports.stores.indicators import ActiveIndicator, IndicatorRow, IndicatorText, NewIndicator
from minixdr.schema.finding import LEVELS

MOST_INDICATORS = 100_000
"""Of an organization: every worker holds them in memory, some 40 MB where each has a title of its own."""
MOST_REFUSED_SHOWN = 1_000
TYPES = (
    "ipv4", "ipv6", "cidr", "ip_range", "domain", "url", "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "email",
)  # fmt: skip
_DIGESTS = {16: "md5", 20: "sha1", 28: "sha224", 32: "sha256", 48: "sha384", 64: "sha512"}
_LEVELS = {"address": "medium", "network": "medium", "email": "medium"}
"""Addresses change hands and senders are forged; a URL, domain or digest stays what it was."""
_MOST_LINES = 250_000
"""Of a list, with comments and what is refused."""
_SEVERAL = "several values that one event must hold together: own indicators are single values"


class RefusedLine(msgspec.Struct, frozen=True):
    """A line of a list that is no indicator."""

    line: int | None
    """None: of the list as a whole, or of a document without lines."""
    reason: str


class Imported(msgspec.Struct, frozen=True):
    """What became of a list."""

    read: int
    """Indicators in it; the same one twice counts twice."""
    added: int
    known: int
    """Indicators that were there already."""
    repeats: int
    refused: int
    refusals: tuple[RefusedLine, ...]
    """The first 1,000."""


def new_indicator(value: str, wanted_type: str | None, said: IndicatorText) -> NewIndicator:
    """Return the indicator that the text means. Raises InvalidError."""
    try:
        found = _typed(value, wanted_type)
    except Unusable as error:
        raise InvalidError("/value", str(error)) from error
    new = _new(found, said)
    if wanted_type is not None and new.type != wanted_type:
        raise InvalidError("/type", f"The value is of type {new.type}.")
    return new


def _typed(value: str, wanted_type: str | None) -> Atom:
    return url(refang(value)) if wanted_type == "url" else atom(value)


async def add_indicator(platform: Platform, scope: Scope, new: NewIndicator) -> IndicatorRow:
    """Keep one. Raises InvalidError, ConflictError where it is known or there are too many."""
    _check_expiry(new.expires_at, platform.now())

    async def work(tx: Transaction) -> IndicatorRow:
        await tx.indicators.lock()
        if await tx.indicators.get(new.indicator_id) is not None:
            raise ConflictError("The organization has this indicator: change that one.")
        await _check_room(tx, 1)
        await tx.indicators.add([new], scope.actor, replace=False)
        row = await found(tx, new.indicator_id)
        await tx.audit.add("indicator.added", f"indicator:{row.indicator_id}", _details(row), at=platform.now())
        return row

    return await platform.database.run(scope, work)


async def import_indicators(
    platform: Platform, scope: Scope, content: str, said: IndicatorText, level: str | None, *, replace: bool
) -> Imported:
    """Keep those of a list; `said` stands where the list says nothing, `level` None: each kind's own. Raises InvalidError, ConflictError."""
    now = platform.now()
    _check_expiry(said.expires_at, now)
    if content.count("\n") > _MOST_LINES:
        raise InvalidError("/content", f"A list takes {_MOST_LINES:,} lines.")
    new, refused = await asyncio.to_thread(lambda: _read(content, said, level, now))
    by_id = {each.indicator_id: each for each in new}
    if not by_id and len(refused) <= 1:
        reason = refused[0].reason if refused else "no indicators in it"
        raise InvalidError("/content", f"There is no indicator in it: {reason}.")
    if not by_id:
        return _account(new, by_id, 0, 0, refused)

    async def work(tx: Transaction) -> tuple[int, int]:
        await tx.indicators.lock()
        known = await tx.indicators.known(list(by_id))
        await _check_room(tx, len(by_id) - known)
        added, known = await tx.indicators.add(list(by_id.values()), scope.actor, replace=replace)
        details = {"added": added, "known": known, "replaced": replace, "source": said.source, "refused": len(refused)}
        await tx.audit.add("indicators.imported", "indicators", details, at=now)
        return added, known

    added, known = await platform.database.run(scope, work)
    return _account(new, by_id, added, known, refused)


def _account(
    new: Sequence[NewIndicator],
    by_id: Mapping[str, NewIndicator],
    added: int,
    known: int,
    refused: Sequence[RefusedLine],
) -> Imported:
    return Imported(
        read=len(new),
        added=added,
        known=known,
        repeats=len(new) - len(by_id),
        refused=len(refused),
        refusals=tuple(refused[:MOST_REFUSED_SHOWN]),
    )


def _read(
    content: str, said: IndicatorText, level: str | None, now: datetime
) -> tuple[list[NewIndicator], list[RefusedLine]]:
    new: list[NewIndicator] = []
    refused: list[RefusedLine] = []
    for item in read(content.encode("utf-8", "surrogatepass")):
        if not isinstance(item, Entry):
            refused.append(RefusedLine(item.line, item.reason))
        elif len(item.atoms) > 1:
            refused.append(RefusedLine(None, _SEVERAL))
        elif item.valid_until is not None and item.valid_until <= now:
            reason = f"{text_of(item.atoms[0])} expired at {item.valid_until.isoformat()}"
            refused.append(RefusedLine(None, reason))
        elif len(new) > MOST_INDICATORS:
            raise ConflictError(f"An organization takes {MOST_INDICATORS:,} indicators; the list has more.")
        else:
            kind = item.atoms[0].kind
            text = msgspec.structs.replace(
                said,
                title=said.title or item.description[:200],
                level=level or level_of(kind),
                expires_at=_sooner(item.valid_until, said.expires_at),
            )
            new.append(_new(item.atoms[0], text))
    return new, refused


def _sooner(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((time for time in (one, other) if time is not None), default=None)


def level_of(kind: str) -> str:
    """Return the level of a kind's findings, where nobody said another."""
    return _LEVELS.get(kind, "high")


def level_of_value(value: str, wanted_type: str | None) -> str:
    """Return the same for a value. Raises InvalidError."""
    try:
        return level_of(_typed(value, wanted_type).kind)
    except Unusable as error:
        raise InvalidError("/value", str(error)) from error


def _new(found: Atom, said: IndicatorText) -> NewIndicator:
    text = text_of(found)
    return NewIndicator(
        indicator_id=indicator_id(found.kind, text),
        kind=found.kind,
        type=_type(found, text),
        value=text,
        **{name: getattr(said, name) for name in IndicatorText.__struct_fields__},
    )


def _type(found: Atom, text: str) -> str:
    if found.kind == "address":
        return f"ipv{ip_address(text).version}"
    if found.kind == "network":
        return "cidr" if "/" in text else "ip_range"
    return _DIGESTS[len(found.key)] if found.kind == "file_hash" else found.kind


async def change_indicator(
    platform: Platform, scope: Scope, name: str, changed: Mapping[str, object], check: Callable[[IndicatorRow], None]
) -> IndicatorRow:
    """Change what is said of one. Raises NotFoundError, InvalidError."""

    async def work(tx: Transaction) -> IndicatorRow:
        before = await found(tx, name, lock=True)
        check(before)
        said = IndicatorText(
            **{field: changed.get(field, getattr(before, field)) for field in IndicatorText.__struct_fields__}  # type: ignore[arg-type]
        )
        if said.expires_at != before.expires_at:
            _check_expiry(said.expires_at, platform.now())
        row = await tx.indicators.change(name, said)
        details = {**_details(row), "before": _details(before)}
        await tx.audit.add("indicator.changed", f"indicator:{name}", details, at=platform.now())
        return row

    return await platform.database.run(scope, work)


async def remove_indicator(platform: Platform, scope: Scope, name: str) -> None:
    """Remove one; its findings stay. Raises NotFoundError."""

    async def work(tx: Transaction) -> None:
        row = await found(tx, name, lock=True)
        await tx.indicators.remove([name])
        await tx.audit.add("indicator.removed", f"indicator:{name}", _details(row), at=platform.now())

    await platform.database.run(scope, work)


async def remove_indicators(platform: Platform, scope: Scope, names: Sequence[str], source: str | None) -> int:
    """Remove these, and those of a source; their findings stay. Return how many there were."""

    async def work(tx: Transaction) -> int:
        wanted = list(names)
        if source is not None:
            wanted += await tx.indicators.of_source(source, MOST_INDICATORS)
        removed = 0
        for start in range(0, len(wanted), _AT_ONCE):
            removed += await tx.indicators.remove(wanted[start : start + _AT_ONCE])
        details = {"removed": removed, "source": source, "ids": list(names[:100])}
        await tx.audit.add("indicators.removed", "indicators", details, at=platform.now())
        return removed

    return await platform.database.run(scope, work)


_AT_ONCE = 10_000


async def found(tx: Transaction, name: str, *, lock: bool = False) -> IndicatorRow:
    """Return one. Raises NotFoundError."""
    row = await tx.indicators.get(name, lock=lock)
    if row is None:
        raise NotFoundError("The organization has no such indicator.")
    return row


async def _check_room(tx: Transaction, more: int) -> None:
    count = await tx.indicators.count()
    if count + more > MOST_INDICATORS:
        raise ConflictError(
            f"An organization takes {MOST_INDICATORS:,} indicators, and has {count:,}: {more:,} more are too many. Remove some."
        )


def _check_expiry(expires_at: datetime | None, now: datetime) -> None:
    if expires_at is not None and expires_at <= now:
        raise InvalidError("/expires_at", "The time has passed already.")


def _details(row: IndicatorRow) -> dict[str, object]:
    return {
        "type": row.type,
        "value": row.value,
        "title": row.title,
        "level": row.level,
        "source": row.source,
        "enabled": row.enabled,
        "expires_at": None if row.expires_at is None else row.expires_at.isoformat(),
    }


def own_indicators(rows: Iterable[ActiveIndicator]) -> Indicators:
    """Return the indicators as a worker looks them up."""
    return Indicators.of_organization(_own(rows))


def _own(rows: Iterable[ActiveIndicator]) -> Iterator[Own]:
    for row in rows:
        yield Own(_READERS[row.kind](row.value), row.title, row.level if row.level in LEVELS else "", row.expires_at)


def _span(text: str) -> Atom:
    first, dash, last = text.partition("-")
    return address_range(first, last) if dash else network(text)


def _url(text: str) -> Atom:
    """Return a URL that is kept: it was decoded when it was entered, and `%41` in it is no longer an A."""
    return Atom("url", text.encode("utf-8", "backslashreplace"))


_READERS: Mapping[str, Callable[[str], Atom]] = {
    "address": address, "network": _span, "domain": domain, "url": _url, "file_hash": file_hash, "email": email,
}  # fmt: skip
