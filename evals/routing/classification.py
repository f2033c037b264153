"""
How well messages are routed: `python -m evals.routing.classification [FILE ...] [--json] [--errors]`.

Reads labelled messages (the shape of `cases.jsonl`), routes each with the local engine, and prints the figures of the
issue per language and for Vietnamese without accents, with n and a 95% bootstrap interval over messages. The gold
`language` is not shown to the router.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from innkeeper.engine.routing.router import Router, load_router
from innkeeper.engine.text import clean, fold
from innkeeper.schemas.routing import GuestMessage, RoutingResult
from innkeeper.schemas.taxonomy import Priority

CASES = Path(__file__).with_name("cases.jsonl")
RESAMPLES = 1000
_RANK = {priority.value: priority.rank for priority in Priority}


@dataclass(frozen=True)
class Scored:
    """One message with what was expected and what came out."""

    case: dict[str, Any]
    result: RoutingResult

    @property
    def gold(self) -> list[dict[str, str]]:
        return self.case["requests"]  # type: ignore[no-any-return]  # JSON

    @property
    def gold_categories(self) -> set[str]:
        return {request["category"] for request in self.gold}

    @property
    def categories(self) -> set[str]:
        return {request.category for request in self.result.classifications}

    @property
    def priorities(self) -> list[tuple[str, str]]:
        """(gold, predicted) for each request found under the right subcategory."""
        found = {request.subcategory: request.priority.value for request in self.result.classifications}
        return [(each["priority"], found[each["subcategory"]]) for each in self.gold if each["subcategory"] in found]


Metric = Callable[[Sequence[Scored]], float | None]


def share(condition: Callable[[Scored], bool], among: Callable[[Scored], bool]) -> Metric:
    """The share of messages that satisfy `condition` among those that satisfy `among`; `None` when there are none."""

    def metric(scored: Sequence[Scored]) -> float | None:
        chosen = [each for each in scored if among(each)]
        return sum(map(condition, chosen)) / len(chosen) if chosen else None

    return metric


def micro_f1(gold: Callable[[Scored], set[str]], found: Callable[[Scored], set[str]]) -> Metric:
    """Micro-averaged F1 of label sets."""

    def metric(scored: Sequence[Scored]) -> float | None:
        right = sum(len(gold(each) & found(each)) for each in scored)
        total = sum(len(gold(each)) + len(found(each)) for each in scored)
        return 2 * right / total if total else None

    return metric


def priority_share(within: int) -> Metric:
    """The share of rightly found requests whose priority is at most `within` levels off."""

    def metric(scored: Sequence[Scored]) -> float | None:
        pairs = [pair for each in scored for pair in each.priorities]
        return sum(abs(_RANK[a] - _RANK[b]) <= within for a, b in pairs) / len(pairs) if pairs else None

    return metric


def _is_request(each: Scored) -> bool:
    return bool(each.gold)


def _is_critical(each: Scored) -> bool:
    return any(request["priority"] == "critical" for request in each.gold)


METRICS: dict[str, Metric] = {
    "top_category": share(
        lambda s: bool(s.result.classifications) and s.result.classifications[0].category in s.gold_categories,
        _is_request,
    ),
    "first_category": share(
        lambda s: bool(s.categories) and s.result.classifications[0].category == s.gold[0]["category"], _is_request
    ),
    "exact_categories": share(lambda s: s.categories == s.gold_categories, _is_request),
    "category_f1": micro_f1(lambda s: s.gold_categories, lambda s: s.categories),
    "subcategory_f1": micro_f1(
        lambda s: {r["subcategory"] for r in s.gold}, lambda s: {r.subcategory for r in s.result.classifications}
    ),
    "priority_exact": priority_share(0),
    "priority_within_one": priority_share(1),
    "critical_flagged": share(lambda s: s.result.requires_immediate_attention, _is_critical),
    "critical_priority": share(
        lambda s: any(r.priority is Priority.CRITICAL for r in s.result.classifications), _is_critical
    ),
    "false_critical": share(
        lambda s: any(r.priority is Priority.CRITICAL for r in s.result.classifications), lambda s: not _is_critical(s)
    ),
    "out_of_scope_recall": share(lambda s: s.result.out_of_scope, lambda s: bool(s.case["out_of_scope"])),
    "adversarial_recall": share(lambda s: s.result.out_of_scope, lambda s: bool(s.case["adversarial"])),
    "real_dropped": share(lambda s: s.result.out_of_scope, _is_request),
    "needs_review": share(lambda s: s.result.needs_review, _is_request),
    "language": share(lambda s: s.result.language_detected == s.case["language"], lambda s: True),
    "sentiment": share(lambda s: s.result.sentiment.value == s.case["sentiment"], lambda s: True),
    "intent": share(lambda s: s.result.intent.value == s.case["intent"], lambda s: True),
}

# What the router must reach, over all messages of a set.
FLOORS = {
    "top_category": 0.93,
    "exact_categories": 0.80,
    "category_f1": 0.88,
    "subcategory_f1": 0.78,
    "priority_exact": 0.75,
    "priority_within_one": 0.97,
    "critical_flagged": 1.0,
    "out_of_scope_recall": 0.90,
    "adversarial_recall": 0.90,
    "language": 0.98,
}
CEILINGS = {"real_dropped": 0.02}


def score(cases: Sequence[dict[str, Any]], router: Router, *, plain: bool = False) -> list[Scored]:
    """Route every case; `plain` takes all accents away first."""
    scored = []
    for case in cases:
        text = fold(clean(case["message"])) if plain else case["message"]
        message = GuestMessage(message=text, timestamp=case["timestamp"])
        scored.append(Scored(case, router.route(message)))
    return scored


def interval(metric: Metric, scored: Sequence[Scored]) -> tuple[float, float] | None:
    """95% percentile bootstrap over messages, seeded."""
    generator = np.random.default_rng(0)
    values = []
    for _ in range(RESAMPLES):
        value = metric([scored[i] for i in generator.integers(0, len(scored), len(scored))])
        if value is not None:
            values.append(value)
    return (float(np.percentile(values, 2.5)), float(np.percentile(values, 97.5))) if values else None


def report(cases: Sequence[dict[str, Any]], router: Router, *, with_interval: bool = True) -> dict[str, Any]:
    """Figures per group of messages: en, vi, vi without accents, all."""
    scored = score(cases, router)
    vietnamese = [case for case in cases if case["language"] == "vi"]
    groups = {
        "en": [each for each in scored if each.case["language"] == "en"],
        "vi": [each for each in scored if each.case["language"] == "vi"],
        "vi_without_accents": score(vietnamese, router, plain=True),
        "all": scored,
    }
    figures: dict[str, Any] = {}
    for group, members in groups.items():
        figures[group] = {"n": len(members)}
        for name, metric in METRICS.items():
            value = metric(members)
            figures[group][name] = {
                "value": None if value is None else round(value, 3),
                "interval": [round(x, 3) for x in interval(metric, members) or ()]
                if with_interval and value is not None
                else None,
            }
    return figures


def expected_calibration_error(scored: Sequence[Scored], bins: int = 10) -> float:
    """
    Mean gap between a request's confidence and the share of such requests that are right, weighted by bin size.

    Source: Naeini, Cooper & Hauskrecht 2015, "Obtaining Well Calibrated Probabilities Using Bayesian Binning".
    """
    pairs = [
        (request.confidence, request.subcategory in {gold["subcategory"] for gold in each.gold})
        for each in scored
        for request in each.result.classifications
    ]
    gaps = []
    for low in np.arange(bins) / bins:
        inside = [(p, ok) for p, ok in pairs if low < p <= low + 1 / bins or (low == 0 and p == 0)]
        if inside:
            gaps.append(abs(np.mean([p for p, _ in inside]) - np.mean([ok for _, ok in inside])) * len(inside))
    return float(sum(gaps) / len(pairs)) if pairs else 0.0


def missed_floors(figures: dict[str, Any]) -> list[str]:
    """Figures that are worse than what the router must reach."""
    low = [(name, figures[name]["value"], floor) for name, floor in FLOORS.items()]
    high = [(name, figures[name]["value"], ceiling) for name, ceiling in CEILINGS.items()]
    return [f"{name} {value} < {floor}" for name, value, floor in low if value is not None and value < floor] + [
        f"{name} {value} > {ceiling}" for name, value, ceiling in high if value is not None and value > ceiling
    ]


def read_cases(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """All cases of the files, in order."""
    return [
        json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines() if line.strip()
    ]


def _table(figures: dict[str, Any]) -> str:
    lines = ["| | " + " | ".join(f"{group} (n={values['n']})" for group, values in figures.items()) + " |"]
    lines.append("|---|" + "---|" * len(figures))
    for name in METRICS:
        cells = []
        for values in figures.values():
            cell = values[name]
            spread = f" ({cell['interval'][0]:.2f}–{cell['interval'][1]:.2f})" if cell["interval"] else ""
            cells.append("–" if cell["value"] is None else f"{cell['value']:.3f}{spread}")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _print_errors(scored: Sequence[Scored]) -> None:
    for each in scored:
        found = [(r.subcategory, r.priority.value, r.confidence) for r in each.result.classifications]
        if {r["subcategory"] for r in each.gold} != {name for name, *_ in found}:
            gold = [(r["subcategory"], r["priority"]) for r in each.gold]
            print(
                f"{each.case['id']} [{each.case['language']}] {each.case['message']}\n    gold {gold}\n    got  {found}"
            )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, default=[CASES])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--fast", action="store_true", help="no intervals")
    parser.add_argument("--gate", action="store_true", help="exit code 1 when a figure is below its floor")
    parser.add_argument("--errors", action="store_true", help="print every message whose subcategories are not exact")
    arguments = parser.parse_args()
    cases, router = read_cases(arguments.files), load_router()
    figures = report(cases, router, with_interval=not arguments.fast)
    scored = score(cases, router)
    calibration = round(expected_calibration_error(scored), 3)
    if arguments.errors:
        _print_errors(scored)
    if arguments.json:
        json.dump(
            {
                "date": datetime.now(UTC).date().isoformat(),
                "engine": router.version,
                "figures": figures,
                "calibration_error": calibration,
            },
            sys.stdout,
        )
        return 0
    names = ", ".join(path.name for path in arguments.files)
    print(f"routing, {datetime.now(UTC).date().isoformat()}, engine {router.version}, {names}\n")
    print(_table(figures))
    print(f"\nexpected calibration error of subcategory confidence: {calibration}")
    print("requests per message:", dict(sorted(Counter(len(each.result.classifications) for each in scored).items())))
    missed = missed_floors(figures["all"])
    print("missed:", "; ".join(missed) or "nothing")
    return 1 if arguments.gate and missed else 0


if __name__ == "__main__":
    sys.exit(main())
