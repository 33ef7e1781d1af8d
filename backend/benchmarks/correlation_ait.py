"""How well findings are grouped: AIT-ADS, 841,829 labelled alerts of Wazuh, Suricata and AMiner during four multi-step attacks.

    cd backend && ../.venv/bin/python -m benchmarks.correlation_ait

Reads the alerts (time, name, address, host: all that they carry; no levels, no tactics, no attacker), groups them, and only then looks at the
labels. Writes docs/measurements/correlation.md. Every measure of time runs in a process of its own.
"""

import csv
import io
import random
import resource
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import zstandard

from minixdr.correlate import FindingKey, correlate
from minixdr.schema.event import Entity

REPOSITORY = Path(__file__).resolve().parents[2]
DATA = REPOSITORY.parent / "shared" / "data" / "alerts_ait_ads"
OUTPUT = REPOSITORY / "docs" / "measurements" / "correlation.md"
SCENARIOS = ("russellmitchell", "shaw", "wardbeck", "wilson")
HOUR = 3_600.0
Groups = list[list[int]]


@dataclass(frozen=True)
class Alert:
    """One row."""

    seconds: float
    name: str
    address: str
    host: str
    phase: str
    """Attack phase in whose time the alert lies, or `false_positive`."""
    event: str
    """Label of the log event behind the alert, `-` where it is none of the attack's."""


def read(scenario: str) -> list[Alert]:
    """Return the scenario's alerts."""
    with (DATA / f"{scenario}_alerts.csv.zst").open("rb") as file:
        text = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file), "utf-8")
        return [
            Alert(float(row["time"]), row["name"], row["ip"], row["host"], row["time_label"], row["event_label"])
            for row in csv.DictReader(text)
        ]


def keys_of(alerts: list[Alert]) -> list[FindingKey]:
    """Return the alerts as findings; all are of one level, for the alerts name none."""
    return [
        FindingKey(
            f"{number:032x}", alert.seconds, alert.name, alert.name, "medium", (), (), alert.name.partition(":")[0], "alerts",
            (Entity("host", alert.host, "target"), Entity("address", alert.address, "related")),
        )
        for number, alert in enumerate(alerts)
    ]  # fmt: skip


def ours(alerts: list[Alert]) -> Groups:
    """Return the incidents, most risk first."""
    incidents = sorted(correlate(keys_of(alerts)), key=lambda incident: (-incident.risk, incident.incident_id))
    return [[int(finding, 16) for finding in incident.finding_ids] for incident in incidents]


def same_host_within_an_hour(alerts: list[Alert]) -> Groups:
    """Return groups as plain entity matching makes them: the same host, an hour at most between two alerts."""
    groups: Groups = []
    open_groups: dict[str, list[int]] = {}
    for number in sorted(range(len(alerts)), key=lambda number: alerts[number].seconds):
        group = open_groups.get(alerts[number].host)
        if group is None or alerts[number].seconds - alerts[group[-1]].seconds > HOUR:
            group = open_groups[alerts[number].host] = []
            groups.append(group)
        group.append(number)
    return groups


def two_seconds(alerts: list[Alert]) -> Groups:
    """Return groups of alerts with two seconds at most between two, whatever they name (the data set's own first step)."""
    groups: Groups = []
    last = -10.0
    for number in sorted(range(len(alerts)), key=lambda number: alerts[number].seconds):
        if alerts[number].seconds - last > 2:
            groups.append([])
        groups[-1].append(number)
        last = alerts[number].seconds
    return groups


METHODS: dict[str, Callable[[list[Alert]], Groups]] = {
    "Mini-XDR": ours,
    "same host within 1 h": same_host_within_an_hour,
    "2 s apart at most": two_seconds,
}


@dataclass(frozen=True)
class Score:
    """What became of the attack."""

    groups: int
    attack: int
    largest: float
    three: float
    needed: int
    """Groups that hold nine tenths of the attack."""
    purity: float
    """Of those together."""
    purity_hosts: float
    """The same, on alerts of the attack's hosts."""
    rank: int
    """Place of the largest part of the attack in the order of the groups."""


def score(alerts: list[Alert], groups: Groups, attack: set[int]) -> Score:
    """Return the score of these groups."""
    parts = sorted(
        ((len(attack.intersection(group)), place) for place, group in enumerate(groups)),
        key=lambda part: (-part[0], part[1]),
    )
    held, needed = 0, 0
    while held < 0.9 * len(attack):
        held += parts[needed][0]
        needed += 1
    hosts = {alerts[number].host for number in attack}
    inside = [number for _, place in parts[:needed] for number in groups[place]]
    return Score(
        groups=len(groups),
        attack=len(attack),
        largest=parts[0][0] / len(attack),
        three=sum(part for part, _ in parts[:3]) / len(attack),
        needed=needed,
        purity=held / len(inside),
        purity_hosts=held / sum(alerts[number].host in hosts for number in inside),
        rank=parts[0][1] + 1,
    )


def steps(alerts: list[Alert], groups: Groups, attack: set[int]) -> dict[str, tuple[int, float]]:
    """Return label -> alerts, part of them in the group that holds most of the attack."""
    largest = set(max(groups, key=lambda group: len(attack.intersection(group))))
    by_label: dict[str, list[int]] = defaultdict(list)
    for number in sorted(attack):
        by_label[alerts[number].event].append(number)
    return {
        label: (len(numbers), len(largest.intersection(numbers)) / len(numbers)) for label, numbers in by_label.items()
    }


def made_up(count: int, mix: str) -> list[FindingKey]:
    """Return findings of a week on 3,000 machines, 400 rules, five entities each: in bursts of ten on average, or each by itself."""
    chance = random.Random(7)
    keys: list[FindingKey] = []
    while len(keys) < count:
        rule, host = min(int(chance.expovariate(1 / 40)), 399), chance.randrange(3_000)
        start = 1.7e9 + chance.random() * 7 * 24 * HOUR
        for _ in range(1 if mix == "spread" else chance.randrange(1, 20)):
            number = len(keys)
            entities = (
                Entity("host", f"host{host}", "target"),
                Entity("user", f"user{host % 2_500}", "actor"),
                Entity("address", f"10.1.{host >> 8}.{host & 255}", "related"),
                Entity("process", f"process{number // 3}", "related"),
                Entity("file_hash", f"{rule % 50:064x}", "related"),
            )
            level = ("low", "medium", "high", "medium", "low")[rule % 5]
            keys.append(
                FindingKey(
                    f"{number:032x}",
                    start + chance.random() * 300,
                    f"r{rule}",
                    f"Rule {rule}",
                    level,
                    ("TA0002",),
                    ("T1059",),
                    "x",
                    "x",
                    entities,
                )
            )
    return keys[:count]


def time_one(mix: str, count: int) -> None:
    """Print findings, incidents, CPU seconds, peak MiB: the work of a process that does nothing else."""
    keys = keys_of(read(mix)) if mix in SCENARIOS else made_up(count, mix)
    start = time.process_time()
    incidents = correlate(keys)
    seconds = time.process_time() - start
    peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # Linux gives KiB
    print(len(keys), len(incidents), f"{seconds:.2f}", peak_bytes >> 20)


def timed(mix: str, count: int = 0) -> list[str]:
    """Return findings, incidents, CPU seconds and MiB of one process."""
    command = [sys.executable, "-m", "benchmarks.correlation_ait", "time", mix, str(count)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


_COLUMNS = (
    "scenario", "method", "alerts", "groups", "alerts per group", "attack alerts", "in the largest", "in three", "groups for 90 %",
    "their purity", "on the attack's hosts", "rank",
)  # fmt: skip
_HEAD = (f"| {' | '.join(_COLUMNS)} |", "|---|---|" + "--:|" * (len(_COLUMNS) - 2))


def report() -> str:
    """Return the measurements as Markdown."""
    quality = list(_HEAD)
    windows = list(quality)
    labels = ["| scenario | step | alerts | Mini-XDR | same host within 1 h |", "|---|---|--:|--:|--:|"]
    for scenario in SCENARIOS:
        alerts = read(scenario)
        by_event = {number for number, alert in enumerate(alerts) if alert.event != "-"}
        by_time = {number for number, alert in enumerate(alerts) if alert.phase != "false_positive"}
        groups = {name: method(alerts) for name, method in METHODS.items()}
        for name, found in groups.items():
            for table, attack in ((quality, by_event), (windows, by_time)):
                table.append(_row(scenario, name, len(alerts), score(alerts, found, attack), ranked=name == "Mini-XDR"))
        plain = steps(alerts, groups["same host within 1 h"], by_event)
        for label, (count, part) in steps(alerts, groups["Mini-XDR"], by_event).items():
            labels.append(f"| {scenario} | {label} | {count:,} | {part:.0%} | {plain[label][1]:.0%} |")
    speed = [
        "| findings | number | incidents | CPU-s | findings per CPU-s | peak MiB |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for title, mix, count in (
        ("AIT-ADS wilson", "wilson", 0), ("made up, bursts of ten", "bursts", 1_000_000), ("made up, each by itself", "spread", 200_000),
    ):  # fmt: skip
        number, incidents, seconds, size = timed(mix, count)
        speed.append(
            f"| {title} | {int(number):,} | {int(incidents):,} | {seconds} | {int(number) / float(seconds):,.0f} | {int(size):,} |"
        )
    return _TEXT.format(
        quality="\n".join(quality), windows="\n".join(windows), labels="\n".join(labels), speed="\n".join(speed)
    )


def _row(scenario: str, method: str, alerts: int, found: Score, *, ranked: bool) -> str:
    rank = str(found.rank) if ranked else ""
    return (
        f"| {scenario} | {method} | {alerts:,} | {found.groups:,} | {alerts / found.groups:,.0f} | {found.attack:,} | {found.largest:.1%} | "
        f"{found.three:.1%} | {found.needed} | {found.purity:.1%} | {found.purity_hosts:.1%} | {rank} |"
    )


_TEXT = """# Grouping of findings: measured

Made by `cd backend && ../.venv/bin/python -m benchmarks.correlation_ait`; the method is in `docs/decisions/0003-correlation.md`.

AIT-ADS: alerts of Wazuh, Suricata and AMiner in a testbed, four scenarios of four to six days with a scripted attack each (scans, web shell, cracked
passwords, privilege escalation; DNS exfiltration on another day). An alert carries a time, a rule's name, a host and that host's address: no user,
no attacker, no level. The labels are looked at only after grouping.

Aim: at most three incidents hold 90 % of an attack's alerts, and at least 90 % of what they hold on the attack's hosts is the attack's.

## By the label of the log event behind the alert

Attack: alerts whose log event is the attack's. "In the largest": part of them in the incident that holds most. "Rank": the place of that incident in
the list, most risk first. Plain matching by host does as well here: two floods on one host are nearly all of the attack. What it cannot do is
in "What of each step" and in the stories of `tests/unit/correlate/test_stories.py`.

{quality}

## By the time of the attack's phases

Everything that was alerted while a phase went on counts as attack, with what users and mail servers did meanwhile (cracking lasts 40 minutes, dnsteal
an hour): nothing but the clock ties that to the attack, so it stays outside, and the incidents that hold the rest are lists of that noise.

{windows}

## What of each step

Steps of few alerts weigh here as much as the floods, in the group that holds most of the attack. What is not in it: the cracked
password tried on a host that nothing else points to, and what happened on another day (dnsteal).

{labels}

## Speed

One process, one core of a shared machine; the peak holds the findings too. "Each by itself" is the worst
case: no two findings of one rule on the same entities within a quarter of an hour.

{speed}
"""


def main() -> None:
    """Measure, or, as a part of that, time one mix."""
    if sys.argv[1:2] == ["time"]:
        time_one(sys.argv[2], int(sys.argv[3]))
        return
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(report(), "utf-8")
    print(OUTPUT.read_text("utf-8"))


if __name__ == "__main__":
    main()
