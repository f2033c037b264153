"""The service map: what the hotel's services are called, who uses them, and which of them need each other."""

import re
from collections.abc import Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from innkeeper.engine.incidents.hostile import service_name
from innkeeper.engine.incidents.packaged import cached_file
from innkeeper.engine.locale.formats import Language

FigureName = Literal["staff_on_shift", "guests_in_house", "rooms_occupied", "arrivals_today", "departures_today"]
_ENDINGS = ("-service", "-svc", "-server", "-api")
_MAX_COMPONENT = 63


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(_Strict):
    """One thing in both languages."""

    en: str = Field(min_length=1)
    vi: str = Field(min_length=1)

    def in_language(self, language: Language) -> str:
        """In one of them."""
        return self.vi if language == "vi" else self.en


def _is_pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None
    return text


Pattern = Annotated[str, AfterValidator(_is_pattern)]


class Use(_Strict):
    """Who loses what; `people` is the figure of the hotel that counts them, none when nothing does."""

    users: Words
    function: Words
    people: FigureName | None = None


class Place(_Strict):
    """Where components of a pattern are."""

    pattern: Pattern
    name: Words


class Service(_Strict):
    """One service; `services.yaml` says what each field is."""

    name: Words
    aliases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    deployment: str | None = Field(default=None, pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
    depends_on: tuple[str, ...] = ()
    uses: tuple[Use, ...] = ()
    components: tuple[Pattern, ...] = ()
    places: tuple[Place, ...] = ()

    def has_component(self, name: str) -> bool:
        """Whether a component is named as this service's are."""
        return len(name) <= _MAX_COMPONENT and any(re.fullmatch(each, name) for each in self.components)

    def places_of(self, components: Collection[str], language: Language) -> tuple[str, ...]:
        """Where these components are, each place once."""
        short = [each for each in components if len(each) <= _MAX_COMPONENT]
        found = (p.name.in_language(language) for each in short for p in self.places if re.fullmatch(p.pattern, each))
        return tuple(dict.fromkeys(found))


class ServiceMap(_Strict):
    """`services.yaml`."""

    services: dict[Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$")], Service]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for name, service in self.services.items():
            unknown = sorted(set(service.depends_on) - set(self.services))
            if unknown:
                raise ValueError(f"services.{name}.depends_on: there is no service {', '.join(unknown)}")
        seen: dict[str, str] = {}
        for name, service in self.services.items():
            for alias in (name, *service.aliases):
                if seen.setdefault(_key(alias), name) != name:
                    raise ValueError(f"services.{name}.aliases: {alias!r} is {seen[_key(alias)]}'s already")
        return self

    @cached_property
    def _names(self) -> Mapping[str, str]:
        return {_key(each): name for name, service in self.services.items() for each in (name, *service.aliases)}

    def key(self, name: str) -> str | None:
        """The map's own name of a service as logs name it: "cv" of "CV_Service"; none when it is not in the map."""
        return self._names.get(_key(name[:200]))

    def find(self, name: str) -> Service | None:
        """The service that logs name so."""
        key = self.key(name)
        return None if key is None else self.services[key]

    def called(self, name: str, language: Language) -> str:
        """What a person calls it; as the logs have it when it is not in the map."""
        service = self.find(name)
        return service_name(name) if service is None else service.name.in_language(language)

    def needs(self, name: str) -> frozenset[str]:
        """What a service depends on, directly or not; empty when it is not in the map."""
        key = self.key(name)
        found, waiting = set[str](), [key] if key else []
        while waiting:
            for each in self.services[waiting.pop()].depends_on:
                if each not in found:
                    found.add(each)
                    waiting.append(each)
        return frozenset(found - {key})

    def dependents(self, name: str) -> tuple[str, ...]:
        """Services that depend on it, directly or not, in the map's order."""
        key = self.key(name)
        return () if key is None else tuple(each for each in self.services if each != key and key in self.needs(each))

    def related(self, names: Collection[str] = ()) -> dict[str, frozenset[str]]:
        """
        Service → what it depends on, for `lifecycle.advance`.

        Args:
            names: As logs name them; they are there besides the map's own names.
        """
        logged: dict[str, set[str]] = {}
        for each in names:
            if (key := self.key(each)) is not None:
                logged.setdefault(key, set()).add(each)
        found = {}
        for name in (*self.services, *names):
            service = self.find(name)
            direct = () if service is None else service.depends_on
            found[name] = frozenset(direct).union(*(logged.get(each, ()) for each in direct))
        return found


def load_services(path: Path | None = None) -> ServiceMap:
    """
    The packaged map, or a hotel's own.

    Raises:
        NotConfigured: The file is no service map; the message names the place.
    """
    return cached_file(ServiceMap, "services.yaml", path)


def _key(name: str) -> str:
    key = name.strip().lower().replace("_", "-").replace(" ", "-")
    for ending in _ENDINGS:
        key = key.removesuffix(ending)
    return key
