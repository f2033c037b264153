"""Errors that Innkeeper raises on purpose; who should do what is in the name.

* InnkeeperError
  + TransientError        may succeed later: tasks retry it
    - DatabaseUnavailable
  + PermanentError        never retried
    - InputInvalid        the caller's data; names the field or the place
    - NotConfigured       an operator must set something
"""

from typing import Any


class InnkeeperError(Exception):
    """Base class. `str(error)` says what happened, where and what to do; it may be shown to a user."""

    def __reduce__(self) -> Any:  # keyword-only constructors survive pickling between workers
        return type(self).__new__, (type(self), *self.args), self.__dict__


class TransientError(InnkeeperError):
    """It may succeed when tried again."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class DatabaseUnavailable(TransientError):
    """The database did not answer, or was locked for too long."""


class PermanentError(InnkeeperError):
    """Trying again would give the same result."""


class InputInvalid(PermanentError):
    """The data that was given cannot be used."""

    def __init__(self, message: str, *, problems: list[str] | None = None) -> None:
        super().__init__(message)
        self.problems = problems or []


class NotConfigured(PermanentError):
    """A setting, a key or a set-up step is missing."""
