"""The fact guard: whatever a generated text states must be in what it was made from."""

from innkeeper.engine.fact_guard.checking import unsupported
from innkeeper.engine.fact_guard.citations import Citations, CitedSentence, cited
from innkeeper.engine.fact_guard.evidence import Evidence
from innkeeper.engine.fact_guard.finding import facts_of
from innkeeper.engine.fact_guard.mentions import FactMention, Reading, Unsupported
from innkeeper.engine.fact_guard.prompt_words import PromptWords, Unfit
from innkeeper.engine.fact_guard.streaming import StreamGuard

__all__ = [
    "Citations",
    "CitedSentence",
    "Evidence",
    "FactMention",
    "PromptWords",
    "Reading",
    "StreamGuard",
    "Unfit",
    "Unsupported",
    "cited",
    "facts_of",
    "unsupported",
]
