"""The commands for one machine: `minixdr up | down | status | doctor | backup | restore`. What a command needs is imported when it runs."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from minixdr.local.backup import MoveLake
    from minixdr.local.doctor.examine import ProbeLake
    from minixdr.local.folder import DataFolder

_FAILED = 2
_STOPPED = 3
_DOWN_SECONDS = 120.0


class Output(StrEnum):
    """How something is printed."""

    TEXT = "text"
    JSON = "json"


DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        metavar="DIR",
        help="Where everything lies. Default: ~/.local/share/minixdr; for root /var/lib/minixdr.",
    ),
]


def add(program: typer.Typer, version: str, probe_lake: "ProbeLake", move_lake: "MoveLake") -> None:
    """Add the commands to the program."""
    _add_running(program)
    _add_backups(program, version, move_lake)
    _add_doctor(program, probe_lake)


def _add_doctor(program: typer.Typer, probe_lake: "ProbeLake") -> None:
    @program.command("doctor")
    def _doctor(
        data_dir: DataDir = None,
        host: Annotated[str, typer.Option(envvar="MINIXDR_HOST", help="Address the api listens on.")] = "127.0.0.1",
        port: Annotated[
            int, typer.Option(min=1, max=65_535, envvar="MINIXDR_PORT", help="Port the api listens on.")
        ] = 8_000,
        output: Annotated[Output, typer.Option(help="For people, or for programs.")] = Output.TEXT,
    ) -> None:
        """Look at everything the platform needs here, and say what to do. Exit status 1 where something is wrong. Changes nothing."""
        from minixdr.local.doctor.examine import examine  # noqa: PLC0415 - see above

        found = []
        with _reasons():
            for check in examine(_folder(data_dir), os.environ, host, port, probe_lake):
                found.append(check)
                if output is Output.TEXT:
                    typer.echo(f"{check.state:4}  {check.name}: {check.said}")
                    if check.advice:
                        typer.echo(f"      -> {check.advice}")
        if output is Output.JSON:
            import msgspec  # noqa: PLC0415

            typer.echo(msgspec.json.encode(found).decode())
        raise typer.Exit(1 if any(check.state == "fail" for check in found) else 0)


def _add_backups(program: typer.Typer, version: str, move_lake: "MoveLake") -> None:
    @program.command("backup")
    def _backup(
        file: Annotated[
            Path, typer.Argument(help="File to write: a tar archive, compressed with Zstandard.", metavar="FILE")
        ],
        data_dir: DataDir = None,
    ) -> None:
        """Write everything of a stopped platform into one file: database, lake, log, secrets. Keep it as safe as the data directory."""
        from datetime import UTC, datetime  # noqa: PLC0415 - see above

        from minixdr.local.backup import backup  # noqa: PLC0415

        with _reasons():
            made = backup(_folder(data_dir), file.absolute(), os.environ, version, datetime.now(UTC), _say)
        typer.echo(f"{made.files:,} files, {made.size_bytes / 1e6:,.1f} MB in {file}")

    @program.command("restore")
    def _restore(
        file: Annotated[Path, typer.Argument(help="A file that `minixdr backup` wrote.", metavar="FILE")],
        data_dir: DataDir = None,
    ) -> None:
        """Put a backup into an empty data directory. `minixdr up` then starts what was saved."""
        from minixdr.local.backup import restore  # noqa: PLC0415 - see above

        with _reasons():
            folder = _folder(data_dir)
            listed = restore(folder, file.absolute(), os.environ, move_lake, _say)
        typer.echo(
            f"restored what version {listed['version']} saved at {listed['made_at']}: minixdr up --data-dir {folder.path}"
        )


def _add_running(program: typer.Typer) -> None:
    @program.command("up")
    def _up(  # noqa: PLR0913, PLR0917 - one parameter an option
        data_dir: DataDir = None,
        host: Annotated[str, typer.Option(envvar="MINIXDR_HOST", help="Address the api listens on.")] = "127.0.0.1",
        port: Annotated[
            int, typer.Option(min=1, max=65_535, envvar="MINIXDR_PORT", help="Port the api listens on.")
        ] = 8_000,
        web_port: Annotated[
            int,
            typer.Option(
                min=0, max=65_535, envvar="MINIXDR_WEB_PORT", help="Port the console listens on; 0: run no console."
            ),
        ] = 3_000,
        workers: Annotated[int, typer.Option(min=1, max=64, help="Workers that match events against rules.")] = 1,
        owner: Annotated[
            str, typer.Option(envvar="MINIXDR_OWNER", help="First start: address of the organization's owner.")
        ] = "owner@localhost",
        organization: Annotated[
            str, typer.Option(envvar="MINIXDR_ORGANIZATION", help="First start: name of the organization.")
        ] = "Default",
        *,
        no_owner: Annotated[
            bool,
            typer.Option(
                "--no-owner", help="First start: leave the first owner to the console's setup page, and print its code."
            ),
        ] = False,
        demo: Annotated[
            bool,
            typer.Option(
                "--demo", help="First start: send a made-up intrusion through the door, and say what came of it."
            ),
        ] = False,
        detach: Annotated[
            bool,
            typer.Option(
                "--detach", help="Leave it running in the background once it is ready; `minixdr down` stops it."
            ),
        ] = False,
    ) -> None:
        """Run the whole platform on this machine, until Ctrl-C: PostgreSQL, NATS, the api, workers, the console.

        MINIXDR_DATABASE_URL (with MINIXDR_DATABASE_OWNER_URL), MINIXDR_NATS_URL and MINIXDR_WAREHOUSE take servers and storage of your own instead.
        """
        from minixdr.local.error import LocalError  # noqa: PLC0415 - see above
        from minixdr.local.up import Wanted, up  # noqa: PLC0415

        if detach:
            from minixdr.local.detached import up_detached  # noqa: PLC0415

            folder = _folder(data_dir).path
            given = {
                "--data-dir": folder, "--host": host, "--port": port, "--web-port": web_port, "--workers": workers, "--owner": owner,
                "--organization": organization,
            }  # fmt: skip
            arguments = [str(part) for option in given.items() for part in option]
            arguments += ["--demo"] * demo + ["--no-owner"] * no_owner
            status = up_detached(arguments, _say)
            if status == 0:
                _say(f"it runs on in the background; stop it with: minixdr down --data-dir {folder}")
            raise typer.Exit(status)
        try:
            first = "" if no_owner else owner.strip()
            wanted = Wanted(_folder(data_dir), host, port, web_port, workers, first, organization, demo)
            up(wanted, os.environ, _say)
        except LocalError as error:
            raise typer.Exit(_fail(error)) from None

    @program.command("down")
    def _down(data_dir: DataDir = None) -> None:
        """Stop the `minixdr up` of a data directory, and wait until it has."""
        with _reasons():
            _stop(_folder(data_dir))

    @program.command("status")
    def _status(data_dir: DataDir = None) -> None:
        """Say what runs in a data directory. Exit status 3 where nothing does, 2 where a part is missing."""
        with _reasons():
            status = _shown(_folder(data_dir))
        raise typer.Exit(status)


def _stop(folder: "DataFolder") -> None:
    import signal  # noqa: PLC0415 - see above

    from minixdr.local.error import LocalError  # noqa: PLC0415

    pid = folder.holder()
    if pid is None:
        typer.echo(f"nothing runs in {folder.path}")
        return
    try:
        os.kill(pid, signal.SIGTERM)
    except PermissionError:
        raise LocalError(f"process {pid} is another account's; stop it as that account") from None
    until = time.monotonic() + _DOWN_SECONDS
    while folder.holder() == pid:
        if time.monotonic() > until:
            raise LocalError(f"process {pid} has not stopped after {_DOWN_SECONDS:.0f} s; see {folder.logs}")
        time.sleep(0.1)
    typer.echo("stopped")


def _shown(folder: "DataFolder") -> int:
    from minixdr.local.status import memory_bytes, read_status  # noqa: PLC0415

    status = read_status(folder)
    if status is None:
        typer.echo(f"nothing runs in {folder.path}")
        return _STOPPED
    typer.echo(f"{'ready' if status.ready else 'not ready'}: {status.address or '(no address yet)'}")
    if status.web is not None:
        typer.echo(f"console: {status.web}")
    own = memory_bytes(status.pid)
    typer.echo(_line("supervisor", status.pid, own, ""))
    for part in status.parts:
        ended = f"started {part.restarts + 1} times; before: {part.why_ended}" if part.restarts else ""
        typer.echo(_line(part.title, part.pid, part.memory_bytes, ended))
    return 0 if status.ready and all(part.pid for part in status.parts) else _FAILED


def _line(title: str, pid: int | None, used_bytes: int | None, note: str) -> str:
    memory = "" if used_bytes is None else f"{used_bytes / 1e6:,.0f} MB"
    return f"  {title:12} {'not running' if pid is None else f'pid {pid}':12} {memory:>9}  {note}".rstrip()


def _folder(given: Path | None) -> "DataFolder":
    from minixdr.local.folder import DataFolder, default_folder  # noqa: PLC0415

    return DataFolder(given.absolute() if given else default_folder(os.environ))


@contextmanager
def _reasons() -> Iterator[None]:
    """Leave with the reason where something on this machine is in the way."""
    from minixdr.local.error import LocalError  # noqa: PLC0415

    try:
        yield
    except LocalError as error:
        raise typer.Exit(_fail(error)) from None
    except OSError as error:
        raise typer.Exit(_fail(f"{error.filename or 'the system'}: {error.strerror or error}")) from None


def _say(text: str) -> None:
    try:
        typer.echo(text)
    except OSError:  # nobody reads any more: the platform runs on
        return


def _fail(reason: object) -> int:
    typer.echo(f"minixdr: {reason}", err=True)
    return _FAILED
