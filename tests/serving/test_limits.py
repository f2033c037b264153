"""Token buckets, and the rate limit they make."""

from typing import Any

import pytest

from innkeeper.serving import limits
from innkeeper.serving.limits import TokenBuckets

CLASSIFY = "/api/v1/llm/routing/classify"
TOWELS = {"request": {"message": "towels"}}


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_bucket_empties_and_fills_again() -> None:
    clock = Clock()
    buckets = TokenBuckets(60, 2, clock)
    assert [buckets.take("a"), buckets.take("a"), buckets.take("a")] == [0.0, 0.0, 1.0]
    clock.now_s = 1.0
    assert [buckets.take("a"), buckets.take("a")] == [0.0, 1.0]


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    clock = Clock()
    buckets = TokenBuckets(60, 2, clock)
    clock.now_s = 1e6
    assert [buckets.take("a") for _ in range(3)] == [0.0, 0.0, 1.0]


def test_each_key_has_its_own_bucket() -> None:
    buckets = TokenBuckets(60, 1, Clock())
    assert (buckets.take("a"), buckets.take("b")) == (0.0, 0.0)


def test_waiting_takes_nothing() -> None:
    buckets = TokenBuckets(60, 1, Clock())
    assert (buckets.wait("a"), buckets.wait("a"), buckets.take("a"), buckets.wait("a")) == (0.0, 0.0, 0.0, 1.0)


def test_memory_is_bounded_and_an_empty_bucket_is_the_last_to_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_BUCKETS", 10)
    clock = Clock()
    buckets = TokenBuckets(60, 1, clock)
    for number in range(9):
        buckets.take(f"idle {number}")
    clock.now_s = 10.0
    buckets.take("busy")
    buckets.take("new")
    assert buckets.take("busy") > 0
    assert len(buckets._buckets) == 2


async def test_a_principal_that_comes_too_often_is_told_when_to_come_back(run: Any, new_key: Any) -> None:
    first, second = await new_key(), await new_key()
    async with run(rate_limit_per_minute=3) as client:
        answers = [await client.post(CLASSIFY, json=TOWELS, headers={"X-API-Key": first}) for _ in range(4)]
        other = await client.post(CLASSIFY, json=TOWELS, headers={"X-API-Key": second})
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 20
    assert answers[-1].headers["content-type"] == "application/problem+json"
    assert other.status_code == 200


async def test_without_authentication_the_address_is_limited(run: Any) -> None:
    async with run(auth="off", rate_limit_per_minute=1) as client:
        statuses = [(await client.post(CLASSIFY, json=TOWELS)).status_code for _ in range(2)]
    assert statuses == [200, 429]
