"""What a database driver raises, told as one of our errors."""

import sqlite3
from typing import Any

from sqlalchemy import exc

from innkeeper.schemas.errors import DatabaseUnavailable, InnkeeperError, NotConfigured

# SQLSTATE classes and codes that pass: connection lost, out of resources, operator's action,
# serialisation, deadlock, lock timeout, statement timeout
_PASSING = ("08", "53", "57P", "40001", "40P01", "55P03", "57014")
_REFUSED = ("28", "3D000", "3F000")
_NO_TABLE = "42P01"


def as_innkeeper_error(error: BaseException) -> InnkeeperError | None:
    """
    Our name for `error`, or none when it is a fault of the caller (a broken constraint, a wrong statement).

    The message never holds the statement, its values or the address: they may carry guest data or a password.
    """
    if isinstance(error, exc.TimeoutError):
        return DatabaseUnavailable("every database connection of this process is busy; try again", retry_after_s=1)
    cause = error.orig if isinstance(error, exc.DBAPIError) and error.orig is not None else error
    state = _sqlstate(cause)
    if state:
        return _of_postgresql(state)
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(cause)
    if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
        return DatabaseUnavailable("the database closed the connection; try again", retry_after_s=1)
    return None


def unreachable(error: OSError) -> DatabaseUnavailable:
    """What a socket error means while connecting; `TimeoutError` and `ConnectionRefusedError` are among them."""
    return DatabaseUnavailable(
        f"the database does not answer ({type(error).__name__}); is it running?", retry_after_s=5
    )


def _of_postgresql(state: str) -> InnkeeperError | None:
    if state.startswith(_PASSING):
        return DatabaseUnavailable(
            f"PostgreSQL is not available at the moment (SQLSTATE {state}); try again", retry_after_s=2
        )
    if state.startswith(_REFUSED):
        return NotConfigured(
            f"PostgreSQL refused the connection (SQLSTATE {state}); "
            "check user, password and database in INNKEEPER_DATABASE_URL"
        )
    if state == _NO_TABLE:
        return NotConfigured(
            "the database has no tables yet; start Innkeeper once, or call innkeeper.blocks.database.migrate.upgrade"
        )
    return None


def _of_sqlite(cause: sqlite3.Error) -> InnkeeperError | None:
    text = str(cause)
    if "no such table" in text:
        return NotConfigured(
            "the database has no tables yet; start Innkeeper once, or call innkeeper.blocks.database.migrate.upgrade"
        )
    if "not a database" in text or "malformed" in text:
        return NotConfigured(
            "the file of INNKEEPER_DATABASE_URL is not a SQLite database, or it is damaged; restore it or name another"
        )
    if "readonly" in text or "unable to open" in text:
        return NotConfigured(
            "the SQLite file cannot be opened for writing; check that its folder exists and who owns it"
        )
    if "locked" in text or "busy" in text or "disk" in text:
        return DatabaseUnavailable(
            f"SQLite: {text}; try again, or use PostgreSQL when many processes write", retry_after_s=1
        )
    return None


def _sqlstate(cause: Any) -> str:
    """The five characters by which PostgreSQL names an error; empty when there are none."""
    for candidate in (cause, cause.__cause__):
        state = getattr(candidate, "sqlstate", None)
        if isinstance(state, str):
            return state
    return ""
