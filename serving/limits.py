"""Token buckets in memory: how often a caller may come. Each process counts for itself."""

import time
from collections.abc import Callable
from dataclasses import dataclass

MAX_BUCKETS = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at_s: float


class TokenBuckets:
    """
    One bucket for each key; it holds `burst` tokens and gains `per_minute / 60` a second.

    Not thread-safe: belongs to one event loop.
    """

    def __init__(self, per_minute: int, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_minute / 60
        self._burst = float(burst)
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def take(self, key: str) -> float:
        """Take a token: 0.0 when there was one, else the seconds until there is one (and nothing is taken)."""
        wait_s = self.wait(key)
        if not wait_s:
            self._buckets[key].tokens -= 1
        return wait_s

    def wait(self, key: str) -> float:
        """Seconds until there is a token, 0.0 when there is one; nothing is taken."""
        return max(0.0, 1 - self._filled(key).tokens) / self._per_second

    def _filled(self, key: str) -> _Bucket:
        now_s = self._clock()
        bucket = self._buckets.get(key)
        if bucket is None:
            self._make_room(now_s)
            bucket = self._buckets[key] = _Bucket(self._burst, now_s)
        bucket.tokens = min(self._burst, bucket.tokens + (now_s - bucket.at_s) * self._per_second)
        bucket.at_s = now_s
        return bucket

    def _make_room(self, now_s: float) -> None:
        if len(self._buckets) < MAX_BUCKETS:
            return
        full_after_s = self._burst / self._per_second  # an older bucket is full again: dropping it changes nothing
        self._buckets = {key: each for key, each in self._buckets.items() if now_s - each.at_s < full_after_s}
        while len(self._buckets) >= MAX_BUCKETS:
            del self._buckets[next(iter(self._buckets))]
