"""
Speed of messages without a model: `python -m benchmarks.messages [--rounds N]`.

Prints one JSON line per figure, with date, machine and versions, of one thread; run it on a quiet machine.
"""

import argparse
import asyncio
import datetime as dt
import itertools
import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks.figures import print_figure

NOW = dt.datetime(2025, 1, 20, tzinfo=dt.UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    _rendering(rounds)
    asyncio.run(_writing(rounds))
    _guard(rounds)


def _requests() -> list[Any]:
    from innkeeper.schemas.message_samples import SAMPLES
    from innkeeper.schemas.messages import DraftRequest, MessageKind, Tone
    from innkeeper.templates.rendering import LANGUAGES

    return [
        DraftRequest(kind=kind, variables=dict(SAMPLES[language][kind]), language=language, tone=tone)
        for language, kind, tone in itertools.product(LANGUAGES, MessageKind, Tone)
    ]


def _rendering(rounds: int) -> None:
    """Templates alone."""
    from innkeeper.schemas.message_samples import SAMPLE_PROFILE
    from innkeeper.tasks.messages.hotel import packaged_templates

    templates, requests = packaged_templates(), _requests()
    _report("message from its template", rounds, requests, lambda each: templates.render(each, SAMPLE_PROFILE, now=NOW))


async def _writing(rounds: int) -> None:
    """All of `write`, with the engine's translations, without a model."""
    from innkeeper.schemas.message_samples import SAMPLE_PROFILE
    from innkeeper.schemas.models import Spender
    from innkeeper.tasks.messages.hotel import packaged_templates
    from innkeeper.tasks.messages.writing import write

    known: dict[str, Any] = {"templates": packaged_templates(), "profile": SAMPLE_PROFILE, "spender": Spender()}
    took = []
    for turn in range(rounds + 1):
        for request in _requests():
            started = time.perf_counter()
            await write(request, gateway=None, now=NOW, **known)
            if turn:
                took.append((time.perf_counter() - started) * 1000)
    _print("message written without a model", took)


def _guard(rounds: int) -> None:
    """The check of a message in which a model worded one sentence anew."""
    from innkeeper.engine.message_facts import MessageFacts
    from innkeeper.schemas.message_samples import SAMPLE_PROFILE
    from innkeeper.tasks.messages.hotel import packaged_templates

    made = [packaged_templates().render(each, SAMPLE_PROFILE, now=NOW) for each in _requests()]

    def guard(message: Any) -> None:
        values = [text for _, text in message.locked.values()]
        MessageFacts(message.body, values).problems(f"{message.body}\nThank you for your trust in us.")

    _report("fact guard of a message", rounds, made, guard)


def _report(name: str, rounds: int, items: list[Any], work: Callable[[Any], object]) -> None:
    took = []
    for turn in range(rounds + 1):  # the first compiles
        for item in items:
            started = time.perf_counter()
            work(item)
            if turn:
                took.append((time.perf_counter() - started) * 1000)
    _print(name, took)


def _print(name: str, took: list[float]) -> None:
    quantiles = statistics.quantiles(took, n=20)
    print_figure(
        name, "jinja2", n=len(took), p50_ms=quantiles[9], p95_ms=quantiles[18],
        messages_per_s=1000 / statistics.fmean(took),
    )  # fmt: skip


if __name__ == "__main__":
    main()
