"""The only module that knows core and adapters: fills `Services`, starts the program."""

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from minixdr import __version__
from minixdr.app.services import BadSetting, Services
from minixdr.cli import admin, canary, db, identity_providers, ingest, models, serve, version
from minixdr.cli.main import build
from minixdr.local import commands as local_commands

if TYPE_CHECKING:
    from minixdr.app.build import Build
    from minixdr.ports.database import Database
    from minixdr.ports.door import Door
    from minixdr.ports.models import Runtime
    from minixdr.ports.schema import Schema


def services() -> Services:
    """Return the adapters of this machine. Raises BadSetting."""
    from minixdr.adapters.disk_cache import DiskCache, ShippedCache, ShippingCache, digest_of_code  # noqa: PLC0415 - `--help` needs none of them
    from minixdr.adapters.input_files import DiskFiles  # noqa: PLC0415
    from minixdr.adapters.output_files import OutputFiles  # noqa: PLC0415
    from minixdr.adapters.processes import ForkedProcesses, SameProcess  # noqa: PLC0415
    from minixdr.adapters.rule_files import RuleFiles, TextFiles  # noqa: PLC0415
    from minixdr.adapters.simulated_files import FolderFiles  # noqa: PLC0415
    from minixdr.adapters.spool_files import SpoolFolder  # noqa: PLC0415
    from minixdr.settings import Settings  # noqa: PLC0415

    settings = Settings.read()

    def cache() -> DiskCache | ShippedCache:
        own = DiskCache(settings.cache_folder)
        return own if settings.compiled_rules is None else ShippedCache(settings.compiled_rules, own)

    return Services(
        input_files=DiskFiles,
        rule_texts=RuleFiles,
        texts=TextFiles,
        cache=cache,
        shipping=lambda folder: ShippingCache(Path(folder)),
        spools=SpoolFolder,
        outputs=OutputFiles,
        simulated_files=lambda folder: FolderFiles(Path(folder)),
        pool=lambda count: SameProcess() if count == 1 else ForkedProcesses(count),
        default_jobs=settings.jobs,
        own_rules=str(settings.rules_folder),
        version=__version__,
        code=lambda: digest_of_code(Path(__file__).parent / "detect"),
        now=lambda: datetime.now(UTC),
    )


def outside() -> ingest.Outside:
    """Return what `minixdr ingest` reads with and sends with."""
    from minixdr.adapters.input_files import DiskFiles  # noqa: PLC0415
    from minixdr.adapters.standard_input import FilesAndStandardInput  # noqa: PLC0415

    return ingest.Outside(
        input_files=lambda: FilesAndStandardInput(DiskFiles()),
        door=door,
    )


def door(url: str, token: str) -> "Door":
    """Return the native door of a platform. Raises BadSetting."""
    from minixdr.adapters.native_door import NativeDoor  # noqa: PLC0415

    return NativeDoor(url, token, __version__)


def outside_of_models() -> models.Outside:
    """Return what `minixdr models` works with."""
    from minixdr.adapters.models.folder import FolderStore  # noqa: PLC0415
    from minixdr.adapters.models.places import store_at  # noqa: PLC0415

    return models.Outside(store=lambda place: store_at(place, os.environ), folder=FolderStore, runtime=_model_runtime)


def _model_runtime() -> "Runtime":
    from minixdr.adapters.models.onnx import OnnxRuntime  # noqa: PLC0415

    return OnnxRuntime()


def schema() -> "Schema":
    """Return the schema of this environment's database. Raises BadSetting."""
    from minixdr.adapters.postgres.schema import PostgresSchema  # noqa: PLC0415
    from minixdr.settings import schema_url  # noqa: PLC0415

    return PostgresSchema(schema_url())


def build_of_program() -> "Build":
    """Return which program this is. Raises BadSetting."""
    from minixdr.adapters.postgres.schema import NEWEST, OLDEST  # noqa: PLC0415
    from minixdr.app.build import Build, SchemaRange  # noqa: PLC0415
    from minixdr.settings import image_digest_of, revision_of  # noqa: PLC0415

    return Build(__version__, revision_of(os.environ), image_digest_of(os.environ), SchemaRange(OLDEST, NEWEST))


def database(data_dir: Path | None) -> "Database":
    """Return the database of this environment, or of the `minixdr up` of a data directory. Raises BadSetting."""
    from minixdr.adapters.postgres.database import PostgresDatabase  # noqa: PLC0415
    from minixdr.local.error import LocalError  # noqa: PLC0415
    from minixdr.local.installation import environment_here  # noqa: PLC0415
    from minixdr.settings import service_url  # noqa: PLC0415

    try:
        return PostgresDatabase(service_url(environment_here(os.environ, data_dir)), connections=2)
    except LocalError as error:
        raise BadSetting(str(error)) from error


def secret_key(data_dir: Path | None) -> bytes:
    """Return the secret key of this environment, or of the `minixdr up` of a data directory. Raises BadSetting."""
    from minixdr.local.error import LocalError  # noqa: PLC0415
    from minixdr.local.installation import environment_here  # noqa: PLC0415
    from minixdr.settings import secret_key_of  # noqa: PLC0415

    try:
        return secret_key_of(environment_here(os.environ, data_dir))
    except LocalError as error:
        raise BadSetting(str(error)) from error


def probe_lake(environment: Mapping[str, str]) -> None:
    """Write, read and delete a file in the warehouse of an environment. Raises OSError, ValueError."""
    from minixdr.adapters.lake.warehouse import S3Options, Warehouse  # noqa: PLC0415
    from minixdr.ports.lake import LakeAwayError  # noqa: PLC0415

    name = f"probes/{os.getpid()}-{os.urandom(8).hex()}"
    try:
        endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
        warehouse = Warehouse(environment["MINIXDR_WAREHOUSE"], S3Options(endpoint=endpoint))
        warehouse.write(name, b"probe")
        read = warehouse.read(name)
        warehouse.delete([name])
    except LakeAwayError as error:
        raise ValueError(str(error)) from error
    if read != b"probe":
        raise ValueError("what was written is not what is read")


def move_lake(environment: Mapping[str, str], old: str) -> None:
    """Make a restored lake name its files where they lie now. Raises LocalError."""
    from minixdr.adapters.lake.lake import IcebergLake  # noqa: PLC0415
    from minixdr.adapters.lake.relocation import relocate  # noqa: PLC0415
    from minixdr.local.error import LocalError  # noqa: PLC0415
    from minixdr.ports.lake import LakeAwayError  # noqa: PLC0415

    lake = IcebergLake(environment["MINIXDR_WAREHOUSE"], environment["MINIXDR_DATABASE_URL"])
    try:
        relocate(lake.table, old)
    except LakeAwayError as error:
        raise LocalError(f"the lake cannot be moved: {error}") from error
    finally:
        lake.close()


def serve_worker() -> int:
    """Run a worker until SIGTERM. Raises BadSetting."""
    from minixdr.wiring_platform import serve_worker as run  # noqa: PLC0415

    return run(services())


def serve_api() -> int:
    """Run the api until SIGTERM. Raises BadSetting."""
    from minixdr.wiring_platform import serve_api as run  # noqa: PLC0415

    return run(services())


def main() -> None:
    """Run the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal that cannot show a character shows its escape
            stream.reconfigure(errors="backslashreplace")
    program = build(services, __version__)
    local_commands.add(program, __version__, probe_lake, move_lake)
    ingest.add(program, outside)
    db.add(program, schema)
    version.add(program, build_of_program)
    canary.add(program, database, door)
    models.add(program, outside_of_models)
    serve.add(program, {"api": serve_api, "worker": serve_worker})
    identity_providers.add(admin.add(program, database), database, secret_key)
    try:
        program()
    except SystemExit as ended:
        _leave(ended)


def _leave(ended: SystemExit) -> NoReturn:
    """End the process at once: to take apart what a scan remembers, object by object, costs half a second. Contexts are closed by now."""
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:  # it was closed before the program began
                stream.flush()
    except OSError:  # a closed pipe: the interpreter's own way of ending deals with it
        raise ended from None
    if ended.code is None or isinstance(ended.code, int):
        os._exit(ended.code or 0)
    raise ended


if __name__ == "__main__":
    main()
