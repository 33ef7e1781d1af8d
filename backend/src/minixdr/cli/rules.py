"""`minixdr rules check | test | list | coverage | compile`."""

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated

import typer

from minixdr.app.services import Services
from minixdr.cli.scan import fail, safe

_BAD = 2
"""Exit status where rules cannot run; 1 is for samples that fail."""

Paths = Annotated[
    list[str] | None, typer.Argument(help="Rule files and folders. Default: the rules that come along.", metavar="PATH")
]
Placeholders = Annotated[
    list[str] | None, typer.Option("--placeholders", help="YAML files of values for rules with `expand`. Repeatable.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]


def add(program: typer.Typer, services: Callable[[], Services]) -> None:
    """Add the commands to the program."""
    rules = typer.Typer(
        help="Rules: can they run, do they do what they claim, what do they cover.", no_args_is_help=True
    )
    program.add_typer(rules, name="rules")

    @rules.command("check")
    def _check(paths: Paths = None, placeholders: Placeholders = None) -> None:
        """Say which rules cannot run, with file, line and reason. Exit status 2 where there are any."""
        raise typer.Exit(_checked(paths or (), placeholders or (), services))

    @rules.command("test")
    def _test(paths: Paths = None, placeholders: Placeholders = None) -> None:
        """Run the samples that lie beside the rules. Exit status 1 where one fails."""
        raise typer.Exit(_tested(paths or (), placeholders or (), services))

    @rules.command("list")
    def _list(
        paths: Paths = None,
        placeholders: Placeholders = None,
        least_level: Annotated[
            str, typer.Option("--level", help="Only rules of at least this level.")
        ] = "informational",
        *,
        as_json: AsJson = False,
    ) -> None:
        """List the rules, most severe first."""
        raise typer.Exit(_listed(paths or (), placeholders or (), services, least_level, as_json=as_json))

    @rules.command("coverage")
    def _coverage(
        paths: Paths = None,
        placeholders: Placeholders = None,
        layer: Annotated[
            str | None,
            typer.Option("--layer", help="Write an ATT&CK Navigator layer to this file; `-` is standard output."),
        ] = None,
    ) -> None:
        """Say which ATT&CK techniques the rules cover, and which log sources each needs."""
        raise typer.Exit(_covered(paths or (), placeholders or (), services, layer))

    @rules.command("compile")
    def _compile(
        into: Annotated[str, typer.Option("--into", metavar="DIR", help="Where to, for MINIXDR_COMPILED_RULES.")],
        beside: Annotated[
            list[str] | None,
            typer.Option("--rules", metavar="DIR", help="Rules beside those that come along. Repeatable."),
        ] = None,
        placeholders: Placeholders = None,
    ) -> None:
        """Compile the rules once, when the program is installed, for processes that start quickly.

        Files are readable by everybody, so that a folder that is written when an image is built serves whichever account runs it, read-only too.
        They hold for this version, these rules, these paths and processors with the same features; where one differs, a process compiles them anew.
        """
        raise typer.Exit(_compiled(into, beside or (), placeholders or (), services))


def _compiled(into: str, beside: Sequence[str], placeholders: Sequence[str], services: Callable[[], Services]) -> int:
    from dataclasses import replace  # noqa: PLC0415

    from minixdr.app.ruleset import load_ruleset  # noqa: PLC0415
    from minixdr.app.scan.request import BadInput, ScanRequest  # noqa: PLC0415

    given = services()
    request = ScanRequest(paths=(), rules=(given.own_rules, *beside), placeholders=tuple(placeholders))
    try:
        ruleset = load_ruleset(request, replace(given, cache=lambda: given.shipping(into)))
    except BadInput as error:
        return fail(str(error))
    except OSError as error:
        return fail(f"{into}: {error.strerror or error}")
    for refusal in ruleset.refusals:
        _say(f"{refusal.path}:{refusal.line or 1}: cannot run: {refusal.reason}")
    _say(
        f"{ruleset.count:,} rules compiled into {into}; MINIXDR_COMPILED_RULES={into} makes processes take them from there"
    )
    return _BAD if ruleset.refusals else 0


def _checked(paths: Sequence[str], placeholders: Sequence[str], services: Callable[[], Services]) -> int:
    from minixdr.app.rules.check import check  # noqa: PLC0415 - see cli/main.py
    from minixdr.app.rules.loaded import load_rules  # noqa: PLC0415
    from minixdr.app.scan.request import BadInput  # noqa: PLC0415

    try:
        checked = check(load_rules(paths, services(), placeholders))
    except BadInput as error:
        return fail(str(error))
    for kind, entries in (("cannot run", checked.refusals), ("warning", checked.warnings)):
        for entry in entries:
            place = entry.path if entry.line is None else f"{entry.path}:{entry.line}"
            _say(f"{place}: {kind}: {entry.reason}")
    typer.echo(
        f"{checked.rules:,} rules and {checked.correlations:,} correlation rules can run, {checked.filters:,} filters; "
        f"{len(checked.refusals):,} cannot run, {len(checked.warnings):,} warnings"
    )
    return _BAD if checked.refused else 0


def _tested(paths: Sequence[str], placeholders: Sequence[str], services: Callable[[], Services]) -> int:
    from minixdr.app.rules.loaded import load_rules  # noqa: PLC0415
    from minixdr.app.rules.samples import test  # noqa: PLC0415
    from minixdr.app.scan.request import BadInput  # noqa: PLC0415

    try:
        loaded = load_rules(paths, services(), placeholders)
        tested = test(loaded, services())
    except BadInput as error:
        return fail(str(error))
    for refusal in loaded.refusals:
        _say(f"{refusal.path}:{refusal.line or 1}: cannot run: {refusal.reason}")
    for result in tested.results:
        if result.problem is not None:
            _say(f"{result.path}: {result.kind}: {result.problem}")
    for analytic in tested.silent:
        _say(f"{analytic.path}: no positive sample of `{analytic.title}`")
    for path in tested.without:
        _say(f"{path}: it lacks positive or negative samples")
    failed = sum(result.problem is not None for result in tested.results)
    typer.echo(
        f"{len(tested.results):,} samples, {failed:,} failed; {len(tested.silent):,} rules that no sample proves, "
        f"{len(tested.without):,} rule files that lack samples"
    )
    if loaded.refusals:
        return _BAD
    return 0 if tested.passed else 1


def _listed(
    paths: Sequence[str], placeholders: Sequence[str], services: Callable[[], Services], least: str, *, as_json: bool
) -> int:
    import msgspec  # noqa: PLC0415

    from minixdr.app.rules.catalog import RANKS, of_level, rows  # noqa: PLC0415
    from minixdr.app.rules.loaded import load_rules  # noqa: PLC0415
    from minixdr.app.scan.request import BadInput  # noqa: PLC0415

    if least not in RANKS:
        return fail(f"there is no level {least!r}. There are: {', '.join(RANKS)}")
    try:
        found = of_level(rows(load_rules(paths, services(), placeholders)), least)
    except BadInput as error:
        return fail(str(error))
    if as_json:
        for row in found:
            typer.echo(msgspec.json.encode(row).decode())
        return 0
    _print_table(
        ("level", "rule", "techniques", "log source"),
        (
            (row.analytic.level, row.analytic.title, " ".join(row.analytic.techniques), ", ".join(row.log_sources))
            for row in found
            if row.reported
        ),
    )
    silent = sum(not row.reported for row in found)
    typer.echo(f"{len(found) - silent:,} rules, and {silent:,} that only feed correlation rules")
    return 0


def _covered(
    paths: Sequence[str], placeholders: Sequence[str], services: Callable[[], Services], layer_path: str | None
) -> int:
    import msgspec  # noqa: PLC0415

    from minixdr.app.rules.catalog import rows  # noqa: PLC0415
    from minixdr.app.rules.coverage import layer, techniques  # noqa: PLC0415
    from minixdr.app.rules.loaded import load_rules  # noqa: PLC0415
    from minixdr.app.scan.request import BadInput  # noqa: PLC0415

    try:
        found = techniques(rows(load_rules(paths, services(), placeholders)))
    except BadInput as error:
        return fail(str(error))
    if layer_path is not None:
        content = msgspec.json.format(msgspec.json.encode(layer(found, "Mini-XDR rules")), indent=2)
        try:
            with services().outputs().open(layer_path) as file:
                file.write(content + b"\n")
        except OSError as error:
            return fail(f"{layer_path}: {error.strerror or error}")
        if layer_path == "-":
            return 0
    _print_table(
        ("technique", "rules", "highest level", "log sources"),
        ((each.technique_id, f"{len(each.rules):,}", each.level, ", ".join(each.log_sources)) for each in found),
    )
    typer.echo(f"{len(found):,} techniques")
    if layer_path is not None:
        _say(f"Layer for the ATT&CK Navigator: {layer_path}")
    return 0


def _say(line: str) -> None:
    """Print a line that holds texts of rules: they may be an attacker's."""
    typer.echo(safe(line))


def _print_table(header: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    from rich import box  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from minixdr.cli.present import terminal  # noqa: PLC0415

    table = Table(*header, box=box.SIMPLE_HEAD, pad_edge=False)
    for line in lines:
        table.add_row(*(Text(safe(cell)) for cell in line))
    terminal().print(table)
