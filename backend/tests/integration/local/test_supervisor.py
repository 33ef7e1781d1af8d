"""Parts are kept running, ended in order, and never outlive their supervisor."""

import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from minixdr.local.children import start
from minixdr.local.error import LocalError
from minixdr.local.supervisor import Part, Supervisor

_SECONDS = 10.0


def part(name: str, script: str, ready: Callable[[], bool] = lambda: True, stop_seconds: float = 5.0) -> Part:
    """Return a part that is a shell script."""
    return Part(
        name,
        f"the {name}",
        lambda output: start(["/bin/sh", "-c", script], environment={"PATH": os.environ["PATH"]}, output=output),
        ready,
        stop_seconds=stop_seconds,
    )


@pytest.fixture
def said() -> list[str]:
    """Return what the supervisor says."""
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    """Return a supervisor in this process."""
    with Supervisor(tmp_path, said.append) as made:
        yield made


def turn_until(supervisor: Supervisor, condition: Callable[[], bool]) -> None:
    """Let the supervisor work until something is so."""
    until = time.monotonic() + _SECONDS
    while not condition():
        assert time.monotonic() < until
        supervisor.turn(0.05)


def test_a_part_that_ends_is_started_again(supervisor: Supervisor, said: list[str], tmp_path: Path) -> None:
    """With its last words where a person looks."""
    supervisor.start(
        part("worker", f"echo out of tea; [ -e {tmp_path}/second ] && exec sleep 60; touch {tmp_path}/second; exit 7")
    )
    turn_until(supervisor, lambda: supervisor.parts["worker"].restarts == 1 and supervisor.parts["worker"].alive)
    assert "the worker ended with status 7; starting it again in 0.5 s" in said[0]
    assert "out of tea" in said[0]


def test_a_part_that_cannot_start_is_given_up_with_its_reason(supervisor: Supervisor) -> None:
    """A person reads why, instead of waiting."""
    supervisor.start(part("api", "echo the schema is from the future; exit 2", ready=lambda: False))
    with pytest.raises(
        LocalError, match=r"(?s)the api does not start: ended with status 2.*the schema is from the future"
    ):
        supervisor.until_ready(["api"], _SECONDS)


def test_a_part_that_is_never_ready_is_given_up(supervisor: Supervisor) -> None:
    """After the time it gets."""
    supervisor.start(part("api", "exec sleep 60", ready=lambda: False))
    with pytest.raises(LocalError, match="the api is not ready after 0 s"):
        supervisor.until_ready(["api"], 0.2)


def test_a_part_that_cannot_be_started_again_is_tried_later(supervisor: Supervisor, said: list[str]) -> None:
    """There may be memory for another process then; the others run on."""
    made = part("worker", "exit 1")
    failures = iter([False, True, False])

    def launch(output: int) -> subprocess.Popen[bytes]:
        if next(failures):
            raise OSError("Cannot allocate memory")
        return made.launch(output)

    supervisor.start(dataclasses.replace(made, launch=launch))
    turn_until(supervisor, lambda: supervisor.parts["worker"].restarts == 3)
    assert "the worker cannot be started: Cannot allocate memory" in said[1]
    assert "ended with status 1" in said[2]


def test_a_part_that_says_it_is_ill_is_started_anew_when_that_helps(supervisor: Supervisor, said: list[str]) -> None:
    """Not before: there may be no room yet."""
    room: list[bool] = []
    made = part("log", "echo no space left; exec sleep 60")
    supervisor.start(dataclasses.replace(made, ill=lambda line: "no space" in line, curable=lambda: bool(room)))
    turn_until(supervisor, lambda: supervisor.parts["log"].ill)
    supervisor.turn(0.1)
    assert said == []
    room.append(True)
    turn_until(supervisor, lambda: supervisor.parts["log"].restarts == 1)
    assert "the log has to be started anew" in said[0]


def test_a_part_is_ready_when_it_said_so(supervisor: Supervisor) -> None:
    """Each process anew."""
    supervisor.start(
        dataclasses.replace(
            part("worker", "sleep 0.3; echo '{worker_started}'; exec sleep 60"), ready_text="worker_started"
        )
    )
    began = time.monotonic()
    assert supervisor.until_ready(["worker"], _SECONDS)
    assert time.monotonic() - began > 0.3


def test_parts_end_in_the_order_told(supervisor: Supervisor, tmp_path: Path) -> None:
    """Each is gone before the next is asked."""
    for name in ("engine", "worker", "api"):
        supervisor.start(
            part(name, f"trap 'sleep 0.2; echo {name} >> {tmp_path}/order; exit' TERM; while :; do sleep 0.05; done")
        )
    for _ in range(4):
        supervisor.turn(0.1)
    supervisor.stop(["api", "worker", "engine"])
    assert (tmp_path / "order").read_text().split() == ["api", "worker", "engine"]


def test_a_part_that_does_not_end_is_made_to(supervisor: Supervisor, said: list[str]) -> None:
    """Stopping takes bounded time."""
    supervisor.start(part("api", "trap '' TERM; while :; do sleep 0.05; done", stop_seconds=0.3))
    supervisor.turn(0.2)
    supervisor.stop(["api"])
    assert not supervisor.parts["api"].alive
    assert "the api did not stop; it gets SIGKILL" in said


def test_what_a_part_leaves_behind_is_ended(supervisor: Supervisor, tmp_path: Path) -> None:
    """A worker's own children go with it."""
    supervisor.start(part("worker", f"sleep 300 & echo $! > {tmp_path}/pid; exit 1"))
    turn_until(supervisor, lambda: supervisor.parts["worker"].restarts == 1)
    child = int((tmp_path / "pid").read_text())
    turn_until(supervisor, lambda: not _runs(child))


def test_a_signal_ends_the_watch(supervisor: Supervisor) -> None:
    """At once, not at the next look."""
    supervisor.start(part("api", "exec sleep 60"))
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
    started = time.monotonic()
    supervisor.watch()
    assert time.monotonic() - started < 2
    assert supervisor.asked_to_stop()


_PROGRAM = """
import sys
from pathlib import Path
from minixdr.local.supervisor import Supervisor
from tests.integration.local.test_supervisor import part
with Supervisor(Path(sys.argv[1]), print) as supervisor:
    for name in ("one", "two"):
        supervisor.start(part(name, f"trap '' TERM INT HUP; echo $$ > {sys.argv[1]}/{name}; while :; do sleep 0.1; done"))
    supervisor.watch()
"""


def test_a_killed_supervisor_leaves_nothing(tmp_path: Path) -> None:
    """The kernel sees to it, also for parts that ignore signals."""
    process = subprocess.Popen([sys.executable, "-c", _PROGRAM, str(tmp_path)], cwd=Path(__file__).parents[3])
    until = time.monotonic() + _SECONDS
    while not all((tmp_path / name).is_file() and (tmp_path / name).read_text() for name in ("one", "two")):
        assert time.monotonic() < until
        time.sleep(0.05)
    pids = [int((tmp_path / name).read_text()) for name in ("one", "two")]
    assert all(_runs(pid) for pid in pids)
    process.kill()
    process.wait()
    until = time.monotonic() + 2
    while any(_runs(pid) for pid in pids):
        assert time.monotonic() < until
        time.sleep(0.02)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
