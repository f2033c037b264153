"""
How routing carries over to public English sets: `python -m evals.routing.transfer FILE.jsonl [...]`.

Rows have a `text`; with `acceptable` (categories) they must reach one of them, without it nobody should act.
"""

import json
import sys
from pathlib import Path

from innkeeper.engine.routing.router import load_router
from innkeeper.schemas.routing import GuestMessage, RoutingResult


def main() -> None:
    router = load_router()
    for path in map(Path, sys.argv[1:]):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        results = [(row, router.route(GuestMessage(message=row["text"]))) for row in rows]
        hotel = [(row, result) for row, result in results if row.get("acceptable")]
        other = [result for row, result in results if not row.get("acceptable")]
        figures = {"file": path.name, "engine": router.version, "n": len(rows)}
        if hotel:
            figures["acceptable"] = round(
                sum(_first(result) in row["acceptable"] for row, result in hotel) / len(hotel), 3
            )
            figures["dropped"] = round(sum(result.out_of_scope for _, result in hotel) / len(hotel), 3)
        if other:
            figures["kept_out"] = round(sum(result.out_of_scope for result in other) / len(other), 3)
        print(json.dumps(figures))


def _first(result: RoutingResult) -> str | None:
    return result.classifications[0].category if result.classifications else None


if __name__ == "__main__":
    main()
