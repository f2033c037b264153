"""What a person or a model sees of a log line: its numbers and words, and nothing that identifies or opens."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from innkeeper.engine.logs.masking import MAX_CHARS, masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("reply to lan.nguyen@example.com failed", "reply to <e-mail> failed"),
        ("call +84 901 234 567 back", "call <phone> back"),
        ("sms to 0901234567 failed", "sms to <phone> failed"),
        ("card 4111 1111 1111 1111 declined", "card <card> declined"),
        ("guest B1234567 scanned", "guest <document> scanned"),
        ("CCCD 079123456789 scanned", "<document> scanned"),
        ("login password=hunter2 failed", "login password=<secret> failed"),
        ('{"api_key": "abc def", "n": 1}', '{"api_key": <secret>, "n": 1}'),
        ("password is hunter2!", "password is <secret>"),
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer <secret>"),
        ("postgres://svc:opensesame@db:5432/x failed", "postgres://<secret>@db:5432/x failed"),
        ("from 10.251.39.209:50010", "from <ip>:50010"),
        ("on fe80::1ff:fe23:4567:890a", "on <ip>"),
        ("joined 5c:50:15:4c:18:13", "joined <mac>"),
        ("trace 8e8086083aad65ff38edf2754872f74a", "trace <id>"),
        ("order 0b23bd3e-876a-4af3-b920-c50a90c90b04 late", "order <id> late"),
        ("face template [0.123, -0.44, 0.55, 0.9] stored", "face template <vector> stored"),
        ('guest_name="Nguyễn Văn A" checked in', "guest_name=<name> checked in"),
        ("Mr Nguyen Van An complained", "Mr <name> complained"),
        ("\x1b[31mred\x1b[0m\x00 \u202eevil", "red evil"),
    ],
)
def test_what_identifies_or_opens_is_named_by_its_kind(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "timeout after 30 s at 2026-11-23T01:41:45.123Z in room 407",
        "15 % of 300 lines; retry 2/5; INC-2026-001",
        "paid 1.250.000 VND",
        "the token is invalid",
        "took 15 ms Connection closed",
        "camera-07: java.net.SocketTimeoutException",
    ],
)
def test_what_a_reader_needs_stays(text: str) -> None:
    assert masked(text) == text


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
def test_masking_twice_changes_nothing(text: str) -> None:
    assert masked(masked(text)) == masked(text)


@settings(deadline=None)
@given(st.text(max_size=100))
def test_what_is_shown_can_be_written_to_any_file(text: str) -> None:
    assert "\x1b" not in masked(text).encode().decode()


@pytest.mark.parametrize(
    "unit", ["a", "a.", "a@", "0 ", "0-", '"', "[0.1, ", "password", "name=", "::", "-----BEGIN ", "(0)"]
)
def test_a_long_hostile_line_is_cut_and_takes_milliseconds(unit: str) -> None:
    started = time.perf_counter()
    shown = masked(unit * (1_000_000 // len(unit)))
    assert time.perf_counter() - started < 0.25
    assert len(shown) <= 2 * MAX_CHARS
