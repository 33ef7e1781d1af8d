"""An installation in the test cluster as an operator has it: overlay, deploy.yaml, secrets in AWS, images in ECR, `minixdr-deploy`."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from minixdr_cluster.cluster import HOST, NAMESPACE, Cluster
from minixdr_cluster.engines import SETUP_CODE, Engines
from minixdr_cluster.images import Image
from minixdr_cluster.releases import REGISTRY, REPOSITORY_ROOT, Release, image_manifest

ACCOUNT = REGISTRY.partition(".")[0]
NATS_IMAGE_NAME = "public.ecr.aws/docker/library/nats"
_NATS_PASSWORD = "of-a-test"  # noqa: S105 - of servers that live as long as a test


@dataclass
class Ran:
    """What a run of `minixdr-deploy` came to."""

    status: int
    output: str
    errors: str
    seconds: float

    @property
    def json(self) -> Any:
        """Return what it printed, as JSON."""
        return json.loads(self.output)

    def __str__(self) -> str:
        return f"status {self.status} after {self.seconds:.0f} s\n{self.output}\n{self.errors}"


@dataclass
class Installation:
    """One deployment and its operator."""

    cluster: Cluster
    engines: Engines
    folder: Path
    cache: Path
    """Compiled rules, as an image has them."""
    database: dict[str, str] = field(default_factory=dict)
    revision: str = ""
    """Of the operator's checkout."""
    allowed: list[str] = field(default_factory=lambda: ["203.0.113.0/24"])

    def prepare(self) -> "Installation":
        """Make all that an operator has before the first ship."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.database = self.engines.database(f"xdr_{time.monotonic_ns()}")
        # As installed: what is edited in the checkout meanwhile does not change the program under test.
        shutil.copytree(
            REPOSITORY_ROOT / "deploy/src", self.folder / "program", ignore=shutil.ignore_patterns("__pycache__")
        )
        for name in ("lake", "models"):
            (self.folder / name).mkdir()
        (self.folder / "models/index.json").write_text('{"models": []}', "utf-8")
        self._overlay()
        self.write_config()
        secrets = self.cluster.aws.client("secretsmanager")
        for name, values in self._secrets().items():
            secrets.create_secret(Name=name, SecretString=json.dumps(values))
        registry = self.cluster.aws.client("ecr")
        for name in ("mini-xdr-backend", "mini-xdr-frontend"):
            registry.create_repository(repositoryName=name, imageTagMutability="IMMUTABLE")
        return self

    def push(self, release: Release) -> Release:
        """Let a release's images be in ECR and pullable."""
        for image in (release.backend, release.frontend):
            name = image.repository.rpartition("/")[2]
            manifest, config = image_manifest(name, release.labels, image.architecture)
            self.cluster.aws.push(name, manifest, config, f"{release.version}-{release.revision[:12]}")
            self.cluster.images.add(image)
        return release

    def deploy(self, *arguments: str, seconds: float = 600, environment: dict[str, str] | None = None) -> Ran:
        """Run `minixdr-deploy` with these arguments."""
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "minixdr_cluster.tool", HOST, "--config", str(self.config), *arguments],
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            env=self.environment | (environment or {}),
            cwd=self.folder,
        )
        return Ran(done.returncode, done.stdout, done.stderr, time.monotonic() - began)

    def ship(self, release: Release, *arguments: str, seconds: float = 600) -> Ran:
        """Run `minixdr-deploy ship` with a release's images."""
        self.check_out(release)
        images = ("--backend-image", release.backend.reference, "--frontend-image", release.frontend.reference)
        return self.deploy("ship", *images, *arguments, seconds=seconds)

    def check_out(self, release: Release) -> None:
        """Let the operator's checkout be this release."""
        self.revision = release.revision
        self.write_config(source=str(release.folder))

    def paste(self, mend: str, *, seconds: float = 600) -> Ran:
        """Run commands as a person who pastes them into a shell."""
        folder = self.folder / "bin"
        if not folder.is_dir():
            folder.mkdir()
            python, tool = sys.executable, f"-m minixdr_cluster.tool {HOST} --config {self.config}"
            uvx = Path(sys.executable).parent / "uvx"
            commands = {
                "minixdr-deploy": f'exec {python} {tool} "$@"',
                "kubectl": f'exec {self.cluster.plane.binaries.path("kubectl")} "$@"',
                "aws": f'exec env -u SSL_CERT_FILE {_installing()} {uvx} --quiet --from awscli aws "$@"',
            }
            for name, line in commands.items():
                (folder / name).write_text(f"#!/bin/sh\n{line}\n", "utf-8")
                (folder / name).chmod(0o755)
        began = time.monotonic()
        done = subprocess.run(  # noqa: S602 - what is pasted is a shell's
            mend,
            shell=True,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            env=self.environment | {"PATH": f"{folder}:{os.environ['PATH']}"},
            cwd=self.folder,
        )
        return Ran(done.returncode, done.stdout, done.stderr, time.monotonic() - began)

    @property
    def config(self) -> Path:
        """Return the path of deploy.yaml."""
        return self.folder / "deploy.yaml"

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of the operator's shell."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
        return {
            **kept,
            **self.cluster.aws.environment(),
            "PYTHONPATH": f"{REPOSITORY_ROOT / 'deploy/cluster'}:{self.folder / 'program'}",
            "SSL_CERT_FILE": str(self.cluster.plane.authority.path),
            "SOURCE_REVISION": self.revision,
            "KUBECONFIG": str(self.cluster.plane.kubeconfig),
        }

    def write_config(self, **changes: Any) -> None:
        """Write deploy.yaml."""
        port = self.cluster.url.rpartition(":")[2]
        config = {
            "account_id": ACCOUNT,
            "region": "us-east-1",
            "cluster": "mini-xdr-cluster",
            "context": self.cluster.plane.context,
            "namespace": NAMESPACE,
            "overlay": "overlay",
            "host": HOST,
            "url": f"https://{HOST}:{port}",
            "allowCidrs": self.allowed,
            "source": str(REPOSITORY_ROOT),
            "builder": {"kind": "local"},
            "kubectl": self.cluster.plane.binaries.path("kubectl"),
            "kubeconfig": str(self.cluster.plane.kubeconfig),
        }
        self.config.write_text(json.dumps(config | changes, indent=1), "utf-8")

    def ingest_token(self) -> str:
        """Make the first organization and return a token for its doors, as a person does in the console."""
        http = httpx.Client(
            base_url=self.cluster.plain_url, headers={"Host": HOST, "X-Minixdr-Request": "1"}, timeout=30
        )
        owner = {"email": "owner@example.com", "name": "Owner", "password": "correct horse battery staple"}
        body = owner | {"setup_code": SETUP_CODE, "organization": "Example"}
        made = http.post("/api/v1/setup", json=body)
        if made.is_error:
            raise AssertionError(f"setup: {made.status_code} {made.text}")
        cookies = "; ".join(f"{name}={value}" for name, value in made.cookies.items())
        token = http.post("/api/v1/tokens", json={"name": "load", "kind": "ingest"}, headers={"Cookie": cookies})
        if token.is_error:
            raise AssertionError(f"token: {token.status_code} {token.text}")
        text: str = token.json()["token"]
        return text

    def kept(self, batches: list[str]) -> dict[str, int]:
        """Return what the receipts of these batches say, in sums, and how many are missing."""
        import psycopg  # noqa: PLC0415 - a driver that only this needs

        query = (
            "SELECT count(*), coalesce(sum(received), 0)::bigint, coalesce(sum(events), 0)::bigint, "
            "coalesce(sum(received - events - skipped - malformed - duplicates), 0)::bigint "
            "FROM receipts WHERE batch_id = ANY(%s)"
        )
        with psycopg.connect(self.database["superuser"]) as connection:
            row = connection.execute(query, (batches,)).fetchone()
        assert row is not None
        return dict(zip(("receipts", "received", "events", "unaccounted"), map(int, row), strict=True))

    def _secrets(self) -> dict[str, dict[str, str]]:
        backend = {
            "MINIXDR_DATABASE_URL": self.database["MINIXDR_DATABASE_URL"],
            "MINIXDR_NATS_URL": f"nats://minixdr:{_NATS_PASSWORD}@nats:4222",
            "MINIXDR_SECRET_KEY": self.engines.secret_key(),
            "MINIXDR_SETUP_CODE": SETUP_CODE,
        }
        owner = {"MINIXDR_DATABASE_OWNER_URL": self.database["MINIXDR_DATABASE_OWNER_URL"]}
        nats = {"NATS_PASSWORD": _NATS_PASSWORD, "NATS_CLUSTER_PASSWORD": "of-routes"}
        return {"mini-xdr/backend": backend, "mini-xdr/migrate": owner, "mini-xdr/nats": nats}

    def _overlay(self) -> None:
        """Write the overlay: the repository's base and Jobs, with this machine's folders in place of S3."""
        shutil.copytree(REPOSITORY_ROOT / "k8s", self.folder / "k8s", dirs_exist_ok=True)
        overlay = self.folder / "overlay"
        overlay.mkdir()
        for name in ("migrate-job.yaml", "canary-job.yaml"):
            shutil.copy(self.folder / "k8s" / name, overlay / name)
        settings = [
            f"MINIXDR_WAREHOUSE={self.folder / 'lake'}",
            f"MINIXDR_MODEL_STORE={self.folder / 'models'}",
            f"MINIXDR_PUBLIC_URL=https://{HOST}",
            "MINIXDR_LOG_MOST_BYTES=1073741824",
        ]
        kustomization = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": ["../k8s", "migrate-job.yaml", "canary-job.yaml"],
            "configMapGenerator": [{"name": "mini-xdr-config", "behavior": "merge", "literals": settings}],
            "generatorOptions": {"disableNameSuffixHash": True},
        }
        (overlay / "kustomization.yaml").write_text(json.dumps(kustomization, indent=1), "utf-8")
        binary = shutil.which("nats-server", path=str(Path(sys.executable).parent)) or "nats-server"
        image = Image(NATS_IMAGE_NAME, "", self.folder, ("/nats-server",), programs={"/nats-server": (binary,)})
        for line in (self.folder / "k8s/nats.yaml").read_text("utf-8").splitlines():
            if line.strip().startswith("image:"):
                self.cluster.images.alias(line.split("image:", 1)[1].strip(), image)


def _installing() -> str:
    """Return what this machine needs to install from its package index, as assignments for a shell."""
    kept = {
        name: value for name, value in os.environ.items() if name.startswith(("UV_", "PIP_")) or name == "SSL_CERT_FILE"
    }
    return " ".join(f"{name}={shlex.quote(value)}" for name, value in kept.items())
