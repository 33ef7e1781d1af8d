"""An incident's title: what happened, by whom or where."""

from collections.abc import Mapping, Sequence

from minixdr.correlate.risk import RuleShare, rank
from minixdr.correlate.weights import ADDRESS, IDENTITY, MACHINE, noun, weight_of
from minixdr.schema.attack import BY_ID, ORDER
from minixdr.schema.event import Entity

_SHOWN_TACTICS = 3
_LONGEST_VALUE = 80
_MANY_ACTORS = 20
Counts = Mapping[tuple[str, bool], int]
"""(Noun, whether they act) -> how many."""


def label(entity: Entity) -> str:
    """Return `access key AKIA...`, for a sentence."""
    value = _visible(entity.value)
    short = value if len(value) <= _LONGEST_VALUE else value[: _LONGEST_VALUE - 1] + "…"
    return f"{noun(entity.type, entity.value)} {short}"


def _visible(text: str) -> str:
    """Return a stranger's text with what draws nothing (control characters, those that turn the direction of text round) written out: titles go to
    terminals, mails and chats."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in text)


def title_of(
    shares: Sequence[RuleShare],
    tactics: Mapping[str, float],
    entities: Sequence[Entity],
    counts: Counts,
) -> str:
    """Return the title. `entities`: the most telling first; `counts`: how many there are, and how many act."""
    return f"{_what(shares, tactics)}{_who(entities, counts)}"


def _what(shares: Sequence[RuleShare], tactics: Mapping[str, float]) -> str:
    titles = {share.facts.title for share in shares}
    if len(titles) == 1:
        return next(iter(titles)).rstrip(" .")
    named = {tactic: weight for tactic, weight in tactics.items() if tactic in BY_ID}
    if named:
        best = sorted(named, key=lambda tactic: (-named[tactic], ORDER[tactic]))[:_SHOWN_TACTICS]
        words = [BY_ID[tactic].title.lower() for tactic in sorted(best, key=ORDER.__getitem__)]
        words[0] = words[0].capitalize()
        more = len(named) - len(words)
        if more:
            return f"{', '.join(words)} and {more} more tactic{'s' if more > 1 else ''}"
        return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
    first = min(
        shares, key=lambda share: (-rank(share.facts.level), -share.rareness, share.findings, share.facts.title)
    )
    more = len(titles) - 1
    return f"{first.facts.title.rstrip(' .')} and {more} more kind{'s' if more > 1 else ''} of findings"


def _who(entities: Sequence[Entity], counts: Counts) -> str:
    by_group: dict[int, list[Entity]] = {}
    for entity in entities:
        weight = weight_of(entity.type, entity.value)
        if weight is not None:
            by_group.setdefault(weight.group, []).append(entity)
    by, machine = _by(by_group, counts), _first(by_group.get(MACHINE, []))
    if machine is not None:
        number = counts[_noun(machine), False]
        if number == 1:
            return f"{by} on {label(machine)}"
        return f"{by} ({number:,} {_plural(machine)})" if by else f" on {number:,} {_plural(machine)}"
    other = _first([*by_group.get(IDENTITY, []), *by_group.get(ADDRESS, [])]) or _first(entities)
    if by or other is None:
        return by
    more = counts[_noun(other), False] - 1
    return f" on {label(other)}" + (f" and {more:,} more" if more else "")


def _by(by_group: Mapping[int, Sequence[Entity]], counts: Counts) -> str:
    """Return who acts: an identity before an address, what a person knows before a session's number."""
    for group in (IDENTITY, ADDRESS):
        actors = [entity for entity in by_group.get(group, ()) if entity.role == "actor"]
        if actors:
            actor = min(actors, key=lambda entity: entity.type == "session")
            number = counts[_noun(actor), True]
            return f" by {number:,} {_plural(actor)}" if number > _MANY_ACTORS else f" by {label(actor)}"
    return ""


def _first(entities: Sequence[Entity]) -> Entity | None:
    return entities[0] if entities else None


def _noun(entity: Entity) -> str:
    return noun(entity.type, entity.value)


def _plural(entity: Entity) -> str:
    name = _noun(entity)
    return f"{name}es" if name.endswith("s") else f"{name}s"
