"""`minixdr models list | fetch | add`: what the models of a platform are, bring them here, add one."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from minixdr.app.services import BadSetting
from minixdr.cli.scan import fail, safe

if TYPE_CHECKING:
    from minixdr.ports.models import ModelFolder, ModelStore, Runtime

_REFUSED, _NOT_NOW = 1, 3
_EPILOG = "Exit status: 0 done, 1 what the store holds cannot be used, 2 bad input, 3 the store does not answer, or refuses: try again."


@dataclass(frozen=True, slots=True)
class Outside:
    """What the commands work with."""

    store: "Callable[[str], ModelStore]"
    """Given a folder or `s3://bucket/prefix`. Raises BadSetting."""
    folder: "Callable[[Path], ModelFolder]"
    runtime: "Callable[[], Runtime]"


Store = Annotated[
    str,
    typer.Option(
        "--store",
        envvar="MINIXDR_MODEL_STORE",
        show_envvar=True,
        metavar="STORE",
        help="A folder or s3://bucket/prefix.",
    ),
]


def add(program: typer.Typer, outside: Callable[[], Outside]) -> None:
    """Add the commands."""
    models = typer.Typer(help="Models: which there are, bring them here, add one.", no_args_is_help=True)
    program.add_typer(models, name="models")

    @models.command("list", epilog=_EPILOG)
    def _list(
        store: Store = "", *, as_json: Annotated[bool, typer.Option("--json", help="The index, as JSON.")] = False
    ) -> None:
        """List the models of a store."""
        raise typer.Exit(_said(lambda: _listed(outside(), store, as_json=as_json)))

    @models.command("fetch", epilog=_EPILOG)
    def _fetch(
        store: Store = "",
        into: Annotated[
            Path | None,
            typer.Option(
                "--into", envvar="MINIXDR_MODELS", show_envvar=True, metavar="DIR", help="Where processes load from."
            ),
        ] = None,
    ) -> None:
        """Bring the models of a store into a folder, each checked against its digest; what is there already is not fetched again.

        Without a store there is nothing to fetch, and that is no error: a platform runs without models.
        """
        raise typer.Exit(_said(lambda: _fetched(outside(), store, into)))

    @models.command("add", epilog=_EPILOG)
    def _add(
        name: Annotated[str, typer.Argument(help="What the model is called.")],
        version: Annotated[str, typer.Argument(help="Its version; one that is there is never changed.")],
        model: Annotated[Path, typer.Argument(help="The model, in ONNX.", exists=True, dir_okay=False)],
        golden: Annotated[
            Path, typer.Argument(help="JSON: inputs, and the outputs that they give.", exists=True, dir_okay=False)
        ],
        store: Store = "",
    ) -> None:
        """Add a model to a store, once it has answered its golden inputs here with its golden outputs. Processes load it when they start next."""
        raise typer.Exit(_said(lambda: _added(outside(), store, (name, version), (model, golden))))


def _said(work: Callable[[], int]) -> int:
    from minixdr.app.models.index import ModelError  # noqa: PLC0415 - see cli/main.py
    from minixdr.ports.models import ChangedError, StoreError  # noqa: PLC0415

    try:
        return work()
    except BadSetting as error:
        return fail(str(error))
    except ModelError as error:
        fail(str(error))
        return _REFUSED
    except StoreError as error:
        fail(str(error))
        return _NOT_NOW
    except ChangedError as error:
        fail(f"somebody else changed the index of {error} at this moment: run this again")
        return _NOT_NOW


def _listed(outside: Outside, place: str, *, as_json: bool) -> int:
    from minixdr.app.models.index import Index, encode_index, read_index  # noqa: PLC0415

    store = _store(outside, place)
    found = read_index(store)
    index = Index() if found is None else found[0]
    if as_json:
        typer.echo(encode_index(index).decode(), nl=False)
        return 0
    for entry in index.models:
        typer.echo(f"{entry.name}  {entry.version}  {entry.digest}  {entry.bytes:,} bytes")
    typer.echo(safe(f"{len(index.models):,} models in {store.place}" + ("" if found else ", which has no index yet")))
    return 0


def _fetched(outside: Outside, place: str, into: Path | None) -> int:
    from minixdr.app.models.fetch import fetch  # noqa: PLC0415

    if not place:
        typer.echo("no model store is named (MINIXDR_MODEL_STORE): nothing to fetch")
        return 0
    if into is None:
        raise BadSetting("say where to, with --into or MINIXDR_MODELS")
    if "://" not in place and Path(place).resolve() == into.resolve():
        raise BadSetting(f"the store and the folder to fetch into are both {into}: name another folder")
    done = fetch(_store(outside, place), outside.folder(into), lambda line: typer.echo(safe(line)))
    typer.echo(safe(f"{done.models:,} models in {into}; {done.files:,} files, {done.bytes:,} bytes were fetched"))
    return 0


def _added(outside: Outside, place: str, named: tuple[str, str], files: tuple[Path, Path]) -> int:
    from minixdr.app.models.add import add  # noqa: PLC0415

    store = _store(outside, place)
    try:
        model, golden = (file.read_bytes() for file in files)
    except OSError as error:
        raise BadSetting(f"{error.filename}: {error.strerror}") from error
    entry = add(store, outside.runtime(), *named, (model, golden))
    typer.echo(safe(f"{entry.name} {entry.version} is in {store.place}: {entry.digest}, {entry.bytes:,} bytes"))
    return 0


def _store(outside: Outside, place: str) -> "ModelStore":
    if not place:
        raise BadSetting("say which store, with --store or MINIXDR_MODEL_STORE: a folder or s3://bucket/prefix")
    return outside.store(place)
