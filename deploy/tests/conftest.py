"""A deployment to try a ship on: in memory."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fake_cluster import FakeCluster
from minixdr_deploy import config, plan
from minixdr_deploy.plan import Wanted
from minixdr_deploy.release import Release
from minixdr_deploy.ship import Looks, Ship, Shipped, Times
from minixdr_deploy.world import World

CONFIG = """
account_id: "123456789012"
context: test
host: xdr.example.com
allowCidrs: [203.0.113.0/24]
overlay: .
"""


def release(number: int) -> Release:
    """Return a release: version 0.<number>.0, schema 1 to <number>."""
    revision = f"{number:x}" * 40
    images = {
        name: f"123456789012.dkr.ecr.us-east-1.amazonaws.com/mini-xdr-{name}@sha256:{f'{number:x}' * 64}"
        for name in ("backend", "frontend")
    }
    return Release(
        f"0.{number}.0-{revision[:12]}", f"0.{number}.0", revision, images["backend"], images["frontend"], 1, number
    )


class FakeAws:
    """Knows who we are."""

    def client(self, service: str) -> Any:
        """Return STS."""
        assert service == "sts"
        return self

    def get_caller_identity(self) -> dict[str, str]:
        """Return it."""
        return {"Arn": "arn:aws:iam::123456789012:user/ann"}


@dataclass
class Deployment:
    """A deployment in memory, and its operator."""

    kube: FakeCluster
    world: World
    said: list[str]
    problems: dict[str, Any] = field(default_factory=dict)
    """What preflight, doctor and verify find."""

    def looks(self) -> Looks:
        """Return looks that find what `problems` says."""
        return Looks(
            preflight=lambda _: self.problems.get("preflight", ()),
            doctor=lambda _: self.problems.get("doctor", ()),
            verify=lambda _: self.problems.get("verify", ()),
            secrets=lambda _: self.kube.changes.append("sync secrets"),
        )

    def ship(self, wanted: Release, *, migrated: bool = False, **options: Any) -> Shipped:
        """Ship it."""
        from minixdr_deploy.release_commands import read_state  # noqa: PLC0415

        made = plan.plan(
            Wanted(wanted.id, wanted.backend_image, wanted.frontend_image, wanted.schema_newest, given=True),
            read_state(self.world, wanted.backend_image),
        )
        return Ship(
            self.world,
            made,
            "arn:aws:iam::123456789012:user/ann",
            self.looks(),
            lambda _: None,
            lambda: wanted,
            times=Times(verify=0.0),
        ).run(**options)

    def running(self, name: str) -> str:
        """Return the digest of a Deployment."""
        image: str = self.kube.objects["deployment", name]["spec"]["template"]["spec"]["containers"][0]["image"]
        return image.rpartition("@")[2]


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    """Return one in which nothing was shipped yet."""
    (tmp_path / "kustomization.yaml").touch()
    kube, said = FakeCluster(), []
    kube.objects["namespace", "mini-xdr"] = {
        "kind": "Namespace",
        "metadata": {"name": "mini-xdr", "resourceVersion": "1"},
    }
    world = World(
        config=config.parse(CONFIG, tmp_path / "deploy.yaml"),
        kube=kube,
        aws=FakeAws(),  # type: ignore[arg-type] - what is asked of AWS beyond this is tried against moto
        http=httpx.Client(),
        now=lambda: datetime.now(UTC),
        say=said.append,
    )
    return Deployment(kube, world, said)


Interrupt = Callable[[str], None]


def interrupting(at: str) -> Interrupt:
    """Return a hook that interrupts, once, at a change."""
    left = [at]

    def interrupt(change: str) -> None:
        if left and change == left[0]:
            left.clear()
            raise KeyboardInterrupt

    return interrupt
