"""Tables for a terminal."""

import io
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from minixdr.app.scan.account import Account, FileAccount
from minixdr.app.scan.conclude import Conclusion, RuleCount
from minixdr.app.scan.found import AllFound
from minixdr.cli import present
from minixdr.cli.scan import BAD_INPUT, FOUND, INTERRUPTED, NOTHING_FOUND, exit_status, fail, safe
from minixdr.cli.usage import Usage
from minixdr.detect.rule import Refusal
from minixdr.schema.finding import Analytic
from minixdr.schema.incident import Incident
from minixdr.schema.record import Issue, Receipt
from minixdr.simulate.simulation import Summary

HOSTILE = "\x1b]0;owned\x07\x1b[2J[bold red]x[/bold red][/nope]\r\n\u202e\ud800\x9b31m"
START = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def _incident(number: int, title: str = "An incident") -> Incident:
    return Incident(f"{number:032x}", title, "high", 50.0, (), (), (), ("f",), START, START + timedelta(minutes=3), ())


def _conclusion(text: str = "plain", **changes: Any) -> Conclusion:
    account = FileAccount(text, Receipt(3, 1, 1, 1), sources=Counter({"zeek": 1}))
    for kind in ("file", "skipped", "malformed"):
        account.note(Issue(text, None if kind == "file" else 1, None, kind, f"{kind} {text}"))
    analytic = Analytic(text, text, "sigma", text, (), (text,))
    values: dict[str, Any] = {
        "incidents": [_incident(1, text)], "rules": [RuleCount(analytic, 2)], "found": AllFound(), "incident_ids": {},
        "account": Account([account]), "rules_loaded": 1, "notes": [text], "interrupted": False,
    }  # fmt: skip
    return Conclusion(**{**values, **changes})


def _printed(conclusion: Conclusion, limit: int = 20, *, terminal: bool = False, level: str = "informational") -> str:
    held = io.StringIO()
    console = present.Console(file=held, force_terminal=terminal, width=200, highlight=False)
    present.print_conclusion(console, conclusion, limit, level)
    present.print_problems(console, conclusion, [Refusal("a.yml", 1, None, HOSTILE)], stats=True)
    present.print_stats(console, conclusion, Usage(1.0, 2.0, 3 << 20))
    return held.getvalue()


def test_no_text_of_a_record_reaches_the_terminal_as_a_command() -> None:
    """Titles, names of files and rules, reasons, techniques: escapes are shown, markup is text, lines are not broken."""
    printed = _printed(_conclusion(HOSTILE))
    assert not set(printed) & {"\x1b", "\x07", "\r", "\u202e", "\ud800", "\x9b"}
    assert printed.count("[bold red]x[/bold red][/nope]") >= 5
    assert "\\x1b]0;owned\\x07" in printed


def test_colors_are_our_own() -> None:
    """On a terminal the only escapes are those that choose colors."""
    printed = _printed(_conclusion(HOSTILE), terminal=True)
    assert "\x1b[" in printed
    assert not set(printed.replace("\x1b[", "")) & {"\x1b", "\x07", "\r", "\u202e", "\x9b"}
    assert "\x1b[2J" not in printed


def test_what_is_not_shown_is_counted() -> None:
    """More incidents than rows, more unreadable files than lines."""
    files = [FileAccount(str(number)) for number in range(50)]
    for file in files:
        for member in range(40):  # of an archive: more than are kept for a person
            file.note(Issue(f"{file.path}!{member}", None, None, "file", "cannot be read"))
    conclusion = _conclusion(incidents=[_incident(number) for number in range(30)], account=Account(files))
    printed = _printed(conclusion, limit=10)
    assert "20 more incidents" in printed
    assert "1,980 more files or members cannot be read" in printed


def test_the_account_is_printed() -> None:
    """received = events + skipped + malformed, rates, sources and reasons."""
    printed = _printed(_conclusion())
    assert "received 3 = events 1 + skipped 1 + malformed 1" in printed
    for said in (
        "zeek",
        "skipped plain",
        "1 records skipped and 1 malformed",
        "1 rules cannot run",
        "1.0 s, 2.0 CPU-s",
    ):
        assert said in printed


def test_nothing_found_is_said() -> None:
    """In words, and only of the levels that were asked for."""
    assert "Nothing found." in _printed(_conclusion(incidents=[]))
    assert "Nothing found of level high or above." in _printed(_conclusion(incidents=[]), level="high")
    assert "Nothing found of level critical." in _printed(_conclusion(incidents=[]), level="critical")


@pytest.mark.parametrize(
    ("account", "interrupted", "status"),
    [
        (FileAccount("a", Receipt(1, 1, 0, 0)), False, NOTHING_FOUND),
        (FileAccount("a", Receipt(1, 0, 1, 0)), False, BAD_INPUT),
        (FileAccount("a", Receipt(1, 1, 0, 0), reasons=Counter({("file", "cannot be read"): 1})), False, BAD_INPUT),
        (FileAccount("a", Receipt(1, 1, 0, 0)), True, INTERRUPTED),
        (FileAccount("a"), False, NOTHING_FOUND),
    ],
)
def test_a_status_says_what_is_known(account: FileAccount, interrupted: bool, status: int) -> None:
    """Nothing found is only said where everything was read."""
    assert exit_status(_conclusion(account=Account([account]), interrupted=interrupted)) == status


def test_findings_are_a_status_of_their_own() -> None:
    """Whatever else could not be read."""
    found = AllFound()
    found._found.append(None)  # type: ignore[arg-type]
    assert exit_status(_conclusion(found=found, interrupted=True)) == FOUND


def test_a_complaint_is_one_safe_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A file's name cannot drive the terminal."""
    assert fail(HOSTILE) == BAD_INPUT
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "\x1b" not in error
    assert safe("naïve 名 a") == "naïve 名 a"


def test_a_folder_is_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    """`--out '[/x]'` is a name."""
    present.show_simulation(Summary(Counter(json=3), files=1), "out[/x]\x1b[31m")
    assert "out[/x]\\x1b[31m" in capsys.readouterr().out
