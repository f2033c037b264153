"""What this process last learnt about each provider in passing; nobody is asked for it."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class ProviderFacts:
    """`None`: not known yet."""

    rate_limit_remaining: int | None = None  # requests, as the last answer's headers said
    latency_ms: float | None = None  # of the last call that was answered


_facts: dict[str, ProviderFacts] = {}


def provider_facts(provider: str) -> ProviderFacts:
    """What is known about `provider`: `openai`, `anthropic`, …"""
    return _facts.get(provider, ProviderFacts())


def note_rate_limit(provider: str, remaining: int | str | None) -> None:
    """Remember the requests that `provider` still allows; a header that is absent or no number changes nothing."""
    text = str(remaining).strip()
    if text.isascii() and text.isdecimal() and len(text) <= 15:
        _facts[provider] = replace(provider_facts(provider), rate_limit_remaining=int(text))


def note_latency(provider: str, latency_s: float) -> None:
    """Remember how long the last answer of `provider` took."""
    _facts[provider] = replace(provider_facts(provider), latency_ms=round(latency_s * 1000, 1))
