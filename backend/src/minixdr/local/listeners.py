"""Who listens on a port, to say whom to ask. Linux's /proc; elsewhere nobody is named."""

from pathlib import Path

_LISTENING = "0A"


def holder_of(port: int) -> str:
    """Return a few words about the process that listens on a TCP port: as much as this account may see."""
    inodes = _inodes(port)
    for process in Path("/proc").glob("[0-9]*") if inodes else ():
        try:
            held = any(_link(entry) in inodes for entry in (process / "fd").iterdir())
            command = (
                (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip() if held else ""
            )
        except OSError:  # another account's, or it ended meanwhile
            continue
        if held:
            return f"process {process.name} ({command[:80]})"
    return "a process of another account" if inodes else "another process"


def _inodes(port: int) -> set[str]:
    found = set()
    for table in ("tcp", "tcp6"):
        try:
            lines = Path("/proc/net", table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            columns = line.split()
            if columns[3] == _LISTENING and int(columns[1].rpartition(":")[2], 16) == port:
                found.add(f"socket:[{columns[9]}]")
    return found


def _link(entry: Path) -> str:
    try:
        return str(entry.readlink())
    except OSError:
        return ""
