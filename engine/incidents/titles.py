"""The phrases of `phrases.yaml`, and the line that names an incident."""

import re
from functools import cache
from importlib.resources import files

import yaml

from innkeeper.engine.incidents.grouping import ALL_SERVICES
from innkeeper.engine.incidents.hostile import service_name
from innkeeper.engine.locale.formats import Language, sentence
from innkeeper.schemas.logs import Finding, FindingKind, Severity

_VALUE = re.compile(r"\{(\w+)\}")


def say(name: str, language: Language, /, **values: str) -> str:
    """A phrase with its values; KeyError when there is none of that name."""
    text = phrases()[name][language]
    return _VALUE.sub(lambda match: values.get(match[1], match[0]), text)  # not str.format: values hold braces


def has_phrase(name: str) -> bool:
    """Whether there is a phrase of that name."""
    return name in phrases()


@cache
def phrases() -> dict[str, dict[Language, str]]:
    """All of them, by name and language."""
    text = files("innkeeper.engine.incidents").joinpath("phrases.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)  # type: ignore[no-any-return]  # our own file, its shape is tested


def title_of(finding: Finding, language: Language = "en", name: str | None = None) -> str:
    """
    What and where, on one line.

    Args:
        finding: The leading one.
        language: Of the title.
        name: Of the service in words; as the logs have it when absent.
    """
    return title_for(finding.kind, finding.service, language, name)


def title_for(kind: FindingKind, service: str, language: Language = "en", name: str | None = None) -> str:
    """The same, of an incident whose leading finding is not at hand."""
    if service == ALL_SERVICES:
        name = say("all_services", language)
    return sentence(say(f"title_{kind}", language, service=name or service_name(service))).removesuffix(".")


def kind_words(kind: FindingKind, language: Language = "en") -> str:
    """ "Error spike"."""
    return say(f"kind_{kind}", language)


def severity_words(severity: Severity, language: Language = "en") -> str:
    """ "High"."""
    return say(f"severity_{severity}", language)
