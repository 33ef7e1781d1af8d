"""Contracts on the repository itself."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
BACKEND = REPOSITORY / "backend"
SOURCE = BACKEND / "src" / "minixdr"
LOCK_NAMES = ("requirements.lock", "package-lock.json", ".npmrc", "pip.conf", "uv.lock")
BANNED_MODULE_NAMES = {"utils", "helpers", "common", "misc", "manager", "base"}


def _modules() -> list[Path]:
    return [path for path in sorted(SOURCE.rglob("*.py")) if "ocsf" not in path.parts]


def test_lock_files_name_no_registry_host() -> None:
    """A clone installs from whatever index its machine is set up with."""
    for path in REPOSITORY.rglob("*"):
        if path.name in LOCK_NAMES and not {".venv", "node_modules"} & set(path.parts):
            # npm notes where a package's authors take money and why an old one is not to be used: it installs from `resolved` alone.
            names = '"resolved"' if path.name == "package-lock.json" else r"https?://|--index-url"
            assert not re.search(names, path.read_text("utf-8")), path


def test_every_locked_package_has_a_hash() -> None:
    """What was reviewed is what is installed."""
    blocks = re.split(r"\n(?=\S)", (BACKEND / "requirements.lock").read_text("utf-8"))
    packages = [block for block in blocks if re.match(r"^[A-Za-z0-9_.-]+==", block)]
    assert packages
    assert all("--hash=sha256:" in block for block in packages)


def test_imports_follow_the_reading_order() -> None:
    """A stage imports only what comes before it; no cycle at any depth."""
    result = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=BACKEND,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_modules_stay_readable(path: Path) -> None:
    """A module has one reason to change: 400 lines at most, and a name that says what is in it."""
    assert len(path.read_text("utf-8").splitlines()) <= 400
    assert path.stem not in BANNED_MODULE_NAMES


def test_stages_are_functions_of_values() -> None:
    """Ingest to correlate touch no disk, clock, network, process or randomness."""
    banned = re.compile(
        r"^\s*(?:import|from) (?:socket|subprocess|random|secrets|requests|urllib\.request|asyncio|multiprocessing)\b"
        r"|\btime\.time\(|\bdatetime\.(?:now|utcnow|today)\(|(?<![\w.])(?<!def )open\(",
        re.MULTILINE,
    )
    for stage in ("schema", "ports", "ingest", "normalize", "detect", "correlate"):
        for path in (SOURCE / stage).rglob("*.py"):
            found = banned.search(path.read_text("utf-8"))
            assert found is None, f"{path}: {found.group(0) if found else ''}"
