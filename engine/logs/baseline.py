"""What is normal: how many lines, errors and milliseconds each service has at this time; learnt, bounded, JSON-able."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from innkeeper.engine.logs.forecasts import Forecast, forecast_counts, forecast_durations
from innkeeper.engine.logs.history import History
from innkeeper.engine.logs.spread import accepted, learn_counts, learn_logs
from innkeeper.engine.logs.statistics import Floats
from innkeeper.engine.logs.sums import Sums, sums_of
from innkeeper.engine.logs.tally import Tally
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.logs import Finding, FindingKind, Severity

SLOT_S = 300  # the time between two sweeps
MAX_SERIES = 4_000
ACCEPT_AFTER_S = 12 * 3_600  # what is unusual for so long is the new normal
MIN_DURATIONS = 3  # of a template in a slot, to be learnt
NEW_FOR_S = 3_600  # an error template is new for so long after it was first seen

Key = tuple[str, str, str]  # "lines", "errors", "template" or "ms"; service; template id or ""

_ABOUT_LINES = {FindingKind.RATE_DROP, FindingKind.SILENCE, FindingKind.LEVEL_SHIFT}


class Novelty(NamedTuple):
    """How often a service has come up with error templates that nobody knew."""

    templates: int
    slots: int


class Baseline:
    """
    What each series is like, learnt slot by slot from finished tallies.

    Series are the lines, the error lines, the lines of each error template and the durations of each template, by
    service. Detect first, then `update` with what was found: a slot that was judged unusual is not learnt for the
    series concerned, until that has lasted `ACCEPT_AFTER_S`. The same lines give the same baseline.
    """

    def __init__(self, *, slot_s: int = SLOT_S, max_series: int = MAX_SERIES) -> None:
        self.slot_s = slot_s
        self.counts: History[Key] = History(slot_s, max_series)
        self.durations: History[Key] = History(slot_s, max_series)
        self.novelty: dict[str, Novelty] = {}
        self.first_seen: dict[Key, int] = {}  # slot of the first line of an error template
        self._cached: tuple[tuple[int | None, ...], Forecast, Forecast] | None = None

    def learnt_until(self) -> float | None:
        """End of the last slot that was learnt, in Unix seconds; None when there is none."""
        slot = self.counts.next_slot
        return None if slot is None else float(slot * self.slot_s)

    def forecasts(self, slot: int) -> tuple[Forecast, Forecast]:
        """What a slot is expected to bring, for the rows of `counts` and of `durations`."""
        about = (slot, self.counts.next_slot, self.counts.changes, self.durations.changes)
        if self._cached is None or self._cached[0] != about:
            self._cached = (about, forecast_counts(self.counts, slot), forecast_durations(self.durations, slot))
        return self._cached[1:]

    def update(self, tally: Tally, *, until: float, findings: Iterable[Finding] = ()) -> None:
        """
        Learn the finished slots of `tally` that end by `until` (Unix seconds) and were not learnt before.

        Args:
            findings: What `detect` found in these slots; LOW ones are learnt all the same.
        """
        span = tally.span()
        if span is None:
            return
        unusual = [each for each in findings if each.severity is not Severity.LOW]
        first = max(int(span[0] // self.slot_s), self.counts.next_slot or 0)
        written = tally.between(first * self.slot_s, until // self.slot_s * self.slot_s)  # one line may be of year 1
        for slot in dict.fromkeys(int(start // self.slot_s) for start, _ in written):
            sums = sums_of(tally, slot * self.slot_s, (slot + 1) * self.slot_s)
            if sums.lines:  # a slot without any line at all says that nothing was read
                self._learn(slot, sums, unusual)

    def turn_back(self, at: float) -> None:
        """Forget the slots from `at` (Unix seconds) on: they were learnt by a clock that was ahead."""
        slot = int(at // self.slot_s)
        self.counts.turn_back(slot)
        self.durations.turn_back(slot)
        self.first_seen = {key: min(first, slot) for key, first in self.first_seen.items()}

    def is_new(self, service: str, template_id: str, slot: int) -> bool:
        """Whether an error template is new at `slot`, to a baseline that knows its service."""
        first = self.first_seen.get(("template", service, template_id))
        return first is None or (slot - first) * self.slot_s < NEW_FOR_S

    def _learn(self, slot: int, sums: Sums, findings: Sequence[Finding]) -> None:
        self._learn_names(slot, sums)
        counts = self._counts(sums)
        logs, noise = self._logs(sums)
        unusual, slow = self._unusual(findings)
        after = ACCEPT_AFTER_S // self.slot_s
        lines, durations = self.forecasts(slot)
        learn_counts(self.counts.moments, counts, lines.closest_to(counts), unusual)
        learn_logs(self.durations.moments, logs, durations.mid, slow, noise)
        for row, ratio in accepted(self.counts.moments, after).items():  # the past is moved to the new level
            self.counts.shift(row, times=ratio)
        for row, step in accepted(self.durations.moments, after).items():
            self.durations.shift(row, plus=step)
        for history, values, skip in ((self.counts, counts, unusual), (self.durations, logs, slow)):
            history.advance(slot)
            history.write(np.where(skip, np.nan, values))
        self._cached = None

    def _learn_names(self, slot: int, sums: Sums) -> None:
        for service in sums.lines:
            self.counts.touch(("lines", service, ""), slot)
            self.counts.touch(("errors", service, ""), slot)
            known = self.novelty.get(service, Novelty(0, 0))
            self.novelty[service] = Novelty(known.templates, known.slots + 1)
        for service, template_id in sums.templates:
            key = ("template", service, template_id)
            if key not in self.first_seen:
                known = self.novelty[service]
                self.novelty[service] = Novelty(known.templates + 1, known.slots)
                self.first_seen[key] = slot
            self.counts.touch(key, slot, ("lines", service, ""))
        for service, template_id in sums.durations:
            self.durations.touch(("ms", service, template_id), slot)
        for gone in [key for key in self.first_seen if key not in self.counts.rows]:
            del self.first_seen[gone]
        if len(self.novelty) > self.counts.max_rows:
            held = self.counts.rows
            self.novelty = {each: known for each, known in self.novelty.items() if ("lines", each, "") in held}

    def _counts(self, sums: Sums) -> Floats:
        found = np.full(len(self.counts.seen), np.nan)
        for (kind, service, template_id), row in self.counts.rows.items():
            of_service = sums.lines if kind == "lines" else sums.errors
            found[row] = (
                sums.templates.get((service, template_id), 0) if kind == "template" else of_service.get(service, 0)
            )
        return found

    def _logs(self, sums: Sums) -> tuple[Floats, Floats]:
        """Mean log durations, and their variance by chance."""
        logs, noise = np.full((2, len(self.durations.seen)), np.nan)
        for (service, template_id), held in sums.durations.items():
            row = self.durations.rows.get(("ms", service, template_id))  # others of this slot may have taken its room
            if row is not None and held.lines >= MIN_DURATIONS:
                logs[row], noise[row] = held.mean, held.noise
        return logs, noise

    def _unusual(self, findings: Sequence[Finding]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        slow = {(each.service, each.template_id) for each in findings if each.unit == "ms"}
        lines = {each.service for each in findings if each.kind in _ABOUT_LINES and each.unit != "ms"}
        errors = {each.service for each in findings if each.kind not in _ABOUT_LINES and each.unit != "ms"}
        skipped = np.zeros(len(self.counts.seen), dtype=np.bool_)
        for (kind, service, _), row in self.counts.rows.items():
            skipped[row] = service in lines or (service in errors and kind != "lines")
        delayed = np.zeros(len(self.durations.seen), dtype=np.bool_)
        for (_, service, template_id), row in self.durations.rows.items():
            delayed[row] = (service, template_id) in slow
        return skipped, delayed

    def state(self) -> dict[str, Any]:
        """Everything that it knows, as JSON values."""
        return {
            "version": 1,
            "slot_s": self.slot_s,
            "max_series": self.counts.max_rows,
            "counts": self.counts.state(),
            "durations": self.durations.state(),
            "novelty": {service: list(known) for service, known in self.novelty.items()},
            "first_seen": [[*key, slot] for key, slot in self.first_seen.items()],
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """
        The baseline whose `state` this is.

        Raises:
            InputInvalid: It is not what `state` returned.
        """
        try:
            baseline = cls(slot_s=int(state["slot_s"]), max_series=int(state["max_series"]))
            for history, held in ((baseline.counts, state["counts"]), (baseline.durations, state["durations"])):
                history.restore(held, [(kind, service, template_id) for kind, service, template_id in held["keys"]])
            baseline.novelty = {service: Novelty(*known) for service, known in state["novelty"].items()}
            baseline.first_seen = {(kind, service, each): slot for kind, service, each, slot in state["first_seen"]}
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InputInvalid(f"this is not the state of a baseline ({error!r}); start with an empty one") from error
        return baseline
