"""`minixdr scan`: read logs where they lie, print what is an attack."""

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from minixdr.app.services import Services

if TYPE_CHECKING:
    from minixdr.app.scan.conclude import Conclusion

NOTHING_FOUND, FOUND, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


class Level(StrEnum):
    """Sigma's levels."""

    INFORMATIONAL = "informational"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


_EPILOG = (
    "Exit status: 0 nothing found, 1 findings, 2 bad input or rules (also where nothing was found because a file could "
    "not be read, or no record was recognised), "
    "130 interrupted before anything was found, or at once by a second Ctrl-C."
)


def add(program: typer.Typer, services: Callable[[], Services]) -> None:
    """Add the command to the program."""

    @program.command("scan", epilog=_EPILOG)
    def _scan(  # noqa: PLR0913, PLR0917 - one parameter an option
        paths: Annotated[list[str], typer.Argument(help="Log files and folders; .gz .zst .bz2 .xz .zip are opened.")],
        rules: Annotated[
            list[str] | None,
            typer.Option(
                "--rules", "-r", help="Sigma rules: a file or folder, repeatable. Default: the rules that come along."
            ),
        ] = None,
        indicators: Annotated[
            list[str] | None,
            typer.Option(
                "--indicators",
                help="Lists of addresses, domains, hashes, URLs: plain, CSV, STIX 2.1, MISP. Repeatable.",
            ),
        ] = None,
        output: Annotated[
            str | None, typer.Option("--output", "-o", help="Write findings as JSON lines; - is standard output.")
        ] = None,
        report: Annotated[str | None, typer.Option("--report", help="Write one self-contained HTML file.")] = None,
        issues: Annotated[
            str | None,
            typer.Option(
                "--issues", help="Write every record that did not become an event, with its reason, as JSON lines."
            ),
        ] = None,
        format_name: Annotated[
            str, typer.Option("--format", help="auto, or the format of all files; `minixdr formats` lists them.")
        ] = "auto",
        source: Annotated[
            str, typer.Option("--source", help="auto, or the log source of all files; `minixdr sources` lists them.")
        ] = "auto",
        placeholders: Annotated[
            list[str] | None,
            typer.Option("--placeholders", help="YAML files of values for rules with `expand`. Repeatable."),
        ] = None,
        level: Annotated[
            Level, typer.Option("--level", help="Report findings of this level and above.")
        ] = Level.INFORMATIONAL,
        limit: Annotated[int, typer.Option("--limit", min=1, help="Rows of the printed tables.")] = 20,
        jobs: Annotated[
            int | None, typer.Option("--jobs", "-j", min=1, help="Processes; default: one a core.", show_default=False)
        ] = None,
        *,
        stats: Annotated[
            bool, typer.Option("--stats", help="Print events, CPU seconds, peak memory, and what was skipped and why.")
        ] = False,
        quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no tables.")] = False,
    ) -> None:
        """Find attacks in log files. No service runs for it, nothing leaves the machine."""
        from minixdr.app.scan.request import ScanRequest  # noqa: PLC0415 - see cli/main.py
        from minixdr.cli.run_scan import Shown, run_scan  # noqa: PLC0415

        request = ScanRequest(
            paths=tuple(paths),
            rules=tuple(rules or ()),
            indicators=tuple(indicators or ()),
            placeholders=tuple(placeholders or ()),
            format=None if format_name == "auto" else format_name,
            source=None if source == "auto" else source,
            output=output,
            report=report,
            issues=issues,
            jobs=jobs,
            least_level=level.value,
        )
        raise typer.Exit(run_scan(request, services(), Shown(limit, stats=stats, quiet=quiet)))


def exit_status(conclusion: "Conclusion") -> int:
    """Return what the process says of what was found."""
    if conclusion.found:
        return FOUND
    if conclusion.interrupted:
        return INTERRUPTED
    account = conclusion.account
    receipt = account.receipt()
    unread = any(file.unreadable for file in account.files) or (receipt.received and not receipt.events)
    return BAD_INPUT if unread else NOTHING_FOUND


def fail(message: str) -> int:
    """Say what is wrong with what was given; return the exit status. Names of files, and texts of rules, may be an attacker's."""
    typer.echo(f"minixdr: {safe(message)}", err=True)
    return BAD_INPUT


def safe(text: str) -> str:
    """Return the text with control and bidirectional characters, and what is not Unicode, as visible escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in text)
