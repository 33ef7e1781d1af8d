"""Rule texts -> rules, correlation rules and refusals.

In: (path, text) of Sigma files; several documents in a file, `action: global | repeat | reset`, filters. Out:
`Loaded`. What cannot be run is refused with file, line and reason; one bad rule never stops the others. Rule texts
are not trusted: alias bombs and deep nesting are refused.
"""

import re
from collections import UserDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import yaml
from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError, SigmaRuleLocation
from sigma.filters import SigmaFilter
from sigma.rule import SigmaLogSource, SigmaRule

from minixdr.detect.loading.condition import Placeholders, Unsupported, convert
from minixdr.detect.loading.correlation import correlation, in_a_circle, split_range
from minixdr.detect.loading.metadata import analytic, tidied
from minixdr.detect.rule import Condition, CorrelationSpec, Or, Refusal, Rule
from minixdr.schema.event import LogSource

_LARGEST_FILE_BYTES = 2_000_000  # the largest SigmaHQ rule has 60 KB; beyond this a parser is being attacked
_DEEPEST_NESTING = 60  # real rules stay below 8
_MOST_VALUES = 50_000  # with every alias written out; a rule of the largest size that has none may hold more
_UTF16LE = re.compile(r"\|utf16le\b")
_LEAD = re.compile(r"^[ \t?:-]+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a set of rule files holds."""

    rules: tuple[Rule, ...] = ()
    correlations: tuple[CorrelationSpec, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    filters: int = 0
    warnings: tuple[Refusal, ...] = ()
    """Rules that run, but not as their authors meant: placeholders without values."""


@dataclass(slots=True)
class _Document:
    path: str
    line: int
    parsed: SigmaRule | SigmaCorrelationRule | SigmaFilter


@dataclass(slots=True)
class _Work:
    documents: list[_Document] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, path: str, line: int | None, rule_id: str | None, reason: object) -> None:
        text = _unplaced(reason) if isinstance(reason, SigmaError) else str(reason)
        self.refusals.append(Refusal(path, line, rule_id, " ".join(text.split())[:500]))


def _unplaced(error: SigmaError) -> str:
    """Return the error's text without its file, which the refusal names."""
    return ValueError.__str__(error)


def load(texts: Iterable[tuple[str, bytes]], placeholders: Placeholders) -> Loaded:
    """Return the rules of the texts, in their order. Raises nothing: what is wrong is in `refusals`."""
    work = _Work()
    for path, text in texts:
        _parse(path, text, work)
    filters = _apply_filters(work)
    return _convert(work, placeholders, filters)


def _parse(path: str, text: bytes, work: _Work) -> None:
    if len(text) > _LARGEST_FILE_BYTES:
        work.refuse(path, None, None, f"larger than {_LARGEST_FILE_BYTES:,} bytes")
        return
    lines: list[int] = []
    bodies: list[Any] = []
    try:
        for line, body in _documents(text):
            if not isinstance(body, dict):
                work.refuse(path, line, None, "not a mapping: a Sigma rule starts with `title:`")
            elif not {"detection", "correlation", "filter", "action"} & body.keys():
                work.refuse(path, line, _id_of(body), "no `detection`, `correlation` or `filter`")
            else:
                lines.append(line)
                bodies.append(split_range(tidied(_spelled(body))))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        work.refuse(
            path, None if mark is None else mark.line + 1, None, f"not YAML: {getattr(error, 'problem', None) or error}"
        )
        return
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        work.refuse(path, None, None, f"not YAML: {error}")
        return
    for line, parsed in _sigma(path, lines, bodies, work):
        work.documents.append(_Document(path, line, parsed))


def _spelled(body: dict[str, Any]) -> dict[str, Any]:
    """Return the document with `utf16le` written as `wide`: the specification has both names, pySigma 2.0 only the second."""

    def inner(node: Any) -> Any:
        if isinstance(node, list):
            return [inner(item) for item in node]
        if isinstance(node, dict):
            return {
                _UTF16LE.sub("|wide", key) if isinstance(key, str) else key: inner(item) for key, item in node.items()
            }
        return node

    named = {name: inner(body[name]) for name in ("detection", "filter") if "|utf16le" in repr(body.get(name))}
    return {**body, **named} if named else body


def _documents(text: bytes) -> Iterator[tuple[int, Any]]:
    decoded = text.decode("utf-8-sig")
    if _depth_bound(decoded) > _DEEPEST_NESTING and _depth(decoded) > _DEEPEST_NESTING:
        raise ValueError("nested too deep")
    loader = _Loader(decoded)
    try:
        while loader.check_node():
            node: Any = loader.get_node()
            _check_aliases(node)
            yield node.start_mark.line + 1, loader.construct_document(node)
    finally:
        loader.dispose()


def _check_aliases(document: yaml.Node) -> None:
    """Raise ValueError where aliases make the document endless, or many times larger than it is written."""
    values: dict[yaml.Node, int] = {}
    """With the aliases below it written out; 0: not counted to its end yet."""
    left = [document]
    while left:
        node = left[-1]
        inner = _inner(node)
        if node not in values:
            values[node] = 0
            if any(values.get(each) == 0 for each in inner):
                raise ValueError("an alias names what it is part of")
            left += [each for each in inner if each not in values]
            continue
        left.pop()
        if values[node] == 0:
            values[node] = 1 + sum(values[each] for each in inner)
    if values[document] > max(_MOST_VALUES, len(values)):
        raise ValueError(f"its aliases stand for more than {_MOST_VALUES:,} values")


def _inner(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [each for pair in node.value for each in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _depth_bound(text: str) -> int:
    """Return a number that the depth cannot exceed: brackets, and two levels for each column before a line's text."""
    return text.count("[") + text.count("{") + 2 * max(map(len, _LEAD.findall(text)), default=0)


def _depth(text: str) -> int:
    """Return how deep collections lie in each other. The parser's events come one by one, unlike nodes: no depth exhausts the stack."""
    depth = deepest = 0
    for event in yaml.parse(text, yaml.CSafeLoader):
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            depth += 1
            deepest = max(deepest, depth)
            if deepest > _DEEPEST_NESTING:
                break
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            depth -= 1
    return deepest


class _Loader(yaml.CSafeLoader):
    """Refuses a key that is written twice: YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, (list, dict)):
                raise yaml.constructor.ConstructorError(None, None, "a key is not a text", key_node.start_mark)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} is there twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def _sigma(path: str, lines: list[int], bodies: list[Any], work: _Work) -> Iterator[tuple[int, Any]]:
    plain = not any("action" in body for body in bodies)
    groups = [([line], [body]) for line, body in zip(lines, bodies, strict=True)] if plain else [(lines, bodies)]
    for group_lines, group in groups:
        rule_id = _id_of(group[0]) if group else None
        rule_lines = [
            line for line, b in zip(group_lines, group, strict=True) if b.get("action") not in ("global", "reset")
        ]
        try:
            found = SigmaCollection.from_dicts(
                group,
                collect_errors=True,
                source=SigmaRuleLocation(Path(path)),
                collect_filters=True,
                resolve_references=False,
            )
        except SigmaError as error:
            work.refuse(path, group_lines[0], rule_id, error)
            continue
        except (TypeError, ValueError, AttributeError, KeyError, RecursionError, IndexError) as error:
            # pySigma meets values of a kind it does not expect (a number as title, a list as detection)
            work.refuse(path, group_lines[0], rule_id, f"malformed rule: {type(error).__name__}: {error}")
            continue
        parsed = [*found.rules, *found.filters]
        for problem in found.errors:
            if not any(problem in rule.errors for rule in parsed):
                work.refuse(path, group_lines[0], rule_id, problem)
        for place, rule in enumerate(parsed):
            line = rule_lines[place] if place < len(rule_lines) else group_lines[0]
            if rule.errors:
                work.refuse(
                    path, line, str(rule.id) if rule.id else rule_id, "; ".join(_unplaced(e) for e in rule.errors)
                )
            else:
                yield line, rule


def _apply_filters(work: _Work) -> int:
    """Apply each filter to the rules it names, and return how many there are."""
    filters = [(document, document.parsed) for document in work.documents if isinstance(document.parsed, SigmaFilter)]
    rules = [document.parsed for document in work.documents if isinstance(document.parsed, SigmaRule)]
    for document, sigma_filter in filters:
        fitting = [rule for rule in rules if sigma_filter._should_apply_on_rule(rule)]  # noqa: SLF001 - pySigma has no public test
        for rule in fitting:
            sigma_filter.apply_on_rule(rule)
        if not fitting:
            work.refuse(document.path, document.line, str(sigma_filter.id or ""), "the filter fits no loaded rule")
    return len(filters)


def _convert(work: _Work, placeholders: Placeholders, filters: int) -> Loaded:
    rules: list[Rule] = []
    correlations: list[CorrelationSpec] = []
    where: dict[str, str] = {}
    warnings: list[Refusal] = []
    for document in work.documents:
        parsed = document.parsed
        if isinstance(parsed, SigmaFilter):
            continue
        meta = analytic(parsed, document.path, document.line)
        if meta.rule_id in where:
            work.refuse(document.path, document.line, meta.rule_id, f"the id is taken by {where[meta.rule_id]}")
            continue
        names = tuple(name for name in (str(parsed.id) if parsed.id else None, parsed.name) if name)
        try:
            if isinstance(parsed, SigmaCorrelationRule):
                correlations.append(correlation(parsed, meta, names))
            else:
                log_source = _log_source(parsed.logsource)
                given = _Given(placeholders)
                rules.append(Rule(meta, log_source, _condition(parsed, given), names))
                for name in sorted(given.missing):
                    reason = (
                        f"placeholder %{name}% has no values and is taken as any value; give them with --placeholders"
                    )
                    warnings.append(Refusal(document.path, document.line, meta.rule_id, reason))
        except (Unsupported, SigmaError) as error:
            work.refuse(document.path, document.line, meta.rule_id, error)
            continue
        except (TypeError, ValueError, AttributeError, KeyError, IndexError, RecursionError) as error:
            work.refuse(document.path, document.line, meta.rule_id, f"malformed: {type(error).__name__}: {error}")
            continue
        where[meta.rule_id] = f"{document.path}:{document.line}"
    resolved_rules, resolved = _resolve(rules, correlations, work)
    return Loaded(resolved_rules, resolved, tuple(work.refusals), filters, tuple(warnings))


class _Given(UserDict[str, Sequence[str]]):
    """Placeholder values; remembers which were asked for in vain."""

    def __init__(self, values: Placeholders) -> None:
        super().__init__(values)
        self.missing: set[str] = set()

    def __missing__(self, name: str) -> Sequence[str]:
        self.missing.add(name)
        return ()


def _log_source(named: SigmaLogSource) -> LogSource:
    """Return the log source in lower case, as the specification writes it."""
    category, product, service = (
        part.lower() if part else None for part in (named.category, named.product, named.service)
    )
    return LogSource(category, product, service)


def _condition(rule: SigmaRule, placeholders: Placeholders) -> Condition:
    conditions = [convert(condition.parsed, placeholders) for condition in rule.detection.parsed_condition]
    return conditions[0] if len(conditions) == 1 else Or(tuple(conditions))


def _resolve(
    rules: list[Rule], correlations: list[CorrelationSpec], work: _Work
) -> tuple[tuple[Rule, ...], tuple[CorrelationSpec, ...]]:
    """Refuse correlation rules over rules that are not there, and keep silent the rules that only feed others."""
    known = {name for rule in rules for name in rule.names}
    kept = list(correlations)
    while True:
        names = known | {name for spec in kept for name in spec.names}
        missing = [(spec, [name for name in spec.rules if name not in names]) for spec in kept]
        if not any(absent for _, absent in missing):
            break
        for spec, absent in missing:
            if absent:
                path, _, line = spec.analytic.path.rpartition(":")
                work.refuse(path, int(line), spec.analytic.rule_id, f"it refers to unknown rules: {', '.join(absent)}")
                kept.remove(spec)
    for spec in in_a_circle(kept):
        path, _, line = spec.analytic.path.rpartition(":")
        work.refuse(
            path, int(line), spec.analytic.rule_id, "it relates itself, directly or through other correlation rules"
        )
        kept.remove(spec)
    silenced = {name for spec in kept if not spec.generate for name in spec.rules}
    return (
        tuple(_silent(rule) if silenced & set(rule.names) else rule for rule in rules),
        tuple(_silent(spec) if silenced & set(spec.names) else spec for spec in kept),
    )


def _silent(item: Any) -> Any:
    return msgspec.structs.replace(item, reported=False)


def _id_of(body: Any) -> str | None:
    return str(body["id"]) if isinstance(body, dict) and body.get("id") else None
