"""`push` with a real buildah and a real registry: what is built, pushed by tag and read back by digest is one release.

Needs buildah and Debian's docker-registry, and root for the build; skipped, with the reason, where they are missing.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from conftest import CONFIG
from minixdr_deploy import registry
from minixdr_deploy.aws.session import Aws
from minixdr_deploy.config import parse
from minixdr_deploy.kube.kubectl import Kubectl
from minixdr_deploy.making import Ask, Making
from minixdr_deploy.world import World

MISSING = [name for name in ("buildah", "docker-registry") if shutil.which(name) is None]
ROOT = Path(__file__).parents[2]
REVISION = "c" * 40
DOCKERFILE = """FROM scratch
ARG VERSION
ARG REVISION
ARG SCHEMA_OLDEST
ARG SCHEMA_NEWEST
LABEL org.opencontainers.image.version="${VERSION}" org.opencontainers.image.revision="${REVISION}" \\
      io.mini-xdr.schema.oldest="${SCHEMA_OLDEST}" io.mini-xdr.schema.newest="${SCHEMA_NEWEST}"
COPY backend/pyproject.toml /
"""

pytestmark = pytest.mark.skipif(
    bool(MISSING) or os.geteuid() != 0, reason=f"needs root and {' and '.join(MISSING) or 'nothing more'}"
)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[str]:
    """Run a registry and return its host."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = tmp_path / "registry.yml"
    config.write_text(
        f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {tmp_path}/images}}}}\nhttp: {{addr: '127.0.0.1:{port}'}}\n",
        "utf-8",
    )
    with subprocess.Popen(
        ["docker-registry", "serve", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            for _ in range(100):
                try:
                    httpx.get(f"http://127.0.0.1:{port}/v2/")
                    break
                except httpx.HTTPError:
                    time.sleep(0.1)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a source with small Dockerfiles; what it says of itself is read by the repository's own script."""
    folder = tmp_path / "source"
    for name in (
        "backend/pyproject.toml",
        "frontend/package.json",
        "deploy/images/facts.py",
        "backend/src/minixdr/adapters/postgres/schema.py",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    for name in ("backend", "frontend"):
        (folder / name / "Dockerfile").write_text(DOCKERFILE, "utf-8")
    return folder


def test_what_is_pushed_is_a_release_by_digest(tmp_path: Path, host: str, source: Path) -> None:
    text = f"{CONFIG}\nregistry: {host}\nsource: {source}\nbuilder: {{kind: local, tool: buildah, options: [--isolation, chroot]}}"
    said: list[str] = []
    world = World(
        parse(text, tmp_path / "deploy.yaml"),
        Kubectl(None, "x"),
        Aws("us-east-1"),
        httpx.Client(),
        lambda: datetime.now(UTC),
        said.append,
    )
    making = Making(world, Ask(revision=REVISION))
    assert (making.backend, making.frontend) == (None, None)
    try:
        for step in ("build-backend", "build-frontend", "push-backend", "push-frontend"):
            making.do(step)
    finally:
        for name in ("backend", "frontend"):
            subprocess.run(
                ["buildah", "rmi", f"{world.config.repository(name)}:{making.tag}"], check=False, capture_output=True
            )
    made = making.release()
    assert made.id == making.tag
    assert made.backend_image.startswith(f"{host}/mini-xdr-backend@sha256:")
    assert (made.schema_oldest, made.schema_newest) >= (1, 1)
    again = Making(world, Ask(revision=REVISION))
    assert again.known == made
    assert registry.labels(world, made.frontend_image)["org.opencontainers.image.revision"] == REVISION
