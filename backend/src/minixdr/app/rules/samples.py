"""`minixdr rules test`: a rule's samples, run through the same stages as a scan.

A rule file `<name>.yml` has its samples beside it in the folder `<name>/`: files as they lie on a disk, in any format
that a scan reads. In each `positive*` file a rule of the rule file must find something, in each `negative*` file none
may; every rule that reports must find something in some positive file. A sample of which nothing could be read proves
nothing, and fails.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import PurePath

import msgspec

from minixdr.app.scan.request import BadInput
from minixdr.app.services import Services
from minixdr.detect.compiled import compile_rules
from minixdr.detect.engine import Engine
from minixdr.detect.kinds.sigma_correlation import Correlator, Observation, needed_fields
from minixdr.detect.loading import Loaded
from minixdr.ingest.reading import read
from minixdr.normalize.catalog import all_sources
from minixdr.pipeline import Detection, run
from minixdr.ports.scan import InputFile
from minixdr.schema.finding import Analytic
from minixdr.schema.record import Issue, Receipt

_KINDS = ("positive", "negative")
_START = datetime(1970, 1, 1, tzinfo=UTC)


class SampleResult(msgspec.Struct, frozen=True):
    """What became of one sample."""

    rule_path: str
    path: str
    kind: str
    """`positive` or `negative`."""
    records: int
    fired: tuple[str, ...]
    """Ids of the rule file's rules that found something."""
    problem: str | None
    """Why the sample does not pass, None where it does."""


class Tested(msgspec.Struct, frozen=True):
    """What became of all samples."""

    results: Sequence[SampleResult]
    silent: Sequence[Analytic]
    """Rules with samples, none of which they find something in."""
    without: Sequence[str]
    """Rule files that lack a positive or a negative sample."""

    @property
    def passed(self) -> bool:
        """Whether each sample gave what it should, and each rule with samples found something."""
        return not self.silent and all(result.problem is None for result in self.results)


def test(loaded: Loaded, services: Services) -> Tested:
    """Return what the rules do with their samples. Raises BadInput where a sample cannot be read."""
    by_file = _by_file(loaded)
    found = {path: _samples(path, services) for path in by_file}
    detection = Detection(
        engine=_engine(loaded),
        indicators=None,
        needed_fields=needed_fields(loaded.correlations),
        organization_id="local",
    )
    tester = _Tester(detection, loaded, services)
    results = [
        tester.judge(path, kind, file, {analytic.rule_id for analytic in by_file[path]})
        for path, samples in found.items()
        for kind, file in samples
    ]
    fired = {rule_id for result in results if result.kind == "positive" for rule_id in result.fired}
    silent = [a for path, analytics in by_file.items() if found[path] for a in analytics if a.rule_id not in fired]
    without = [path for path, samples in found.items() if {kind for kind, _ in samples} != set(_KINDS)]
    return Tested(results, silent, without)


def _engine(loaded: Loaded) -> Engine:
    compiled = compile_rules(loaded.rules)
    return Engine(compiled.program, all_sources(), compiled.databases)


def _by_file(loaded: Loaded) -> Mapping[str, list[Analytic]]:
    """Return the rules that report, by their file."""
    found: dict[str, list[Analytic]] = {}
    reported = [rule.analytic for rule in loaded.rules if rule.reported]
    reported += [spec.analytic for spec in loaded.correlations if spec.reported]
    for analytic in reported:
        found.setdefault(analytic.path.rpartition(":")[0], []).append(analytic)
    return dict(sorted(found.items()))


def _samples(rule_path: str, services: Services) -> list[tuple[str, InputFile]]:
    """Return the samples of a rule file and their kinds; none where it has no folder."""
    files, _ = services.input_files().find([str(PurePath(rule_path).with_suffix(""))])
    found = []
    for file in files:
        kind = next((kind for kind in _KINDS if PurePath(file.path).name.startswith(kind)), None)
        if kind is not None:
            found.append((kind, file))
    return found


class _Tester:
    def __init__(self, detection: Detection, loaded: Loaded, services: Services) -> None:
        self._detection = detection
        self._loaded = loaded
        self._services = services

    def judge(self, rule_path: str, kind: str, file: InputFile, wanted: set[str]) -> SampleResult:
        """Return what became of a sample; `wanted` are the ids of the rule file's rules."""
        receipt, issues, fired = self._scan(file)
        ours = tuple(sorted(fired & wanted))
        problem = None
        if issues or not receipt.events or receipt.events != receipt.received:
            reason = issues[0].reason if issues else "it holds no event"
            problem = f"not all of it could be read: {reason}"
        elif kind == "positive" and not ours:
            problem = "no rule of the file found anything"
        elif kind == "negative" and ours:
            problem = f"found by {', '.join(ours)}"
        return SampleResult(rule_path, file.path, kind, receipt.received, ours, problem)

    def _scan(self, file: InputFile) -> tuple[Receipt, list[Issue], set[str]]:
        receipt, issues, fired = Receipt(), list[Issue](), set[str]()
        observations: list[Observation] = []
        for item in self._read(file):
            if isinstance(item, Issue):
                issues.append(item)
                continue
            observations.extend(item[1])
            receipt.add(item[0])
            fired |= item[2]
            issues += item[3]
        observations.sort(key=lambda observation: observation.time or _START)
        correlator = Correlator(self._loaded.correlations, lateness_seconds=0)
        fired |= {finding.analytic.rule_id for finding in correlator.run(observations)}
        return receipt, issues, fired

    def _read(self, file: InputFile) -> Iterator[Issue | tuple[Receipt, list[Observation], set[str], list[Issue]]]:
        try:
            with self._services.input_files().open(file.path) as stream:
                for item in read(stream, file.path):
                    if isinstance(item, Issue):
                        yield item
                        continue
                    item.reference_at = file.written_at
                    outcome = run(item, self._detection)
                    fired = {finding.analytic.rule_id for finding in outcome.findings}
                    yield outcome.receipt, outcome.observations, fired, outcome.issues
        except OSError as error:
            raise BadInput(f"{file.path}: {error.strerror or error}") from error
