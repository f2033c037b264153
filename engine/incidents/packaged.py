"""YAML files beside the code that a hotel may replace by its own: read once, checked, errors that name the place."""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TypeVar, cast

import yaml
from pydantic import BaseModel, ValidationError

from innkeeper.schemas.errors import NotConfigured

Model = TypeVar("Model", bound=BaseModel)
_MAX_PROBLEMS = 5


def checked_file(model: type[Model], name: str, path: Path | None = None) -> Model:
    """
    A file as its model.

    Args:
        model: What the file has to be.
        name: Of the packaged file, "policy.yaml".
        path: Of the hotel's own, which replaces the whole of it.

    Raises:
        NotConfigured: It cannot be read, or is wrong; the message names up to 5 places.
    """
    label = f"the packaged {name}" if path is None else str(path)
    source = files("innkeeper.engine.incidents").joinpath(name) if path is None else path
    try:
        return model.model_validate(yaml.safe_load(source.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise NotConfigured(f"{label} cannot be read ({type(error).__name__}); give the path of a UTF-8 file") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        raise NotConfigured(f"{label}{place}: this is not YAML; correct the line or quote its text") from None
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, each['loc'])) or 'the file'}: {each['msg']}" for each in error.errors()]
        raise NotConfigured(f"{label}: {'; '.join(problems[:_MAX_PROBLEMS])}") from None


def cached_file(model: type[Model], name: str, path: Path | None = None) -> Model:
    """`checked_file`, once per process."""
    return cast(Model, _cached(model, name, path))


@cache
def _cached(model: type[BaseModel], name: str, path: Path | None) -> BaseModel:
    return checked_file(model, name, path)
