"""The local router: a guest message in, its requests out, in milliseconds and with no network."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

from innkeeper.engine.entities import Extraction, extract_entities
from innkeeper.engine.language import SUPPORTED, detect_language
from innkeeper.engine.routing.decisions import Decider
from innkeeper.engine.routing.model import Reading, RouterModel, sigmoid
from innkeeper.engine.routing.replies import suggest_reply
from innkeeper.engine.routing.resolved import without_resolved
from innkeeper.engine.routing.structured import structure_request
from innkeeper.engine.routing.taxonomy import load_taxonomy
from innkeeper.engine.safety import hazards
from innkeeper.engine.text import clean
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.routing import (
    Classification,
    Entities,
    EntityResult,
    GuestMessage,
    Intent,
    RoutingResult,
    Sentiment,
)
from innkeeper.schemas.routing_draft import RoutingDraft
from innkeeper.schemas.taxonomy import Priority, Taxonomy

_SENTIMENTS, _INTENTS = list(Sentiment), list(Intent)


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
        self._decider = Decider(self.model, taxonomy)
        self.version = f"{self.model.version}-{self.model.sha256[:8]}"

    def route(self, message: GuestMessage, draft: RoutingDraft | None = None) -> RoutingResult:
        """
        Understand one message.

        Args:
            message: What the guest wrote.
            draft: A model's decision, where the engine's own was unsure; facts are read by the engine all the same.

        Raises:
            InputInvalid: Nothing is left of the message once invisible characters are removed.
        """
        started = perf_counter()
        text, reference, warnings = self._prepared(message)
        language = detect_language(text, message.language)
        dangers = hazards(text)
        reading = self.model.read(without_resolved(text))
        found = extract_entities(text, reference=reference, language=language, context_room=message.room_number)
        sentiment = draft.sentiment if draft else _SENTIMENTS[int(reading.sentiment.argmax())]
        intent = _INTENTS[int(reading.intent.argmax())]
        if draft is None:
            decision = self._decider.decide(reading, dangers)
        else:
            decision = self._decider.follow(draft, reading, dangers)
        chosen = list(decision.priorities)
        if Priority.CRITICAL in decision.priorities.values():
            intent, sentiment = Intent.EMERGENCY, Sentiment.NEGATIVE
        requests = tuple(
            self._classification(
                name,
                priority,
                reading,
                found,
                text,
                alone=len(chosen) == 1,
                intent=intent,
                confidence=decision.confidences.get(name),
            )
            for name, priority in decision.priorities.items()
        )
        foreign = language not in (*SUPPORTED, "und")
        if foreign and draft is None:  # a model reads other languages
            warnings.append(
                f"The message seems to be written in {language!r}; only English and Vietnamese are understood well."
            )
        return RoutingResult(
            classifications=requests,
            sentiment=sentiment,
            language_detected=language,
            requires_immediate_attention=decision.urgent,
            suggested_response=suggest_reply(
                requests,
                language=language if language in SUPPORTED else (message.language or "en"),
                sentiment=sentiment,
                adversarial=decision.adversarial,
                unsure=(bool(requests) and decision.unsure) or (foreign and draft is None),
                self_harm=any(danger.kind == "self_harm" for danger in dangers),
                taxonomy=self.taxonomy,
            ),
            processing_time_ms=round((perf_counter() - started) * 1000, 2),
            out_of_scope=not requests,
            adversarial=decision.adversarial,
            needs_review=decision.unsure or (foreign and draft is None),
            intent=intent,
            entities=Entities(room_number=message.room_number) if decision.adversarial else found.entities,
            assumed_fields=() if decision.adversarial else found.assumed_fields,
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

    def _classification(
        self,
        name: str,
        priority: Priority,
        reading: Reading,
        found: Extraction,
        text: str,
        *,
        alone: bool,
        intent: Intent,
        confidence: float | None,
    ) -> Classification:
        entry = self.taxonomy.subcategory(name)
        clause = reading.clauses[self._decider.place(reading, name)]
        return Classification(
            category=self.taxonomy.category_of(name),
            subcategory=name,
            confidence=round(self._decider.probability(reading, name) if confidence is None else confidence, 3),
            priority=priority,
            structured_request=structure_request(
                name, entry, priority, clause=clause, text=text, found=found, alone=alone, intent=intent
            ),
            assigned_to=self.taxonomy.team_of(name),
            workflow_id=entry.workflow_id,
            estimated_resolution_time_minutes=entry.sla_minutes,
        )


@cache
def load_router(taxonomy: Path | None = None, timezone: str = "Asia/Ho_Chi_Minh") -> Router:
    """The router of this process for a taxonomy file and a zone; loading takes about a tenth of a second."""
    return Router(load_taxonomy(taxonomy), timezone)
