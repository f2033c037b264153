"""`python -m deployments.reference_services room-status` or `pricing`."""

import argparse
import os
from pathlib import Path

import uvicorn

from deployments.reference_services import pricing, room_status

SAMPLE = Path(__file__).parents[2] / "knowledge_base" / "hotel_paradise.json"
KEY = "REFERENCE_SERVICE_KEY"  # in the environment, where other users of the machine do not see it
SERVICES = {"room-status": (room_status.create_app, 8101), "pricing": (pricing.create_app, 8102)}


def main() -> None:
    """Run one service until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m deployments.reference_services", description=__doc__)
    parser.add_argument("service", choices=sorted(SERVICES))
    parser.add_argument("--hotel", type=Path, default=SAMPLE, help="a hotel file; the sample hotel's by default")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, help="8101 for room-status, 8102 for pricing, by default")
    given = parser.parse_args()
    create_app, port = SERVICES[given.service]
    app = create_app(given.hotel, os.environ.get(KEY) or None)
    uvicorn.run(app, host=given.host, port=given.port or port, log_level="warning")


if __name__ == "__main__":
    main()
