"""The words around the facts, out of phrases.yaml."""

from functools import cache
from importlib.resources import files

import yaml

from innkeeper.engine.assistant.formats import Language, sentence

_MANAGERS = frozenset({"manager", "duty_manager", "manager_on_duty"})


def say(key: str, language: Language, **values: object) -> str:
    """The phrase `key` with `values` filled in; it begins in lower case and ends without a full stop."""
    return _phrases()[key][language].format(**values)


def whole(key: str, language: Language, **values: object) -> str:
    """The phrase `key` as a sentence."""
    return sentence(say(key, language, **values))


def knows(key: str) -> bool:
    """Whether there is such a phrase."""
    return key in _phrases()


def contact_name(team: str, language: Language) -> str:
    """
    What colleagues call a team, inside a sentence.

    Args:
        team: Of the taxonomy ("front_desk_team", or "front_desk"), or "duty_manager".
        language: Of the name.
    """
    key = team.strip().lower().replace(" ", "_").replace("-", "_").removesuffix("_team")
    key = "duty_manager" if key in _MANAGERS else key
    if knows(f"team_{key}") and key != "other":
        return say(f"team_{key}", language)
    return say("team_other", language, name=" ".join(key.split("_")) or "?")


@cache
def _phrases() -> dict[str, dict[Language, str]]:
    text = files("innkeeper.engine.assistant").joinpath("phrases.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)  # type: ignore[no-any-return]  # our own file
