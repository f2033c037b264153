"""What went wrong with a provider: our errors for pydantic-ai's, and whether the provider may charge all the same."""

from pydantic_ai import exceptions

from innkeeper.schemas.errors import InnkeeperError, ModelRefused, ModelRejected, ModelUnavailable, OutputInvalid
from innkeeper.schemas.models import CallOutcome

_UNAVAILABLE: tuple[tuple[type[Exception], str, CallOutcome], ...] = (
    (exceptions.ModelRateLimitError, "limits the rate of requests", CallOutcome.RATE_LIMITED),
    (exceptions.ModelTimeoutError, "did not answer in time", CallOutcome.TIMED_OUT),
    (exceptions.ModelRequestTimeout, "did not answer in time", CallOutcome.TIMED_OUT),
    (exceptions.ModelUnavailableError, "is overloaded or down", CallOutcome.UNAVAILABLE),
    (exceptions.ModelServerError, "failed with a server error", CallOutcome.UNAVAILABLE),
    (exceptions.ModelConnectionError, "cannot be reached, or broke off its answer", CallOutcome.UNAVAILABLE),
)
_REJECTED: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.ModelQuotaExceededError, "the account's quota or credit is used up; see its billing page"),
    (exceptions.ModelAuthenticationError, "the API key is wrong, or may not use this model"),
    (exceptions.ModelNotFoundError, "there is no such model at this address"),
    (exceptions.ModelContextWindowExceededError, "the conversation is longer than the model can read"),
)
_NOT_SENT = ("pool", "connect")  # phases of a connection
_UNREADABLE = (
    exceptions.UnexpectedModelBehavior,
    exceptions.ModelAPIError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
)


def may_be_charged(error: BaseException) -> bool:
    """Whether the provider had the request, and may have worked on it, when a call failed with `error` of ours."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, exceptions.ModelAPIError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, exceptions.ModelConnectionError):
        return cause.phase not in _NOT_SENT
    return isinstance(cause, exceptions.ModelRequestTimeout) or (cause is not None and cause.in_stream)


def as_our_error(error: Exception, link: str) -> InnkeeperError:
    """The error of this library for pydantic-ai's. A provider's words stay out: they may be a guest's."""
    if isinstance(error, InnkeeperError):
        return error
    for kind, what, outcome in _UNAVAILABLE:
        if isinstance(error, kind):
            after = getattr(error, "retry_after", None)
            return ModelUnavailable(f"{link} {what}", outcome=outcome.value, retry_after_s=after)
    for kind, what in _REJECTED:
        if isinstance(error, kind):
            return ModelRejected(f"{link}: {what}")
    if isinstance(error, exceptions.ContentFilterError):
        return ModelRefused(f"{link}: the provider's content filter stopped the answer")
    if isinstance(error, exceptions.ModelAPIError) and (reason := _reason_of(error)):
        return ModelRejected(f"{link}: the provider rejected the request ({reason})")
    if isinstance(error, _UNREADABLE):
        what = f"{link} sent an answer that cannot be read ({type(error).__name__})"
        return OutputInvalid(what, problem="it could not be read")
    return ModelUnavailable(f"{link} broke off ({type(error).__name__})", outcome=CallOutcome.UNAVAILABLE.value)


def _reason_of(error: exceptions.ModelAPIError) -> str | None:
    """Why a request was turned down; none where the SDK could not make sense of an answer."""
    told = error.provider_error_code or error.provider_error_type or getattr(error, "status_code", None)
    rejected = isinstance(error, exceptions.ModelRequestRejectedError) or error.in_stream
    return str(told) if told else ("unknown" if rejected else None)
