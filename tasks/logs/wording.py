"""Incidents in words: the engine's, or a model's where every number in them is one of the statistics."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from innkeeper.engine.incidents.actions import validated_choice
from innkeeper.engine.incidents.checking import CheckedWords, checked_words, own_words
from innkeeper.engine.incidents.statistics import statistics_of
from innkeeper.prompts.incidents import IncidentWords, incident_prompt
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.incidents import Incident
from innkeeper.schemas.models import Capability, Spender
from innkeeper.tasks.logs.rules import IncidentRules
from innkeeper.tasks.messages.asking import checked_output

if TYPE_CHECKING:  # Prefect: a second that only a chain with models spends
    from innkeeper.tasks.gateway import ModelGateway

ENGINE = "engine"
MAX_WORDED = 3  # incidents of one request, for whose words a model may be asked
WORDED_WITHIN_S = 20.0


@dataclass(frozen=True)
class WordedIncident:
    """An incident with its words; `model` is the link that they are of."""

    incident: Incident
    words: CheckedWords
    model: str = ENGINE


async def worded(
    incident: Incident, rules: IncidentRules, gateway: "ModelGateway | None", spender: Spender
) -> WordedIncident:
    """
    Put an incident into words.

    Args:
        incident: With its findings and actions.
        rules: Of the hotel.
        gateway: The way to models; the engine's words without one, or when none of them keeps to the statistics.
        spender: Who pays.

    Raises:
        NotConfigured: The chain names a model whose key, address or block is missing.
    """
    own = own_words(incident, services=rules.services, language=rules.language, zone=rules.zone)
    if gateway is None:
        return WordedIncident(incident, own)
    from innkeeper.tasks.chain import complete

    def problems(answer: IncidentWords) -> list[str]:
        return list(_checked(answer, incident, rules).problems)

    catalogue = [(each.id, each.words.in_language(rules.language)) for each in rules.runbooks.runbooks]
    prompt = incident_prompt(statistics_of(incident, rules.language, rules.zone), catalogue, rules.language)
    completion = await complete(
        prompt, checked_output(IncidentWords, problems), capability=Capability.LOGS, gateway=gateway, spender=spender
    )
    answer = completion.output
    if answer is None or completion.link is None:
        return WordedIncident(incident, own)
    return WordedIncident(_with_choice(incident, answer, rules), _checked(answer, incident, rules), completion.link)


async def worded_in_time(
    incidents: Sequence[Incident], rules: IncidentRules, gateway: "ModelGateway | None", spender: Spender
) -> list[WordedIncident]:
    """Put incidents into words while somebody waits: a model is asked for the first few, and not for long."""

    async def one(place: int, incident: Incident) -> WordedIncident:
        try:
            async with asyncio.timeout(WORDED_WITHIN_S):
                return await worded(incident, rules, gateway if place < MAX_WORDED else None, spender)
        except TimeoutError:
            return await worded(incident, rules, None, spender)

    return list(await asyncio.gather(*(one(place, each) for place, each in enumerate(incidents))))


def _checked(answer: IncidentWords, incident: Incident, rules: IncidentRules) -> CheckedWords:
    return checked_words(
        answer.summary,
        answer.description,
        answer.possible_causes,
        incident,
        services=rules.services,
        language=rules.language,
        zone=rules.zone,
    )


def _with_choice(incident: Incident, answer: IncidentWords, rules: IncidentRules) -> Incident:
    """With the runbooks that the model chose, where the catalogue has them all; else those of the rules."""
    try:
        chosen = validated_choice(answer.runbook_ids, {}, incident, rules.services, rules.runbooks, rules.language)
    except InputInvalid:
        return incident
    return incident.model_copy(update={"actions": chosen}) if chosen else incident
