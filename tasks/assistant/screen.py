"""What is seen of a model's answer while it is still being written."""

from contextlib import suppress

from pydantic import BaseModel

from innkeeper.engine.fact_guard import Evidence, PromptWords, StreamGuard, Unsupported
from innkeeper.tasks.assistant.turn import Turn
from innkeeper.tasks.tool_loop import ToolCall


class Screen:
    """What the asker sees of a streamed answer: nothing unsupported, nothing of the prompt, no preamble of a call."""

    def __init__(self, turn: Turn, evidence: Evidence) -> None:
        self._turn, self._evidence = turn, evidence
        self._prompt: PromptWords | None = None
        self._guard = StreamGuard(evidence)
        self._is_muted = False
        self._has_shown = False

    def begin(self, prompt: PromptWords) -> None:
        """The model begins; `prompt` is what it was told."""
        self._prompt = prompt
        self._guard = StreamGuard(self._evidence, prompt)

    def feed(self, delta: str) -> None:
        """Show what may be shown of the next piece."""
        if self._is_muted:
            return
        try:
            self._show(self._guard.feed(delta))
        except Unsupported:
            self._is_muted = True
            self.clear()

    def called(self, call: ToolCall | str) -> None:
        """A tool begins: what was said before was not the answer. Or it is done: its result may be spoken of."""
        if isinstance(call, str):
            self.clear()
            self._guard, self._is_muted = StreamGuard(self._evidence, self._prompt), False
        elif isinstance(call.output, BaseModel):
            self._evidence.add_result(call.output)
        self._turn.called(call)

    def clear(self) -> None:
        """Take back what was shown."""
        if self._has_shown:
            self._turn.withdraw()
            self._has_shown = False

    def finish(self, text: str) -> None:
        """Show the rest of `text`, or all of it where what was shown is not its beginning."""
        rest = None
        with suppress(Unsupported):
            rest = self._guard.end() if not self._is_muted and self._guard.text == text else None
        if rest is None:
            self.clear()
        self._show(text if rest is None else rest)

    def _show(self, text: str) -> None:
        if text:
            self._has_shown = True
            self._turn.say(text)
