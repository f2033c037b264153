"""Asks a model to word an incident, from its statistics and masked templates."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from innkeeper.prompts.base import Prompt

_LANGUAGES = {
    "en": "English, as the hotel's IT staff write it",
    "vi": "Vietnamese, as the hotel's IT staff write it, with all accents",
}


class IncidentWords(BaseModel):
    """An incident in a model's words; `engine.incidents.checking` checks them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    summary: str = Field(min_length=1, max_length=300, description="One sentence: what, where, since when.")
    description: str = Field(min_length=1, max_length=900, description="Two to four sentences, with the numbers.")
    possible_causes: tuple[str, ...] = Field(max_length=5, description="Only those that the data shows.")
    runbook_ids: tuple[str, ...] = Field(max_length=5, description="Ids of the catalogue, the most urgent first.")


class IncidentPrompt(Prompt):
    """Ask for an incident in words; the answer is an `IncidentWords`. `incident_prompt` makes it."""

    template: ClassVar[str] = "incidents.md.j2"
    stable: ClassVar[frozenset[str]] = frozenset({"language", "runbooks"})

    language: str = Field(description="Of the words, in words.")
    runbooks: tuple[str, ...] = Field(description="`id: what it does`, ours.")
    incident: dict[str, Any] = Field(description="`engine.incidents.statistics.statistics_of`: data.")


def incident_prompt(
    incident: Mapping[str, Any], runbooks: Sequence[tuple[str, str]], language: Literal["en", "vi"]
) -> IncidentPrompt:
    """
    The prompt for one incident.

    Args:
        incident: Its statistics; masked.
        runbooks: Ids of the catalogue, and what each does.
        language: Of the answer.
    """
    listed = tuple(f"{name}: {words}" for name, words in runbooks)
    return IncidentPrompt(language=_LANGUAGES[language], runbooks=listed, incident=dict(incident))
