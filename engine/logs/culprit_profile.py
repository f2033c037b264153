"""What normally follows what: the lines of one request, walked in order, and a bounded memory of earlier ones."""

import math
import re
from collections import OrderedDict
from functools import lru_cache
from typing import Any, NamedTuple, Self

from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.logs import LogLine

MAX_CONTEXTS = 20_000
MAX_SUCCESSORS = 200  # of one context: what follows more kinds of lines than this says little
MAX_SEEN = 10_000  # steps out of one context, after which all its counts are halved: what is old weighs less
MAX_OPEN = 4_096  # requests under way
MAX_PLACE = 200  # characters of a place in the code
MAX_TRACE_ID = 200  # characters; what is longer is none
MAX_DEPTH = 16  # of calls between services
STATE_VERSION = 1

Key = tuple[str, str]  # service, statement

_CODE = re.compile(r"#\d{1,6}\Z|\.(?:c|cc|cpp|cs|ex|go|java|js|kt|php|py|rb|rs|scala|swift|ts):\d{1,6}\Z")


def statement(line: LogLine, template_id: str) -> str:
    """What wrote the line: the place in the code where its component names one ("Orders#129"), else its template."""
    component = line.component
    return component if component and len(component) <= MAX_PLACE and _is_place(component) else template_id


@lru_cache(4_096)
def _is_place(component: str) -> bool:
    return _CODE.search(component) is not None


class Context(NamedTuple):
    """Where a request is: the last line, and the service that called its writer ("" when none did)."""

    service: str
    statement: str
    caller: str


class Step(NamedTuple):
    """A line after another one; `log_gap` is the natural logarithm of the milliseconds between, plus one."""

    context: Context
    key: Key
    log_gap: float


class Follower:
    """How often one key came after one context, with the sums of the logarithms of the gaps and of their squares."""

    __slots__ = ("count", "gaps", "squares")

    def __init__(self, count: float = 0, gaps: float = 0.0, squares: float = 0.0) -> None:
        self.count, self.gaps, self.squares = count, gaps, squares

    def add(self, log_gap: float) -> None:
        """Count one more."""
        self.count += 1
        self.gaps += log_gap
        self.squares += log_gap * log_gap

    def halve(self) -> None:
        """Make what was counted weigh half."""
        self.count, self.gaps, self.squares = self.count / 2, self.gaps / 2, self.squares / 2


class _Request:
    """The last line of a request, and the services that wait for each other, outermost first."""

    __slots__ = ("at", "calls", "context")

    def __init__(self, at: float, service: str, wrote: str) -> None:
        self.at, self.calls, self.context = at, [service], Context(service, wrote, "")

    def move(self, at: float, service: str, wrote: str) -> None:
        calls = self.calls
        if calls[-1] != service:
            if service in calls:  # it got its answer and goes on
                del calls[calls.index(service) + 1 :]
            elif len(calls) < MAX_DEPTH:
                calls.append(service)
        self.at = at
        self.context = Context(service, wrote, calls[-2] if len(calls) > 1 else "")


class RequestWalk:
    """
    Turns lines in order of time into steps of the requests that they belong to.

    A line without a trace id is a step out of its service as a whole: what is compared is then the mix of its lines.
    A line equal in time, service and statement to the one before it in its request was delivered twice, and is passed.
    """

    def __init__(self) -> None:
        self._open: OrderedDict[str, _Request] = OrderedDict()

    def step(self, line: LogLine, wrote: str) -> Step | None:
        """The step that ends with this line, by its statement; None for a request's first and one delivered twice."""
        at, service, trace_id = line.at, line.service, line.trace_id
        if not trace_id or len(trace_id) > MAX_TRACE_ID:
            return Step(Context(service, "", ""), (service, wrote), 0.0)
        request = self._open.get(trace_id)
        if request is None:
            self._begin(trace_id, _Request(at, service, wrote))
            return None
        context, gap = request.context, at - request.at
        if gap == 0 and context.statement == wrote and context.service == service:
            return None
        request.move(at, service, wrote)
        return Step(context, (service, wrote), math.log1p(1_000 * gap) if gap > 0 else 0.0)

    def _begin(self, trace_id: str, request: _Request) -> None:
        if len(self._open) >= MAX_OPEN:
            self._open.popitem(last=False)
        self._open[trace_id] = request


class ReferenceProfile:
    """
    What a system's lines look like when nothing is wrong; learnt from lines in order of time, in bounded memory.

    At most 20,000 contexts with 200 followers each are kept; those met least recently go first.
    """

    def __init__(self) -> None:
        self.followers: OrderedDict[Context, dict[Key, Follower]] = OrderedDict()
        self.seen: dict[Context, float] = {}  # steps out of each context
        self.statements: OrderedDict[Key, bool] = OrderedDict()  # whether its lines are errors
        self._walk = RequestWalk()

    def __len__(self) -> int:
        """Contexts that are known."""
        return len(self.followers)

    def add(self, line: LogLine, template_id: str) -> None:
        """Learn one line; `template_id` is the miner's, for this line."""
        key = (line.service, statement(line, template_id))
        known = self.statements.get(key)
        if known is None and len(self.statements) >= MAX_CONTEXTS:
            self.statements.popitem(last=False)
        if known is None or (not known and line.level.is_error):
            self.statements[key] = line.level.is_error
        step = self._walk.step(line, key[1])
        if step is not None:
            self._count(step)

    def _count(self, step: Step) -> None:
        context = step.context
        followers = self.followers.get(context)
        if followers is None:
            self._make_room()
            followers = self.followers[context] = {}
            self.seen[context] = 0
        else:
            self.followers.move_to_end(context)
        follower = followers.get(step.key)
        if follower is None:
            if len(followers) >= MAX_SUCCESSORS:
                return
            follower = followers[step.key] = Follower()
        follower.add(step.log_gap)
        self.seen[context] += 1
        if self.seen[context] > MAX_SEEN:
            self._halve(context)

    def _make_room(self) -> None:
        if len(self.followers) >= MAX_CONTEXTS:
            context, _ = self.followers.popitem(last=False)
            del self.seen[context]

    def _halve(self, context: Context) -> None:
        followers = self.followers[context]
        for follower in followers.values():
            follower.halve()
        for key in [key for key, follower in followers.items() if follower.count < 1]:
            del followers[key]
        self.seen[context] = sum(follower.count for follower in followers.values())

    def state(self) -> dict[str, Any]:
        """All that was learnt, for JSON; requests under way are left out."""
        used = {key for followers in self.followers.values() for key in followers}
        used.update((context.service, context.statement) for context in self.followers)
        keys = list(dict.fromkeys([*self.statements, *sorted(used)]))
        number = {key: position for position, key in enumerate(keys)}
        contexts = [
            [number[context[:2]], context.caller, [[number[key], *_numbers(each)] for key, each in followers.items()]]
            for context, followers in self.followers.items()
        ]
        statements = [[number[key], int(error)] for key, error in self.statements.items()]
        return {"version": STATE_VERSION, "keys": keys, "statements": statements, "contexts": contexts}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """
        The profile that gave this state.

        Raises:
            InputInvalid: it is of another version or damaged: learn a new profile.
        """
        if state.get("version") != STATE_VERSION:
            raise InputInvalid(
                f"a reference profile has version {state.get('version')!r}, not {STATE_VERSION}: learn a new one"
            )
        profile = cls()
        try:
            profile._load(state)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise InputInvalid(
                f"the state of a reference profile cannot be read ({error!r}): learn a new one"
            ) from error
        return profile

    def _load(self, state: dict[str, Any]) -> None:
        keys: list[Key] = [(service, wrote) for service, wrote in state["keys"]]
        self.statements.update((keys[number], bool(error)) for number, error in state["statements"])
        for number, caller, rows in state["contexts"]:
            service, wrote = keys[number]
            context = Context(service, wrote, caller)
            self.followers[context] = {
                keys[number]: Follower(count, gaps, squares) for number, count, gaps, squares in rows
            }
            self.seen[context] = sum(follower.count for follower in self.followers[context].values())


def _numbers(follower: Follower) -> tuple[float, float, float]:
    return follower.count, round(follower.gaps, 4), round(follower.squares, 4)
