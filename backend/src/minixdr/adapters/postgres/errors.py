"""PostgreSQL's errors in the words of the ports, decided by SQLSTATE."""

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from minixdr.ports.database import DatabaseAwayError, DatabaseBusyError, DatabaseConflictError

_CONFLICTS = {"40001", "40P01"}
"""Serialization failure, deadlock: the same work may well succeed when repeated."""

_BUSY = {"57014", "55P03"}
"""Statement timeout, lock timeout."""

_AWAY_CLASSES = {"08", "57", "53", "58"}
"""Connection trouble, shutdown, no resources (disk full, too many connections), system error."""

_READ_ONLY = "25006"
"""A fail-over happens: this server is a standby now."""


TRANSLATED = (DBAPIError, PoolTimeoutError, psycopg.Error)
"""What to catch around work with the database, and hand to `translated`."""


def translated(error: Exception) -> Exception:
    """Return the port's error for what the driver raised; the error itself where it is a fault of the program, which must be seen."""
    if isinstance(error, PoolTimeoutError):
        return DatabaseBusyError("no connection became free in time")
    original = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(original, psycopg.Error):
        return error
    state = original.sqlstate
    if state in _CONFLICTS:
        return DatabaseConflictError("another transaction changed the same rows")
    if state in _BUSY:
        return DatabaseBusyError("the database took too long")
    if state is None:
        lost = isinstance(original, psycopg.OperationalError | psycopg.InterfaceError)
        return DatabaseAwayError(f"the database cannot be reached: {_first_line(original)}") if lost else error
    if state[:2] in _AWAY_CLASSES or state == _READ_ONLY:
        return DatabaseAwayError(f"the database cannot serve now (SQLSTATE {state}): {_first_line(original)}")
    return error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
