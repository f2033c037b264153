"""What keeps a template from being made at all: signs that no text has, and loops that would not end soon."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from innkeeper.schemas.message_templates import MAX_SOURCE_CHARS
from innkeeper.templates.environment import environment

if TYPE_CHECKING:
    from jinja2 import nodes

MAX_LOOPS = 2  # inside each other


def limits_problems(source: str) -> list[str]:
    """
    Why a template is too long, is no text, or could take for ever; empty when it is not, and when it cannot be parsed.

    A loop goes over a variable of the message, which has a few values; macros do not call each other. So the text that
    a template gives is never much longer than the template.
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
    for loop, outer in _loops(tree, 0):
        if not isinstance(loop.iter, nodes.Name | nodes.Getattr) or _root(loop.iter) in own:
            yield f"line {loop.lineno}: a loop goes over a variable of the message, and over nothing else"
        if outer == MAX_LOOPS:
            yield f"line {loop.lineno}: more than {MAX_LOOPS} loops are inside each other"


def _loops(node: "nodes.Node", outer: int) -> Iterator[tuple["nodes.For", int]]:
    """Each loop below `node`, and how many others are around it."""
    from jinja2 import nodes

    for child in node.iter_child_nodes():
        if isinstance(child, nodes.For):
            yield child, outer
        yield from _loops(child, outer + isinstance(child, nodes.For))


def _wrong_macros(tree: "nodes.Template") -> Iterator[str]:
    from jinja2 import nodes

    macros = {macro.name: macro for macro in tree.find_all(nodes.Macro)}
    for name, macro in macros.items():
        called = {call.node.name for call in macro.find_all(nodes.Call) if isinstance(call.node, nodes.Name)}
        for other in sorted(called & set(macros)):
            yield f"line {macro.lineno}: the macro {name} calls {other}; a macro calls none of its own file"
        if macro.find(nodes.For) is not None:
            yield f"line {macro.lineno}: the macro {name} has a loop; write the loop where the macro is called"


def _root(node: "nodes.Node") -> str:
    from jinja2 import nodes

    while isinstance(node, nodes.Getattr):
        node = node.node
    return node.name if isinstance(node, nodes.Name) else ""
