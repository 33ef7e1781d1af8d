"""`minixdr rules`: what rules say of themselves is text, never a command to the terminal."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from minixdr import __version__
from minixdr.app.services import BadSetting, Services
from minixdr.cli.main import build
from minixdr.wiring import services
from tests.integration.test_scan import RULE

ESCAPE = r"\e]0;owned\a\e[2J\u202e[/nope]"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of rules with escapes in titles, levels and file names."""
    monkeypatch.chdir(tmp_path)
    Path("rules").mkdir()
    Path("rules/a\x1b[31m.yml").write_text(RULE.replace("title: Access Key Created", f'title: "{ESCAPE}"'))
    Path("rules/b\udcff.yml").write_text(RULE.replace("level: medium", f'level: "{ESCAPE}"').replace("f0001", "f0002"))
    Path("rules/c.yml").write_text(f'title: "{ESCAPE}"\ndetection: "{ESCAPE}"\n')
    return tmp_path


@pytest.mark.parametrize(
    "arguments", [("check",), ("test",), ("list",), ("list", "--json"), ("coverage",), ("coverage", "--layer", "-")]
)
def test_rules_do_not_drive_the_terminal(folder: Path, arguments: tuple[str, ...]) -> None:
    """Escapes in titles, levels, reasons and names of files are shown as such."""
    command, *options = arguments
    result = CliRunner().invoke(build(services, __version__), ["rules", command, "rules", *options])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.output
    json_only = {"\u202e"} if options else set()
    assert not set(result.output) & ({"\x1b", "\x07", "\u202e"} - json_only)


def test_a_setting_that_is_none_is_one_line_in_every_command(folder: Path) -> None:
    """Not a traceback."""

    def broken() -> Services:
        raise BadSetting("MINIXDR_JOBS is 'x'; it takes a number of processes, 1 to 1,024")

    for arguments in (["scan", "rules"], ["rules", "check"], ["simulate", "aws_intrusion", "--out", "new"]):
        result = CliRunner().invoke(build(broken, __version__), arguments)
        assert result.exit_code == 2
        assert result.output.startswith("minixdr: MINIXDR_JOBS")
    assert os.listdir() == ["rules"]  # noqa: PTH208 - names are what is asked


@pytest.mark.parametrize("command", ["sources", "formats"])
def test_what_can_be_read_is_listed(command: str) -> None:
    """By the names that `--source` and `--format` take."""
    result = CliRunner().invoke(build(services, __version__), [command])
    assert result.exit_code == 0
    assert {"sources": "aws_cloudtrail", "formats": "evtx"}[command] in result.output
