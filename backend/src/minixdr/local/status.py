"""What runs, for `minixdr status`: written by the supervisor at each change, read by others."""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from minixdr.local.folder import DataFolder, write_privately
from minixdr.local.supervisor import Supervisor


@dataclass(frozen=True, slots=True)
class PartStatus:
    """One part as last seen."""

    name: str
    title: str
    pid: int | None
    """None: it has no process now."""
    restarts: int
    why_ended: str
    """How its process before this one ended; empty where there was none."""
    memory_bytes: int | None
    """Memory of the process and its children; a page that several share counts by its share (PSS). None where /proc does not say."""


@dataclass(frozen=True, slots=True)
class Status:
    """The parts of one `minixdr up`."""

    pid: int
    address: str
    """The api's."""
    web: str | None
    """The console's; None: there is none."""
    ready: bool
    parts: tuple[PartStatus, ...]


def write_status(folder: DataFolder, addresses: tuple[str, str | None], supervisor: Supervisor, *, ready: bool) -> None:
    """Write what runs now. `addresses`: the api's, and the console's where there is one."""
    address, web = addresses
    parts = [
        {
            "name": name,
            "title": running.part.title,
            "pid": running.process.pid if running.process else None,
            "restarts": running.restarts,
            "why_ended": running.why_ended,
        }
        for name, running in supervisor.parts.items()
    ]
    written_at = datetime.now(UTC).isoformat(timespec="seconds")
    write_privately(
        folder.path / "status.json",
        {"pid": os.getpid(), "address": address, "web": web, "ready": ready, "written_at": written_at, "parts": parts},
    )


def read_status(folder: DataFolder) -> Status | None:
    """Return what runs in this folder; None where nothing does."""
    pid = folder.holder()
    if pid is None:
        return None
    try:
        written: dict[str, Any] = json.loads((folder.path / "status.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        written = {}
    if written.get("pid") != pid:  # it has only just begun, or it is no `minixdr up`
        return Status(pid, "", None, ready=False, parts=())
    parents = _parents()
    parts = tuple(PartStatus(**part, memory_bytes=_tree(parents, part["pid"])) for part in written["parts"])
    return Status(pid, written["address"], written.get("web"), ready=written["ready"], parts=parts)


def memory_bytes(pid: int) -> int | None:
    """Return the memory of one process: its share of shared pages, or, where the kernel does not tell, all of them."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    except OSError:
        pass
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return None


def _parents() -> dict[int, int]:
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            fields = (process / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        found[int(process.name)] = int(fields[1])
    return found


def _tree(parents: dict[int, int], root: int | None) -> int | None:
    own = None if root is None else memory_bytes(root)
    if own is None:
        return None
    children = [pid for pid, parent in parents.items() if parent == root]
    return own + sum(_tree(parents, child) or 0 for child in children)
