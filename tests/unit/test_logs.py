"""Log lines: redacted, in one format, with the request's id."""

import io
import json
import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from innkeeper.blocks.logs import TALKATIVE, configure_logging, request_id

logger = logging.getLogger("innkeeper.test_logs")


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, as it was before, afterwards."""
    root = logging.getLogger()
    handlers = root.handlers[:]
    levels = {name: logging.getLogger(name).level for name in (None, *TALKATIVE)}
    yield root
    root.handlers[:] = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def configured(log_format: str, log_level: str = "INFO") -> io.StringIO:
    stream = io.StringIO()
    settings: Any = SimpleNamespace(log_format=log_format, log_level=log_level)
    configure_logging(settings, stream)
    return stream


def log_a_failure() -> None:
    try:
        int("no booking for 0901 234 567")
    except ValueError:
        logger.exception("call back %s", "+84 901 234 567")


@pytest.mark.parametrize("log_format", ["plain", "json"])
def test_neither_arguments_nor_exceptions_keep_a_phone_number(root: logging.Logger, log_format: str) -> None:
    stream = configured(log_format)
    log_a_failure()
    written = stream.getvalue()
    assert "call back [phone]" in written
    assert "ValueError: invalid literal" in written
    assert "no booking for [phone]" in written
    assert "234" not in written


def test_a_json_line_can_be_parsed_and_has_the_request_id(root: logging.Logger) -> None:
    stream = configured("json")
    token = request_id.set("req_1")
    log_a_failure()
    request_id.reset(token)
    entry = json.loads(stream.getvalue())
    assert (entry["request_id"], entry["level"], entry["logger"]) == ("req_1", "ERROR", "innkeeper.test_logs")
    assert entry["exception"].startswith("Traceback")


def test_a_message_cannot_forge_a_second_line(root: logging.Logger) -> None:
    stream = configured("plain")
    logger.info("agent %s", "x\n2025-01-17 ERROR forged")
    assert len(stream.getvalue().splitlines()) == 1


def test_a_wrong_format_string_loses_neither_the_line_nor_a_secret(root: logging.Logger) -> None:
    stream = configured("plain")
    record = logger.makeRecord(logger.name, logging.INFO, __file__, 1, "%d rooms", ("lan@example.com",), None)
    next(each for each in root.handlers if each.get_name() == "innkeeper").handle(record)  # pytest's own would raise
    assert "could not be formatted" in stream.getvalue()
    assert "lan@" not in stream.getvalue()


def test_configuring_twice_writes_once(root: logging.Logger) -> None:
    configured("plain")
    stream = configured("plain")
    logger.info("hello")
    assert stream.getvalue().count("hello") == 1
    assert sum(handler.get_name() == "innkeeper" for handler in root.handlers) == 1


def test_sql_values_stay_out_of_the_log_even_when_debugging(root: logging.Logger) -> None:
    stream = configured("plain", "DEBUG")
    logging.getLogger("aiosqlite").debug("executing INSERT, ('Lan',)")
    logger.debug("ours")
    assert "Lan" not in stream.getvalue()
    assert "ours" in stream.getvalue()
