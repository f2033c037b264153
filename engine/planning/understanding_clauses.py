"""A clause of an instruction: its words, what they tell, and what it is to the others."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from innkeeper.engine.assistant.asked_text import Asked, Token, tokenize
from innkeeper.engine.entities.source import word_set
from innkeeper.engine.planning.cues import Cue, find_cues, mended

VERBS = word_set(
    "x_cancel|x_refund|x_change_booking|x_prices|x_other|send|write|mail_to|message_to|tell|check|find|"
    "mark|assign|wake|make|work|run|index|analyse|answer"
)
_SOFT = frozenset({"need", "want", "can", "wants", "have", "get", "nho"})


class Role(StrEnum):
    """What a clause is to the others."""

    ACT = "act"
    IF = "if"  # a condition of what follows, or of what stands before it (`is_suffix`)
    ELSE = "else"  # the opposite of the last condition
    SO = "so"  # the last question, answered by yes


@dataclass
class Clause:
    """
    A clause.

    Attributes:
        start, end: Where it stands in the instruction.
        opens_sentence: Whether a full stop or nothing stands before it.
        joined: The separator before it: `stop`, `comma`, `join`, `open`; `""` inside a condition.
        word: The word that separates it, folded: "then", "roi".
    """

    asked: Asked
    start: int
    end: int
    role: Role = Role.ACT
    opens_sentence: bool = False
    joined: str = ""
    word: str = ""
    is_suffix: bool = False
    is_question: bool = False
    plain: bool = False
    leads_to: bool = False  # "thì" stands behind it
    borrowed: frozenset[str] = frozenset()  # the verbs of "don't wake 501, only 503"

    @property
    def text(self) -> str:
        """Its words."""
        return self.asked.text[self.start : self.end].strip(" ,;:-–\n")

    @cached_property
    def piece(self) -> Asked:
        """Its words as an instruction of its own."""
        return self.asked.part(self.start, self.end)

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """Its words, misspelt ones mended; the joining words at its beginning stay."""
        return mended(tuple(tokenize(self.piece.text)))

    @cached_property
    def cues(self) -> tuple[Cue, ...]:
        """What its words tell."""
        return find_cues(self.tokens, plain=self.plain)

    @cached_property
    def labels(self) -> frozenset[str]:
        """Labels of its cues."""
        return frozenset(cue.label for cue in self.cues) | self.borrowed

    @cached_property
    def verb_at(self) -> int:
        """Index of the word that its verb begins with: the first that is no filler."""
        fillers = {
            place
            for cue in self.cues
            if cue.label in {"filler", "dont", "but_do"} and cue.first <= cue.last
            for place in range(cue.first, cue.last + 1)
        }
        starts = {cue.first for cue in self.cues if cue.label in VERBS - {"make"} | {"wake"}}
        for place in range(len(self.tokens)):
            if place in starts and not self._is_soft(place):
                return place
            if place not in fillers:
                return self._behind_topic(place)
        return 0

    def _behind_topic(self, place: int) -> int:
        """ "Phòng 203 chuyển sang bảo trì": the verb behind the room."""
        behind = place
        while (
            behind < len(self.tokens)
            and behind < place + 3
            and (self.tokens[behind].plain in {"phong", "room"} or self.tokens[behind].text[-1].isdigit())
        ):
            behind += 1
        labels = {cue.label for cue in self.cues if cue.first == behind}
        return behind if behind > place and labels & {"mark", "wake"} else place

    def _is_soft(self, place: int) -> bool:
        """Whether a verb's word is a filler here: "have someone …", "I want to read it", "cần gửi", "nhờ em gửi"."""
        word = self.tokens[place].plain
        following = self.tokens[place + 1].plain if place + 1 < len(self.tokens) else ""
        if word in {"need", "want", "wants", "needs"} and following == "to":
            return True
        if word == "nho" and any(cue.first == place + 1 and cue.label.startswith("d_") for cue in self.cues):
            return False
        rest = {cue.label for cue in self.cues if place < cue.first <= place + 3}
        return word in _SOFT and bool(rest & (VERBS - {"tell", "check"}))

    @cached_property
    def verbs(self) -> frozenset[str]:
        """Labels of the verbs that it begins with."""
        return self.borrowed | {cue.label for cue in self.cues if cue.first == self.verb_at and cue.label in VERBS}

    @cached_property
    def forbids(self) -> bool:
        """Whether it says what not to do."""
        donts = [cue for cue in self.cues if cue.label == "dont" and cue.first <= self.verb_at + 1]
        return bool(donts) and "but_do" not in self.labels

    def has(self, *labels: str) -> bool:
        """Whether one of the cues stands in it."""
        return not self.labels.isdisjoint(labels)
