"""The words around the facts of a task, out of phrases.yaml."""

from functools import cache
from importlib.resources import files

import yaml

from innkeeper.engine.assistant.formats import clipped
from innkeeper.engine.locale.formats import Language, sentence

_FACT_WORDS = 12


def say(key: str, language: Language, **values: object) -> str:
    """The phrase `key` with `values` filled in; it begins in lower case and ends without a full stop."""
    return _phrases()[key][language].format(**values)


def whole(key: str, language: Language, **values: object) -> str:
    """The phrase `key` as a sentence."""
    return sentence(say(key, language, **values))


def knows(key: str) -> bool:
    """Whether there is such a phrase."""
    return key in _phrases()


def fact_text(name: str, value: object, language: Language) -> str:
    """A fact inside a sentence: the status of a room in words; "?" when it is not known."""
    if value is None:
        return "?"
    if isinstance(value, bool):
        return say("word_yes" if value else "word_no", language)
    group = "booking" if name == "booking_status" else "state" if name.endswith("status") else "role"
    key = f"{group}_{value}"
    if knows(key) and (group != "role" or name == "role"):
        return say(key, language)
    return clipped(str(value), _FACT_WORDS)


@cache
def _phrases() -> dict[str, dict[Language, str]]:
    text = files("innkeeper.engine.planning").joinpath("phrases.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)  # type: ignore[no-any-return]  # our own file
