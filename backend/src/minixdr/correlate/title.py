"""An incident's title: what happened, by whom or where."""

from collections import Counter
from collections.abc import Mapping, Sequence

from minixdr.correlate.risk import RuleShare, rank
from minixdr.correlate.weights import ADDRESS, IDENTITY, MACHINE, TYPES
from minixdr.schema.attack import BY_ID, ORDER
from minixdr.schema.event import Entity

_SHOWN_TACTICS = 3
_LONGEST_VALUE = 80


def label(entity: Entity) -> str:
    """Return `access key AKIA...`, for a sentence."""
    value = entity.value
    short = value if len(value) <= _LONGEST_VALUE else value[: _LONGEST_VALUE - 1] + "…"
    return f"{entity.type.replace('_', ' ')} {short}"


def title_of(shares: Sequence[RuleShare], tactics: Mapping[str, float], entities: Sequence[Entity]) -> str:
    """Return the title. `entities`: the most telling first."""
    what = _what(shares, tactics)
    return f"{what}{_who(entities)}"


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


def _who(entities: Sequence[Entity]) -> str:
    by_group: dict[int, list[Entity]] = {}
    for entity in entities:
        by_group.setdefault(TYPES[entity.type].group, []).append(entity)
    counts = Counter(entity.type for entity in entities)
    machines = by_group.get(MACHINE, [])
    actors = [entity for entity in by_group.get(IDENTITY, []) if entity.role == "actor"]
    actors.sort(
        key=lambda entity: entity.type == "session"
    )  # a person knows a user or a key, hardly a session's number
    actors = actors or [entity for entity in by_group.get(ADDRESS, []) if entity.role == "actor"]
    by = f" by {label(actors[0])}" if actors else ""
    hosts = [entity for entity in machines if entity.type == machines[0].type] if machines else []
    if len(hosts) == 1:
        return f"{by} on {label(hosts[0])}" if by else f" on {label(hosts[0])}"
    if hosts:
        return (
            f"{by} ({len(hosts)} {hosts[0].type.replace('_', ' ')}s)"
            if by
            else f" on {len(hosts)} {hosts[0].type.replace('_', ' ')}s"
        )
    if by:
        return by
    others = [entity for entity in entities if TYPES[entity.type].group in (IDENTITY, ADDRESS)] or list(entities)
    if not others:
        return ""
    more = counts[others[0].type] - 1
    return f" on {label(others[0])}" + (f" and {more} more" if more else "")
