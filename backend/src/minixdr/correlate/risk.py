"""What an incident's findings add up to: risk (0 to 100) with its reasons, and severity (how bad if true).

Risk = 100 (1 - product over rules of (1 - p) ^ (1 + repeats) x 0.9 ^ (tactics - 1)). `p` is the level's weight, times how seldom the rule is
seen there (a rule that fires all day adds little); `repeats` is log2 of its runs / 8, at most 1: the hundredth repeat says nothing new.
Each tactic more along the kill chain takes a tenth of the doubt away, where its rules are at least medium.
"""

from collections.abc import Iterable, Mapping
from math import log2
from typing import NamedTuple

from minixdr.correlate.runs import RuleFacts
from minixdr.schema.finding import LEVELS

RANKS = {level: rank for rank, level in enumerate(LEVELS)}
_LEVEL_RISK = {"informational": 0.01, "low": 0.04, "medium": 0.12, "high": 0.35, "critical": 0.65}
"""How likely a finding of this level, alone, is worth a person's time."""
_TACTIC_DOUBT = 0.9
_BROAD_TACTICS = 4
_BROAD_RULES = 4
_SHOWN_REASONS = 5


class RuleShare(NamedTuple):
    """A rule's part in an incident."""

    facts: RuleFacts
    findings: int
    runs: int
    rareness: float
    """0 to 1, of its rarest run."""


def rank(level: str) -> int:
    """Return the level's place, the lowest for one that is unknown."""
    return RANKS.get(level, 0)


def risk_of(shares: Iterable[RuleShare]) -> tuple[float, tuple[str, ...]]:
    """Return the risk and what it is made of, the largest part first."""
    doubt = 1.0
    parts: list[tuple[float, str, str]] = []
    listed = sorted(shares, key=lambda share: (share.facts.rule_id, share.facts.title, share.facts.source))
    for share in listed:
        chance = _LEVEL_RISK.get(share.facts.level, 0.01) * share.rareness
        left = (1.0 - chance) ** (1.0 + min(1.0, log2(share.runs) / 8.0))
        doubt *= left
        often = f", {share.findings:,} findings" if share.findings > 1 else ""
        seldom = "" if share.rareness > 0.5 else ", seen all the time"  # noqa: PLR2004 - half of its weight is gone
        parts.append((left, share.facts.title, f"{share.facts.level} `{share.facts.title}`{often}{seldom}"))
    tactics = _tactics(listed)
    doubt *= _TACTIC_DOUBT ** max(0, len(tactics) - 1)
    parts.sort()
    reasons = [text for _, _, text in parts[:_SHOWN_REASONS]]
    if len(parts) > _SHOWN_REASONS:
        reasons.append(f"{len(parts) - _SHOWN_REASONS} more rules")
    if len(tactics) > 1:
        reasons.append(f"{len(tactics)} tactics of the kill chain")
    return round(100.0 * (1.0 - doubt), 1), tuple(reasons)


def severity_of(shares: Iterable[RuleShare]) -> str:
    """Return the highest level; one more where several rules show four tactics or more, for then it is an intrusion under way."""
    listed = list(shares)
    highest = max(rank(share.facts.level) for share in listed)
    weighty = sum(1 for share in listed if rank(share.facts.level) >= RANKS["medium"])
    if len(_tactics(listed)) >= _BROAD_TACTICS and weighty >= _BROAD_RULES:
        highest = min(highest + 1, len(LEVELS) - 1)
    return LEVELS[highest]


def _tactics(shares: Iterable[RuleShare]) -> set[str]:
    return {tactic for share in shares if rank(share.facts.level) >= RANKS["medium"] for tactic in share.facts.tactics}


def tactic_weights(shares: Iterable[RuleShare]) -> Mapping[str, float]:
    """Return how much speaks for each tactic."""
    doubts: dict[str, float] = {}
    for share in sorted(shares, key=lambda share: (share.facts.rule_id, share.facts.title, share.facts.source)):
        for tactic in share.facts.tactics:
            doubts[tactic] = doubts.get(tactic, 1.0) * (1.0 - _LEVEL_RISK.get(share.facts.level, 0.01))
    return {tactic: 1.0 - doubt for tactic, doubt in doubts.items()}
