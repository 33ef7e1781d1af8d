"""What a rule says about itself -> `Analytic`."""

from hashlib import blake2b
from typing import Any

from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule

from minixdr.schema.attack import BY_TAG
from minixdr.schema.finding import Analytic

_NO_LEVEL = (
    "informational"  # the specification leaves the level optional; a rule that claims none is not pushed at anybody
)


def analytic(rule: SigmaRule | SigmaCorrelationRule, path: str, line: int) -> Analytic:
    """Return the analytic. A rule without an id gets one from its path and line."""
    tags = [(str(tag.namespace).lower(), str(tag.name).lower()) for tag in rule.tags or ()]
    attack = [name for namespace, name in tags if namespace == "attack"]
    place = f"{path}:{line}"
    return Analytic(
        rule_id=str(rule.id)
        if rule.id
        else blake2b(place.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest(),
        title=str(rule.title or path),
        kind="sigma_correlation" if isinstance(rule, SigmaCorrelationRule) else "sigma",
        level=rule.level.name.lower() if rule.level else _NO_LEVEL,
        tactics=tuple(
            dict.fromkeys(BY_TAG[name.replace("_", "-")] for name in attack if name.replace("_", "-") in BY_TAG)
        ),
        techniques=tuple(dict.fromkeys(name.upper() for name in attack if name[:1] == "t" and name[1:2].isdigit())),
        description=str(rule.description or ""),
        author=str(rule.author or ""),
        license=str(rule.license or ""),
        references=tuple(str(reference) for reference in rule.references or ()),
        false_positives=tuple(str(case) for case in rule.falsepositives or ()),
        path=place,
    )


_LISTS = ("references", "falsepositives", "fields", "tags", "scope")
"""What pySigma wants as lists of texts. Many a rule outside SigmaHQ has one text there, or nothing: no reason not to run it."""


def tidied(body: dict[str, Any]) -> dict[str, Any]:
    """Return the document with its descriptive parts as pySigma wants them. What detects is not touched."""
    found = dict(body)
    for name in _LISTS:
        value = found.get(name)
        if isinstance(value, (str, int, float)):
            found[name] = [str(value)]
        elif value is None:
            found.pop(name, None)
    return found
