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
    resident_bytes: int | None
    """Memory of the process and its children, shared pages counted in each; None where /proc does not say."""


@dataclass(frozen=True, slots=True)
class Status:
    """The parts of one `minixdr up`."""

    pid: int
    address: str
    ready: bool
    parts: tuple[PartStatus, ...]


def write_status(folder: DataFolder, address: str, supervisor: Supervisor, *, ready: bool) -> None:
    """Write what runs now."""
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
        {"pid": os.getpid(), "address": address, "ready": ready, "written_at": written_at, "parts": parts},
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
        return Status(pid, "", ready=False, parts=())
    memory = _resident_bytes()
    parts = tuple(PartStatus(**part, resident_bytes=_tree(memory, part["pid"])) for part in written["parts"])
    return Status(pid, written["address"], ready=written["ready"], parts=parts)


def own_resident_bytes(pid: int) -> int | None:
    """Return the memory of one process without its children."""
    found = _resident_bytes().get(pid)
    return found[1] if found else None


def _resident_bytes() -> dict[int, tuple[int, int]]:
    """Return parent and resident bytes of each process."""
    page = os.sysconf("SC_PAGE_SIZE")
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            fields = (process / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        found[int(process.name)] = (int(fields[1]), int(fields[21]) * page)
    return found


def _tree(memory: dict[int, tuple[int, int]], root: int | None) -> int | None:
    if root is None or root not in memory:
        return None
    children = [pid for pid, (parent, _) in memory.items() if parent == root]
    return memory[root][1] + sum(_tree(memory, child) or 0 for child in children)
