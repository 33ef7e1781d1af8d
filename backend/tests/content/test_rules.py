"""Our own rules: complete, and each does with its samples what it claims."""

import re
from ipaddress import ip_address
from pathlib import Path
from uuid import UUID

import pytest
import yaml

from minixdr.app import canary
from minixdr.app.rules.catalog import rows
from minixdr.app.rules.check import check
from minixdr.app.rules.coverage import techniques
from minixdr.app.rules.loaded import load_rules
from minixdr.app.rules.samples import test as run_samples
from minixdr.schema.finding import LEVELS
from minixdr.wiring import services

RULES = Path(__file__).resolve().parents[2] / "content" / "rules"
FILES = sorted(RULES.rglob("*.yml"))


@pytest.fixture(scope="module")
def loaded():
    """Return all our rules."""
    return load_rules([str(RULES)], services())


@pytest.fixture(scope="module")
def tested(loaded):
    """Return what all rules did with all samples."""
    return run_samples(loaded, services())


def documents(path):
    """Return the documents of a rule file."""
    return list(yaml.safe_load_all(path.read_text()))


def test_every_rule_can_run(loaded):
    """None is refused, none lacks its place in ATT&CK or a log source that we read."""
    checked = check(loaded)
    assert (list(checked.refusals), list(checked.warnings)) == ([], [])
    assert checked.rules + checked.correlations == sum(len(documents(path)) for path in FILES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_rule_does_what_its_samples_say(path, tested):
    """Each positive sample is found by a rule of the file, no negative one is, and all of each sample was read."""
    results = [result for result in tested.results if result.rule_path == str(path)]
    assert {result.kind for result in results} == {"positive", "negative"}
    assert [(result.path, result.problem) for result in results if result.problem] == []


def test_every_rule_finds_something(tested):
    """No rule that reports is without a sample it finds something in."""
    assert list(tested.silent) == []
    assert list(tested.without) == []
    assert tested.passed


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_rule_is_complete(path):
    """A rule says what it finds, when it is wrong, how bad it is, where it comes from; its name begins with its product."""
    assert path.stem.startswith((f"{path.parent.name}_", "okta_", "github_"))
    first, *others = documents(path)
    for name in (
        "title",
        "id",
        "status",
        "description",
        "references",
        "author",
        "date",
        "tags",
        "falsepositives",
        "level",
    ):
        assert first.get(name), f"no `{name}`"
    assert first["level"] in LEVELS
    for document in (first, *others):
        assert UUID(document["id"]).version == 4
        assert (document["author"], document["license"]) == ("Mini-XDR", "Apache-2.0")
    if path.parent.name != "platform":  # rules that find the platform's own events: no attack
        assert any(re.fullmatch(r"attack\.t\d{4}(\.\d{3})?", tag) for tag in first["tags"])


def test_the_canary_has_its_rule(loaded):
    """The rule that `minixdr canary` waits for is there, and pushed at nobody."""
    [row] = [row for row in rows(loaded) if row.analytic.rule_id == canary.RULE_ID]
    assert (row.analytic.level, row.reported) == ("informational", True)


def test_samples_name_nobody():
    """Samples are made up: documentation addresses and accounts, or private ones."""
    address = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
    accounts = {"111122223333", "444455556666"}
    for path in RULES.rglob("*/*/*"):
        text = re.sub(r"[Aa]gent\": ?\"[^\"]*\"", "", path.read_text())
        assert [found for found in address.findall(text) if ip_address(found).is_global] == [], path
        assert set(re.findall(r"(?<=::)\d{12}(?=:)", text)) <= accounts, path


def test_the_rules_cover_an_intrusion_from_end_to_end(loaded):
    """Every tactic from initial access to impact has rules."""
    tactics = {tactic for row in rows(loaded) if row.reported for tactic in row.analytic.tactics}
    assert tactics >= {"TA0001", "TA0002", "TA0003", "TA0004", "TA0005", "TA0112", "TA0006", "TA0007", "TA0008"}
    assert tactics >= {"TA0009", "TA0010", "TA0011", "TA0040"}
    assert len(techniques(rows(loaded))) > 50
