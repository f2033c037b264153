"""Errors that Innkeeper raises on purpose; who should do what is in the name.

* InnkeeperError
  + TransientError        may succeed later: tasks retry it
    - DatabaseUnavailable
    - ModelUnavailable    rate limit, 5xx, time-out or no connection
    - ServiceUnavailable  the same, of one of the hotel's own services
  + PermanentError        never retried
    - InputInvalid        the caller's data; names the field or the place
      · DocumentUnreadable  a file that cannot be read; `reason` says why
    - Conflict            it contradicts what is stored: another request under the same key, a decision made before
    - NotFound            the hotel has no such room, booking or price
    - NotAllowed          this principal may not see or do it
    - NotConfigured       an operator must set something
    - ModelRejected       the provider turned the request down: key, quota, unknown model, too long
    - ModelRefused        the model declined to answer
    - OutputInvalid       the model answered in a shape that was not asked for
    - StreamBroken        a streamed answer broke off after its first words
    - CircuitOpen         the provider failed too often and is left alone for a while
    - BudgetExceeded      a hard limit on spending leaves no room for the call
    - ConversationNotFound  there is none of this id, or it is somebody else's
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


class DocumentUnreadable(InputInvalid):
    """
    A document cannot be read.

    `reason` is `encrypted`, `damaged`, `too_large`, `too_slow`, `no_text`, `unsupported`, `unsafe` or `injection`.
    """

    def __init__(self, message: str, *, reason: str = "damaged") -> None:
        super().__init__(message)
        self.reason = reason


class Conflict(PermanentError):
    """It contradicts what is stored; the message says what that is."""


class NotFound(PermanentError):
    """The hotel has no such room, booking or price; the message names what there is instead, where it may be told."""


class NotAllowed(PermanentError):
    """This principal may not see or do it; the message is the same whether or not the thing exists."""


class NotConfigured(PermanentError):
    """A setting, a key or a set-up step is missing."""


class ModelUnavailable(TransientError):
    """A provider did not answer: rate limit, server error, time-out or no connection."""

    def __init__(self, message: str, *, outcome: str = "unavailable", retry_after_s: float | None = None) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
        self.outcome = outcome  # a `schemas.models.CallOutcome`


class ServiceUnavailable(TransientError):
    """A service of the hotel (room status, prices) did not answer: server error, time-out or no connection."""


class ModelRejected(PermanentError):
    """A provider turned the request down; the message names what an operator can change."""


class ModelRefused(PermanentError):
    """A model, or its provider's content filter, declined to answer."""


class OutputInvalid(PermanentError):
    """A model answered, but not in the shape that was asked for; `problem` says what is wrong, for a second attempt."""

    def __init__(self, message: str, *, problem: str = "") -> None:
        super().__init__(message)
        self.problem = problem


class BudgetExceeded(PermanentError):
    """A hard limit on spending leaves no room for the call."""


class CircuitOpen(PermanentError):
    """A provider failed too often: it is left alone for a while, and the next link is asked."""


class StreamBroken(PermanentError):
    """A streamed answer broke off after its first words were shown; the caller says so, and may ask anew."""


class ConversationNotFound(PermanentError):
    """There is no conversation of this id, or it belongs to somebody else; the caller is not told which."""

    def __init__(self, message: str = "There is no such conversation; leave the id out to begin a new one.") -> None:
        super().__init__(message)
