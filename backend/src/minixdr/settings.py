"""What can be set from outside, read once from the environment; only `wiring.py` reads it."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from minixdr.app.services import BadSetting

_MOST_JOBS = 1_024
"""More processes than any machine has cores: a slip of the keyboard."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Frozen settings."""

    cache_folder: Path | None
    """Compiled rules are kept here between runs. `MINIXDR_CACHE_DIR`, else `minixdr` below `XDG_CACHE_HOME`, else `~/.cache/minixdr`;
    None where there is no home either."""
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
