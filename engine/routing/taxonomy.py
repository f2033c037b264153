"""The taxonomy in force: the packaged one, or a hotel's own file."""

from functools import cache
from importlib.resources import files
from pathlib import Path

import yaml
from pydantic import ValidationError

from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.taxonomy import Taxonomy


@cache
def load_taxonomy(path: Path | None = None) -> Taxonomy:
    """
    Read a taxonomy.

    Args:
        path: A hotel's file; the packaged `taxonomy.yaml` when absent.

    Raises:
        InputInvalid: The file cannot be read, or what stands in it is no taxonomy; every problem is named.
    """
    try:
        text = path.read_text(encoding="utf-8") if path else _packaged()
        return Taxonomy.model_validate(yaml.safe_load(text))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputInvalid(f"The taxonomy {str(path)!r} cannot be read: {error}") from error
    except ValidationError as error:
        problems = [
            ": ".join(filter(None, [".".join(map(str, problem["loc"])), problem["msg"]])) for problem in error.errors()
        ]
        raise InputInvalid(
            f"The taxonomy {str(path or 'taxonomy.yaml')!r} is not valid: " + "; ".join(problems), problems=problems
        ) from error


def _packaged() -> str:
    return files("innkeeper.engine.routing").joinpath("taxonomy.yaml").read_text(encoding="utf-8")
