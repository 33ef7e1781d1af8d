"""Releases of our real programs to ship: N is a copy of the checkout; each later one has another version and one migration more, which only adds.

A release with a fault is a copy with that fault in its programs: its migration fails, or it never says that it is ready.
"""

import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from minixdr_cluster.images import ARCHITECTURE, Image

REPOSITORY_ROOT = Path(__file__).resolve().parents[3]
REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
_SCHEMA = Path("src/minixdr/adapters/postgres/schema.py")
_MIGRATIONS = Path("src/minixdr/adapters/postgres/migrations/versions")
_MIGRATION = '''"""A saved hunt has a color."""

from alembic import op

from minixdr.adapters.postgres.schema import mark

revision = "{revision:04d}"
down_revision = "{previous:04d}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.execute("{statement}")
    mark(op.get_bind(), revision={revision}, usable_from=1)
'''
_FAILS = "ALTER TABLE saved_hunts ADD COLUMN name text"
"""There is one of that name."""


@dataclass(frozen=True, slots=True)
class Release:
    """A version of our programs and the images it comes as."""

    version: str
    revision: str
    backend: Image
    frontend: Image
    oldest: int
    newest: int
    folder: Path
    """Its checkout, as far as `minixdr-deploy` reads one; its revision must be told (SOURCE_REVISION), for there is no git in it."""

    @property
    def labels(self) -> dict[str, str]:
        """Return the labels of its images."""
        return labels(self.version, self.revision, self.oldest, self.newest)


def labels(version: str, revision: str, oldest: int, newest: int) -> dict[str, str]:
    """Return what the labels of an image of ours say."""
    return {
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.revision": revision,
        "org.opencontainers.image.title": "mini-xdr",
        "io.mini-xdr.schema.oldest": str(oldest),
        "io.mini-xdr.schema.newest": str(newest),
    }


def console_is_built() -> bool:
    """Return whether the console's standalone build is there (`make web`, or MINIXDR_WEB names one)."""
    return (_console() / "server.js").is_file()


def _console() -> Path:
    return Path(os.environ.get("MINIXDR_WEB") or REPOSITORY_ROOT / "frontend/.next/standalone")


def checkout(folder: Path, cache: Path) -> Release:
    """Return release N, copied from the checkout so that nobody changes it under a test."""
    return _made(folder, cache, "0.1.0", "a" * 40)


def later(folder: Path, cache: Path, number: int) -> Release:
    """Return release N+number: each of them has one migration more."""
    return _made(
        folder, cache, f"0.{1 + number}.0", _revision(f"later {number}"), [_adds(each) for each in range(number)]
    )


def failing_migration(folder: Path, cache: Path, number: int) -> Release:
    """Return a release after N+number whose migration PostgreSQL refuses."""
    migrations = [*(_adds(each) for each in range(number)), _FAILS]
    return _made(folder, cache, f"0.{1 + number}.1", _revision(f"failing {number}"), migrations)


def never_ready(folder: Path, cache: Path, number: int) -> Release:
    """Return a release after N+number that runs and answers, but whose `/readyz` never says yes."""
    made = _made(folder, cache, f"0.{1 + number}.2", _revision("never ready"), [_adds(each) for each in range(number)])
    path = folder / "backend/src/minixdr/app/health.py"
    text = path.read_text("utf-8")
    changed = re.sub(
        r"(async def parts\(self\)[^\n]*\n)", r'\1        return [PartHealth("database", "never ready")]\n', text
    )
    if changed == text:
        raise LookupError(f"{path} has no `async def parts(self)` any more: this fault must be made another way")
    path.write_text(changed, "utf-8")
    return made


def for_another_processor(image: Image) -> Image:
    """Return the same programs as an image for ARM, under its own digest."""
    digest = hashlib.sha256(f"arm64 {image.digest}".encode()).hexdigest()
    return replace(image, digest=f"sha256:{digest}", architecture="arm64")


def image_manifest(repository: str, config_labels: dict[str, str], architecture: str = ARCHITECTURE) -> tuple[str, str]:
    """Return manifest and configuration of an image as a registry keeps them, as JSON texts."""
    config = json.dumps(
        {"architecture": architecture, "os": "linux", "config": {"Labels": config_labels}}, sort_keys=True
    )
    layer = {
        "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
        "size": 1,
        "digest": f"sha256:{hashlib.sha256(repository.encode()).hexdigest()}",
    }
    described = {
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "size": len(config),
        "digest": f"sha256:{hashlib.sha256(config.encode()).hexdigest()}",
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "annotations": config_labels,
        "config": described,
        "layers": [layer],
    }
    return json.dumps(manifest, sort_keys=True), config


def _adds(number: int) -> str:
    return f"ALTER TABLE saved_hunts ADD COLUMN color{number} text"


def _revision(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _made(folder: Path, cache: Path, version: str, revision: str, migrations: Sequence[str] = ()) -> Release:
    backend = folder / "backend"
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("src", "content"):
        shutil.copytree(REPOSITORY_ROOT / "backend" / name, backend / name, ignore=ignored)
    _replace(backend / "src/minixdr/__init__.py", r'__version__ = "[^"]+"', f'__version__ = "{version}"')
    schema = (backend / _SCHEMA).read_text("utf-8")
    oldest, newest = (int(_found(rf"^{name} = (\d+)$", schema)) for name in ("OLDEST", "NEWEST"))
    for migration in migrations:
        previous, newest = newest, newest + 1
        text = _MIGRATION.format(revision=newest, previous=previous, statement=migration)
        (backend / _MIGRATIONS / f"r{newest:04d}_color.py").write_text(text, "utf-8")
        column = migration.split()[-2]
        _replace(
            backend / "src/minixdr/adapters/postgres/tables/work.py",
            r'(?s)(saved_hunts = Table\(.*?)(    Column\("version", BigInteger)',
            rf'\1    optional("{column}"),\n\2',
        )
    if migrations:
        _replace(backend / _SCHEMA, r"(?m)^NEWEST = \d+$", f"NEWEST = {newest}")
        _replace(backend / _SCHEMA, r"(?m)^OLDEST = \d+$", f"OLDEST = {newest}")  # its queries name the new column
        oldest = newest
    said = labels(version, revision, oldest, newest)
    web = folder / "frontend"
    shutil.copytree(_console(), web, symlinks=True)
    _console_version(web, version)
    _checkout_facts(folder, version)
    images = _backend(backend, cache, said, revision), _frontend(web, said, revision)
    return Release(version, revision, *images, oldest, newest, folder)


def _checkout_facts(folder: Path, version: str) -> None:
    """Write what a release is named by: the same files as in the checkout."""
    (folder / "backend/pyproject.toml").write_text(f'[project]\nname = "minixdr"\nversion = "{version}"\n', "utf-8")
    package = json.loads((REPOSITORY_ROOT / "frontend/package.json").read_text("utf-8"))
    (folder / "frontend/package.json").write_text(json.dumps(package | {"version": version}), "utf-8")
    facts = folder / "deploy/images/facts.py"
    facts.parent.mkdir(parents=True)
    shutil.copy(REPOSITORY_ROOT / "deploy/images/facts.py", facts)


def _backend(folder: Path, cache: Path, said: dict[str, str], revision: str) -> Image:
    minixdr = (sys.executable, "-P", "-m", "minixdr.wiring")
    return Image(
        repository=f"{REGISTRY}/mini-xdr-backend",
        digest=digest_of("mini-xdr-backend", said),
        folder=folder,
        entrypoint=("minixdr",),
        default_arguments=("serve", "api"),
        environment={
            "PYTHONPATH": str(folder / "src"),
            "MINIXDR_REVISION": revision,
            "MINIXDR_CACHE_DIR": str(cache),
        },
        programs={"minixdr": minixdr, "/usr/local/bin/minixdr": minixdr},
    )


def _frontend(folder: Path, said: dict[str, str], revision: str) -> Image:
    node = shutil.which("node") or "node"
    return Image(
        repository=f"{REGISTRY}/mini-xdr-frontend",
        digest=digest_of("mini-xdr-frontend", said),
        folder=folder,
        entrypoint=("node",),
        default_arguments=("--require", "./forwarded.cjs", "server.js"),
        environment={
            "NODE_ENV": "production",
            "NEXT_TELEMETRY_DISABLED": "1",
            "MINIXDR_REVISION": revision,
        },
        programs={"node": (node,)},
    )


def _console_version(folder: Path, version: str) -> None:
    """Let a built console say another version: the build froze the one of package.json."""
    pattern = re.compile(r'(name:"minixdr-console",version:")[^"]+(")')
    for path in (folder / ".next/server").rglob("*.js"):
        text = path.read_text("utf-8")
        if pattern.search(text):
            path.write_text(pattern.sub(rf"\g<1>{version}\g<2>", text), "utf-8")


def digest_of(repository: str, said: dict[str, str], architecture: str = ARCHITECTURE) -> str:
    """Return the digest under which a registry keeps the image: that of its manifest."""
    return f"sha256:{hashlib.sha256(image_manifest(repository, said, architecture)[0].encode()).hexdigest()}"


def _replace(path: Path, pattern: str, by: str) -> None:
    text = path.read_text("utf-8")
    changed, count = re.subn(pattern, by, text, count=1)
    if count != 1:
        raise LookupError(f"{path} has nothing like {pattern}: the next release must be made another way")
    path.write_text(changed, "utf-8")


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.MULTILINE)
    if found is None:
        raise LookupError(f"nothing like {pattern}")
    return found[1]
