"""What is broken and how, in one slug: "the shower drips" → `shower_leaking`."""

import re
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from innkeeper.engine.phrases import phrase_pattern
from innkeeper.engine.text import lowered


def describe_issue(subcategory: str, text: str, default: str | None) -> str | None:
    """
    The issue that `text` tells of.

    Args:
        subcategory: The request it belongs to.
        text: The clause (or message) that tells of it.
        default: The taxonomy's issue, used when `text` names no fixture.

    Returns:
        `<fixture>_<symptom>` (`<fixture>_not_working` when no symptom is named), `default`, or `None` for a request
        that is not about a fault.
    """
    fixtures = _patterns("fixtures", subcategory)
    if not fixtures:
        return default
    lower = lowered(text)
    fixture = next((name for name, pattern in fixtures if pattern.search(lower)), None)
    if fixture is None:
        return default
    if subcategory == "pest_issue":
        return f"{fixture}_in_room"
    if subcategory == "safety_hazard":
        return f"{fixture}_hazard" if not fixture.endswith("electrics") else fixture
    symptom = next((name for name, pattern in _patterns("symptoms") if pattern.search(lower)), "not_working")
    return f"{fixture}_{symptom}"


@cache
def _patterns(part: str, subcategory: str | None = None) -> tuple[tuple[str, re.Pattern[str]], ...]:
    entries: dict[str, Any] = _data()[part] if subcategory is None else _data()[part].get(subcategory, {})
    return tuple((name, phrase_pattern(phrases)) for name, phrases in entries.items())


@cache
def _data() -> dict[str, Any]:
    return yaml.safe_load(files("innkeeper.engine.routing").joinpath("issues.yaml").read_text(encoding="utf-8"))  # type: ignore[no-any-return]  # our own file
