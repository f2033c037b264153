"""The labelled examples that the router learns from; `examples/README.md` is their label guide."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from innkeeper.engine.text import clean
from innkeeper.schemas.routing import Intent, Sentiment
from innkeeper.schemas.taxonomy import Priority


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled guest message."""

    text: str
    language: str
    requests: tuple[tuple[str, Priority], ...]  # (subcategory, priority), in the order of the message
    sentiment: Sentiment
    intent: Intent
    manipulation: bool


def read_examples() -> Iterator[Example]:
    """Yield every example, file by file in name order; raise `ValueError` naming the file and line of a bad one."""
    folder = files("innkeeper.engine.routing").joinpath("examples")
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".tsv"):
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
                try:
                    yield _parsed(line)
                except ValueError as error:
                    raise ValueError(f"{file.name}, line {number}: {error}") from error


def _parsed(line: str) -> Example:
    columns = line.split("\t")
    if len(columns) != 5:
        raise ValueError(f"{len(columns)} columns instead of 5")
    language, requests, sentiment, intent, text = columns
    if language not in ("en", "vi"):
        raise ValueError(f"unknown language {language!r}")
    return Example(
        text=clean(text),
        language=language,
        requests=() if requests in "-!" else tuple(_request(part) for part in requests.split("+")),
        sentiment=Sentiment(sentiment),
        intent=Intent(intent),
        manipulation=requests == "!",
    )


def _request(text: str) -> tuple[str, Priority]:
    subcategory, separator, priority = text.strip().partition(":")
    if not separator:
        raise ValueError(f"{text!r} is not subcategory:priority")
    return subcategory, Priority(priority)
