"""Business rules: what has to hold before a step is carried out, and what happens when it does not."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from string import Formatter
from typing import Annotated, Any, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from innkeeper.engine.locale.formats import Language, sentence
from innkeeper.engine.planning.facts import Operator, compares, comparison_problem
from innkeeper.engine.planning.rule_facts import FACTS, RuleFacts
from innkeeper.engine.planning.saying import fact_text
from innkeeper.schemas.access import Role
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.messages import MessageKind

MAX_RULES = 200
_OPERATORS: tuple[Operator, ...] = ("is", "is_not", "less", "more", "at_most", "at_least", "in", "not_in")
RuleName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{2,79}$")]


class Outcome(StrEnum):
    """What becomes of a step, the weakest first: of several rules the strongest outcome counts."""

    GO = "go"
    APPROVE = "approve"  # when a person agrees
    SKIP = "skip"  # the step is left out, and the summary says why
    NOTIFY = "notify"  # the same, and a department is told
    REFUSE = "refuse"


_STRENGTH = list(Outcome)


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Test(_Strict):
    """One fact against one value: `{fact: room_ready, is: true}`."""

    fact: str
    operator: Operator
    value: Any

    @model_validator(mode="before")
    @classmethod
    def _written_short(cls, data: Any) -> Any:
        if not isinstance(data, Mapping) or "operator" in data:
            return data
        used = [name for name in _OPERATORS if name in data]
        if len(used) != 1 or set(data) != {"fact", used[0]}:
            raise ValueError(f"a condition is a fact and one of {', '.join(_OPERATORS)}")
        return {"fact": data["fact"], "operator": used[0], "value": data[used[0]]}

    @model_validator(mode="after")
    def _can_be_told(self) -> Self:
        if self.fact not in FACTS:
            raise ValueError(f"there is no fact {self.fact!r}, but {', '.join(sorted(FACTS))}")
        problem = comparison_problem(FACTS[self.fact], self.operator, self.value)
        if problem is not None:
            raise ValueError(f"{self.fact}: {problem}")
        return self

    def holds(self, facts: RuleFacts) -> bool | None:
        """Whether it holds; none when that is not known."""
        return compares(FACTS[self.fact].type, facts.get(self.fact), self.operator, self.value)


class AnyOf(_Strict):
    """Several tests of which one is enough: `{any: [...]}`."""

    any: tuple[Test, ...] = Field(min_length=1)

    def holds(self, facts: RuleFacts) -> bool | None:
        """Whether one holds; none when that is not known."""
        return _either([test.holds(facts) for test in self.any])


def _form(data: Any) -> str:
    return "any_of" if isinstance(data, AnyOf) or (isinstance(data, Mapping) and "any" in data) else "test"


Condition = Annotated[Annotated[Test, Tag("test")] | Annotated[AnyOf, Tag("any_of")], Discriminator(_form)]


class Texts(_Strict):
    """A sentence per language; `{room_number}` and other facts are filled in."""

    en: str = Field(min_length=1, max_length=400)
    vi: str = Field(min_length=1, max_length=400)

    @model_validator(mode="after")
    def _names_facts(self) -> Self:
        for text in (self.en, self.vi):
            for _, name, form, conversion in Formatter().parse(text):  # raises ValueError on a lone brace
                if name is not None and (name not in FACTS or form or conversion):
                    raise ValueError(f"{{{name}}} is no fact")
        return self

    def filled(self, language: Language, facts: RuleFacts) -> str:
        """The sentence with the facts in words; "?" for what is not known."""
        values = {name: fact_text(name, facts.get(name), language) for name in FACTS}
        return sentence((self.en if language == "en" else self.vi).format(**values))


class Notice(_Strict):
    """Whom to tell what, when a step is left out."""

    department: str = Field(min_length=1, max_length=60)
    message: Texts


class Example(_Strict):
    """Facts, and what the rule makes of them."""

    facts: dict[str, Any]
    outcome: Outcome

    @model_validator(mode="after")
    def _of_known_facts(self) -> Self:
        for name, value in self.facts.items():
            if name not in FACTS:
                raise ValueError(f"there is no fact {name!r}, but {', '.join(sorted(FACTS))}")
            problem = comparison_problem(FACTS[name], "is", value)
            if problem is not None:
                raise ValueError(f"{name}: {problem}")
        return self


class Rule(_Strict):
    """
    One rule.

    Attributes:
        about: What it is for, in a sentence.
        actions: Before which steps it is looked at.
        kinds: Of messages; every kind when absent.
        roles: Whom it binds; everybody when absent.
        when: It says something only where all of these hold.
        requires: What then has to hold.
        otherwise: What happens when it does not.
        unknown: What happens when that is not known; `otherwise` when absent.
        reason: For whoever asked.
        tell: Whom to tell what; of `notify`.
        examples: At least one for `go` and one for `otherwise`; `rules check` runs them.
    """

    name: RuleName
    about: str = Field(min_length=1, max_length=300)
    enabled: bool = True
    actions: tuple[ActionName, ...] = Field(min_length=1)
    kinds: tuple[MessageKind, ...] = ()
    roles: tuple[Role, ...] = ()
    when: tuple[Condition, ...] = ()
    requires: tuple[Condition, ...]
    otherwise: Outcome
    unknown: Outcome | None = None
    reason: Texts
    tell: Notice | None = None
    examples: tuple[Example, ...]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not self.requires:
            raise ValueError("requires: says what has to hold, and here is nothing")
        if self.otherwise is Outcome.GO:
            raise ValueError("otherwise: a rule that lets everything go says nothing")
        if (self.tell is None) is (Outcome.NOTIFY in {self.otherwise, self.unknown}):
            raise ValueError("tell: says whom `notify` tells what, and nothing else")
        missing = {Outcome.GO, self.otherwise} - {each.outcome for each in self.examples}
        if missing:
            raise ValueError(f"examples: there is none that ends in {', '.join(sorted(missing))}")
        return self

    def applies_to(self, action: ActionName, kind: MessageKind | None, role: Any = None) -> bool:
        """Whether a step of this kind is looked at; a role or kind that is not known is."""
        return (
            self.enabled
            and action in self.actions
            and (not self.kinds or kind is None or kind in self.kinds)
            and (not self.roles or role is None or role in self.roles)
        )

    def is_broken(self, facts: RuleFacts) -> bool:
        """Whether it is certain, by facts that are known, that the rule is not kept."""
        when, requires = ([each.holds(facts) for each in tests] for tests in (self.when, self.requires))
        return _all(when) is True and _all(requires) is False

    def outcome(self, facts: RuleFacts) -> Outcome:
        """What the rule says of a step that it applies to; never an exception, whatever the facts are."""
        applies = _all([each.holds(facts) for each in self.when])
        is_met = _all([each.holds(facts) for each in self.requires])
        if applies is False or is_met is True:
            return Outcome.GO
        if applies is True and is_met is False:
            return self.otherwise
        return self.otherwise if self.unknown is None else self.unknown


class Verdict(NamedTuple):
    """What becomes of a step; `rule` is the one that decides, none for `go`."""

    outcome: Outcome
    rule: Rule | None
    facts: RuleFacts

    def reason(self, language: Language) -> str | None:
        """Why, for whoever asked; none for `go`."""
        return None if self.rule is None else self.rule.reason.filled(language, self.facts)

    def notice(self, language: Language) -> tuple[str, str] | None:
        """The department to tell, and what; none unless the outcome is `notify`."""
        if self.outcome is not Outcome.NOTIFY or self.rule is None or self.rule.tell is None:
            return None
        return self.rule.tell.department, self.rule.tell.message.filled(language, self.facts)


def judge(rules: Iterable[Rule], action: ActionName, kind: MessageKind | None, facts: RuleFacts) -> Verdict:
    """
    What becomes of a step, by all rules together.

    Args:
        rules: In order; of equally strong outcomes the first counts.
        action: Of the step.
        kind: Of the message that it writes or sends; none when it does not, or that is not known.
        facts: What is known now, by the names of `rule_facts.FACTS`; a missing one is not known.
    """
    found = Verdict(Outcome.GO, None, facts)
    for rule in rules:
        if not rule.applies_to(action, kind, facts.get("role")):
            continue
        outcome = rule.outcome(facts)
        if _STRENGTH.index(outcome) > _STRENGTH.index(found.outcome):
            found = Verdict(outcome, rule, facts)
    return found


def needed_facts(rules: Iterable[Rule], action: ActionName, kind: MessageKind | None) -> frozenset[str]:
    """Which facts the rules look at before such a step, so that only those are fetched."""
    tests: list[Test] = []
    for rule in rules:
        if rule.applies_to(action, kind):
            for each in (*rule.when, *rule.requires):
                tests += each.any if isinstance(each, AnyOf) else (each,)
    return frozenset(test.fact for test in tests)


def _all(found: list[bool | None]) -> bool | None:
    if False in found:
        return False
    return None if None in found else True


def _either(found: list[bool | None]) -> bool | None:
    if True in found:
        return True
    return None if None in found else False
