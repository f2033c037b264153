"""Compiled templates: their three blocks in one pass, every value a locked placeholder."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.message_values import Words
from innkeeper.templates.locks import Locks

if TYPE_CHECKING:
    from jinja2 import Environment, Template, nodes
    from jinja2.runtime import Context

BLOCKS = ("subject", "body", "chat")
LOCKS = "_locks"  # in the template's variables
_LOCK = "_lock"  # the filter around every value
_MARK = "\ue002"  # between the blocks of what a template gives
Filters = Mapping[str, Callable[..., str]]


def environment(filters: Filters) -> "Environment":
    """
    An environment that knows `filters` and no other: nothing marks a text as safe.

    Args:
        filters: By name; each takes a value and gives one line of text.
    """
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    made = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=False,  # values are tokens until `locks.filled_html` escapes them
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.clear()
    made.globals.clear()
    made.filters.update(filters)
    return made


def compiled(env: "Environment", source: str, letter: str, name: str) -> "Template":
    """
    A template that locks what it shows.

    Args:
        env: Of `environment`.
        source: The template.
        letter: Source of the macros that all templates of its language share.
        name: For messages.
    """
    from jinja2 import TemplateSyntaxError, nodes, pass_context

    try:
        tree = env.parse(source, name)
        tree.body[:0] = [each for each in env.parse(letter).body if isinstance(each, nodes.Macro)]
        macros = {macro.name for macro in tree.find_all(nodes.Macro)}
        for output in tree.find_all(nodes.Output):
            output.nodes = [_locked(node, macros) for node in output.nodes]
        for block in tree.find_all(nodes.Block):
            block.body.insert(0, nodes.Output([nodes.TemplateData(f"{_MARK}{block.name}{_MARK}")]))
        env.filters[_LOCK] = pass_context(_lock)
        return env.template_class.from_code(env, env.compile(tree, name, name), {}, None)
    except TemplateSyntaxError as error:
        raise InputInvalid(f"Template {name} cannot be used: line {error.lineno}: {error.message}") from None


def blocks_of(template: "Template", variables: Mapping[str, Any], locks: Locks) -> dict[str, str]:
    """
    Each block with its values as tokens of `locks`.

    Raises:
        InputInvalid: The template asks for a variable that there is not, or shows a value without its filter.
    """
    from jinja2 import TemplateError

    try:
        context = template.new_context({**variables, LOCKS: locks})
        parts = "".join(template.root_render_func(context)).split(_MARK)
    except (TemplateError, TypeError, ValueError, AttributeError) as error:  # a filter was given another type
        raise InputInvalid(f"Template {template.name} cannot be used: {error}") from None
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _locked(node: "nodes.Expr", macros: set[str]) -> "nodes.Expr":
    from jinja2 import nodes

    if isinstance(node, nodes.TemplateData | nodes.Const):
        return node
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in macros:
        return node
    if isinstance(node, nodes.CondExpr) and node.expr2 is not None:
        either = (_locked(node.expr1, macros), _locked(node.expr2, macros))
        return nodes.CondExpr(node.test, *either, lineno=node.lineno)
    return nodes.Filter(node, _LOCK, [nodes.Const(_name_of(node))], [], None, None, lineno=node.lineno)


def _name_of(node: "nodes.Node") -> str:
    """`guest_name` of `guest_name | addressed(…)`, `hotel_phone` of `hotel.phone`."""
    return "_".join(_path_of(node)) or "value"


def _path_of(node: "nodes.Node") -> Iterator[str]:
    from jinja2 import nodes

    if isinstance(node, nodes.Name):
        yield node.name
    elif isinstance(node, nodes.Getattr):
        yield from _path_of(node.node)
        yield node.attr
    elif isinstance(node, nodes.Filter) and node.node is not None:
        yield from _path_of(node.node)


def _lock(context: "Context", value: Any, name: str) -> str:
    from jinja2 import Undefined
    from jinja2.exceptions import UndefinedError

    if isinstance(value, Undefined):
        str(value)  # raises, and names the variable
    if isinstance(value, Words):
        return value
    if isinstance(value, str | int) and not isinstance(value, bool):
        locks: Locks = context[LOCKS]
        return locks.lock(name, str(value))
    hints = {dt.date: "date", dt.time: "time", Decimal: "money(currency)"}
    hint = hints.get(type(value), "")
    raise UndefinedError(f"{name} is shown as it is" + (f": write {{{{ {name} | {hint} }}}}" if hint else
                         f", but it is {type(value).__name__}: test it with {{% if {name} %}} first"))  # fmt: skip
