"""One cluster and one installation for all tests, in the order of the files: a ship takes a minute, a cluster ten seconds.

What the tests need that is not there makes them skip, with the reason.
"""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from minixdr_cluster import binaries, haproxy, releases
from minixdr_cluster.cluster import HOST, Cluster
from minixdr_cluster.engines import engines
from minixdr_cluster.installation import Installation
from minixdr_cluster.load import Load
from minixdr_cluster.releases import Release


@dataclass
class Site:
    """The installation, what is shipped to it, and what ran last."""

    installation: Installation
    folder: Path
    token: str = ""
    shipped: int = 0
    """Number of the release that runs: N + this."""
    made: dict[str, Release] = field(default_factory=dict)

    @property
    def cluster(self) -> Cluster:
        """Return the cluster."""
        return self.installation.cluster

    def release(self, number: int) -> Release:
        """Return release N + number, in ECR."""
        return self._made(f"release-{number}", lambda folder, cache: releases.later(folder, cache, number))

    def failing_migration(self) -> Release:
        """Return a release whose migration fails."""
        return self._made("failing", lambda folder, cache: releases.failing_migration(folder, cache, self.shipped))

    def never_ready(self) -> Release:
        """Return a release that never says that it is ready."""
        return self._made("never-ready", lambda folder, cache: releases.never_ready(folder, cache, self.shipped))

    def load(self, name: str) -> Load:
        """Return load that runs while its block lasts."""
        folder = self.folder / "load" / name
        folder.mkdir(parents=True)
        return Load(self.cluster.plain_url, HOST, self.token, folder)

    def _made(self, name: str, make: Callable[[Path, Path], Release]) -> Release:
        if name not in self.made:
            self.made[name] = self.installation.push(make(self.folder / "releases" / name, self.installation.cache))
        return self.made[name]


_ORDER = ("test_ship", "test_what_keeps_requests", "test_doctor")
"""The ships first: each changes the schema, and only once."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the files in this order."""
    items.sort(key=lambda item: _ORDER.index(item.path.stem) if item.path.stem in _ORDER else len(_ORDER))


def say(text: str) -> None:
    """Print at once, past pytest's capture: a run takes minutes."""
    print(f"    {text}", file=sys.__stdout__, flush=True)


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """Return a running cluster with everything that an operator has before the first ship."""
    try:
        binaries.find()
    except binaries.NotBuiltError as error:
        pytest.skip(str(error))
    if haproxy.program() is None:
        pytest.skip("HAProxy is not installed: apt-get install haproxy")
    if shutil.which("node") is None:
        pytest.skip("Node.js is not installed: the console cannot be run")
    if not releases.console_is_built():
        pytest.skip("the console is not built: make web")
    cache = Path.home() / ".cache/minixdr-cluster/rules"
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="minixdr-cluster-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        with engines(folder) as running, Cluster(folder / "cluster") as cluster:
            say(f"{binaries.built_version(cluster.plane.binaries)}, ready in {cluster.plane.seconds_to_ready:.1f} s")
            yield Site(Installation(cluster, running, folder / "operator", cache).prepare(), folder)


@pytest.fixture
def shipped(site: Site) -> Site:
    """Return the installation with a release running: the first ship, where none was."""
    if not site.token:
        ran = site.installation.ship(site.release(0))
        say(f"first ship: exit status {ran.status} after {ran.seconds:.0f} s")
        assert ran.status == 0, f"the first ship failed: {ran}\n{site.cluster.state()}"
        site.token = site.installation.ingest_token()
    return site
