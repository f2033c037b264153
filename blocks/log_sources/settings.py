"""The settings of log sweeps, a part of `blocks.settings.Settings`."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class LogSettings(BaseSettings):
    """Where log lines come from, and by whose rules they are judged."""

    log_sources: str = Field(
        default="",
        repr=False,
        description="What is swept, with commas between: files, folders or patterns, `prefect`, or blocks such as"
        " hotel-loki/main. Whoever sets it lets this process read them.",
    )
    alertmanager_token: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Bearer token that Alertmanager has to send, 16 characters or more; refused without.",
    )
    incident_policy: Path | None = Field(
        default=None, description="A YAML file that replaces the built-in rules of when an incident opens and ends."
    )
    service_map: Path | None = Field(
        default=None, description="A YAML file that replaces the built-in map of the hotel's services."
    )
    runbooks: Path | None = Field(default=None, description="A YAML file that replaces the built-in runbooks.")
