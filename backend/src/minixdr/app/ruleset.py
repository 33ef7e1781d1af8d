"""Rules ready to run: from rule files, or from what an earlier run compiled of the same files.

In: paths of rules, placeholder values, indicator lists. Out: a `Ruleset`. The cache is keyed by the content of everything that decides the result, so
an edited rule, another version of this program or another machine compiles anew; what cannot be used is compiled anew too.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import msgspec
import yaml

from minixdr.app.scan.request import BadInput, ScanRequest
from minixdr.app.services import Services
from minixdr.detect import compiled
from minixdr.detect.compiled import Compiled
from minixdr.detect.engine import Engine
from minixdr.detect.kinds.indicator import Indicators
from minixdr.detect.kinds.sigma_correlation import needed_fields
from minixdr.detect.rule import CorrelationSpec, Refusal
from minixdr.normalize.catalog import all_sources
from minixdr.pipeline import Detection
from minixdr.schema.finding import LEVELS

ORGANIZATION = "local"
"""What `scan` puts into the identity of records; a platform that reads the same record for an organization names that one."""
_LONGEST_PLACEHOLDERS_BYTES = 10_000_000  # values for `expand` are lists of names, not data
_SHOWN_REFUSALS = 5
_DEEPEST_PLACEHOLDERS = 8  # two are used


class Kept(msgspec.Struct, array_like=True):
    """What the cache holds of a set of rule files."""

    key: str
    """Under which it was stored: a file that took another's name is not that other."""
    compiled: bytes
    correlations: list[CorrelationSpec]
    refusals: list[Refusal]
    warnings: list[Refusal]


class Ruleset(msgspec.Struct):
    """What detection runs with."""

    compiled: Compiled
    correlations: Sequence[CorrelationSpec]
    refusals: Sequence[Refusal]
    """Rules that cannot run."""
    warnings: Sequence[Refusal]
    """Rules that run, but without a list that they ask for."""
    indicators: Indicators | None
    digest: str = ""
    """Of the texts of rules, placeholder values and indicator lists, wherever they lie: processes that detect with the same have the same."""

    @property
    def count(self) -> int:
        """How many rules run."""
        return len(self.compiled.program.rules) + len(self.correlations)

    def notes(self) -> list[str]:
        """Return what is not looked for, a few of many: a list of which nothing is read must not look like a clean log."""
        refused = [] if self.indicators is None else self.indicators.refusals
        more = len(refused) - _SHOWN_REFUSALS
        found = [f"not an indicator: {_place_of(refusal)}" for refusal in refused[:_SHOWN_REFUSALS]]
        if more > 0:
            found.append(f"... {more:,} more lines of indicator lists are not looked for")
        if self.warnings:
            rules = len({warning.rule_id for warning in self.warnings})
            found.append(
                f"{rules:,} rules ask for lists that were not given (`minixdr rules check` names them, --placeholders gives them)"
            )
        return found

    def detection(self, least_level: str = LEVELS[0]) -> Detection:
        """Return what one process detects with."""
        return Detection(
            engine=Engine(self.compiled.program, all_sources(), self.compiled.databases),
            indicators=self.indicators,
            needed_fields=needed_fields(self.correlations),
            organization_id=ORGANIZATION,
            least_level=least_level,
        )


def load_ruleset(request: ScanRequest, services: Services) -> Ruleset:
    """Return the rules that the request names. Raises BadInput where a path cannot be read, or no rule can run."""
    paths = request.rules or (services.own_rules,)
    texts = _read(lambda: services.rule_texts().read(paths))
    if not texts:
        raise BadInput(f"no rules (.yml, .yaml) below {', '.join(paths)}")
    placeholder_texts = _read(lambda: services.texts().read(request.placeholders))
    ruleset = _cached(texts, placeholder_texts, services)
    if not ruleset.count:
        reasons = "; ".join(f"{refusal.path}: {refusal.reason}" for refusal in ruleset.refusals[:3])
        raise BadInput(f"none of the rules can run. {reasons}")
    indicator_texts = _read(lambda: services.texts().read(request.indicators)) if request.indicators else []
    if request.indicators:
        ruleset.indicators = _indicators(request, indicator_texts)
    ruleset.digest = _digest_of_texts(texts, placeholder_texts, indicator_texts)
    return ruleset


def _cached(
    texts: Sequence[tuple[str, bytes]], placeholder_texts: Sequence[tuple[str, bytes]], services: Services
) -> Ruleset:
    cache = services.cache()
    key = f"rules-{_digest(f'{services.version} {services.code()}', texts, placeholder_texts)}"
    content = cache.load(key)
    if content is not None:
        try:
            kept = _KEPT.decode(content)
            if kept.key == key:
                return Ruleset(compiled.decode(kept.compiled), kept.correlations, kept.refusals, kept.warnings, None)
        except (msgspec.MsgspecError, compiled.Unusable):
            pass  # damaged, or made by another machine: what follows replaces it
    from minixdr.detect.loading import load  # noqa: PLC0415 - pySigma takes long to import, and is seldom needed

    loaded = load(texts, placeholders(placeholder_texts))
    program = compiled.compile_rules(loaded.rules)
    kept = Kept(key, compiled.encode(program), list(loaded.correlations), list(loaded.refusals), list(loaded.warnings))
    cache.store(key, msgspec.msgpack.encode(kept))
    return Ruleset(program, kept.correlations, kept.refusals, kept.warnings, None)


_KEPT = msgspec.msgpack.Decoder(Kept)


def _digest(version: str, *groups: Sequence[tuple[str, bytes]]) -> str:
    digest = blake2b(f"{version} {compiled.machine()}".encode(), digest_size=16)
    for group in groups:
        digest.update(len(group).to_bytes(4, "big"))
        for path, text in group:
            name = path.encode("utf-8", "surrogateescape")
            digest.update(len(name).to_bytes(4, "big") + name + len(text).to_bytes(8, "big") + text)
    return digest.hexdigest()


def _digest_of_texts(*groups: Sequence[tuple[str, bytes]]) -> str:
    digest = blake2b(digest_size=8)
    for group in groups:
        digest.update(len(group).to_bytes(4, "big"))
        for each in sorted(blake2b(text, digest_size=16).digest() for _, text in group):
            digest.update(each)
    return digest.hexdigest()


def placeholders(texts: Sequence[tuple[str, bytes]]) -> Mapping[str, Sequence[str]]:
    """Return the values for `expand`, by name. Raises BadInput where a file is no YAML mapping of names to lists."""
    found: dict[str, list[str]] = {}
    for path, text in texts:
        content = _yaml(path, text)
        if not isinstance(content, dict):
            raise BadInput(f"{path}: not a mapping of placeholder names to lists of values")
        for name, values in content.items():
            items = values if isinstance(values, list) else [values]
            if not isinstance(name, str) or any(item is None or isinstance(item, (dict, list, set)) for item in items):
                raise BadInput(
                    f"{path}: {str(name)[:100]}: a placeholder takes one value or a list of values, nothing nested"
                )
            found.setdefault(name, []).extend(map(str, items))
    return found


def _yaml(path: str, text: bytes) -> Any:
    """Return what the text says. Raises BadInput. Nesting is counted first: the parser in C would run out of stack, and take the program with it."""
    if len(text) > _LONGEST_PLACEHOLDERS_BYTES:
        raise BadInput(f"{path}: larger than {_LONGEST_PLACEHOLDERS_BYTES:,} bytes")
    try:
        depth = 0
        for event in yaml.parse(text, yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST_PLACEHOLDERS:
                raise BadInput(f"{path}: nested too deep for placeholder names and lists of values")
        return yaml.load(text, yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise BadInput(f"{path}: not YAML: {error}") from error


def _read(reader: Any) -> list[tuple[str, bytes]]:
    try:
        texts: list[tuple[str, bytes]] = reader()
    except (OSError, ValueError) as error:
        raise BadInput(
            f"{getattr(error, 'filename', None) or 'path'}: {getattr(error, 'strerror', None) or error}"
        ) from error
    return texts


def _indicators(request: ScanRequest, texts: Sequence[tuple[str, bytes]]) -> Indicators:
    indicators = Indicators.load(texts)
    if not len(indicators):
        reasons = "; ".join(map(_place_of, indicators.refusals[:_SHOWN_REFUSALS]))
        raise BadInput(f"no indicators in {', '.join(request.indicators)}: {reasons}")
    return indicators


def _place_of(refusal: Refusal) -> str:
    return f"{refusal.path}{'' if refusal.line is None else f':{refusal.line}'}: {refusal.reason}"
