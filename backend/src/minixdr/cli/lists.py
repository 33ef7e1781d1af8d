"""`minixdr sources` and `minixdr formats`: what can be read."""

import typer


def add(program: typer.Typer) -> None:
    """Add the commands to the program."""

    @program.command("sources")
    def _sources() -> None:
        """List the log sources that are recognised."""
        from rich import box  # noqa: PLC0415 - see cli/main.py
        from rich.table import Table  # noqa: PLC0415

        from minixdr.cli.present import terminal  # noqa: PLC0415
        from minixdr.normalize.catalog import all_sources  # noqa: PLC0415

        table = Table("name", "log source", "formats", box=box.SIMPLE_HEAD, pad_edge=False)
        for source in all_sources():
            table.add_row(source.name, source.title, ", ".join(sorted(source.formats)))
        terminal().print(table)

    @program.command("formats")
    def _formats() -> None:
        """List the formats that are recognised."""
        from minixdr.ingest.recognition import formats  # noqa: PLC0415

        for name in sorted(formats()):
            typer.echo(name)
