"""What the source says about the release that would be built of it, and the source as an archive for a build machine."""

import json
import subprocess
import sys
from pathlib import Path

import msgspec

from minixdr_deploy.problem import DeployError, Problem

_SECONDS = 60


class SourceError(DeployError):
    """No release can be named from the source."""


class Source(
    msgspec.Struct,
    frozen=True,
    rename={
        "version": "VERSION",
        "revision": "REVISION",
        "schema_oldest": "SCHEMA_OLDEST",
        "schema_newest": "SCHEMA_NEWEST",
        "tag": "TAG",
    },
):
    """What it says."""

    version: str
    revision: str
    tag: str
    """`<version>-<revision12>`."""
    schema_oldest: str
    schema_newest: str

    def build_args(self) -> dict[str, str]:
        """Return the build arguments that become the images' labels."""
        return {
            "VERSION": self.version,
            "REVISION": self.revision,
            "SCHEMA_OLDEST": self.schema_oldest,
            "SCHEMA_NEWEST": self.schema_newest,
        }


def read(folder: Path, revision: str | None = None) -> Source:
    """Return what the checkout says; of a tree with changes nothing is said, for no revision names it. Raises SourceError."""
    script = folder / "deploy" / "images" / "facts.py"
    if not script.is_file():
        raise SourceError(
            Problem(
                "source-missing",
                f"{folder} is no checkout of Mini-XDR: there is no {script}",
                mend="edit `source` in deploy.yaml",
            )
        )
    command = [sys.executable, str(script), "--source", str(folder), *(["--revision", revision] if revision else [])]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=_SECONDS, start_new_session=True
    )
    if done.returncode:
        mend = "git status, then git commit; or give images that are built: --backend-image, --frontend-image"
        raise SourceError(
            Problem("source-unnamed", "no release can be named from the source", (done.stderr.strip(),), mend)
        )
    return msgspec.convert(json.loads(done.stdout), Source)


def archive(folder: Path, revision: str, to: Path, kind: str) -> None:
    """Write the source at a revision as a `zip` or `tar.gz`. Raises SourceError."""
    command = ["git", "-C", str(folder), "archive", f"--format={kind}", f"--output={to}", revision]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=_SECONDS, start_new_session=True
    )
    if done.returncode:
        raise SourceError(
            Problem(
                "source-archive",
                f"git cannot pack revision {revision}",
                (done.stderr.strip(),),
                f"git -C {folder} log -1 {revision}",
            )
        )
