"""Simulations: the same settings give the same bytes, the truth points at the records it means, counts are those asked for."""

import gzip
import json
import re

import pytest

from minixdr.schema.attack import BY_ID
from minixdr.simulate.scenario import all_scenarios
from minixdr.simulate.simulation import Settings, simulate

MONDAY = 1_772_409_600.0  # 2026-03-02T00:00:00Z
STORIES = [scenario for scenario in all_scenarios().values() if scenario.tell is not None]


class Files(dict[str, bytes]):
    """Files in memory."""

    def append(self, path: str, content: bytes) -> None:
        self[path] = self.get(path, b"") + content


def _run(name: str, *, seed: int = 7, days: int = 1, principals: int = 20, events: int = 3_000) -> Files:
    files = Files()
    simulate(all_scenarios()[name], Settings(seed, MONDAY, days, principals, events), files)
    return files


def _records(path: str, content: bytes) -> list[bytes]:
    """Return a file's records, read by hand: the formats' own readers are not what is tested here."""
    if path.endswith(".json.gz"):
        return [json.dumps(record).encode() for record in json.loads(gzip.decompress(content))["Records"]]
    if path.endswith(".log.gz"):
        return gzip.decompress(content).splitlines()[1:]
    if path.endswith("/audit.log"):
        serials: dict[bytes, list[bytes]] = {}
        for line in content.splitlines():
            serials.setdefault(line.split(b"msg=audit(")[1].split(b")")[0], []).append(line)
        return [b"\n".join(lines) for lines in serials.values()]
    return content.splitlines()


def _logs(files: Files) -> dict[str, bytes]:
    return {path: content for path, content in files.items() if path.startswith("logs/")}


def test_the_same_settings_give_the_same_bytes() -> None:
    """A measurement on made-up logs can be repeated by anyone."""
    assert _run("aws_intrusion") == _run("aws_intrusion")


def test_another_seed_gives_another_company() -> None:
    """The seed decides names, identifiers and times."""
    assert _run("aws_intrusion", seed=8) != _run("aws_intrusion")


@pytest.mark.parametrize("scenario", STORIES, ids=lambda scenario: scenario.name)
def test_ordinary_records_are_as_many_as_asked_for(scenario: object) -> None:
    """`--events` is a number, not a wish; the attack comes on top."""
    files = _run(scenario.name, days=3, events=2_345)
    attack = len(files["truth.jsonl"].splitlines())
    assert sum(len(_records(path, content)) for path, content in _logs(files).items()) == 2_345 + attack


@pytest.mark.parametrize("scenario", STORIES, ids=lambda scenario: scenario.name)
def test_truth_names_known_tactics_and_existing_records(scenario: object) -> None:
    """Every line of the truth names a record that is there, at its time, with an ATT&CK tactic and technique."""
    files = _run(scenario.name)
    truths = [json.loads(line) for line in files["truth.jsonl"].splitlines()]
    records = {path: _records(path, content) for path, content in _logs(files).items()}
    assert len({(truth["file"], truth["record"]) for truth in truths}) == len(truths)
    for truth in truths:
        assert truth["tactic"] in BY_ID
        assert re.fullmatch(r"T\d{4}(\.\d{3})?", truth["technique"])
        assert len(records[truth["file"]]) >= truth["record"] >= 1
    assert len({truth["step"] for truth in truths}) == json.loads(files["simulation.json"])["steps"]


def test_truth_points_at_the_record_it_means() -> None:
    """The number in the truth is the record's place in its file, among ordinary records."""
    files = _run("aws_intrusion")
    wanted = {
        "T1685.002": b"StopLogging",
        "T1136.003": b"CreateUser",
        "T1003.001": b"comsvcs.dll",
        "T1003.008": b"/etc/shadow",
        "T1609": b'"subresource": "exec"',
        "T1105": b"curl",
    }
    found = set()
    for line in files["truth.jsonl"].splitlines():
        truth = json.loads(line)
        record = _records(truth["file"], files[truth["file"]])[truth["record"] - 1]
        content = record.replace(b'":"', b'": "')
        if truth["technique"] in wanted and wanted[truth["technique"]] in content:
            found.add(truth["technique"])
    assert found == set(wanted)


def test_ordinary_days_hold_nothing_of_an_attack() -> None:
    """`benign` has no truth, and none of the attackers' addresses."""
    files = _run("benign", days=2, events=5_000)
    assert "truth.jsonl" not in files
    for path, content in _logs(files).items():
        assert not any(b"192.0.2." in record for record in _records(path, content)), path


def test_files_lie_as_aws_lays_them() -> None:
    """CloudTrail and flow logs have AWS's object keys, so that whoever reads a bucket reads them."""
    paths = list(_logs(_run("benign", events=500)))
    trail = r"logs/aws/AWSLogs/\d{12}/CloudTrail/[a-z0-9-]+/\d{4}/\d\d/\d\d/\d{12}_CloudTrail_[a-z0-9-]+_\d{8}T\d{4}Z_\w{16}\.json\.gz"
    flow = r"logs/aws/AWSLogs/\d{12}/vpcflowlogs/[a-z0-9-]+/\d{4}/\d\d/\d\d/\d{12}_vpcflowlogs_[a-z0-9-]+_fl-\w+_\d{8}T\d{4}Z_\w{8}\.log\.gz"
    aws = [path for path in paths if path.startswith("logs/aws")]
    assert aws
    assert all(re.fullmatch(trail, path) or re.fullmatch(flow, path) for path in aws)


def test_people_keep_their_hours() -> None:
    """Single sign-on users call AWS on working days, in their nine hours: a rhythm that can be learned."""
    files = _run("benign", days=7, events=20_000, principals=40)
    hours: dict[str, set[str]] = {}
    for path, content in _logs(files).items():
        if path.endswith(".json.gz"):
            for record in json.loads(gzip.decompress(content))["Records"]:
                if "AWSReservedSSO" in record["userIdentity"].get("arn", ""):
                    hours.setdefault(record["userIdentity"]["arn"], set()).add(record["eventTime"][8:13])
    assert len(hours) > 15
    assert all(len({stamp[3:] for stamp in stamps}) <= 9 for stamps in hours.values())
    assert not any(
        stamp.startswith(("07", "08")) for stamps in hours.values() for stamp in stamps if stamp[:2] in ("07", "08")
    )
