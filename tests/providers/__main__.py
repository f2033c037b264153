"""`python -m tests.providers openai --port 8100 --script script.json --record requests.jsonl`: until it is killed."""

import argparse
import signal
import sys
from pathlib import Path

from tests.providers.anthropic_api import AnthropicServer
from tests.providers.openai_api import OpenAIServer
from tests.providers.script import Script, Text

SERVERS = {"openai": OpenAIServer, "anthropic": AnthropicServer}


def main() -> None:
    """Print `ready BASE_URL` and serve until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("provider", choices=SERVERS)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--script", type=Path, help="what `Script.to_json` writes; without one every answer is `ok`")
    parser.add_argument("--record", type=Path, help="each request is appended as a line of JSON")
    parser.add_argument("--key", default="sk-loopback")
    given = parser.parse_args()
    script = Script.from_json(given.script.read_text(encoding="utf-8")) if given.script else Script(default=Text("ok"))
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)  # before the thread starts: it inherits the mask
    with SERVERS[given.provider](script, api_key=given.key, port=given.port, record=given.record) as server:
        sys.stdout.write(f"ready {server.base_url}\n")
        sys.stdout.flush()
        signal.sigwait(signals)


if __name__ == "__main__":
    main()
