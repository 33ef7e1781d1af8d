"""`minixdr rules coverage`: which ATT&CK techniques the rules cover, and which log sources each needs.

Out: an ATT&CK Navigator layer, and a table. Source: Navigator layer file format 4.5
(github.com/mitre-attack/attack-navigator, layers/spec/v4.5). What a rule covers is what it says of itself: a
technique with a rule may be done in many ways that the rule does not see.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from minixdr.app.rules.catalog import RANKS, Row
from minixdr.schema.finding import LEVELS

_LAYER_VERSION = "4.5"
_NAVIGATOR_VERSION = "5.1.0"  # the first that writes 4.5
_SHADES = ("#e6f0fa", "#08519c")
_MOST_RULES_NAMED = 25
"""A comment in the Navigator is a tooltip; SigmaHQ has hundreds of rules for some techniques."""


class Technique(msgspec.Struct):
    """A technique, and the rules for it."""

    technique_id: str
    rules: list[Row]
    log_sources: tuple[str, ...]
    level: str
    """The highest of its rules."""


def techniques(rows: Iterable[Row]) -> list[Technique]:
    """Return the techniques that the reported rules name, by id."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row.reported:
            for technique in row.analytic.techniques:
                found.setdefault(technique, []).append(row)
    return [_technique(technique, rules) for technique, rules in sorted(found.items())]


def _technique(technique_id: str, rules: list[Row]) -> Technique:
    sources = sorted({source for row in rules for source in row.log_sources})
    highest = max((row.analytic.level for row in rules), key=lambda level: RANKS.get(level, 0))
    return Technique(technique_id, rules, tuple(sources), highest)


def layer(found: Sequence[Technique], name: str) -> dict[str, Any]:
    """Return a Navigator layer: the score of a technique is its number of rules."""
    most = max((len(technique.rules) for technique in found), default=1)
    return {
        "name": name,
        "versions": {"navigator": _NAVIGATOR_VERSION, "layer": _LAYER_VERSION},
        "domain": "enterprise-attack",
        "description": "Techniques that the rules name. The score is the number of rules; the metadata name the log sources they read.",
        "sorting": 3,
        "layout": {"layout": "side", "showID": True, "showName": True, "expandedSubtechniques": "annotated"},
        "hideDisabled": False,
        "techniques": [_entry(technique) for technique in found],
        "gradient": {"colors": list(_SHADES), "minValue": 0, "maxValue": most},
        "legendItems": [],
        "metadata": [{"name": "levels", "value": ", ".join(LEVELS)}],
        "showTacticRowBackground": False,
        "selectTechniquesAcrossTactics": True,
        "selectSubtechniquesWithParent": False,
    }


def _entry(technique: Technique) -> dict[str, Any]:
    titles = sorted(row.analytic.title for row in technique.rules)
    more = len(titles) - _MOST_RULES_NAMED
    comment = "\n".join([*titles[:_MOST_RULES_NAMED], *([f"and {more} more"] if more > 0 else [])])
    return {
        "techniqueID": technique.technique_id,
        "score": len(technique.rules),
        "comment": comment,
        "enabled": True,
        "showSubtechniques": "." in technique.technique_id,
        "metadata": [
            {"name": "highest level", "value": technique.level},
            *({"name": "log source", "value": source} for source in technique.log_sources),
        ],
    }
