"""What is wrong with a template that a hotel wrote, before any guest gets a message from it."""

import datetime as dt
import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.hotel_profile import HotelProfile
from innkeeper.schemas.message_contexts import CONTEXTS
from innkeeper.schemas.message_samples import SAMPLE_PROFILE, SAMPLES
from innkeeper.schemas.message_variables import read_context
from innkeeper.schemas.messages import MessageKind, MessageLanguage, Tone
from innkeeper.templates.environment import BLOCKS, Filters, blocks_of, compiled, environment
from innkeeper.templates.locks import Locks
from innkeeper.templates.sources import letter_source

if TYPE_CHECKING:
    from jinja2 import nodes

_GIVEN = frozenset({"hotel", "tone", "today", "you"})
_TODAY = dt.date(2025, 1, 20)
_PRIVATE_USE = range(0xE000, 0xF900)


def check_template(
    source: str, kind: MessageKind, language: MessageLanguage, *, filters: Mapping[MessageLanguage, Filters]
) -> list[str]:
    """
    Everything that keeps a template from being used; empty when it is good.

    Args:
        source: The template.
        kind: Whose context its variables are.
        language: Of the template.
        filters: `engine.locale.FILTERS`.

    Returns:
        One sentence for each problem: syntax, blocks, unknown and missing variables, filters and tags that are not
        allowed, and whatever fails when sample messages are written with it in every tone.
    """
    from jinja2 import TemplateSyntaxError

    env = environment(filters[language])
    try:
        tree, shared = env.parse(source), env.parse(letter_source(language))
    except TemplateSyntaxError as error:
        return [f"line {error.lineno}: {error.message}"]
    problems = [*_wrong_characters(source), *_wrong_blocks(tree), *_wrong_tags(tree, shared)]
    unknown_filters = list(_wrong_filters(tree, filters[language]))
    problems += unknown_filters or _wrong_variables(tree, shared, kind)  # jinja2 stops at an unknown filter
    return problems or list(_failures(source, kind, language, filters[language]))


def _wrong_characters(source: str) -> Iterator[str]:
    if any(ord(char) in _PRIVATE_USE for char in source):
        yield "the source has characters of the private use area: type them anew"
    if "[[" in source:
        yield "the source has [[: it stands for values when a model rephrases a message"


def _wrong_blocks(tree: "nodes.Template") -> Iterator[str]:
    from jinja2 import nodes

    found = [block.name for block in tree.find_all(nodes.Block)]
    yield from (f"block {name} is missing" for name in BLOCKS if name not in found)
    yield from (f"block {name} is unknown{_near(name, BLOCKS)}" for name in found if name not in BLOCKS)
    for node in tree.body:
        if isinstance(node, nodes.Output) and any(
            not isinstance(each, nodes.TemplateData) or each.data.strip() for each in node.nodes
        ):
            yield f"line {node.lineno}: text stands outside of the blocks {', '.join(BLOCKS)}"


def _wrong_tags(tree: "nodes.Template", shared: "nodes.Template") -> Iterator[str]:
    from jinja2 import nodes

    refused: dict[type[nodes.Node], str] = {
        nodes.Include: "include", nodes.Import: "import", nodes.FromImport: "from … import", nodes.Extends: "extends",
        nodes.ScopedEvalContextModifier: "autoescape", nodes.FilterBlock: "filter", nodes.CallBlock: "call",
    }  # fmt: skip
    for kind, tag in refused.items():
        yield from (f"line {node.lineno}: the tag {tag} is not allowed" for node in tree.find_all(kind))
    computed = (nodes.Concat, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow)
    for node in tree.find_all(computed):
        yield f"line {node.lineno}: values are shown, not computed or joined; write them one after the other"
    macros = {macro.name for each in (tree, shared) for macro in each.find_all(nodes.Macro)}
    for call in tree.find_all(nodes.Call):
        if not isinstance(call.node, nodes.Name) or call.node.name not in macros:
            yield f"line {call.lineno}: only macros can be called: {', '.join(sorted(macros))}"


def _wrong_filters(tree: "nodes.Template", filters: Filters) -> Iterator[str]:
    from jinja2 import nodes

    for node in tree.find_all(nodes.Filter):
        if node.name not in filters:
            yield f"line {node.lineno}: the filter {node.name} is not allowed{_near(node.name, filters)}"


def _wrong_variables(tree: "nodes.Template", shared: "nodes.Template", kind: MessageKind) -> Iterator[str]:
    from jinja2 import meta, nodes

    fields = CONTEXTS[kind].model_fields
    macros = {macro.name: macro for macro in shared.find_all(nodes.Macro)}
    own = {name.name for name in tree.find_all(nodes.Name) if name.ctx == "store"}
    own |= {macro.name for macro in tree.find_all(nodes.Macro)}
    for name in sorted(meta.find_undeclared_variables(tree) - set(fields) - _GIVEN - set(macros) - own):
        yield f"variable {name} is unknown{_near(name, [*fields, *_GIVEN])}"
    for name in sorted(_hotel_fields(tree) - set(HotelProfile.model_fields)):
        yield f"variable hotel.{name} is unknown{_near(name, HotelProfile.model_fields)}"
    shown = _names([node for node in tree.body if not isinstance(node, nodes.Block)])
    shown |= _names([block for block in tree.find_all(nodes.Block) if block.name == "body"])
    shown |= _names([macro for name, macro in macros.items() if name in shown])
    missing = [name for name, field in fields.items() if field.is_required() and name not in shown]
    yield from (f"variable {name} is missing: the body does not show it" for name in missing)


def _hotel_fields(tree: "nodes.Template") -> set[str]:
    from jinja2 import nodes

    return {
        node.attr
        for node in tree.find_all(nodes.Getattr)
        if isinstance(node.node, nodes.Name) and node.node.name == "hotel"
    }


def _names(within: Iterable["nodes.Node"]) -> set[str]:
    from jinja2 import nodes

    return {name.name for node in within for name in node.find_all(nodes.Name)}


def _failures(source: str, kind: MessageKind, language: MessageLanguage, filters: Filters) -> Iterator[str]:
    """What happens with sample messages: one with all that it can have, one with as little as it can have."""
    sample = SAMPLES[language][kind]
    required = {name for name, field in CONTEXTS[kind].model_fields.items() if field.is_required()}
    least = {name: value for name, value in sample.items() if name in required}
    try:
        template = compiled(environment(filters), source, letter_source(language), f"{kind}/{language}.md.j2")
        for variables in (sample, least):
            profile = SAMPLE_PROFILE if variables is sample else HotelProfile(name=SAMPLE_PROFILE.name)
            context = read_context(kind, variables)
            given = {name: getattr(context, name) for name in type(context).model_fields}
            given |= {"hotel": profile.in_language(language), "today": _TODAY}
            for tone in Tone:
                blocks = blocks_of(template, {**given, "tone": tone, "you": filters["you"](None, tone)}, Locks())
                yield from (f"block {name} is empty in tone {tone}" for name in BLOCKS if not blocks[name].strip())
    except InputInvalid as error:
        yield str(error)


def _near(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {near[0]}?)" if near else ""
