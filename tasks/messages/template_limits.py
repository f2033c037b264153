"""What keeps a template from being made at all: signs that no text has, and loops that would not end soon."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from innkeeper.schemas.message_templates import MAX_SOURCE_CHARS
from innkeeper.templates.environment import environment

if TYPE_CHECKING:
    from jinja2 import nodes

MAX_LOOPS = 2  # inside each other


def limits_problems(source: str) -> list[str]:
    """
    Why a template is too long, is no text, or could take for ever; empty when it is not, and when it cannot be parsed.

    A loop goes over a variable of the message, which has a few values, and no macro calls itself.
    """
    from jinja2 import TemplateSyntaxError

    if len(source) > MAX_SOURCE_CHARS:
        return [f"it has {len(source)} characters: {MAX_SOURCE_CHARS} at most"]
    strange = next((place for place, char in enumerate(source) if char < " " and char not in "\n\t"), None)
    if strange is not None:
        return [f"line {source.count(chr(10), 0, strange) + 1}: there is a control character"]
    try:
        tree = environment({}).parse(source)
    except TemplateSyntaxError:
        return []  # which `check_template` says
    return [*_wrong_loops(tree), *_wrong_macros(tree)]


def _wrong_loops(tree: "nodes.Template") -> Iterator[str]:
    from jinja2 import nodes

    own = {name.name for name in tree.find_all(nodes.Name) if name.ctx in {"store", "param"}}
    for loop in tree.find_all(nodes.For):
        if not isinstance(loop.iter, nodes.Name | nodes.Getattr) or _root(loop.iter) in own:
            yield f"line {loop.lineno}: a loop goes over a variable of the message, and over nothing else"
        if loop.recursive:
            yield f"line {loop.lineno}: a loop cannot be recursive"
        if _depth(loop) > MAX_LOOPS:
            yield f"line {loop.lineno}: more than {MAX_LOOPS} loops are inside each other"


def _wrong_macros(tree: "nodes.Template") -> Iterator[str]:
    from jinja2 import nodes

    macros = {macro.name: macro for macro in tree.find_all(nodes.Macro)}
    calls = {
        name: {call.node.name for call in macro.find_all(nodes.Call) if isinstance(call.node, nodes.Name)}
        for name, macro in macros.items()
    }
    for name, macro in macros.items():
        if name in _reached(name, calls):
            yield f"line {macro.lineno}: the macro {name} calls itself"
        if any(True for _ in macro.find_all(nodes.For)):
            yield f"line {macro.lineno}: the macro {name} has a loop; write the loop where the macro is called"


def _reached(start: str, calls: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        new = calls.get(waiting.pop(), set()) - seen
        seen |= new
        waiting += new
    return seen


def _root(node: "nodes.Node") -> str:
    from jinja2 import nodes

    while isinstance(node, nodes.Getattr):
        node = node.node
    return node.name if isinstance(node, nodes.Name) else ""


def _depth(loop: "nodes.For") -> int:
    """How many loops are inside each other, this one included."""
    from jinja2 import nodes

    return 1 + max((_depth(inner) for inner in loop.find_all(nodes.For)), default=0)
