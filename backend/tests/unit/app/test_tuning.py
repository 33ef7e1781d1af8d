"""What an organization changed about rules, on findings of the real pipeline."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from minixdr.app.tuning import FilterRow, OwnRule, RuleSetting, Tuning, log_sources_of
from minixdr.detect.compiled import compile_rules
from minixdr.detect.engine import Engine
from minixdr.detect.kinds.sigma_correlation import Correlator, needed_fields
from minixdr.detect.loading import FilterError, load, load_filter
from minixdr.normalize.catalog import all_sources
from minixdr.pipeline import Detection, Outcome, run
from minixdr.schema.finding import Finding
from minixdr.schema.record import Batch
from tests.conftest import REPOSITORY
from tests.integration.test_scan import MANY, RULE, cloudtrail

KEY_CREATED, MANY_CREATED = "5b0a1f0e-6a3f-4d0e-9a66-0d7d2a1f0001", "5b0a1f0e-6a3f-4d0e-9a66-0d7d2a1f0002"
NOW = datetime(2026, 3, 5, tzinfo=UTC)
PROCESS = """
title: Tool Started
id: 5b0a1f0e-6a3f-4d0e-9a66-0d7d2a1f0003
logsource: {product: windows, category: process_creation}
detection: {selection: {Image|endswith: '\\tool.exe'}, condition: selection}
level: high
"""
LOADED = load([(f"{n}.yml", text.encode()) for n, text in enumerate((RULE, MANY, PROCESS))], {})
COMPILED = compile_rules(LOADED.rules)
LOG_SOURCES = log_sources_of(COMPILED.program)


def _outcome(*bodies: dict[str, Any]) -> Outcome:
    engine = Engine(COMPILED.program, all_sources(), COMPILED.databases)
    detection = Detection(engine, None, needed_fields(LOADED.correlations), "one")
    return run(Batch("x.jsonl", "json", 1, [orjson.dumps(body) for body in bodies]), detection)


def _finding(user: str = "scanner") -> Finding:
    (finding,) = _outcome(cloudtrail(1, "CreateAccessKey", "iam", user)).findings
    return finding


def _process(image: str) -> dict[str, Any]:
    return {
        "Event": {
            "System": {
                "Provider": {"Name": "Microsoft-Windows-Security-Auditing"}, "EventID": 4688, "Channel": "Security", "Computer": "h1",
                "EventRecordID": 7, "TimeCreated": {"SystemTime": "2026-03-04T05:06:07.000Z"},
            },
            "EventData": {"NewProcessName": image, "SubjectUserName": "eve"},
        }
    }  # fmt: skip


def _tuning(
    *, settings: tuple[RuleSetting, ...] = (), filters: tuple[FilterRow, ...] = (), own: tuple[OwnRule, ...] = ()
) -> Tuning:
    return Tuning.of("one", settings, filters, own, LOG_SOURCES)


def _filter(text: str, *rule_ids: str, expires_at: datetime | None = None) -> FilterRow:
    return FilterRow("f1", rule_ids or (KEY_CREATED,), text, expires_at)


def _state(text: str, user: str = "scanner") -> str:
    return _tuning(filters=(_filter(text),)).rule_on(_finding(user), NOW).state


def test_nothing_changed_changes_nothing() -> None:
    """Without tuning a finding stays as it is."""
    finding = _finding()
    ruling = _tuning().rule_on(finding, NOW)
    assert (ruling.finding, ruling.state, ruling.filter_id) == (finding, "open", None)


def test_a_rule_is_off() -> None:
    """The finding of a rule that is off is not kept; another rule's is."""
    assert _tuning(settings=(RuleSetting(KEY_CREATED, enabled=False),)).rule_on(_finding(), NOW).state == "disabled"
    assert _tuning(settings=(RuleSetting("other", enabled=False),)).rule_on(_finding(), NOW).state == "open"


def test_a_rule_has_another_level() -> None:
    """The finding has it too; its identity does not change."""
    finding = _finding()
    tuned = _tuning(settings=(RuleSetting(KEY_CREATED, level="critical"),)).rule_on(finding, NOW).finding
    assert (tuned.analytic.level, tuned.finding_id) == ("critical", finding.finding_id)


@pytest.mark.parametrize(
    ("text", "withheld"),
    [
        ("selection: {userIdentity.userName: scanner}", True),
        ("selection: {userIdentity.userName: SCANNER}", True),
        ("selection: {userIdentity.userName|cased: SCANNER}", False),
        ("selection: {userIdentity.userName|startswith: scan}\ncondition: not selection", True),
        ("selection: {userIdentity.userName|startswith: scan}\ncondition: selection", False),
        ("one: {userIdentity.userName: other}\ntwo: {sourceIPAddress|cidr: 203.0.113.0/24}", True),
        ("a: {userIdentity.userName: scanner}\nb: {awsRegion: us-east-1}\ncondition: not (a and b)", False),
        ("a: {userIdentity.userName: scanner}\nb: {awsRegion: us-east-1}\ncondition: not a or not b", False),
        ("keywords: ['aws-cli']", True),
        ("selection: {userIdentity.userName: other}", False),
    ],
)
def test_a_filter_means_what_sigma_says(text: str, *, withheld: bool) -> None:
    """Its condition is ANDed to the rule's: what it does not hold for is suppressed."""
    assert _state(text) == ("suppressed" if withheld else "open")


@pytest.mark.parametrize("text", ["selection: {userIdentity.userName: scanner}", "keywords: [deploy]"])
@pytest.mark.parametrize("user", ["scanner", "deploy"])
def test_a_filter_says_what_it_says_inside_the_rule(text: str, user: str) -> None:
    """The same filter as a Sigma filter document, applied by the loader, leaves the same findings."""
    document = f"""
title: f
logsource: {{product: aws, service: cloudtrail}}
filter:
    rules: [{KEY_CREATED}]
    {text}
    condition: not 1 of them
"""
    filtered = load([("a.yml", RULE.encode()), ("f.yml", document.encode())], {})
    compiled = compile_rules(filtered.rules)
    detection = Detection(Engine(compiled.program, all_sources(), compiled.databases), None, {}, "one")
    body = orjson.dumps(cloudtrail(1, "CreateAccessKey", "iam", user))
    found = run(Batch("x.jsonl", "json", 1, [body]), detection).findings
    assert bool(found) == (_state(text, user) == "open")


def test_a_filter_reads_a_record_through_the_log_source_of_its_rule() -> None:
    """`Image` is `NewProcessName` where a security log tells of a new process."""
    body = _process(r"C:\admin\tool.exe")
    finding = _outcome(body).findings[0]
    rule_id = finding.analytic.rule_id
    tuning = _tuning(filters=(_filter(r"selection: {Image|startswith: 'C:\admin\'}", rule_id),))
    assert tuning.rule_on(finding, NOW).state == "suppressed"
    tuning = _tuning(filters=(_filter(r"selection: {Image|startswith: 'C:\Users\'}", rule_id),))
    assert tuning.rule_on(finding, NOW).state == "open"


def test_a_filter_holds_for_its_rules_alone() -> None:
    """A filter that names another rule does not touch the finding, nor does one whose time has passed."""
    text = "selection: {userIdentity.userName: scanner}"
    other = _tuning(filters=(_filter(text, MANY_CREATED),))
    assert other.rule_on(_finding(), NOW).state == "open"
    timed = _tuning(filters=(_filter(text, expires_at=NOW),))
    assert timed.rule_on(_finding(), NOW).state == "open"
    assert timed.rule_on(_finding(), NOW - timedelta(seconds=1)).state == "suppressed"
    assert timed.rule_on(_finding(), NOW - timedelta(seconds=1)).filter_id == "f1"


def test_a_correlation_finding_is_read_by_what_it_matched() -> None:
    """It has no record; its group-by fields are what a filter can name."""
    outcome = _outcome(*(cloudtrail(number, "CreateAccessKey", "iam", "scanner") for number in range(3)))
    findings = Correlator(LOADED.correlations, lateness_seconds=0).run(outcome.observations)
    (finding,) = findings
    text = "selection: {userIdentity.arn|endswith: ':user/scanner'}"
    assert _tuning(filters=(_filter(text, MANY_CREATED),)).rule_on(finding, NOW).state == "suppressed"
    assert _tuning(filters=(_filter(text, KEY_CREATED),)).rule_on(finding, NOW).state == "open"


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        ("", "empty", None),
        ("selection: [", "not YAML", None),
        ("selection: {a: 1}\nselection: {a: 2}", "twice", 2),
        ("selection: {a|nonsense: 1}", "nonsense", None),
        ("selection: {a: 1}\ncondition: not other", "other", None),
        ("condition: not 1 of them", "", None),
        ("selection: {a: 1}\n---\ntitle: x", "", None),
        ("just text", "", None),
        ("selection: {a|expand: '%people%'}", "people", None),
        ("a: " + "[" * 5_000, "nested", None),
    ],
)
def test_what_is_no_filter_is_refused(text: str, reason: str, line: int | None) -> None:
    """With a reason, and the line where that is known."""
    with pytest.raises(FilterError) as caught:
        load_filter(text)
    assert reason in str(caught.value)
    assert line is None or caught.value.line == line


def test_a_filter_that_no_longer_runs_withholds_nothing() -> None:
    """It is told, and the other filters work on."""
    good = FilterRow("f2", (KEY_CREATED,), "selection: {userIdentity.userName: scanner}")
    tuning = _tuning(filters=(_filter("selection: {a|nonsense: 1}"), good))
    assert list(tuning.refused_filters) == ["f1"]
    assert tuning.rule_on(_finding(), NOW).filter_id == "f2"


def test_own_rules_run_beside_the_others() -> None:
    """They give findings of their own, can be filtered like others, and one that is broken is told, not fatal."""
    own = RULE.replace("0001", "0009").replace("name: access_key_created", "").replace("Access Key Created", "Ours")
    tuning = _tuning(
        own=(OwnRule("ours", own), OwnRule("broken", "title: [")),
        filters=(_filter("selection: {userIdentity.userName: scanner}", "5b0a1f0e-6a3f-4d0e-9a66-0d7d2a1f0009"),),
    )
    assert tuning.own.detection is not None
    assert [refusal.path for refusal in tuning.own.refusals] == ["broken"]
    bodies = [cloudtrail(1, "CreateAccessKey", "iam", user) for user in ("scanner", "deploy")]
    batch = Batch("x.jsonl", "json", 1, [orjson.dumps(body) for body in bodies])
    found = run(batch, tuning.own.detection).findings
    assert [finding.analytic.title for finding in found] == ["Ours", "Ours"]
    assert [tuning.rule_on(finding, NOW).state for finding in found] == ["suppressed", "open"]


def test_the_filters_of_the_handbook_are_filters() -> None:
    """What `docs/how-to/tune-detections.md` shows can be pasted."""
    text = (REPOSITORY / "docs" / "how-to" / "tune-detections.md").read_text()
    shown = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert len(shown) == 2
    for example in shown:
        load_filter(example)
