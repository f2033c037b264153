"""The guard of a streamed answer: a fact is shown once it is complete and supported, the prompt not at all."""

import re

from innkeeper.engine.assistant.plain_text import live_markup
from innkeeper.engine.fact_guard.checking import unsupported
from innkeeper.engine.fact_guard.citations import MARKS, ids_in
from innkeeper.engine.fact_guard.evidence import Evidence
from innkeeper.engine.fact_guard.finding import mentions
from innkeeper.engine.fact_guard.mentions import Unsupported
from innkeeper.engine.fact_guard.prompt_words import PromptWords, Unfit
from innkeeper.engine.text import clean

_OPEN_MARK = re.compile(r"[ \t\u00a0]*(?:[\[【][^\]】\n]{0,40})?$")  # spaces too: a mark takes those before it away
_LAST_WORD = re.compile(r"\S+$")
_CAPITALS = re.compile(r"(?:(?<![^\s(\"“])[^\W\d_a-z]\S*\s*)+$")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*\s|\n")
_WORD = re.compile(r"\S+\s")
_MAY_GROW = 2  # words behind a supported fact that may still belong to it: "17 January 2025"
_MAY_CHANGE = 4  # words that may still turn an unsupported fact into another one: "2 o'clock in the afternoon"
_LOOKED_BACK = 200  # characters of what was shown: a run of the prompt may have begun there


class StreamGuard:
    """
    Lets through what is supported.

    Args:
        evidence: What the answer may rest on; may be extended while the stream runs.
        prompt: What the answer must not repeat.

    Attributes:
        used: Ids of the citation marks so far, in order of first use.
    """

    def __init__(self, evidence: Evidence, prompt: PromptWords | None = None) -> None:
        self.evidence = evidence
        self._prompt = prompt or PromptWords("")
        self.used: list[str] = []
        self._raw = ""
        self._shown = 0  # characters of the text without marks

    def feed(self, delta: str) -> str:
        """
        Take what the model wrote next, and give what may be shown now, perhaps nothing.

        Raises:
            Unsupported: A fact is complete and not supported; what was shown before does not state it.
            Unfit: It repeats the prompt, of which at most a few words were shown, or it holds markup.
        """
        self._raw += delta
        body = self._body(_OPEN_MARK.sub("", self._raw))
        safe = self._safe(body)
        shown, self._shown = body[self._shown : safe], max(self._shown, safe)
        return shown

    def end(self) -> str:
        """
        The rest, once the whole answer is supported.

        Raises:
            Unsupported: It is not.
            Unfit: As `feed`.
        """
        body = self._body(self._raw).rstrip()
        self._unspoken(f"{body} ")  # its last word is whole
        wrong = unsupported(body, self.evidence)
        if wrong:
            raise Unsupported(tuple(wrong))
        rest, self._shown = body[self._shown :], len(body)
        return rest

    @property
    def text(self) -> str:
        """The answer so far, shown or not, without citation marks."""
        return self._body(self._raw).rstrip()

    def _body(self, raw: str) -> str:
        self.used = list(dict.fromkeys(ids_in(raw)))
        return MARKS.sub("", clean(raw)).lstrip()

    def _safe(self, body: str) -> int:
        """How much of `body` may be shown."""
        limit = len(body)
        for tail in (_LAST_WORD, _CAPITALS):
            match = tail.search(body)
            limit = min(limit, match.start()) if match else limit
        limit = min(limit, self._unspoken(body))
        start = self._window(body)
        window = body[start:]
        final = []
        for mention in mentions(window, "answer"):
            place, behind = start + mention.start, body[start + mention.end :]
            is_wrong = not self.evidence.supports(mention)
            if not _is_over(behind, _MAY_CHANGE if is_wrong else _MAY_GROW):
                limit = min(limit, place)
            elif is_wrong:
                final.append(mention)
        if final:
            raise Unsupported(tuple(final))
        return max(limit, self._shown)

    def _unspoken(self, body: str) -> int:
        """How much of `body` surely is not the prompt; raises `Unfit` where it is, or where it holds markup."""
        if live_markup(body):
            raise Unfit("the answer holds markup, an image or a link's target")
        word = _LAST_WORD.search(body)
        return self._prompt.safe(body[: word.start()] if word else body, max(0, self._shown - _LOOKED_BACK))

    def _window(self, body: str) -> int:
        """Where the sentence begins that is not yet shown in full: only from there on facts can change."""
        ends = [match.end() for match in _SENTENCE_END.finditer(body, 0, self._shown)]
        return ends[-2] if len(ends) > 1 else 0


def _is_over(behind: str, words: int) -> bool:
    """Whether nothing that follows can belong to the fact before it."""
    return bool(_SENTENCE_END.match(behind)) or len(_WORD.findall(behind)) > words
