"""Builds the platform's processes of their settings: `minixdr serve api` and `minixdr serve worker`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from ipaddress import ip_network
from time import monotonic

import structlog
import uvloop
from fsspec.implementations.arrow import ArrowFSWrapper  # type: ignore[import-untyped]

from minixdr import __version__
from minixdr.adapters.health_server import HealthAddressError, health_served
from minixdr.adapters.hunting.engine import Engine
from minixdr.adapters.hunting.hunter import DuckdbHunter
from minixdr.adapters.lake.arrow import PLAIN_SCHEMA
from minixdr.adapters.lake.lake import IcebergLake
from minixdr.adapters.lake.warehouse import S3Options
from minixdr.adapters.log.jetstream import JetStreamLog, UnsyncedLogError
from minixdr.adapters.log.payload import decode, encode
from minixdr.adapters.metrics_server import MetricsAddressError, metrics_served
from minixdr.adapters.models.folder import FolderStore
from minixdr.adapters.notify.notifier import OutsideNotifier
from minixdr.adapters.oidc import HttpOidc
from minixdr.adapters.postgres.changes import PostgresChangeListener
from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.adapters.postgres.schema import NEWEST, OLDEST
from minixdr.adapters.this_process import end_at_sigterm, log_to_stderr
from minixdr.api.serve import CannotListenError, Options, serve
from minixdr.app.build import Build, SchemaRange
from minixdr.app.detections import Detections
from minixdr.app.first_run import new_setup_code
from minixdr.app.health import Health
from minixdr.app.hunt.running import Hunting
from minixdr.app.ingest_addresses import IngestAddresses, SyslogAddresses, host_and_port, ingest_url
from minixdr.app.ingest_tokens import IngestTokens
from minixdr.app.models.index import ModelError
from minixdr.app.models.load import Models, models_of
from minixdr.app.platform import Platform
from minixdr.app.ready import PATIENCE_SECONDS, NotReadyError, lake_problem, lake_ready, schema_problem, schema_served
from minixdr.app.rule_catalog import RuleCatalog, RuleCatalogLoader, catalog_of
from minixdr.app.ruleset import Ruleset, load_ruleset
from minixdr.app.scan.request import BadInput, ScanRequest
from minixdr.app.services import Services
from minixdr.app.signs_of_life import Facts, living
from minixdr.app.startup import Startup
from minixdr.app.vitals import Vitals
from minixdr.ports.cloud import Cloud
from minixdr.ports.log import LogFullError
from minixdr.ports.models import Runtime, StoreError
from minixdr.ports.oidc import Provider
from minixdr.settings import PlatformSettings, Settings
from minixdr.workers.collector.service import run_collector
from minixdr.workers.correlator import CorrelatorWorker
from minixdr.workers.housekeeping import run_housekeeping
from minixdr.workers.jobs import run_jobs
from minixdr.workers.lake import run_committer, run_upkeep
from minixdr.workers.matcher import Matcher
from minixdr.workers.notifier import run_notifier
from minixdr.workers.serve import Loop, process_name, run_worker
from minixdr.workers.syslog.options import SyslogOptions
from minixdr.workers.syslog.service import SyslogError, start_syslog

_API_CONNECTIONS = 20
_WORKER_CONNECTIONS = 10

log = structlog.get_logger(__name__)


@asynccontextmanager
async def platform(
    settings: PlatformSettings, services: Services, vitals: Vitals, models: Models | None, *, connections: int
) -> AsyncIterator[Platform]:
    """Open database and log. Raises NotReadyError."""
    database = PostgresDatabase(settings.database_url, connections=connections)
    lake = IcebergLake(settings.warehouse, settings.database_url, S3Options(endpoint=settings.warehouse_endpoint))
    async with AsyncExitStack() as closing:
        closing.push_async_callback(database.close)
        closing.callback(lake.close)
        await schema_served(database)
        opened = await _log(settings)
        closing.push_async_callback(opened.close)
        changes = PostgresChangeListener(settings.database_url)
        closing.push_async_callback(changes.close)
        engine = _hunting_engine(lake)
        closing.callback(engine.close)
        hunting = Hunting(DuckdbHunter(engine))
        closing.callback(hunting.close)
        yield Platform(
            database=database,
            log=opened,
            secret_key=settings.secret_key,
            public_url=settings.public_url,
            version=vitals.build.version,
            now=lambda: datetime.now(UTC),
            metrics=vitals.metrics,
            checks={
                "schema": lambda: schema_problem(database),
                "lake": lambda: lake_problem(lake),
                **({} if models is None else {"models": _loaded}),
            },
            models=models,
            rules=RuleCatalogLoader(lambda: _catalog(settings, services)),
            changes=changes,
            unpack=decode,
            lake=lake,
            hunting=hunting,
            oidc=HttpOidc(lambda: datetime.now(UTC)),
            identity_providers=_identity_providers(settings),
            ingest=_ingest_addresses(settings),
            notifier=OutsideNotifier(
                settings.smtp_url, settings.smtp_from, [ip_network(each) for each in settings.notify_networks]
            ),
            startup=vitals.startup,
            revision=vitals.build.revision,
            image_digest=vitals.build.image_digest,
            schema_range=vitals.build.schema,
        )


def _identity_providers(settings: PlatformSettings) -> list[Provider]:
    if settings.oidc_issuer is None or settings.oidc_client_id is None:
        return []
    return [
        Provider(
            name=settings.oidc_name,
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret,
        )
    ]


def _ingest_addresses(settings: PlatformSettings) -> IngestAddresses:
    url = ingest_url(settings.ingest_url, settings.host, settings.port, settings.public_url)

    def listener(port: int) -> str | None:
        return host_and_port(settings.syslog_host, port, url) if port else None

    syslog = SyslogAddresses(
        tcp=listener(settings.syslog_tcp_port),
        udp=listener(settings.syslog_udp_port),
        tls=listener(settings.syslog_tls_port),
    )
    return IngestAddresses(url, syslog)


def _hunting_engine(lake: IcebergLake) -> Engine:
    warehouse = lake.warehouse
    filesystem = None if warehouse.is_local else ArrowFSWrapper(warehouse.files)
    return Engine([warehouse.address], PLAIN_SCHEMA, filesystem=filesystem)


def _catalog(settings: PlatformSettings, services: Services) -> RuleCatalog:
    folders = (str(Settings.read().rules_folder), *settings.rules)
    return catalog_of(ruleset(settings, services), folders, services.rule_texts())


async def _loaded() -> None:
    """Find nothing wrong: until models are loaded the process has not started, which is said instead."""


async def _log(settings: PlatformSettings) -> JetStreamLog:
    until = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while True:
        try:
            return await JetStreamLog.connect(
                settings.nats_url,
                most_bytes=settings.log_most_bytes,
                replicas=settings.log_replicas,
                trusted=settings.log_trusted,
            )
        except UnsyncedLogError as error:
            raise NotReadyError(str(error)) from error
        except LogFullError as error:
            if asyncio.get_running_loop().time() > until:
                raise NotReadyError(f"the log does not answer (MINIXDR_NATS_URL): {error}") from error
            await asyncio.sleep(0.5)


def ruleset(settings: PlatformSettings, services: Services) -> Ruleset:
    """Load the rules, from the cache where it holds them. Raises NotReadyError."""
    request = ScanRequest(
        paths=(),
        rules=(str(Settings.read().rules_folder), *settings.rules),
        placeholders=settings.placeholders,
        indicators=settings.indicators,
    )
    began = monotonic()
    try:
        loaded = load_ruleset(request, services)
    except BadInput as error:
        raise NotReadyError(f"the rules cannot be loaded: {error}") from error
    log.info("rules_loaded", rules=loaded.count, seconds=round(monotonic() - began, 3))
    return loaded


def _vitals(settings: PlatformSettings) -> Vitals:
    build = Build(__version__, settings.revision, settings.image_digest, SchemaRange(OLDEST, NEWEST))
    return Vitals(build, Startup())


def _models(settings: PlatformSettings, startup: Startup) -> Models | None:
    """Return the models that were fetched, not loaded yet; None where the platform has none. Raises NotReadyError."""
    try:
        models = None if settings.models is None else models_of(FolderStore(settings.models), _runtime)
    except (ModelError, StoreError) as error:
        raise NotReadyError(f"the models cannot be loaded: {error}") from error
    if models is not None:
        startup.add("models", "they are being loaded")
    return models


def _runtime() -> Runtime:
    from minixdr.adapters.models.onnx import OnnxRuntime  # noqa: PLC0415 - half a second and 25 MB, and many have no models

    return OnnxRuntime()


async def _load(models: Models | None, startup: Startup) -> None:
    """Load the models. Raises NotReadyError."""
    if models is None:
        return
    began = monotonic()
    try:
        await asyncio.to_thread(models.load)
    except (ModelError, StoreError) as error:
        raise NotReadyError(f"the models cannot be loaded: {error}") from error
    named = {each.name: f"{each.version} {each.digest}" for each in models.loaded.values()}
    log.info("models_loaded", models=named, seconds=round(monotonic() - began, 3))
    startup.done("models")


def serve_worker(services: Services) -> int:
    """Run a worker until SIGTERM; return the exit status. Raises BadSetting."""
    settings = PlatformSettings.read()
    log_to_stderr()
    end_at_sigterm()
    try:
        return uvloop.run(_worker(settings, services))
    except (NotReadyError, HealthAddressError) as error:
        log.error("cannot_serve", reason=str(error))  # noqa: TRY400 - the reason is what there is to say
        return 1


async def _worker(settings: PlatformSettings, services: Services) -> int:
    name = process_name()
    vitals = _vitals(settings)
    vitals.startup.add("rules", "they are being loaded")
    vitals.startup.add("platform", "database, log and lake are being opened")
    models = _models(settings, vitals.startup)
    async with AsyncExitStack() as closing:
        await closing.enter_async_context(health_served(vitals, settings.health_host, settings.health_port))
        await _load(models, vitals.startup)
        rules = await asyncio.to_thread(ruleset, settings, services)
        vitals.startup.done("rules")
        opened = await closing.enter_async_context(
            platform(settings, services, vitals, models, connections=_WORKER_CONNECTIONS)
        )
        vitals.health = Health(opened)
        lake = opened.lake
        if lake is None:
            raise NotReadyError("a worker needs a lake")
        await lake_ready(lake)
        detections = Detections(rules, opened)
        matcher = Matcher(opened, detections, lake, lambda delivery: encode(delivery.batch))
        correlator = CorrelatorWorker(opened, detections, name)
        loops: dict[str, Loop] = {
            "matcher": matcher.run,
            "correlator": correlator.run,
            "committer": lambda stop: run_committer(opened, lake, name, stop),
            "upkeep": lambda stop: run_upkeep(opened, lake, name, stop),
            "jobs": lambda stop: run_jobs(opened, name, stop),
            "notifier": lambda stop: run_notifier(opened, stop),
            "collector": lambda stop: run_collector(opened, _cloud, services.input_files().spill, name, stop),
            "housekeeping": lambda stop: run_housekeeping(opened, name, stop),
        }
        facts = _facts(vitals.build, rules.digest, rules.count)
        vitals.startup.done("platform")
        return await run_worker(opened, loops, name, lambda: facts, stopping=vitals.drain)


def _facts(build: Build, rules_digest: str | None, rules_count: int | None) -> Facts:
    return Facts(OLDEST, NEWEST, rules_digest, rules_count, build.revision, build.image_digest)


@cache
def _cloud() -> Cloud:
    from minixdr.adapters.clouds.aws.cloud import AwsCloud  # noqa: PLC0415 - boto3 takes 40 MB, and many collect from no bucket

    return AwsCloud()


def serve_api(services: Services) -> int:
    """Run the api until SIGTERM; return the exit status. Raises BadSetting."""
    settings = PlatformSettings.read()
    log_to_stderr()
    end_at_sigterm()
    try:
        uvloop.run(_api(settings, services))
    except (NotReadyError, CannotListenError, MetricsAddressError, SyslogError) as error:
        log.error("cannot_serve", reason=str(error))  # noqa: TRY400 - the reason is what there is to say
        return 1
    return 0


async def _api(settings: PlatformSettings, services: Services) -> None:
    options = Options(
        host=settings.host,
        port=settings.port,
        drain_seconds=settings.drain_seconds,
        trusted_proxies=settings.trusted_proxies,
    )
    vitals = _vitals(settings)
    models = _models(settings, vitals.startup)
    async with platform(settings, services, vitals, models, connections=_API_CONNECTIONS) as opened:
        if opened.lake is not None:
            await lake_ready(opened.lake)
        syslog = await start_syslog(opened, IngestTokens(opened), _syslog_options(settings))
        await _say_setup_code(opened, settings)

        def tell() -> Facts:
            loaded = None if opened.rules is None else opened.rules.loaded
            if loaded is None:
                return _facts(vitals.build, None, None)
            return _facts(vitals.build, loaded.digest, loaded.count)

        try:
            with metrics_served(opened.metrics, settings.metrics_host, settings.metrics_port):
                async with living(opened, "api", process_name(), tell):
                    await serve(opened, options, lambda: _load(models, vitals.startup))
        finally:
            await syslog.stop()


async def _say_setup_code(opened: Platform, settings: PlatformSettings) -> None:
    """Write the code that the first owner must give into the log, where there is no organization yet and nobody set a code."""
    given = settings.setup_code
    code = await new_setup_code(opened.database, opened.now(), given, alone=given is not None)
    if code is not None:
        page = f"{settings.public_url.rstrip('/')}/setup"
        log.warning("setup_needed", page=page, setup_code="as in MINIXDR_SETUP_CODE" if given else code)


def _syslog_options(settings: PlatformSettings) -> SyslogOptions:
    return SyslogOptions(
        host=settings.syslog_host,
        tcp_port=settings.syslog_tcp_port or None,
        udp_port=settings.syslog_udp_port or None,
        tls_port=settings.syslog_tls_port or None,
        certificate=settings.syslog_tls_certificate,
        key=settings.syslog_tls_key,
        default_token=settings.syslog_token,
        networks=[(ip_network(network), token) for network, token in settings.syslog_networks],
    )
