"""`minixdr admin save-identity-provider | list-identity-providers | remove-identity-provider`: by whom people may sign in."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from minixdr.cli.admin import DataDir, OpenDatabase, run
from minixdr.cli.scan import safe

if TYPE_CHECKING:
    from minixdr.ports.database import Database

SecretKey = Callable[[Path | None], bytes]
"""Returns the platform's secret key. Raises BadSetting."""


def add(admin: typer.Typer, database: OpenDatabase, secret_key: SecretKey) -> None:
    """Add the commands."""

    @admin.command("save-identity-provider")
    def _save(
        name: Annotated[str, typer.Argument(help="What people see: lower-case letters, digits, dashes.")],
        issuer: Annotated[str, typer.Option(help="https://... as the provider names itself.")],
        client_id: Annotated[str, typer.Option(help="What the provider knows this platform by.")],
        secret_file: Annotated[
            Path | None,
            typer.Option(
                metavar="FILE",
                help="File with the client's secret; none for a public client.",
                dir_okay=False,
                exists=True,
            ),
        ] = None,
        data_dir: DataDir = None,
    ) -> None:
        """Let people sign in by an OpenID Connect provider; one of the same name is replaced. It vouches for people of every organization."""
        secret = None if secret_file is None else secret_file.read_text("utf-8").strip()
        raise typer.Exit(
            run(database, data_dir, lambda db: _kept(db, secret_key(data_dir), name, issuer, (client_id, secret)))
        )

    @admin.command("list-identity-providers")
    def _list(data_dir: DataDir = None) -> None:
        """Say which are kept. One set by MINIXDR_OIDC_ISSUER is not among them."""
        raise typer.Exit(run(database, data_dir, _listed))

    @admin.command("remove-identity-provider")
    def _remove(name: Annotated[str, typer.Argument(help="Its name.")], data_dir: DataDir = None) -> None:
        """Let nobody sign in by it any more. Sessions go on until they end."""
        raise typer.Exit(run(database, data_dir, lambda db: _removed(db, name)))


async def _kept(
    database: "Database", secret_key: bytes, name: str, issuer: str, client: tuple[str, str | None]
) -> None:
    from minixdr.app.access.identity_providers import save_provider  # noqa: PLC0415 - see cli/main.py
    from minixdr.ports.oidc import Provider  # noqa: PLC0415

    client_id, secret = client
    provider = Provider(name=name, issuer=issuer, client_id=client_id, client_secret=secret)
    await save_provider(database, secret_key, provider)
    typer.echo(
        safe(
            f"people may sign in by {name}; tell the provider the address <public address>/api/v1/session/oidc/{name}/callback"
        )
    )


async def _listed(database: "Database") -> None:
    from minixdr.app.access.identity_providers import kept_providers  # noqa: PLC0415 - see cli/main.py

    for provider in await kept_providers(database):
        typer.echo(safe(f"{provider.name}  {provider.issuer}  client {provider.client_id}"))


async def _removed(database: "Database", name: str) -> None:
    from minixdr.app.access.identity_providers import remove_provider  # noqa: PLC0415 - see cli/main.py

    await remove_provider(database, name)
    typer.echo(safe(f"{name} is removed"))
