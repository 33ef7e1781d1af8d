"""What can be set from outside, read once from the environment; only `wiring.py` reads it."""

import base64
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from minixdr.app.services import BadSetting

_MOST_JOBS = 1_024
"""More processes than any machine has cores: a slip of the keyboard."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Frozen settings."""

    cache_folder: Path | None
    """Compiled rules are kept here between runs. `MINIXDR_CACHE_DIR`, else `minixdr` below `XDG_CACHE_HOME`, else `~/.cache/minixdr`;
    None where there is no home either."""
    compiled_rules: Path | None
    """Rules that were compiled when the program was installed (`minixdr rules compile`); looked at before the cache. `MINIXDR_COMPILED_RULES`."""
    jobs: int
    """Processes that work at once: as many as this process may use cores (`MINIXDR_JOBS` overrides). One where processes cannot be forked safely."""
    rules_folder: Path
    """The rules that come along."""

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Return the settings of this environment. Raises BadSetting."""
        given = dict(os.environ) if environment is None else environment
        return cls(
            cache_folder=_cache_folder(given),
            compiled_rules=_path(given, "MINIXDR_COMPILED_RULES"),
            jobs=_jobs(given.get("MINIXDR_JOBS")),
            rules_folder=_content() / "rules",
        )


def _cache_folder(given: Mapping[str, str]) -> Path | None:
    if given.get("MINIXDR_CACHE_DIR"):
        return Path(given["MINIXDR_CACHE_DIR"])
    if given.get("XDG_CACHE_HOME"):
        return Path(given["XDG_CACHE_HOME"]) / "minixdr"
    try:
        return Path.home() / ".cache" / "minixdr"
    except RuntimeError:  # a container's user without an entry in passwd
        return None


def _jobs(text: str | None) -> int:
    if text:
        number = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(_MOST_JOBS)) else 0
        if not 1 <= number <= _MOST_JOBS:
            raise BadSetting(f"MINIXDR_JOBS is {text[:20]!r}; it takes a number of processes, 1 to {_MOST_JOBS:,}")
        return number
    if sys.platform != "linux":
        return 1
    return len(os.sched_getaffinity(0))


def _content() -> Path:
    """Return the folder of content: inside the installed package, else beside the sources of a checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "content"
    return installed if installed.is_dir() else package.parents[1] / "content"


@dataclass(frozen=True, slots=True)
class PlatformSettings:
    """What the parts of the platform (api, worker) are told by their environment. Addresses may hold passwords: never log one."""

    database_url: str
    """`postgresql://user:password@host:port/name` of the role that serves and owns nothing. `MINIXDR_DATABASE_URL`."""
    database_owner_url: str | None
    """The role that owns the tables: migrations alone use it. `MINIXDR_DATABASE_OWNER_URL`."""
    nats_url: str
    """`nats://user:password@host:port`, several with commas. `MINIXDR_NATS_URL`."""
    log_replicas: int
    """Copies of the log's streams: 1 on one machine, 3 on three. `MINIXDR_LOG_REPLICAS`."""
    log_most_bytes: int
    """Bound of the log on disk; beyond it doors say busy. `MINIXDR_LOG_MOST_BYTES`."""
    log_trusted: bool
    """Whether somebody vouches that the NATS server syncs each write, where it does not tell. `MINIXDR_LOG_TRUSTED=yes`."""
    warehouse: str
    """Folder or `s3://bucket/prefix` of the lake. `MINIXDR_WAREHOUSE`."""
    warehouse_endpoint: str | None
    """Another server that speaks S3: `http://host:port`. `AWS_ENDPOINT_URL_S3`, else `AWS_ENDPOINT_URL`, as AWS's own tools take them."""
    secret_key: bytes
    """32 bytes or more; signs cursors and audit checkpoints, encrypts what must be read back (TOTP seeds). `MINIXDR_SECRET_KEY` (base64) or
    `MINIXDR_SECRET_KEY_FILE`."""
    public_url: str
    """Where people reach the platform: `http://127.0.0.1:8000`. Cookies are `Secure` where it is https. `MINIXDR_PUBLIC_URL`."""
    ingest_url: str | None
    """Where clients reach the HTTP doors, where that is not where the api listens: `https://ingest.example.com`. `MINIXDR_INGEST_URL`."""
    setup_code: str | None
    """What whoever makes the first organization must give, 20 characters or more; None: one is made up and written to the api's log.
    `MINIXDR_SETUP_CODE`."""
    host: str
    """Address the api listens on. `MINIXDR_HOST`."""
    port: int
    """`MINIXDR_PORT`."""
    metrics_port: int
    """Port of `/metrics`, on loopback unless `MINIXDR_METRICS_HOST` says otherwise; 0: off. `MINIXDR_METRICS_PORT`."""
    metrics_host: str
    health_port: int
    """Port on which a worker answers `/livez`, `/readyz`, `/startupz`, `/version` and `/metrics`; 0: off. `MINIXDR_HEALTH_PORT`."""
    health_host: str
    """`MINIXDR_HEALTH_HOST`, else `MINIXDR_HOST`."""
    revision: str | None
    """Of the source: what the image's build noted. `MINIXDR_REVISION`."""
    image_digest: str | None
    """`sha256:...` of the image this runs in: whoever deploys it knows. `MINIXDR_IMAGE_DIGEST`."""
    drain_seconds: int
    """How long the api goes on serving after SIGTERM while it says that it is not ready: as long as it takes a load balancer to notice.
    `MINIXDR_DRAIN_SECONDS`."""
    trusted_proxies: str | None
    """Addresses and networks, with commas, of proxies whose `X-Forwarded-For` and `-Proto` the api believes. `MINIXDR_TRUSTED_PROXIES`."""
    oidc_name: str
    """What people see of the identity provider, in addresses too. `MINIXDR_OIDC_NAME`."""
    oidc_issuer: str | None
    """`https://...` of an OpenID Connect provider that people may sign in with; None: there is none by environment. `MINIXDR_OIDC_ISSUER`."""
    oidc_client_id: str | None
    """What the provider knows us by. `MINIXDR_OIDC_CLIENT_ID`."""
    oidc_client_secret: str | None
    """None: a public client. `MINIXDR_OIDC_CLIENT_SECRET`."""
    syslog_tcp_port: int
    """0: off. `MINIXDR_SYSLOG_TCP_PORT`, `..._UDP_PORT`, `..._TLS_PORT`."""
    syslog_udp_port: int
    syslog_tls_port: int
    syslog_tls_certificate: Path | None
    """PEM of certificate and chain; its key. `MINIXDR_SYSLOG_TLS_CERTIFICATE`, `MINIXDR_SYSLOG_TLS_KEY`."""
    syslog_tls_key: Path | None
    syslog_host: str
    """Address the listeners listen on. `MINIXDR_SYSLOG_HOST`, else `MINIXDR_HOST`."""
    syslog_token: str | None
    """Ingest token of messages that bring none. `MINIXDR_SYSLOG_TOKEN`."""
    syslog_networks: tuple[tuple[str, str], ...]
    """Senders' networks and their tokens. `MINIXDR_SYSLOG_NETWORKS`: `10.1.0.0/16=mxi_...,10.2.0.0/16=mxi_...`."""
    smtp_url: str | None
    """`smtp[s]://user:password@host:port` that notifications by mail go out by; None: none do. `MINIXDR_SMTP_URL`."""
    smtp_from: str | None
    """Who they come from: `Mini-XDR <xdr@example.com>`. `MINIXDR_SMTP_FROM`."""
    notify_networks: tuple[str, ...]
    """Networks off the public internet that webhooks may lead to all the same, with commas. `MINIXDR_NOTIFY_NETWORKS`."""
    models: Path | None
    """Folder that `minixdr models fetch` fills and processes load from; None: no models. `MINIXDR_MODELS`, where `MINIXDR_MODEL_STORE` is set too."""
    rules: tuple[str, ...]
    """Folders of rules loaded beside our own, separated by `:`. `MINIXDR_RULES`."""
    placeholders: tuple[str, ...]
    """Files with values for `expand`, separated by `:`. `MINIXDR_PLACEHOLDERS`."""
    indicators: tuple[str, ...]
    """Indicator lists, separated by `:`. `MINIXDR_INDICATORS`."""

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None) -> "PlatformSettings":
        """Return the settings of this environment. Raises BadSetting that names what is missing or wrong."""
        given = dict(os.environ) if environment is None else environment
        return cls(
            database_url=_postgres_url(given, "MINIXDR_DATABASE_URL"),
            database_owner_url=_postgres_url(given, "MINIXDR_DATABASE_OWNER_URL")
            if given.get("MINIXDR_DATABASE_OWNER_URL")
            else None,
            nats_url=_needed(given, "MINIXDR_NATS_URL", "nats://user:password@host:4222"),
            log_replicas=_number(given, "MINIXDR_LOG_REPLICAS", 1, 1, 5),
            log_most_bytes=_number(given, "MINIXDR_LOG_MOST_BYTES", 4 << 30, 1 << 20, 1 << 50),
            log_trusted=given.get("MINIXDR_LOG_TRUSTED", "").lower() in ("yes", "true", "1"),
            warehouse=_needed(given, "MINIXDR_WAREHOUSE", "/var/lib/minixdr/lake or s3://bucket/prefix"),
            warehouse_endpoint=given.get("AWS_ENDPOINT_URL_S3") or given.get("AWS_ENDPOINT_URL") or None,
            secret_key=secret_key_of(given),
            public_url=given.get("MINIXDR_PUBLIC_URL") or "http://127.0.0.1:8000",
            ingest_url=_web_address(given, "MINIXDR_INGEST_URL"),
            setup_code=_setup_code(given),
            host=given.get("MINIXDR_HOST") or "127.0.0.1",
            port=_number(given, "MINIXDR_PORT", 8_000, 0, 65_535),
            metrics_port=_number(given, "MINIXDR_METRICS_PORT", 0, 0, 65_535),
            metrics_host=given.get("MINIXDR_METRICS_HOST") or "127.0.0.1",
            health_port=_number(given, "MINIXDR_HEALTH_PORT", 0, 0, 65_535),
            health_host=given.get("MINIXDR_HEALTH_HOST") or given.get("MINIXDR_HOST") or "127.0.0.1",
            revision=revision_of(given),
            image_digest=image_digest_of(given),
            drain_seconds=_number(given, "MINIXDR_DRAIN_SECONDS", 0, 0, 600),
            trusted_proxies=given.get("MINIXDR_TRUSTED_PROXIES") or None,
            oidc_name=_name(given, "MINIXDR_OIDC_NAME", "sso"),
            oidc_issuer=given.get("MINIXDR_OIDC_ISSUER") or None,
            oidc_client_id=_needed(given, "MINIXDR_OIDC_CLIENT_ID", "the id that the provider gave")
            if given.get("MINIXDR_OIDC_ISSUER")
            else None,
            oidc_client_secret=given.get("MINIXDR_OIDC_CLIENT_SECRET") or None,
            syslog_tcp_port=_number(given, "MINIXDR_SYSLOG_TCP_PORT", 0, 0, 65_535),
            syslog_udp_port=_number(given, "MINIXDR_SYSLOG_UDP_PORT", 0, 0, 65_535),
            syslog_tls_port=_number(given, "MINIXDR_SYSLOG_TLS_PORT", 0, 0, 65_535),
            syslog_tls_certificate=_path(given, "MINIXDR_SYSLOG_TLS_CERTIFICATE"),
            syslog_tls_key=_path(given, "MINIXDR_SYSLOG_TLS_KEY"),
            syslog_host=given.get("MINIXDR_SYSLOG_HOST") or given.get("MINIXDR_HOST") or "127.0.0.1",
            syslog_token=given.get("MINIXDR_SYSLOG_TOKEN") or None,
            syslog_networks=_networks(given),
            smtp_url=_smtp_url(given),
            smtp_from=_smtp_from(given),
            notify_networks=_notify_networks(given),
            models=_models(given),
            rules=_paths(given, "MINIXDR_RULES"),
            placeholders=_paths(given, "MINIXDR_PLACEHOLDERS"),
            indicators=_paths(given, "MINIXDR_INDICATORS"),
        )


def schema_url(environment: Mapping[str, str] | None = None) -> str:
    """Return the address for `minixdr db`: MINIXDR_DATABASE_OWNER_URL, else MINIXDR_DATABASE_URL. Raises BadSetting."""
    given = dict(os.environ) if environment is None else environment
    name = "MINIXDR_DATABASE_OWNER_URL" if given.get("MINIXDR_DATABASE_OWNER_URL") else "MINIXDR_DATABASE_URL"
    return _postgres_url(given, name)


def service_url(environment: Mapping[str, str]) -> str:
    """Return the address for what serves: MINIXDR_DATABASE_URL. Raises BadSetting."""
    return _postgres_url(environment, "MINIXDR_DATABASE_URL")


def _postgres_url(given: Mapping[str, str], name: str) -> str:
    """Return the address of a PostgreSQL database; a message never repeats it, for it may hold a password."""
    example = "postgresql://user:password@host:5432/minixdr"
    value = _needed(given, name, example)
    try:
        parts = urlsplit(value)
        right = parts.scheme in {"postgresql", "postgres"} and bool(parts.path.strip("/")) and (parts.port or 1) > 0
    except ValueError:  # a port that is no number, a bracket that is not closed
        right = False
    if not right:
        raise BadSetting(f"{name} is not the address of a PostgreSQL database; it takes something like {example}")
    return value


def _networks(given: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    found = []
    for part in filter(None, (each.strip() for each in given.get("MINIXDR_SYSLOG_NETWORKS", "").split(","))):
        network, _, token = part.partition("=")
        try:
            ip_network(network.strip())
        except ValueError as error:
            raise BadSetting(
                f"MINIXDR_SYSLOG_NETWORKS: {network[:50]!r} is no network; it takes 10.1.0.0/16=mxi_..., with commas"
            ) from error
        found.append((network.strip(), token.strip()))
    return tuple(found)


def _smtp_url(given: Mapping[str, str]) -> str | None:
    """Return the mail server's address; a message never repeats it, for it may hold a password."""
    value = given.get("MINIXDR_SMTP_URL")
    if not value:
        return None
    try:
        parts = urlsplit(value)
        right = parts.scheme in {"smtp", "smtps"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:  # a port that is no number, a bracket that is not closed
        right = False
    if not right:
        raise BadSetting("MINIXDR_SMTP_URL takes something like smtps://user:password@mail.example.com:465")
    return value


def _smtp_from(given: Mapping[str, str]) -> str | None:
    value = given.get("MINIXDR_SMTP_FROM") or None
    if value is None and given.get("MINIXDR_SMTP_URL"):
        raise BadSetting("MINIXDR_SMTP_URL needs MINIXDR_SMTP_FROM: who mails come from, `Mini-XDR <xdr@example.com>`")
    if value is not None and ("@" not in value or not value.isprintable()):
        raise BadSetting(f"MINIXDR_SMTP_FROM is {value[:100]!r}; it takes something like xdr@example.com")
    return value


def _notify_networks(given: Mapping[str, str]) -> tuple[str, ...]:
    found = tuple(part.strip() for part in given.get("MINIXDR_NOTIFY_NETWORKS", "").split(",") if part.strip())
    for network in found:
        try:
            ip_network(network)
        except ValueError as error:
            raise BadSetting(
                f"MINIXDR_NOTIFY_NETWORKS: {network[:50]!r} is no network; it takes 10.0.0.0/8,192.168.7.0/24"
            ) from error
    return found


_LEAST_KEY_BYTES = 32
_LEAST_SETUP_CODE = 20
"""Characters: with attempts bounded nobody guesses one that is random."""


def _web_address(given: Mapping[str, str], name: str) -> str | None:
    value = given.get(name)
    if not value:
        return None
    try:
        parts = urlsplit(value)
        right = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:  # a port that is no number, a bracket that is not closed
        right = False
    if not right:
        raise BadSetting(f"{name} is {value[:100]!r}; it takes something like https://ingest.example.com")
    return value.rstrip("/")


def _setup_code(given: Mapping[str, str]) -> str | None:
    code = given.get("MINIXDR_SETUP_CODE") or None
    if code is not None and len(code) < _LEAST_SETUP_CODE:
        raise BadSetting(f"MINIXDR_SETUP_CODE is too short; it takes {_LEAST_SETUP_CODE} characters or more, at random")
    return code


def _needed(given: Mapping[str, str], name: str, example: str) -> str:
    value = given.get(name)
    if not value:
        raise BadSetting(f"{name} is not set; it takes something like {example} (`minixdr up` sets it by itself)")
    return value


def _number(given: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = given.get(name)
    if not text:
        return default
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(most)) else -1
    if not least <= number <= most:
        raise BadSetting(f"{name} is {text[:20]!r}; it takes a whole number, {least:,} to {most:,}")
    return number


def _name(given: Mapping[str, str], name: str, default: str) -> str:
    text = given.get(name) or default
    if not re.fullmatch(r"[a-z0-9-]{1,63}", text):
        raise BadSetting(f"{name} is {text[:70]!r}; it takes lower-case letters, digits and dashes")
    return text


def _path(given: Mapping[str, str], name: str) -> Path | None:
    return Path(given[name]) if given.get(name) else None


def _paths(given: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part for part in given.get(name, "").split(os.pathsep) if part)


def _models(given: Mapping[str, str]) -> Path | None:
    """Return where models are, None where the platform has none: a folder alone, which every pod has, makes none."""
    store, folder = given.get("MINIXDR_MODEL_STORE"), given.get("MINIXDR_MODELS")
    if store and not folder:
        raise BadSetting("MINIXDR_MODEL_STORE needs MINIXDR_MODELS: the folder that `minixdr models fetch` fills")
    return Path(folder) if store and folder else None


def revision_of(given: Mapping[str, str]) -> str | None:
    """Return the revision of the source, None where the environment does not tell. Raises BadSetting."""
    text = given.get("MINIXDR_REVISION") or None
    if text is not None and not re.fullmatch(r"[A-Za-z0-9._+-]{1,64}", text):
        raise BadSetting(f"MINIXDR_REVISION is {text[:70]!r}; it takes a revision of the source, like 1f0c2ab93d4e")
    return text


def image_digest_of(given: Mapping[str, str]) -> str | None:
    """Return the digest of the image, None where the environment does not tell; of `repository@sha256:...` what follows the @. Raises BadSetting."""
    text = given.get("MINIXDR_IMAGE_DIGEST") or None
    if text is None:
        return None
    digest = text.rpartition("@")[2]
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
        raise BadSetting(f"MINIXDR_IMAGE_DIGEST is {text[:100]!r}; it takes sha256: and 64 hexadecimal digits")
    return digest


def secret_key_of(given: Mapping[str, str]) -> bytes:
    """Return the secret key of an environment. Raises BadSetting."""
    text, path = given.get("MINIXDR_SECRET_KEY"), given.get("MINIXDR_SECRET_KEY_FILE")
    if not text and path:
        try:
            text = Path(path).read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise BadSetting(f"MINIXDR_SECRET_KEY_FILE is {path}, which cannot be read: {error}") from error
    try:
        key = base64.b64decode((text or "").strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) < _LEAST_KEY_BYTES:
        raise BadSetting(
            f"MINIXDR_SECRET_KEY (or MINIXDR_SECRET_KEY_FILE) must hold at least {_LEAST_KEY_BYTES} bytes in base64: `openssl rand -base64 32`"
        )
    return key
