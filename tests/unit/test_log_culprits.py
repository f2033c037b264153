"""Who started it: services ranked by what they normally write."""

import json
from collections.abc import Iterator

import pytest

from innkeeper.engine.logs import culprit_profile
from innkeeper.engine.logs.culprits import ReferenceProfile, rank_culprits
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.logs import Culprit, LogLevel, LogLine, from_unix

Pair = tuple[LogLine, str]
# One booking: who writes what, and the seconds after the line before.
BOOKING = (
    ("web", "asked", 0.0),
    ("booking", "begun", 0.01),
    ("rooms", "looked up", 0.02),
    ("booking", "room is free", 0.01),
    ("payment", "charged", 0.05),
    ("booking", "booked", 0.01),
    ("web", "answered", 0.01),
)
START = 1_700_000_000.0


def request(number: int, *steps: tuple[str, str, float], at: float | None = None) -> Iterator[Pair]:
    """The lines of one request; a text that begins with ! is an error."""
    now = START + 10 * number if at is None else at
    for service, text, gap in steps:
        now += gap * (1 + number % 3 / 10)
        level = LogLevel.ERROR if text.startswith("!") else LogLevel.INFO
        yield LogLine(now, service, level, text, f"trace-{number}"), f"{service}:{text}"


def requests(first: int, last: int, *steps: tuple[str, str, float]) -> list[Pair]:
    return [pair for number in range(first, last) for pair in request(number, *steps)]


def learnt(pairs: list[Pair]) -> ReferenceProfile:
    profile = ReferenceProfile()
    for line, template_id in pairs:
        profile.add(line, template_id)
    return profile


@pytest.fixture(name="normal")
def normal_profile() -> ReferenceProfile:
    return learnt(requests(0, 60, *BOOKING))


def services(culprits: list[Culprit]) -> list[str]:
    return [culprit.service for culprit in culprits]


def test_a_called_service_that_falls_silent_comes_before_the_caller_that_complains(normal: ReferenceProfile) -> None:
    broken = (*BOOKING[:4], ("booking", "!payment does not answer", 5.0), ("web", "!booking failed", 0.01))
    found = rank_culprits(requests(100, 130, *broken), normal)
    assert services(found)[:2] == ["payment", "booking"]
    assert found[0].reasons[:2] == ("missing_templates=1", "missing_lines=30")
    assert "new_templates=1" in found[1].reasons


def test_what_can_no_longer_come_is_not_missing(normal: ReferenceProfile) -> None:
    found = rank_culprits(requests(100, 130, *BOOKING[:2], ("booking", "!no rooms", 0.02)), normal)
    assert services(found) == ["rooms", "booking"]  # not payment, which nobody called


def test_a_service_whose_own_lines_turn_to_errors_is_first(normal: ReferenceProfile) -> None:
    broken = (*BOOKING[:2], ("rooms", "!table is gone", 0.02), ("booking", "!no rooms", 0.01))
    assert services(rank_culprits(requests(100, 130, *broken), normal))[0] == "rooms"


def test_a_slow_service_is_told_from_those_that_wait_for_it(normal: ReferenceProfile) -> None:
    slow = tuple((service, text, gap * 20 if service == "rooms" else gap) for service, text, gap in BOOKING)
    after = tuple((s, t, 0.4 if t == "room is free" else gap) for s, t, gap in slow)
    found = rank_culprits(requests(100, 130, *after), normal)
    assert services(found)[0] == "rooms"
    assert any(reason.startswith("slower=") for reason in found[0].reasons)


def test_the_same_lines_as_ever_accuse_nobody(normal: ReferenceProfile) -> None:
    assert rank_culprits(requests(100, 130, *BOOKING), normal) == []
    assert rank_culprits([], normal) == []


def test_more_of_one_kind_of_request_accuses_nobody(normal: ReferenceProfile) -> None:
    other = (("web", "asked for spa", 0.0), ("spa", "booked a treatment", 0.02), ("web", "answered", 0.01))
    mixed = [*requests(100, 110, *BOOKING), *requests(110, 150, *other)]
    assert rank_culprits(mixed, normal) == []


def test_the_lines_before_it_began_are_a_reference_of_their_own() -> None:
    lines = [*requests(0, 30, *BOOKING), *requests(30, 60, *BOOKING[:4], ("booking", "!timeout", 5.0))]
    began = START + 300
    found = rank_culprits(lines, ReferenceProfile(), since=began)
    assert services(found)[0] == "payment"
    assert found[0].first_seen_at is not None
    assert found[0].first_seen_at >= from_unix(began)
    assert services(rank_culprits(lines, ReferenceProfile()))[0] == "payment"  # without being told when


def test_shares_add_up_and_the_limit_holds(normal: ReferenceProfile) -> None:
    lines = requests(100, 130, *BOOKING[:4], ("booking", "!payment is away", 5.0))
    everybody = rank_culprits(lines, normal, limit=99)
    assert sum(culprit.share for culprit in everybody) == pytest.approx(1)
    assert rank_culprits(lines, normal, limit=1)[0].share == everybody[0].share < 1
    assert rank_culprits(lines, normal, limit=0) == []


def test_order_and_double_delivery_change_nothing(normal: ReferenceProfile) -> None:
    lines = requests(100, 130, *BOOKING[:4], ("booking", "!payment is away", 5.0))
    assert rank_culprits([*reversed(lines), *lines], normal) == rank_culprits(lines, normal)


def test_without_trace_ids_new_errors_of_a_service_count() -> None:
    def line(second: int, service: str, text: str, level: LogLevel = LogLevel.INFO) -> Pair:
        return LogLine(START + second, service, level, text, component="lobby"), text

    usual = [line(i, service, f"{service} ok") for i in range(100) for service in ("cv", "gate")]
    found = rank_culprits(
        [
            line(200 + i, "cv", "camera lost", LogLevel.ERROR) if i % 2 else line(200 + i, "cv", "cv ok")
            for i in range(40)
        ]
        + [line(200 + i, "gate", "gate ok") for i in range(40)],
        learnt(usual),
    )
    assert services(found) == ["cv"]
    assert found[0].component == "lobby"
    assert found[0].first_seen_at == from_unix(START + 201)


def test_with_no_reference_at_all_errors_are_counted_and_the_first_wins_a_tie() -> None:
    lines = [
        (LogLine(START + second, service, LogLevel.ERROR, "down"), "t1")
        for second, service in ((3, "gate"), (1, "cv"), (2, "gate"), (5, "cv"), (4, "lift"))
    ]
    found = rank_culprits(lines, ReferenceProfile())
    assert services(found) == ["cv", "gate", "lift"]
    assert found[0].reasons == ("errors=2", "first_seen")
    assert found[0].share == pytest.approx(0.4)


def test_a_place_in_the_code_stands_for_the_template() -> None:
    def placed(pair: Pair) -> Pair:
        line, _ = pair
        return line._replace(component=f"a.b.{line.message}#12"), f"random {line.at}"

    reference = learnt([placed(pair) for pair in requests(0, 60, *BOOKING)])
    lines = requests(100, 130, *BOOKING[:4], ("booking", "!payment is away", 5.0))
    assert services(rank_culprits([placed(pair) for pair in lines], reference))[0] == "payment"


@pytest.mark.parametrize("component", ["Orders#129", "main.go:12", "com.x.Orders.java:7"])
def test_what_names_a_place_in_the_code(component: str) -> None:
    line = LogLine(START, "web", LogLevel.INFO, "text", component=component)
    assert culprit_profile.statement(line, "t7") == component


@pytest.mark.parametrize(
    "component", [None, "orders-5dc8d4f9fd-46997", "host.com:8080", "10.0.0.1:90", "#" * 300 + "1"]
)
def test_what_names_none(component: str | None) -> None:
    line = LogLine(START, "web", LogLevel.INFO, "text", component=component)
    assert culprit_profile.statement(line, "t7") == "t7"


def test_a_profile_survives_a_restart(normal: ReferenceProfile) -> None:
    again = ReferenceProfile.from_state(json.loads(json.dumps(normal.state())))
    lines = requests(100, 130, *BOOKING[:4], ("booking", "!payment is away", 5.0))
    assert rank_culprits(lines, again) == rank_culprits(lines, normal)
    assert again.state() == normal.state()


def test_a_profile_of_another_version_is_refused() -> None:
    with pytest.raises(InputInvalid, match="learn a new one"):
        ReferenceProfile.from_state({"version": 0})


@pytest.mark.parametrize(
    "change",
    [{"keys": []}, {"keys": [["web"]]}, {"contexts": [[0]]}, {"statements": None}, {"contexts": [[0, "", [[0]]]]}],
)
def test_a_damaged_profile_is_refused(normal: ReferenceProfile, change: dict[str, object]) -> None:
    with pytest.raises(InputInvalid, match="learn a new one"):
        ReferenceProfile.from_state(normal.state() | change)


def test_a_flood_of_kinds_of_lines_keeps_the_profile_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(culprit_profile, "MAX_CONTEXTS", 50)
    monkeypatch.setattr(culprit_profile, "MAX_SUCCESSORS", 5)
    profile = ReferenceProfile()
    for number in range(1_000):
        line = LogLine(START + number, f"service-{number % 97}", LogLevel.INFO, "text", f"trace-{number % 10}")
        profile.add(line, f"template-{number}")
    assert len(profile) == 50
    assert len(profile.statements) == 50
    assert max(map(len, profile.followers.values())) <= 5


def test_what_is_old_weighs_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(culprit_profile, "MAX_SEEN", 100)
    profile = learnt(
        [*requests(0, 90, *BOOKING[:2]), *requests(90, 900, *BOOKING[:1], ("booking", "begun anew", 0.01))]
    )
    followers = profile.followers[culprit_profile.Context("web", "web:asked", "")]
    assert sum(follower.count for follower in followers.values()) <= 101
    assert ("booking", "booking:begun") not in followers


def test_a_deep_chain_of_calls_and_a_huge_trace_id_are_bounded() -> None:
    chain = [(f"service-{depth}", "called", 0.01) for depth in range(200)]
    profile = learnt(requests(0, 3, *chain))
    assert len({context.caller for context in profile.followers}) <= culprit_profile.MAX_DEPTH
    profile = learnt([(LogLine(START, "web", LogLevel.INFO, "x", "t" * 1_000_000), "t1")])
    assert list(profile.followers) == [culprit_profile.Context("web", "", "")]  # as if it had none
