"""What has been put into words of one tool's result, before it is one text."""

from dataclasses import dataclass, field


@dataclass
class Told:
    """
    Sentences by what they are.

    Attributes:
        sentences: Facts that were asked for.
        context: Sentences that only say what it is about; with a refusal, what may be told all the same.
        missing: Sentences that say that a fact is not recorded.
        withheld: Fields that were asked for and may not be seen, as `label_…` of phrases.yaml names them.
        question: Asks which of several is meant; it stands alone.
        doubt: The data contradicts itself, or leaves it to a general rule.
    """

    sentences: list[str] = field(default_factory=list)
    context: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)
    question: str | None = None
    doubt: bool = False
