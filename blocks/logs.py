"""Log lines on standard error: plain or JSON, with the request's id, and without guest data.

Only an entry point (such as `innkeeper serve`) calls `configure_logging`: a library leaves the root logger alone.
"""

import datetime as dt
import json
import logging
import sys
from contextvars import ContextVar
from typing import Literal, Protocol, TextIO

from innkeeper.blocks.redaction import redact

MAX_CHARS = 20_000  # of one message or one traceback

# Their debugging output repeats values of SQL statements, and addresses with their queries.
TALKATIVE = (  # at DEBUG some of them log whole requests, with what guests wrote
    "alembic",
    "aiosqlite",
    "anthropic",
    "asyncio",
    "chromadb",
    "httpcore",
    "httpcore2",
    "httpx",
    "httpx2",
    "openai",
    "sqlalchemy.engine",
)

request_id: ContextVar[str | None] = ContextVar("innkeeper_request_id", default=None)


class LogSettings(Protocol):
    """The settings that `configure_logging` reads."""

    @property
    def log_format(self) -> Literal["plain", "json"]:
        """One JSON object a line, or text for a person."""

    @property
    def log_level(self) -> Literal["DEBUG", "INFO", "WARNING", "ERROR"]:
        """The least level that is written."""


class RedactingFilter(logging.Filter):
    """
    Replaces a record's message and the text of its exception by their redacted forms, and adds `request_id`.

    It belongs on a handler (a logger's filter does not see its children's records).
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact `record` in place; always true."""
        record.msg, record.args = redact(_message(record)[:MAX_CHARS]), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text[-MAX_CHARS:])
        if record.stack_info:
            record.stack_info = redact(record.stack_info[-MAX_CHARS:])
        record.exc_info = None  # a formatter would render it again, unredacted
        record.request_id = getattr(record, "request_id", None) or request_id.get()
        return True


class PlainFormatter(logging.Formatter):
    """`2025-01-17T14:30:00.123+00:00 INFO innkeeper.serving [req_…] message`; a message never spans two lines."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and the traceback below it when there is one."""
        tag = getattr(record, "request_id", None) or "-"
        message = record.getMessage().replace("\r", "\\r").replace("\n", "\\n")
        lines = [
            f"{_time(record)} {record.levelname} {record.name} [{tag}] {message}",
            record.exc_text,
            record.stack_info,
        ]
        return "\n".join(line for line in lines if line)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, request_id, message, and `exception` when there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        entry = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "request_id": getattr(record, "request_id", None),
            "message": record.getMessage(),
            "exception": record.exc_text,
            "stack": record.stack_info,
        }
        return json.dumps({key: value for key, value in entry.items() if value is not None}, ensure_ascii=False)


def configure_logging(settings: LogSettings, stream: TextIO | None = None) -> None:
    """
    Write every logger's records to `stream`, redacted; calling it again replaces what it set up before.

    Args:
        settings: `log_format` and `log_level`.
        stream: Standard error when absent.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.set_name("innkeeper")
    handler.addFilter(RedactingFilter())
    handler.setFormatter(JsonFormatter() if settings.log_format == "json" else PlainFormatter())
    root = logging.getLogger()
    for old in [each for each in root.handlers if each.get_name() == "innkeeper"]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(settings.log_level)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception as error:  # a wrong format string must not lose the line, nor print its arguments
        return f"{record.msg!r} could not be formatted: {type(error).__name__}"


def _time(record: logging.LogRecord) -> str:
    return dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
