"""
What asking a model buys: `python -m evals.routing.escalation [FILE ...] --chain openai/gpt-…,engine [--limit N]`.

Asks the chain's models about the messages that the engine is least sure of, and prints accuracy against the share of
messages that are asked about, their cost and their time: first as the router decides (`needs_review`), then for other
thresholds on the engine's confidence. A message is right when its categories are exactly those expected (none where
nobody has to act). In a flow run the table is an artifact too.
"""

import argparse
import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from innkeeper.blocks.settings import settings
from innkeeper.engine.routing.router import Router, load_router
from innkeeper.prompts.routing import routing_prompt
from innkeeper.schemas.models import Capability, Spender
from innkeeper.schemas.routing import GuestMessage, RoutingResult
from innkeeper.schemas.routing_draft import draft_type
from innkeeper.tasks.chain import Completion, complete
from innkeeper.tasks.gateway import ModelGateway
from innkeeper.tasks.publishing import publish_table

CASES = Path(__file__).with_name("cases.jsonl")
THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Asked:
    """One message: what was expected, what the engine said, and what a model said where one was asked."""

    case: dict[str, Any]
    own: RoutingResult
    by_model: RoutingResult | None = None
    completion: "Completion[Any] | None" = None

    @property
    def confidence(self) -> float:
        """The engine's, of its best request; 1 where nobody has to act and it is sure of that."""
        best = max((each.confidence for each in self.own.classifications), default=1.0)
        return min(best, 0.0 if self.own.needs_review else 1.0) if not self.own.classifications else best


def is_right(case: dict[str, Any], result: RoutingResult) -> bool:
    """Whether the categories are exactly those expected."""
    return {each["category"] for each in case["requests"]} == {each.category for each in result.classifications}


async def ask(cases: Sequence[dict[str, Any]], chain: str, limit: int) -> list[Asked]:
    """Route all `cases`, and ask the chain about the `limit` least sure ones below the highest threshold."""
    router = load_router(timezone=settings().hotel_timezone)
    routed = [Asked(case, router.route(_message(case))) for case in cases]
    doubtful = [each for each in routed if each.confidence < THRESHOLDS[-1] or each.own.needs_review]
    doubtful = sorted(doubtful, key=lambda each: (not each.own.needs_review, each.confidence))
    doubtful = [each for each in doubtful if not each.own.adversarial][:limit]
    wanted = settings().model_copy(update={"model_chain": chain, "model_chain_routing": None})
    async with ModelGateway(wanted) as gateway:
        answers = [await _asked(each, router, gateway) for each in doubtful]
    known = {id(each.case): each for each in answers}
    return [known.get(id(each.case), each) for each in routed]


async def _asked(each: Asked, router: Router, gateway: ModelGateway) -> Asked:
    message = _message(each.case)
    completion = await complete(
        routing_prompt(message, each.own, router.taxonomy),
        draft_type(tuple(router.taxonomy.subcategories)),
        capability=Capability.ROUTING,
        gateway=gateway,
        spender=Spender(principal="eval", flow="evals.routing.escalation"),
    )
    if completion.output is None:
        return Asked(each.case, each.own, None, completion)
    return Asked(each.case, each.own, router.route(message, completion.output), completion)


def _message(case: dict[str, Any]) -> GuestMessage:
    known = {key: case[key] for key in ("message", "channel", "timestamp", "room_number") if case.get(key)}
    return GuestMessage.model_validate(known)


def row(name: str, asked: Sequence[Asked], chosen: Sequence[Asked]) -> dict[str, Any]:
    """One line of the curve: `chosen` are decided by the model where it answered, the others by the engine."""
    taken = {id(each.case) for each in chosen}
    final = [each.by_model if id(each.case) in taken and each.by_model else each.own for each in asked]
    answered = [each for each in chosen if each.by_model]
    costs = [each.completion.cost_usd for each in chosen if each.completion]
    times = [each.completion.latency_ms for each in chosen if each.completion]
    own = sum(is_right(each.case, each.own) for each in answered)
    model = sum(is_right(each.case, each.by_model) for each in answered if each.by_model)
    priced = sum((cost for cost in costs if cost is not None), Decimal(0))
    return {
        "asked when": name,
        "asked": len(chosen),
        "of": len(asked),
        "answered": len(answered),
        "engine right on these": own,
        "model right on these": model,
        "left to a person": sum(result.needs_review for result in final),
        "all right": round(sum(map(is_right, (each.case for each in asked), final)) / len(asked), 3),
        "US dollars per 1,000 messages": "price not known" if None in costs else f"{priced * 1_000 / len(asked):.4f}",
        "seconds per question": round(sum(times) / len(times) / 1_000, 2) if times else 0.0,
    }


def curve(asked: Sequence[Asked]) -> list[dict[str, Any]]:
    """No model, the router's own choice, and those thresholds below which every message was asked about."""
    rows = [row("never", asked, [])]
    rows.append(row("needs_review", asked, [each for each in asked if each.own.needs_review and each.completion]))
    for threshold in THRESHOLDS:
        below = [each for each in asked if each.confidence < threshold or each.own.needs_review]
        if all(each.completion or each.own.adversarial for each in below):
            rows.append(row(f"below {threshold}", asked, [each for each in below if each.completion]))
    return rows


async def report(files: Sequence[Path], chain: str, limit: int) -> None:
    """Print the curve of all files together."""
    cases = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    rows = curve(await ask(cases, chain, limit))
    for each in rows:
        print(json.dumps(each, ensure_ascii=False))
    await publish_table("routing-escalation", rows, f"Accuracy against cost with {chain}, n={len(cases)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, default=[CASES])
    parser.add_argument("--chain", default=settings().model_chain)
    parser.add_argument("--limit", type=int, default=60, help="of the least sure messages, how many to ask about")
    arguments = parser.parse_args()
    asyncio.run(report(arguments.files, arguments.chain, arguments.limit))


if __name__ == "__main__":
    main()
