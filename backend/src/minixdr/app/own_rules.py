"""Rules that an organization writes: checked by the loader that runs them, tried on the samples that come with them.

One text holds one rule. All own rules are loaded together, so that a correlation rule can relate the others; a change that would break another
rule is refused.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO

import msgspec

from minixdr.app.platform import Platform
from minixdr.app.refusal import ConflictError, InvalidError, NotFoundError
from minixdr.detect.compiled import compile_rules
from minixdr.detect.engine import Engine
from minixdr.detect.kinds.sigma_correlation import Correlator, Observation, needed_fields
from minixdr.detect.linear import instructions, linear_refusal
from minixdr.detect.loading import Loaded, load
from minixdr.detect.rule import Refusal, Rule
from minixdr.ingest.reading import read
from minixdr.normalize.catalog import all_sources
from minixdr.pipeline import Detection, run
from minixdr.ports.database import Scope, Transaction
from minixdr.ports.stores.rules import OwnRuleRow, OwnRuleText
from minixdr.schema.finding import Analytic
from minixdr.schema.record import Batch

_MOST_RULES = 500
_MOST_RULE_BYTES = 64 * 1024
_MOST_INSTRUCTIONS = 500_000
"""Of the regular expressions of all rules of an organization: every worker compiles them, a second or two."""
_NEW = "new"


class Sample(msgspec.Struct, frozen=True):
    """A record, or several, that the rule must or must not find."""

    kind: str
    """`positive` or `negative`."""
    record: str
    """As a log source writes it."""


class RuleText(msgspec.Struct, frozen=True):
    """A rule as somebody writes it."""

    text: str
    enabled: bool = True
    samples: tuple[Sample, ...] = ()


class Checked(msgspec.Struct, frozen=True):
    """What is known of a rule's text."""

    analytic: Analytic | None
    """None where it cannot run."""
    problems: tuple[Refusal, ...]
    """Why it cannot run; lines count within the text."""
    samples: tuple[str | None, ...]
    """Of each sample: why it does not pass, None where it does."""

    @property
    def passed(self) -> bool:
        """Whether it runs, and does what its samples claim."""
        return self.analytic is not None and not self.problems and not any(self.samples)


async def check_rule(platform: Platform, scope: Scope, written: RuleText, rule_id: str | None = None) -> Checked:
    """Return what is known of the text beside the organization's other rules than the one it replaces; nothing is kept."""
    async with platform.database.transaction(scope) as tx:
        others = await tx.rules.own()
    return await asyncio.to_thread(_check, written, others, rule_id)


async def write_rule(
    platform: Platform, scope: Scope, rule_id: str | None, written: RuleText, check: Callable[[OwnRuleRow], None]
) -> OwnRuleRow:
    """Keep a new rule (`rule_id` None) or another text of one. Raises NotFoundError, InvalidError, ConflictError."""
    async with platform.database.transaction(scope) as tx:
        others = await tx.rules.own()
    checked = await asyncio.to_thread(_check, written, others, rule_id)
    analytic = _usable(checked, written)
    if platform.rules is not None and (await platform.rules.get()).get(analytic.rule_id) is not None:
        raise ConflictError("The id is that of a rule of the platform: give yours an id of its own.")

    async def work(tx: Transaction) -> OwnRuleRow:
        known = await tx.rules.own_rule(analytic.rule_id, lock=True)
        if rule_id is None and known is not None:
            raise ConflictError("The organization has a rule with this id: change that one.")
        if rule_id is not None:
            if known is None:
                raise _no_rule()
            check(known)
        elif len(others) >= _MOST_RULES:
            raise ConflictError(f"An organization takes {_MOST_RULES} rules of its own.")
        row = OwnRuleText(
            rule_id=analytic.rule_id,
            title=analytic.title,
            level=analytic.level,
            text=written.text,
            enabled=written.enabled,
            samples=[msgspec.structs.asdict(sample) for sample in written.samples],
        )
        kept = await tx.rules.write_own(row, scope.actor, platform.now())
        details = {"version": kept.version, "title": kept.title, "enabled": kept.enabled, "text": kept.text}
        await tx.audit.add("rule.written", f"rule:{kept.rule_id}", details, at=platform.now())
        return kept

    return await platform.database.run(scope, work)


async def remove_rule(platform: Platform, scope: Scope, rule_id: str, check: Callable[[OwnRuleRow], None]) -> None:
    """Remove a rule; its findings stay. Raises NotFoundError, ConflictError where a correlation rule relates it."""

    async def work(tx: Transaction) -> None:
        known = await tx.rules.own_rule(rule_id, lock=True)
        if known is None:
            raise _no_rule()
        check(known)
        rest = [rule for rule in await tx.rules.own() if rule.rule_id != rule_id]
        broken = (await asyncio.to_thread(_load, rest)).refusals
        if broken:
            raise ConflictError(f"Another rule needs it: {broken[0].path}: {broken[0].reason}")
        await tx.rules.remove_own(rule_id)
        details = {"title": known.title, "text": known.text}
        await tx.audit.add("rule.removed", f"rule:{rule_id}", details, at=platform.now())

    await platform.database.run(scope, work)


def _no_rule() -> NotFoundError:
    return NotFoundError("The organization has no rule of its own with this id.")


def _usable(checked: Checked, written: RuleText) -> Analytic:
    if len(written.text.encode("utf-8", "surrogatepass")) > _MOST_RULE_BYTES:
        raise InvalidError("/text", f"A rule takes {_MOST_RULE_BYTES:,} bytes.")
    if checked.problems or checked.analytic is None:
        problem = checked.problems[0]
        place = "" if problem.line is None else f"line {problem.line}: "
        raise InvalidError("/text", f"{place}{problem.reason}")
    for number, problem_of_sample in enumerate(checked.samples):
        if problem_of_sample is not None:
            raise InvalidError(f"/samples/{number}", problem_of_sample)
    return checked.analytic


def _load(rules: Sequence[OwnRuleRow], *more: tuple[str, bytes]) -> Loaded:
    texts = [(rule.rule_id, rule.text.encode("utf-8", "surrogatepass")) for rule in rules]
    return load([*texts, *more], {})


def _check(written: RuleText, own: Sequence[OwnRuleRow], rule_id: str | None) -> Checked:
    others = [rule for rule in own if rule.rule_id != rule_id]
    loaded = _load(others, (_NEW, written.text.encode("utf-8", "surrogatepass")))
    mine = [a for a in _analytics(loaded) if a.path.rpartition(":")[0] == _NEW]
    problems = [refusal for refusal in (*loaded.refusals, *loaded.warnings) if refusal.path == _NEW]
    before = {refusal.path for refusal in _load(own).refusals}
    problems += [
        Refusal(_NEW, None, refusal.rule_id, f"it would break another rule, {refusal.path}: {refusal.reason}")
        for refusal in loaded.refusals
        if refusal.path not in {_NEW, *before}
    ]
    problems += [
        Refusal(_NEW, None, rule.analytic.rule_id, reason)
        for rule in loaded.rules
        if rule.analytic in mine and (reason := linear_refusal(rule.condition)) is not None
    ]
    if len(mine) > 1:
        problems.append(Refusal(_NEW, None, None, "it holds several rules: write one text for each"))
    if len(mine) == 1 and not _has_id(mine[0]):
        problems.append(Refusal(_NEW, 1, None, "it has no `id`: give it a UUID, which its findings and filters name"))
    if rule_id is not None and len(mine) == 1 and mine[0].rule_id != rule_id:
        problems.append(Refusal(_NEW, None, None, f"its id is {mine[0].rule_id}: keep {rule_id}, or write a new rule"))
    if not problems and not mine:
        problems.append(Refusal(_NEW, None, None, "it holds no rule"))
    if not problems and (size := sum(map(_instructions, loaded.rules))) > _MOST_INSTRUCTIONS:
        reason = f"the regular expressions of all rules are too large together ({size:,} instructions of RE2, at most {_MOST_INSTRUCTIONS:,})"
        problems.append(Refusal(_NEW, None, None, f"{reason}: write shorter repetitions, or remove rules"))
    if problems:
        return Checked(None, tuple(problems), ())
    (analytic,) = mine
    tried = _Tried(loaded)
    return Checked(analytic, (), tuple(tried.problem(sample, analytic.rule_id) for sample in written.samples))


def _instructions(rule: Rule) -> int:
    try:
        return instructions(rule.condition)
    except ValueError:
        return 0  # one that does not run


def _has_id(analytic: Analytic) -> bool:
    """Return whether the text gave the id: the loader makes one of 32 digits without dashes where it did not."""
    return "-" in analytic.rule_id


def _analytics(loaded: Loaded) -> Iterator[Analytic]:
    yield from (rule.analytic for rule in loaded.rules)
    yield from (spec.analytic for spec in loaded.correlations)


class _Tried:
    """The loaded rules, to be tried on samples."""

    def __init__(self, loaded: Loaded) -> None:
        compiled = compile_rules(loaded.rules)
        engine = Engine(compiled.program, all_sources(), compiled.databases, linear=True)
        self._loaded = loaded
        self._detection = Detection(engine, None, needed_fields(loaded.correlations), "sample")

    def problem(self, sample: Sample, rule_id: str) -> str | None:
        fired, events = set[str](), 0
        observations: list[Observation] = []
        for item in read(BytesIO(sample.record.encode("utf-8", "surrogatepass")), "sample"):
            if not isinstance(item, Batch):
                return f"not all of it could be read: {item.reason}"
            outcome = run(item, self._detection)
            if outcome.issues:
                return f"not all of it could be read: {outcome.issues[0].reason}"
            events += outcome.receipt.events
            fired |= {finding.analytic.rule_id for finding in outcome.findings}
            fired |= {name for observation in outcome.observations for name in observation.names}
            observations += outcome.observations
        if not events:
            return "it holds no event"
        observations = sorted((o for o in observations if o.time is not None), key=_time)
        fired |= {
            found.analytic.rule_id
            for found in Correlator(self._loaded.correlations, lateness_seconds=0).run(observations)
        }
        if sample.kind == "positive" and rule_id not in fired:
            return "the rule does not find this positive sample"
        if sample.kind == "negative" and rule_id in fired:
            return "the rule finds this negative sample"
        return None


def _time(observation: Observation) -> float:
    return 0.0 if observation.time is None else observation.time.timestamp()
