"""Make `prices.yaml` anew from the installed genai-prices package: `make prices`. For developers, not at run time."""

import datetime as dt
import re
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

SOURCES = {"openai": "https://platform.openai.com/docs/pricing", "anthropic": "https://www.anthropic.com/pricing#api"}
_RATES = {
    "input": "input_mtok",
    "cached_input": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
    "output": "output_mtok",
}
# what this library never asks for, what is billed by other things than tokens too, what the provider does not serve
_LEFT_OUT = re.compile(
    r"image|audio|realtime|tts|whisper|transcri|live|moderation|search|research|computer|oss|davinci|curie|babbage|^ada$"
    r"|cyber|rosalind|vision|instruct"
)
_VERIFIED = re.compile(r"[Vv]erified (?:against OpenAI )?on (\d{4}-\d\d-\d\d)")
_HEADER = """\
# Prices of text models and embeddings, in US dollars per million tokens; `make prices` makes this file.
# Made from genai-prices {version} on {today}. `checked`: the day on which that package's authors last compared the
# row with the provider's page, where they say so, and otherwise the day above.
# A call whose input is longer than `above_input_tokens` pays the tier's rates for all its tokens.
# Not in the table, so their cost is unknown: web search and other tools billed by the piece, one-hour cache writes
# (counted as five-minute ones), batch, flex, priority and fast tiers.
"""


def main() -> None:
    """Write the table beside this module."""
    Path(__file__).with_name("prices.yaml").write_text(table(dt.datetime.now(dt.UTC).date()), encoding="utf-8")


def table(today: dt.date) -> str:
    """The file's text: OpenAI's and Anthropic's rows as they hold on `today`."""
    from genai_prices.data import providers

    found = {provider.id: provider for provider in providers}
    rows = [_row(source, model, today) for source in SOURCES for model in found[source].models if _wanted(model)]
    body = yaml.safe_dump({"models": [row for row in rows if row]}, sort_keys=False, width=120)
    return _HEADER.format(version=version("genai-prices"), today=today) + body


def _wanted(model: Any) -> bool:
    return "embedding" in model.id or not _LEFT_OUT.search(model.id)


def _row(provider: str, model: Any, today: dt.date) -> dict[str, Any] | None:
    prices = model.get_prices(dt.datetime.combine(today, dt.time(12), tzinfo=dt.UTC))
    found = {ours: getattr(prices, theirs) for ours, theirs in _RATES.items() if getattr(prices, theirs) is not None}
    names = _names(model.match)
    if "input" not in found or not names:
        return None
    verified = _VERIFIED.findall(model.price_comments or "")
    return {
        "provider": provider,
        "names": names,
        **{ours: _text(getattr(price, "base", price)) for ours, price in found.items()},
        **({"tiers": tiers} if (tiers := _tiers(found)) else {}),
        "source": SOURCES[provider],
        "checked": max(verified, default=today.isoformat()),
    }


def _tiers(found: dict[str, Any]) -> list[dict[str, Any]]:
    starts = sorted({tier.start for price in found.values() for tier in getattr(price, "tiers", ())})
    return [
        {"above_input_tokens": start} | {ours: _at(price, start) for ours, price in found.items()} for start in starts
    ]


def _at(price: Any, start: int) -> str:
    reached = [tier for tier in getattr(price, "tiers", ()) if tier.start <= start]
    return _text(reached[-1].price if reached else getattr(price, "base", price))


def _names(match: Any) -> list[str]:
    """
    The names that a rule of genai-prices means.

    "Starts with" becomes the bare name, since snapshots are recognised anyway, or a pattern where it ends in a hyphen
    or names fine-tuned models. Regular expressions there only spell out snapshots.
    """
    clauses = getattr(match, "or_", None) or [match]
    exact = [clause.equals for clause in clauses if hasattr(clause, "equals")]
    starts = [clause.starts_with for clause in clauses if hasattr(clause, "starts_with")]
    patterns = [
        f"{start}*" if start.endswith("-") or start.startswith("ft:") else start.rstrip("@") for start in starts
    ]
    return list(dict.fromkeys([*exact, *patterns]))


def _text(price: Decimal) -> str:
    return f"{price.normalize():f}"


if __name__ == "__main__":
    main()
