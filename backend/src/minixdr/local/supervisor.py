"""Keeps processes running: starts them, takes what they write, starts them again when they end, ends them in order.

One thread and one place that waits (`turn`): for output of a part, the end of a part, a signal to this process, or a time.
"""

import os
import selectors
import signal
import socket
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from minixdr.local.error import LocalError
from minixdr.local.part_log import PartLog

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 30.0
_STEADY_SECONDS = 60.0
"""A part that ran so long is started again without a pause."""
_TRIES_AT_START = 3
"""A part that ends so often before it was ever ready will not become ready."""
_HARD_SECONDS = 5.0
_ILL_SECONDS = 2.0
"""How often it is looked whether an ill part can be cured."""
_LINES_SHOWN = 6
_PIPE_BYTES = 1 << 20

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Part:
    """One process of the platform."""

    name: str
    title: str
    launch: Callable[[int], subprocess.Popen[bytes]]
    """Starts it; takes the descriptor that it writes to."""
    ready: Callable[[], bool] = lambda: True
    ready_text: str = ""
    """It is ready once it wrote a line with this in it, and `ready` says so."""
    ill: Callable[[str], bool] = lambda _: False
    """Whether a line that it wrote says that it will not work again until it is started anew."""
    curable: Callable[[], bool] = lambda: True
    """Whether starting it anew would help now."""
    stop_signals: tuple[signal.Signals, signal.Signals] = (signal.SIGTERM, signal.SIGKILL)
    stop_seconds: float = 15.0


@dataclass(slots=True)
class Running:
    """A part and its present process."""

    part: Part
    log: PartLog
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    """Monotonic seconds."""
    again_at: float | None = None
    restarts: int = 0
    pause: float = _FIRST_PAUSE_SECONDS
    was_ready: bool = False
    wrote: bool = False
    """Its present process wrote the text that says it is ready."""
    ill: bool = False
    why_ended: str = ""
    last: deque[str] = field(default_factory=lambda: deque(maxlen=_LINES_SHOWN))

    @property
    def alive(self) -> bool:
        """Whether it has a process now."""
        return self.process is not None


class Supervisor:
    """Parts, in the order they were started; they are ended in the order that `stop` is told."""

    def __init__(self, logs: Path, say: Say, changed: Callable[["Supervisor"], None] = lambda _: None) -> None:
        self._logs = logs
        self._say = say
        self._changed = changed
        self._running: dict[str, Running] = {}
        self._selector = selectors.DefaultSelector()
        self._asked: list[signal.Signals] = []
        self._stopping = False

    def __enter__(self) -> "Supervisor":
        """Take the signals."""
        self._near, self._far = socket.socketpair()
        for end in (self._near, self._far):
            end.settimeout(0)
        self._selector.register(self._near, selectors.EVENT_READ, None)
        self._woken_before = signal.set_wakeup_fd(self._far.fileno(), warn_on_full_buffer=False)
        self._handlers = {
            number: signal.signal(number, self._note)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)
        }
        return self

    def __exit__(self, *_: object) -> None:
        """End what still runs, and give the signals back."""
        self.stop(tuple(reversed(self._running)))
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._woken_before)
        self._selector.close()
        for end in (self._near, self._far):
            end.close()
        for running in self._running.values():
            running.log.close()

    @property
    def parts(self) -> Mapping[str, Running]:
        """What it keeps, by name."""
        return self._running

    def asked_to_stop(self) -> bool:
        """Whether a signal asked this process to end."""
        return bool(self._asked)

    def start(self, part: Part) -> None:
        """Start a part. Raises LocalError."""
        running = self._running[part.name] = Running(part, PartLog(self._logs / f"{part.name}.log"))
        try:
            self._launch(running)
        except LocalError as error:
            raise LocalError(f"{part.title} {error}") from error

    def until_ready(self, names: Sequence[str], seconds: float) -> bool:
        """Wait until these parts are ready. Return False where this process was asked to end before. Raises LocalError that says why not."""
        until = time.monotonic() + seconds
        waiting = [self._running[name] for name in names]
        pause = 0.02
        while not self.asked_to_stop():
            for running in list(waiting):
                if running.alive and running.wrote and running.part.ready():
                    running.was_ready = True
                    waiting.remove(running)
                    self._changed(self)
                elif running.restarts >= _TRIES_AT_START and not running.was_ready:
                    raise LocalError(f"{running.part.title} does not start: {running.why_ended}{self._shown(running)}")
            if not waiting:
                return True
            if time.monotonic() > until:
                late = waiting[0]
                raise LocalError(f"{late.part.title} is not ready after {seconds:.0f} s{self._shown(late)}")
            self.turn(pause)
            pause = min(pause * 1.5, 0.25)
        return False

    def run(self, command: Callable[[int], subprocess.Popen[bytes]], name: str, seconds: float) -> tuple[int, str]:
        """Run something to its end while the parts run. Return its status and what it wrote. Raises LocalError where it takes too long."""
        near, far = os.pipe()
        process = command(far)
        os.close(far)
        until = time.monotonic() + seconds
        output = bytearray()
        with os.fdopen(near, "rb") as pipe:
            os.set_blocking(near, False)
            ended = False
            while not ended:
                ended = process.poll() is not None
                while chunk := pipe.read(65536):
                    output += chunk
                if ended or self.asked_to_stop() or time.monotonic() > until:
                    break
                self.turn(0.02)
        if process.poll() is None:
            process.kill()
            process.wait()
            if not self.asked_to_stop():
                raise LocalError(f"{name} took longer than {seconds:.0f} s and was ended")
        return process.returncode, output.decode(errors="replace").strip()

    def watch(self) -> None:
        """Keep the parts running until a signal asks this process to end."""
        while not self.asked_to_stop():
            now = time.monotonic()
            due = [running.again_at - now for running in self._running.values() if running.again_at is not None]
            due += [_ILL_SECONDS for running in self._running.values() if running.ill]
            self.turn(max(0.0, min(due)) if due else None)

    def stop(self, order: Sequence[str]) -> None:
        """End these parts, one after the other; a second signal to this process makes it quick."""
        self._stopping = True
        for name in order:
            running = self._running.get(name)
            if running is None or running.process is None:
                continue
            process, (gently, hard) = running.process, running.part.stop_signals
            self._say(f"stopping {running.part.title}")
            for number, seconds in ((gently, running.part.stop_seconds), (hard, _HARD_SECONDS), (signal.SIGKILL, None)):
                if not running.alive:
                    break
                if number is not gently:
                    self._say(f"{running.part.title} did not stop; it gets {number.name}")
                os.kill(process.pid, number)  # not `send_signal`, which waits for one that has just ended
                until = None if seconds is None else time.monotonic() + seconds
                while running.alive and (until is None or time.monotonic() < until):
                    self.turn(0.1)
                    if number is gently and len(self._asked) > 1:
                        break
        self._changed(self)

    def turn(self, seconds: float | None) -> None:
        """Wait so long, or less: for whatever comes next, and do what it asks for."""
        for key, _ in self._selector.select(seconds):
            if key.data is None:
                with suppress(BlockingIOError):
                    self._near.recv(4096)
            else:
                self._take(key.fd, key.data)
        self._reap()
        now = time.monotonic()
        for running in self._running.values():
            if running.again_at is not None and now >= running.again_at and not self._stopping:
                self._launch_again(running)
            if running.ill and running.process is not None and not self._stopping and running.part.curable():
                running.ill = False
                self._say(f"{running.part.title} has to be started anew (see {running.log.path})")
                os.kill(running.process.pid, running.part.stop_signals[0])

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if number != signal.SIGCHLD:
            self._asked.append(signal.Signals(number))

    def _launch_again(self, running: Running) -> None:
        try:
            self._launch(running)
        except LocalError as error:  # no memory for another process, for example: it may be there later
            running.why_ended = str(error)
            self._pause(running)

    def _launch(self, running: Running) -> None:
        near, far = os.pipe()
        os.set_blocking(near, False)
        try:
            running.process = running.part.launch(far)
        except OSError as error:
            os.close(near)
            raise LocalError(f"cannot be started: {error}") from error
        finally:
            os.close(far)
        running.again_at = None
        running.wrote = not running.part.ready_text
        running.ill = False
        running.started = time.monotonic()
        self._selector.register(near, selectors.EVENT_READ, running)
        self._changed(self)

    def _take(self, descriptor: int, running: Running) -> None:
        try:
            chunk = os.read(descriptor, _PIPE_BYTES)
        except BlockingIOError:
            return
        if not chunk:
            self._selector.unregister(descriptor)
            os.close(descriptor)
            running.last.extend(running.log.end())
            return
        lines = running.log.add(chunk)
        running.last.extend(lines)
        running.wrote = running.wrote or any(running.part.ready_text in line for line in lines)
        running.ill = running.ill or any(running.part.ill(line) for line in lines)

    def _reap(self) -> None:
        for running in self._running.values():
            process = running.process
            if process is None or os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            with suppress(ProcessLookupError, PermissionError):
                # What it left behind. The number is still its own, for it is not yet waited for.
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for key in list(self._selector.get_map().values()):
                if key.data is running:
                    self._take(key.fd, running)
            running.process = None
            if self._stopping:
                self._changed(self)
                continue
            running.why_ended = _status(process.returncode)
            if time.monotonic() - running.started > _STEADY_SECONDS:
                running.pause = _FIRST_PAUSE_SECONDS
            self._pause(running)

    def _pause(self, running: Running) -> None:
        """Say why a part does not run, and when it is tried again."""
        running.restarts += 1
        running.again_at = time.monotonic() + running.pause
        self._say(
            f"{running.part.title} {running.why_ended}; starting it again in {running.pause:g} s (see {running.log.path})"
            + self._shown(running)
        )
        running.pause = min(running.pause * 2, _LONGEST_PAUSE_SECONDS)
        self._changed(self)

    @staticmethod
    def _shown(running: Running) -> str:
        return "".join(f"\n    {line}" for line in running.last)


def _status(code: int) -> str:
    if code >= 0:
        return f"ended with status {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
