"""The assistant on a hotel that nobody looked at who built it: `python -m evals.assistant.second_hotel`."""

import sys
from pathlib import Path

from evals.assistant.runner import Hotel, main, read_rows

FOLDER = Path(__file__).with_name("lodge")
HOTEL = Hotel("lodge", FOLDER / "lodge.json", FOLDER / "documents")

if __name__ == "__main__":
    sys.exit(main(HOTEL, read_rows(FOLDER / "questions.jsonl"), {}, "assistant on the second hotel"))
