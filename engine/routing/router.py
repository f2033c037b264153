"""The local router: a guest message in, its requests out, in milliseconds and with no network."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

import numpy as np

from innkeeper.engine.entities import Extraction, extract_entities
from innkeeper.engine.language import SUPPORTED, detect_language
from innkeeper.engine.routing.model import MANIPULATION, NOBODY, Reading, RouterModel, sigmoid
from innkeeper.engine.routing.replies import suggest_reply
from innkeeper.engine.routing.resolved import without_resolved
from innkeeper.engine.routing.structured import structure_request
from innkeeper.engine.routing.taxonomy import load_taxonomy
from innkeeper.engine.safety import Hazard, hazards
from innkeeper.engine.text import clean
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.routing import (
    MAX_REQUESTS,
    Classification,
    Entities,
    EntityResult,
    GuestMessage,
    Intent,
    RoutingResult,
    Sentiment,
)
from innkeeper.schemas.taxonomy import Priority, Taxonomy

# Chosen on the outside development set (evals/routing/README.md tells how); all are probabilities.
MIN_REQUEST = 0.55  # a subcategory above it is a request of the message
DOUBTFUL = 0.7  # requests below it stand behind the others
MIN_NOBODY = 0.5  # above it, and above every subcategory, nobody has to act
MIN_MANIPULATION = 0.5
MIN_SURE = 0.5  # a message whose best request is below it is shown to a person first
CLAUSE_SHARE = 0.5  # of a request's own clause in its priority, beside the whole message
MIN_CRITICAL_DOUBT = 0.15  # above it a request is flagged for immediate attention, whatever its priority

# Where a danger may be handled; the likeliest of them takes it.
_HAZARD_HOMES = {
    "safety_hazard": ("safety_hazard", "electrical_issue", "emergency"),
    "elevator_issue": ("elevator_issue", "door_lock_issue", "emergency"),
    "emergency": ("emergency", "safety_hazard", "door_lock_issue", "elevator_issue", "pest_issue"),
}
_PRIORITIES, _SENTIMENTS, _INTENTS = list(Priority), list(Sentiment), list(Intent)


class Router:
    """
    Routes guest messages; safe to share between threads.

    Args:
        taxonomy: Teams, workflows and service levels.
        timezone: The hotel's zone, for relative dates and for timestamps without a zone.
        model: Trained weights; the packaged ones when absent.
    """

    def __init__(self, taxonomy: Taxonomy, timezone: str, model: RouterModel | None = None) -> None:
        self.taxonomy = taxonomy
        self.zone = ZoneInfo(timezone)
        self.model = model or RouterModel.load()
        missing = [name for name in self.model.labels[:-2] if name not in taxonomy.subcategories]
        if missing:
            raise InputInvalid(
                f"The taxonomy lacks subcategories that the router knows: {', '.join(missing)}", problems=missing
            )
        self.version = f"{self.model.version}-{self.model.sha256[:8]}"

    def route(self, message: GuestMessage) -> RoutingResult:
        """
        Understand one message.

        Raises:
            InputInvalid: Nothing is left of the message once invisible characters are removed.
        """
        started = perf_counter()
        text, reference, warnings = self._prepared(message)
        language = detect_language(text, message.language)
        dangers = hazards(text)
        reading = self.model.read(without_resolved(text))
        found = extract_entities(text, reference=reference, language=language, context_room=message.room_number)
        sentiment = _SENTIMENTS[int(reading.sentiment.argmax())]
        intent = _INTENTS[int(reading.intent.argmax())]
        adversarial = not dangers and self._probability(reading, MANIPULATION) >= MIN_MANIPULATION
        chosen = [] if adversarial or self._nobody_acts(reading, dangers) else self._chosen(reading, dangers)
        priorities = {name: self._priority(reading, name, chosen, dangers) for name in chosen}
        if Priority.CRITICAL in priorities.values():
            intent, sentiment = Intent.EMERGENCY, Sentiment.NEGATIVE
        chosen.sort(key=lambda name: priorities[name] is not Priority.CRITICAL)  # stable: the rest keep their order
        requests = tuple(
            self._classification(name, priorities[name], reading, found, text, chosen, intent) for name in chosen
        )
        unsure = bool(requests) and max(request.confidence for request in requests) < MIN_SURE
        foreign = language not in (*SUPPORTED, "und")
        if foreign:
            warnings.append(
                f"The message seems to be written in {language!r}; only English and Vietnamese are understood well."
            )
        return RoutingResult(
            classifications=requests,
            sentiment=sentiment,
            language_detected=language,
            requires_immediate_attention=bool(dangers) or self._is_urgent(reading, priorities),
            suggested_response=suggest_reply(
                requests,
                language=language if language in SUPPORTED else (message.language or "en"),
                sentiment=sentiment,
                adversarial=adversarial,
                unsure=unsure or foreign,
                self_harm=any(danger.kind == "self_harm" for danger in dangers),
                taxonomy=self.taxonomy,
            ),
            processing_time_ms=round((perf_counter() - started) * 1000, 2),
            out_of_scope=not requests,
            adversarial=adversarial,
            needs_review=unsure or adversarial or foreign,
            intent=intent,
            entities=Entities(room_number=message.room_number) if adversarial else found.entities,
            assumed_fields=() if adversarial else found.assumed_fields,
            warnings=(*warnings, *found.warnings),
            engine_version=self.version,
        )

    def route_many(self, messages: Iterable[GuestMessage]) -> Iterator[RoutingResult]:
        """Route messages one by one, in order, as they are asked for."""
        return (self.route(message) for message in messages)

    def extract(self, message: GuestMessage) -> EntityResult:
        """Read the entities and the intent of one message; raises as `route` does."""
        text, reference, warnings = self._prepared(message)
        language = detect_language(text, message.language)
        found = extract_entities(text, reference=reference, language=language, context_room=message.room_number)
        reading = self.model.read(text, embed=False)
        odds = sigmoid(reading.intent)
        return EntityResult(
            entities=found.entities,
            intent=_INTENTS[int(odds.argmax())],
            confidence=round(float(odds.max() / odds.sum()), 2),
            language_detected=language,
            mentions=found.mentions,
            warnings=(*warnings, *found.warnings),
        )

    def _prepared(self, message: GuestMessage) -> tuple[str, datetime, list[str]]:
        text = clean(message.message)
        if not text.strip():
            raise InputInvalid("The message has no visible text; send what the guest wrote in `message`.")
        if message.timestamp is None:
            return text, datetime.now(UTC).astimezone(self.zone), []
        if message.timestamp.tzinfo is None:
            warning = f"`timestamp` has no time zone; {self.zone.key} was assumed."
            return text, message.timestamp.replace(tzinfo=self.zone), [warning]
        return text, message.timestamp.astimezone(self.zone), []

    def _probability(self, reading: Reading, label: str) -> float:
        return float(reading.probabilities[self.model.index[label]])

    def _nobody_acts(self, reading: Reading, dangers: Sequence[Hazard]) -> bool:
        nobody = self._probability(reading, NOBODY)
        return not dangers and nobody >= MIN_NOBODY and nobody > float(reading.probabilities[:-2].max())

    def _chosen(self, reading: Reading, dangers: Sequence[Hazard]) -> list[str]:
        """Subcategories asked for: all that are likely, at least one, the home of a danger first."""
        probabilities = reading.probabilities[:-2]
        ranked = [self.model.labels[i] for i in np.argsort(-probabilities, kind="stable")]
        chosen = [name for name in ranked[:MAX_REQUESTS] if self._probability(reading, name) >= MIN_REQUEST] or ranked[
            :1
        ]
        for danger in dangers:
            homes = _HAZARD_HOMES[danger.subcategory]
            if not set(homes) & set(chosen):
                chosen = [max(homes, key=lambda name: self._probability(reading, name)), *chosen][:MAX_REQUESTS]
        return sorted(chosen, key=lambda name: (self._probability(reading, name) < DOUBTFUL, self._place(reading, name)))

    def _place(self, reading: Reading, name: str) -> int:
        """The clause that asks for `name` most clearly: requests stand in the order of the message."""
        return int(reading.clause_scores[:, self.model.index[name]].argmax())

    def _priority(self, reading: Reading, name: str, chosen: Sequence[str], dangers: Sequence[Hazard]) -> Priority:
        column = self.model.index[name]
        odds = reading.priority + self.model.priority_by_subcategory[column]
        if len(chosen) > 1:  # its own clause tells more than the others' words
            clause = self._place(reading, name)
            odds = (1 - CLAUSE_SHARE) * odds + CLAUSE_SHARE * (
                reading.clause_priority[clause] + self.model.priority_by_subcategory[column]
            )
        if dangers:
            home = next(
                (each for danger in dangers for each in _HAZARD_HOMES[danger.subcategory] if each in chosen), None
            )
            if name == home:
                return Priority.CRITICAL
            odds = odds + self.model.priority_of_hazard
        return _PRIORITIES[int(odds.argmax())]

    def _is_urgent(self, reading: Reading, priorities: dict[str, Priority]) -> bool:
        if any(priority.rank >= Priority.HIGH.rank for priority in priorities.values()):
            return True
        critical = [
            reading.priority[-1] + self.model.priority_by_subcategory[self.model.index[name], -1] for name in priorities
        ]
        return bool(critical) and float(sigmoid(np.array(critical)).max()) >= MIN_CRITICAL_DOUBT

    def _classification(
        self,
        name: str,
        priority: Priority,
        reading: Reading,
        found: Extraction,
        text: str,
        chosen: Sequence[str],
        intent: Intent,
    ) -> Classification:
        entry = self.taxonomy.subcategory(name)
        clause = reading.clauses[self._place(reading, name)]
        return Classification(
            category=self.taxonomy.category_of(name),
            subcategory=name,
            confidence=round(self._probability(reading, name), 3),
            priority=priority,
            structured_request=structure_request(
                name, entry, priority, clause=clause, text=text, found=found, alone=len(chosen) == 1, intent=intent
            ),
            assigned_to=self.taxonomy.team_of(name),
            workflow_id=entry.workflow_id,
            estimated_resolution_time_minutes=entry.sla_minutes,
        )


@cache
def load_router(taxonomy: Path | None = None, timezone: str = "Asia/Ho_Chi_Minh") -> Router:
    """The router of this process for a taxonomy file and a zone; loading takes about a tenth of a second."""
    return Router(load_taxonomy(taxonomy), timezone)
