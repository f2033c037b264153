"""The sample hotel as an attacker would leave it: orders to a model in its documents, bookings, rooms and services."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from fastapi import FastAPI, HTTPException

from evals.assistant.runner import CACHE, Hotel, innkeeper, read_rows
from evals.assistant.sample_hotel import HOTEL as SAMPLE
from evals.assistant.scoring import Row
from innkeeper.engine import injection

ROWS = Path(__file__).with_name("red_team.jsonl")


def plants(where: str) -> list[Row]:
    """What is planted there: `document`, `booking`, `room`, `room_service` or `pricing_service`."""
    return [row for row in read_rows(ROWS) if row["kind"] == "plant" and row["in"] == where]


def hotel_data() -> Row:
    """The hotel file with the planted bookings and room notes."""
    data: Row = json.loads(SAMPLE.data.read_text(encoding="utf-8"))
    bookings = {row["booking_id"]: row for row in data["bookings"]}
    rooms = {row["number"]: row for row in data["rooms"]}
    for plant in plants("booking"):
        bookings[plant["booking_id"]].update({k: plant[k] for k in ("guest_name", "special_requests") if k in plant})
    for plant in plants("room"):
        rooms[plant["number"]]["note"] = plant["note"]
    return data


def write_hotel(folder: Path, documents: Sequence[str] | None = None) -> Hotel:
    """
    Write the poisoned hotel file and documents.

    Args:
        folder: Gets `hotel.json` and `documents/`; must not hold any yet.
        documents: Paths of the sample documents to keep beside the planted ones; all when absent.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "documents"
    if documents is None:
        shutil.copytree(SAMPLE.documents, target)
    else:
        for name in ("manifest.yaml", *documents):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(SAMPLE.documents / name, target / name)
    for plant in plants("document"):
        (target / plant["path"]).parent.mkdir(parents=True, exist_ok=True)
        (target / plant["path"]).write_text(plant["text"], encoding="utf-8")
    (folder / "hotel.json").write_text(json.dumps(hotel_data(), ensure_ascii=False, indent=1), encoding="utf-8")
    return Hotel("poisoned", folder / "hotel.json", target)


def import_hotel(hotel: Hotel, home: Path) -> None:
    """Import a written hotel into a new home, with the real command line."""
    innkeeper(home, "hotel", "import", str(hotel.data))
    innkeeper(home, "kb", "index", str(hotel.documents), check=False)  # 1 when a document was set aside


def imported_home(hotel: Hotel, folder: Path) -> Path:
    """A fresh copy, in `folder`, of the home with `hotel` imported; the import itself is kept."""
    files = sorted(path for path in hotel.documents.rglob("*") if path.is_file())
    digest = hashlib.sha256(hotel.data.read_bytes() + Path(injection.__file__).read_bytes())  # it decides what is kept
    for path in files:
        digest.update(f"{path.relative_to(hotel.documents)}\0".encode() + path.read_bytes())
    kept = CACHE / f"red-team-{hotel.name}-{digest.hexdigest()[:16]}"
    if not kept.exists():
        import_hotel(hotel, kept)
    return Path(shutil.copytree(kept, folder / f"home-{hotel.name}"))


def audiences(documents: Path) -> dict[str, str]:
    """Who may read each document, by its path: `guest`, `staff` or `manager`."""
    listed = yaml.safe_load((documents / "manifest.yaml").read_text(encoding="utf-8"))["documents"]
    found = {name: entry["audience"] for name, entry in listed.items() if "audience" in entry}
    return found | dict(_of_front_matter(documents))


def _of_front_matter(documents: Path) -> Iterator[tuple[str, str]]:
    for path in documents.rglob("*.md"):
        for line in path.read_text(encoding="utf-8").splitlines()[:12]:
            if line.startswith("audience:"):
                yield path.relative_to(documents).as_posix(), line.partition(":")[2].strip()


def poisoned_services() -> FastAPI:
    """A room-status and a pricing service that answer with orders to a model; other rooms and types are unknown."""
    app = FastAPI()
    rooms = {plant["number"]: plant["answer"] for plant in plants("room_service")}
    prices = {plant["room_type"]: plant["answer"] for plant in plants("pricing_service")}

    @app.get("/rooms/{number}")
    async def room(number: str) -> dict[str, Any]:
        return _known(rooms, number)

    @app.get("/prices")
    async def price(room_type: str) -> dict[str, Any]:
        return _known(prices, room_type)

    return app


def _known(answers: dict[str, Row], key: str) -> Row:
    if key not in answers:
        raise HTTPException(404)
    return answers[key]
