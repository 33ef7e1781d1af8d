"""DuckDB, locked: it reads the warehouse's files and what is registered, writes its own spill folder, and nothing else.

One in-memory database a process, so that all hunts together stay below one bound of memory; a cursor a hunt, so that each can be interrupted.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from minixdr.adapters.hunting.networks import MACROS
from minixdr.ports.hunting import HuntStoppedError, HuntTooLargeError, HuntTooLongError, Watch
from minixdr.ports.lake import DamagedFileError, LakeAwayError


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """What all hunts of a process may use together."""

    memory_bytes: int = 1 << 30
    spill_bytes: int = 8 << 30
    threads: int = 2


class Engine:
    """The database."""

    def __init__(
        self, folders: Sequence[str], schema: pa.Schema, limits: EngineLimits | None = None, filesystem: Any = None
    ) -> None:
        """`folders`: what may be read; `schema`: the columns of the lake's files; `filesystem`: fsspec's, for files that are not on this
        machine."""
        self._folders = list(folders)
        self._schema = schema
        self._limits = limits or EngineLimits()
        self._filesystem = filesystem
        self._lock = threading.Lock()

    @cached_property
    def _scratch(self) -> TemporaryDirectory[str]:
        return TemporaryDirectory(prefix="minixdr-hunts-")

    @cached_property
    def empty_file(self) -> str:
        """A Parquet file without rows: read beside others, it gives all columns to those that are older than a column."""
        path = str(Path(self._scratch.name) / "empty.parquet")
        pq.write_table(self._schema.empty_table(), path)
        return path

    @cached_property
    def _database(self) -> duckdb.DuckDBPyConnection:
        scratch = self._scratch.name
        database = duckdb.connect(
            ":memory:",
            config={
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "memory_limit": f"{self._limits.memory_bytes // (1 << 20)}MiB",
                "max_temp_directory_size": f"{self._limits.spill_bytes // (1 << 20)}MiB",
                "temp_directory": f"{scratch}/spill",
                "threads": str(self._limits.threads),
                "preserve_insertion_order": "false",
            },
        )
        for macro in MACROS:
            database.execute(macro)
        if self._filesystem is not None:
            database.register_filesystem(self._filesystem)
        database.execute(
            "SET GLOBAL python_enable_replacements = false"
        )  # a name in a statement is no variable of this program
        database.execute("SET GLOBAL TimeZone = 'UTC'")
        database.execute("SET allowed_directories = $1", [[*self._folders, scratch]])
        database.execute("SET enable_external_access = false")
        database.execute("SET lock_configuration = true")
        return database

    @property
    def threads(self) -> int:
        """How many threads run what is asked."""
        return self._limits.threads

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a new cursor: registered tables and running statements are its own."""
        with self._lock:
            return self._database.cursor()

    def close(self) -> None:
        """Stop all, and delete the spill folder."""
        with self._lock:
            if "_database" in self.__dict__:
                self._database.close()
            if "_scratch" in self.__dict__:
                self._scratch.cleanup()


_AGAIN_SECONDS = 0.02


@contextmanager
def watched(cursors: Sequence[duckdb.DuckDBPyConnection], watch: Watch) -> Iterator[None]:
    """Interrupt what the cursors run when time is up or nobody waits; say DuckDB's errors as the port does."""
    reason: list[Exception] = []
    done, wake = threading.Event(), threading.Event()

    def stop() -> None:
        reason.append(HuntStoppedError("nobody waits for the hunt any more"))
        wake.set()

    def guard() -> None:
        if not wake.wait(watch.timeout_seconds):
            reason.append(HuntTooLongError(f"the hunt took longer than {watch.timeout_seconds:g} s"))
        while not done.wait(_AGAIN_SECONDS):  # again and again: between two statements there is nothing to interrupt
            for cursor in cursors:
                cursor.interrupt()

    guarding = threading.Thread(target=guard, name="hunt-guard", daemon=True)
    guarding.start()
    watch.on_stop(stop)
    try:
        with _said(reason):
            if not reason:
                yield
            if reason:
                raise reason[0]
    finally:
        watch.on_stop(None)
        done.set()
        wake.set()
        guarding.join()


@contextmanager
def _said(reason: Sequence[Exception]) -> Iterator[None]:
    """Say DuckDB's errors as the port does; `reason`: why what ran was interrupted."""
    try:
        yield
    except duckdb.InterruptException as error:
        raise (reason[0] if reason else HuntStoppedError("the hunt was interrupted")) from error
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        raise HuntTooLargeError(
            "the hunt needs more memory or disk than hunts may use: a shorter time range, fewer different values"
        ) from error
    except (duckdb.IOException, duckdb.HTTPException, duckdb.PermissionException) as error:
        raise LakeAwayError(str(error)) from error
    except duckdb.Error as error:
        if type(error) is not duckdb.Error:  # a statement that cannot run is a mistake of this program
            raise
        raise DamagedFileError(str(error).splitlines()[0]) from error
