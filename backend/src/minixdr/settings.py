"""What can be set from outside, read once from the environment; only `wiring.py` reads it."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Frozen settings."""

    cache_folder: Path
    """Compiled rules are kept here between runs. `MINIXDR_CACHE_DIR`, else `minixdr` below `XDG_CACHE_HOME`, else `~/.cache/minixdr`."""
    jobs: int
    """Processes that work at once: as many as this process may use cores (`MINIXDR_JOBS` overrides). One where processes cannot be forked safely."""
    rules_folder: Path
    """The rules that come along."""

    @classmethod
    def read(cls, environment: dict[str, str] | None = None) -> "Settings":
        """Return the settings of this environment. Raises ValueError where a value is none."""
        given = dict(os.environ) if environment is None else environment
        cache = given.get("MINIXDR_CACHE_DIR") or given.get("XDG_CACHE_HOME")
        folder = Path(cache) if cache else Path.home() / ".cache"
        return cls(
            cache_folder=folder if given.get("MINIXDR_CACHE_DIR") else folder / "minixdr",
            jobs=_jobs(given.get("MINIXDR_JOBS")),
            rules_folder=_content() / "rules",
        )


def _jobs(text: str | None) -> int:
    if text:
        if not text.isdigit() or not int(text):
            raise ValueError(f"MINIXDR_JOBS is {text!r}; it takes a number of processes, 1 or more")
        return int(text)
    if sys.platform != "linux":
        return 1
    return len(os.sched_getaffinity(0))


def _content() -> Path:
    """Return the folder of content: inside the installed package, else beside the sources of a checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "content"
    return installed if installed.is_dir() else package.parents[1] / "content"
