"""Prompts: a template with a `system` and a `user` block, and a class whose fields are the template's variables."""

import functools
import hashlib
import json
import secrets
from importlib.resources import files
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict

from innkeeper.prompts.fences import Fenced, fenced

if TYPE_CHECKING:
    from jinja2 import Environment, Template
    from jinja2.runtime import Context

FINGERPRINT_DIGITS = 12
_SYSTEM, _USER = "system", "user"
_PART, _NONCE = "_part", "_nonce"  # in a template's context, beside the fields
_CONSTANT_NONCE = "0" * 16


class Rendered(NamedTuple):
    """A prompt as a provider takes it. `system` is the same for every message, so that the provider can cache it."""

    system: str
    user: str


class Prompt(BaseModel):
    """
    Base of all prompts: fields are the variables of `template`.

    The template has two blocks. `system` sees only the fields named in `stable`: rules, lists, examples. `user` sees
    all, and writes data only as `{{ field | fenced("name") }}`; anything else that it writes is an error.

    Attributes:
        template: File name in `prompts/`.
        stable: Fields that come from the hotel and from us, never from a guest.
        sources: Other files of `prompts/` that the fields are read from; part of the fingerprint.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    template: ClassVar[str]
    stable: ClassVar[frozenset[str]] = frozenset()
    sources: ClassVar[tuple[str, ...]] = ()

    def messages(self, nonce: str | None = None) -> Rendered:
        """
        The two parts.

        Args:
            nonce: Of the fences; fresh and unguessable when absent.

        Raises:
            jinja2.UndefinedError: A variable is no field, or `system` uses one that is not `stable`.
            ValueError: `user` writes data outside of a fence.
        """
        template = environment().get_template(self.template)
        fields = self.model_dump(mode="json")
        known = {name: value for name, value in fields.items() if name in self.stable}
        system = _block(template, _SYSTEM, known)
        return Rendered(system, _block(template, _USER, fields | {_NONCE: nonce or secrets.token_hex(8)}))

    def render(self, nonce: str | None = None) -> str:
        """Both parts as one text, for a model that takes no system message."""
        return "\n\n".join(self.messages(nonce))

    def cache_text(self) -> str:
        """The text with one nonce for all: what a cache key is made of. Never send it to a model."""
        return self.render(_CONSTANT_NONCE)

    @classmethod
    def fingerprint(cls) -> str:
        """12 hex digits of the SHA-256 of the template, what it includes, and `sources`; data does not change it."""
        return _fingerprint(cls.template, cls.sources)


@functools.cache
def environment() -> "Environment":
    """The environment of all prompts, made at first use: jinja2 takes 0.1 s to import."""
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.PackageLoader("innkeeper", "prompts"),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701  the reader is a model; data is escaped as JSON in its fence
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=jinja2.pass_context(_only_fenced_data),
    )
    made.filters["tojson"] = _json
    made.filters["fenced"] = jinja2.pass_context(_fenced)
    return made


def template_sources(name: str) -> tuple[str, ...]:
    """The sources of template `name` and of all that it includes, `name` first."""
    import jinja2
    from jinja2 import meta

    env, found, waiting = environment(), dict[str, str](), [name]
    while waiting:
        each = waiting.pop(0)
        if each in found or env.loader is None:
            continue
        found[each] = env.loader.get_source(env, each)[0]
        for included in meta.find_referenced_templates(env.parse(found[each])):
            if included is None:
                raise jinja2.TemplateError(f"{each!r} includes a template whose name is computed")
            waiting.append(included)
    return tuple(found.values())


@functools.cache
def _fingerprint(template: str, sources: tuple[str, ...]) -> str:
    texts = [*template_sources(template), *(packaged(name) for name in sources)]
    digest = hashlib.sha256()
    for text in texts:
        digest.update(f"{len(text)}:{text}".encode())
    return digest.hexdigest()[:FINGERPRINT_DIGITS]


def packaged(name: str) -> str:
    """The text of a file in `prompts/`."""
    return files("innkeeper.prompts").joinpath(name).read_text(encoding="utf-8")


def _block(template: "Template", name: str, values: dict[str, Any]) -> str:
    context = template.new_context(values | {_PART: name})
    return "".join(template.blocks[name](context)).strip()


def _fenced(context: "Context", value: Any, name: str) -> Fenced:
    return fenced(value, name, context[_NONCE])


def _json(value: Any) -> str:
    """JSON with its accents and quotation marks; jinja2's own filter writes `'` as an escape, and a model copies it."""
    return json.dumps(value, ensure_ascii=False)


def _only_fenced_data(context: "Context", value: Any) -> Any:
    if context.get(_PART) == _USER and not isinstance(value, Fenced):
        raise ValueError(f'{context.name!r} writes data outside of a fence: use `| fenced("name")`')
    return value
