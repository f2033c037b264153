"""From probabilities to decisions: which requests a message holds, how urgent, who should look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from innkeeper.engine.routing.model import MANIPULATION, NOBODY, Reading, RouterModel, sigmoid
from innkeeper.engine.routing.resolved import declines
from innkeeper.engine.safety import Hazard
from innkeeper.schemas.routing import MAX_REQUESTS
from innkeeper.schemas.routing_draft import RoutingDraft
from innkeeper.schemas.taxonomy import Priority, Taxonomy

# Probabilities, chosen on the outside development set and our own cases (evals/routing/README.md).
MIN_REQUEST = 0.6  # a subcategory above it is a request of the message
DOUBTFUL = 0.7  # requests below it stand behind the others
MIN_NOBODY = 0.4  # above it, and above every subcategory, nobody has to act
SURE_NOBODY = 0.75  # between the two a person looks all the same
MIN_MANIPULATION = 0.5
MIN_SURE = 0.5  # a message whose best request is below it is shown to a person first
MIN_CRITICAL_DOUBT = 0.08  # above it a message is flagged for immediate attention, whatever the priorities
MIN_MODEL_SURE = 0.7  # a model's request below it is shown to a person first
AGREEING = 10  # a model and the engine agree when the model's request is among that many likeliest of the engine's
CLAUSE_SHARE = 0.5  # of a request's own clause in its priority, beside the whole message

# Where a danger may be handled; the likeliest of them takes it.
_HOMES = {
    "safety_hazard": ("safety_hazard", "electrical_issue", "emergency"),
    "elevator_issue": ("elevator_issue", "door_lock_issue", "emergency"),
    "emergency": ("emergency", "safety_hazard", "door_lock_issue", "elevator_issue", "pest_issue"),
}
_MAY_BE_DECLINED = frozenset({"room_cleaning", "turndown", "linen_change"})
_PRIORITIES = tuple(Priority)


@dataclass(frozen=True)
class Decision:
    """What is done about a message."""

    priorities: dict[str, Priority]  # by subcategory, in the order of the answer; empty when nobody acts
    adversarial: bool
    urgent: bool
    unsure: bool
    confidences: Mapping[str, float] = field(default_factory=dict)  # by subcategory, where a model decided


class Decider:
    """
    Decides on readings.

    Args:
        model: Its labels name the probabilities.
        taxonomy: Its default priorities stand in where the words do not tell.
    """

    def __init__(self, model: RouterModel, taxonomy: Taxonomy) -> None:
        self._model = model
        self._taxonomy = taxonomy

    def decide(self, reading: Reading, dangers: Sequence[Hazard]) -> Decision:
        """Decide on one message; a danger is always acted on."""
        best = float(reading.probabilities[:-2].max())
        nobody = self.probability(reading, NOBODY)
        adversarial = not dangers and self.probability(reading, MANIPULATION) >= MIN_MANIPULATION
        if adversarial:
            return Decision({}, adversarial=True, urgent=False, unsure=True)
        if not dangers and nobody >= MIN_NOBODY and nobody > best:
            return Decision({}, adversarial=False, urgent=False, unsure=nobody < SURE_NOBODY)
        chosen = self._chosen(reading, dangers)
        priorities = {name: self._priority(reading, name, chosen, dangers) for name in chosen}
        # Critical ones first; the sort is stable, so that the rest keep the order of the message.
        ordered = dict(sorted(priorities.items(), key=lambda entry: entry[1] is not Priority.CRITICAL))
        unsure = best < MIN_SURE
        return Decision(
            ordered, adversarial=False, urgent=bool(dangers) or self._is_urgent(reading, ordered), unsure=unsure
        )

    def follow(self, draft: RoutingDraft, reading: Reading, dangers: Sequence[Hazard]) -> Decision:
        """
        Decide as a model did that was asked because `decide` was unsure.

        Dangers stay the engine's: the model can add to them and never take one away. Where the model is unsure itself,
        or names what the engine holds unlikely, a person looks.
        """
        if draft.adversarial and not dangers:
            return Decision({}, adversarial=True, urgent=False, unsure=True)
        drafted = {each.subcategory: each for each in draft.requests}
        chosen = list(drafted)
        for danger in dangers:
            homes = _HOMES[danger.subcategory]
            if not set(homes) & set(chosen):
                chosen = [max(homes, key=lambda name: self.probability(reading, name)), *chosen][:MAX_REQUESTS]
        homes_of_dangers = {_home(danger, chosen) for danger in dangers}
        priorities = {
            name: Priority.CRITICAL if name in homes_of_dangers else drafted[name].priority for name in chosen
        }
        ordered = dict(sorted(priorities.items(), key=lambda entry: entry[1] is not Priority.CRITICAL))
        likeliest = {self._model.labels[i] for i in np.argsort(-reading.probabilities)[:AGREEING]}
        doubted = any(each.confidence < MIN_MODEL_SURE for each in drafted.values())
        agrees = bool(likeliest & set(drafted)) if drafted else self.probability(reading, NOBODY) >= MIN_CRITICAL_DOUBT
        urgent = bool(dangers) or any(each.rank >= Priority.HIGH.rank for each in ordered.values())
        return Decision(
            ordered,
            adversarial=False,
            urgent=urgent,
            unsure=doubted or not agrees,
            confidences={name: each.confidence for name, each in drafted.items()},
        )

    def probability(self, reading: Reading, label: str) -> float:
        """The calibrated probability of a label."""
        return float(reading.probabilities[self._model.index[label]])

    def place(self, reading: Reading, name: str) -> int:
        """The clause that asks for `name` most clearly; the first for what only a model can name."""
        if name not in self._model.index:
            return 0
        return int(reading.clause_scores[:, self._model.index[name]].argmax())

    def _chosen(self, reading: Reading, dangers: Sequence[Hazard]) -> list[str]:
        """Subcategories asked for: all that are likely, and the home of each danger; else the likeliest."""
        order = np.argsort(-reading.probabilities[:-2], kind="stable")[:MAX_REQUESTS]
        ranked = [self._model.labels[i] for i in order]
        chosen = [name for name in ranked if self.probability(reading, name) >= MIN_REQUEST]
        for danger in dangers:
            homes = _HOMES[danger.subcategory]
            if not set(homes) & set(chosen):
                chosen = [max(homes, key=lambda name: self.probability(reading, name)), *chosen][:MAX_REQUESTS]
        return sorted(
            chosen or ranked[:1],
            key=lambda name: (self.probability(reading, name) < DOUBTFUL, self.place(reading, name)),
        )

    def _priority(self, reading: Reading, name: str, chosen: Sequence[str], dangers: Sequence[Hazard]) -> Priority:
        if any(name == _home(danger, chosen) for danger in dangers):
            return Priority.CRITICAL
        clause = self.place(reading, name)
        if name in _MAY_BE_DECLINED and declines(reading.clauses[clause].text):
            return Priority.LOW
        odds = reading.priority
        if len(chosen) > 1:  # its own clause tells more than the others' words
            odds = (1 - CLAUSE_SHARE) * odds + CLAUSE_SHARE * reading.clause_priority[clause]
        odds = odds + self._model.priority_by_subcategory[self._model.index[name]]
        if dangers:
            odds = odds + self._model.priority_of_hazard
        likeliest = _PRIORITIES[int(odds.argmax())]
        if likeliest is Priority.CRITICAL and self.probability(reading, name) < MIN_SURE:
            return Priority.HIGH  # flagged all the same; a guess must not wake the house
        return likeliest if odds.max() > 0 or likeliest is Priority.CRITICAL else self._default(name, likeliest)

    def _default(self, name: str, likeliest: Priority) -> Priority:
        """No priority is likelier than not: the taxonomy's, unless it is for dangers only."""
        default = self._taxonomy.subcategory(name).default_priority
        return likeliest if default is Priority.CRITICAL else default

    def _is_urgent(self, reading: Reading, priorities: dict[str, Priority]) -> bool:
        if any(priority.rank >= Priority.HIGH.rank for priority in priorities.values()):
            return True
        columns = [self._model.index[name] for name in priorities]
        critical = reading.priority[-1] + self._model.priority_by_subcategory[columns, -1]
        return bool(columns) and float(sigmoid(critical).max()) >= MIN_CRITICAL_DOUBT


def _home(danger: Hazard, chosen: Sequence[str]) -> str | None:
    return next((name for name in _HOMES[danger.subcategory] if name in chosen), None)
