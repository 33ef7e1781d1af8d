"""The rules of a retro-hunt: a text that somebody wrote, or a rule of the organization or platform, with what it relates."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from minixdr.app.refusal import InvalidError, NotFoundError
from minixdr.detect.compiled import Compiled, compile_rules
from minixdr.detect.linear import linear_refusal
from minixdr.detect.loading import Loaded, load
from minixdr.detect.rule import CorrelationSpec
from minixdr.schema.finding import Analytic

MOST_RULES = 50
"""Rules of one retro-hunt: a text with a correlation rule holds those that it relates."""
MOST_TEXT_BYTES = 256 * 1024
_WANTED = "rule"
_RELATED = "related"


class RetroRules(msgspec.Struct, frozen=True):
    """What a retro-hunt runs."""

    text: str
    """Sigma YAML, one rule or several documents."""
    rule_ids: tuple[str, ...] = ()
    """Only their findings are wanted; empty: those of all rules of the text."""
    related: tuple[str, ...] = ()
    """Texts of rules that these may relate."""


class Ready(msgspec.Struct, frozen=True):
    """Rules that can run."""

    compiled: Compiled
    correlations: tuple[CorrelationSpec, ...]
    wanted: tuple[Analytic, ...]


def check(rules: RetroRules) -> Ready:
    """Return the rules, ready. Raises InvalidError, with the line, where one cannot run."""
    if len(rules.text.encode("utf-8", "surrogatepass")) > MOST_TEXT_BYTES:
        raise InvalidError("/rule", f"A text takes {MOST_TEXT_BYTES:,} bytes.")
    texts = [(_WANTED, rules.text), *((f"{_RELATED}-{number}", text) for number, text in enumerate(rules.related))]
    loaded = load([(name, text.encode("utf-8", "surrogatepass")) for name, text in texts], {})
    refused = [refusal for refusal in loaded.refusals if refusal.path == _WANTED]
    if refused:
        place = "" if refused[0].line is None else f"line {refused[0].line}: "
        raise InvalidError("/rule", f"{place}{refused[0].reason}")
    wanted = _wanted(loaded, rules.rule_ids)
    if not wanted:
        raise InvalidError("/rule", "The text holds no rule that gives findings.")
    if len(wanted) > MOST_RULES:
        raise InvalidError("/rule", f"A retro-hunt takes {MOST_RULES} rules.")
    needed = _needed(loaded, wanted)
    for rule in needed:
        reason = linear_refusal(rule.condition)
        if reason is not None:
            raise InvalidError("/rule", reason)
    return Ready(compile_rules(needed), loaded.correlations, wanted)


def _wanted(loaded: Loaded, rule_ids: Sequence[str]) -> tuple[Analytic, ...]:
    everything: list[Any] = [*loaded.rules, *loaded.correlations]
    of_text = [one for one in everything if one.analytic.path.rpartition(":")[0] == _WANTED]
    if rule_ids:
        return tuple(one.analytic for one in of_text if one.analytic.rule_id in rule_ids)
    return tuple(one.analytic for one in of_text if one.reported)


def _needed(loaded: Loaded, wanted: Sequence[Analytic]) -> list[Any]:
    """Return the rules that read records: the wanted ones, and all that correlation rules may relate."""
    if loaded.correlations:
        return list(loaded.rules)
    ids = {analytic.rule_id for analytic in wanted}
    return [rule for rule in loaded.rules if rule.analytic.rule_id in ids]


def of_request(request: Mapping[str, Any]) -> RetroRules:
    """Return the rules as a job keeps them."""
    return msgspec.convert(request["rules"], RetroRules)


def not_found(rule_id: str) -> NotFoundError:
    """Return what to say of an unknown rule."""
    return NotFoundError(f"There is no rule {rule_id} here whose text is known: send its text as `rule`.")
