"""What the planner itself says: questions, reasons, a few words of news (`understanding_phrases.yaml`)."""

from functools import cache
from importlib.resources import files
from typing import Any

from innkeeper.engine.assistant.asked_text import Language
from innkeeper.schemas.plans import Clarification, Refusal


class Missing(Exception):
    """
    Something has to be known first.

    Args:
        about: Key of the question: `room_number`, `time`, …
        options: What can be chosen from.
        said: Words of the instruction that the question quotes.
    """

    def __init__(self, about: str, options: tuple[str, ...] = (), *, said: str = "") -> None:
        super().__init__(about)
        self.about = about
        self.options = options
        self.said = said


def clarification(missing: Missing, language: Language) -> Clarification:
    """The question in words."""
    question = _data()["questions"][missing.about][language].replace("{said}", missing.said)
    return Clarification(question=question, about=missing.about, options=missing.options[:10])


def refusal(key: str, code: str, language: Language) -> Refusal:
    """The reason in words."""
    return Refusal(code=code, reason=_data()["refusals"][key][language])


def room_news(key: str, room: str, language: Language) -> str:
    """What a department is told of a room when the instruction leaves the words out."""
    return str(_data()["messages"][key][language]).replace("{room}", room)


@cache
def _data() -> dict[str, Any]:
    import yaml

    text = files(__package__).joinpath("understanding_phrases.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)  # type: ignore[no-any-return]  # our own file, its keys are tested
