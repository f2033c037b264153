"""What an operator sets by environment variables: the only module that reads them.

Every variable is `INNKEEPER_` and the name of a field in capitals: `INNKEEPER_DATABASE_URL`, `INNKEEPER_HOME`, …
Providers' keys and addresses have their usual names: `OPENAI_API_KEY`, …
"""

import difflib
import functools
import os
import re
import zoneinfo
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict, SettingsError

from innkeeper.blocks.alerts.settings import AlertSettings
from innkeeper.blocks.database.urls import async_url
from innkeeper.blocks.log_sources.settings import LogSettings
from innkeeper.schemas.errors import NotConfigured

PREFIX = "INNKEEPER_"
_DATABASE_FILE = "innkeeper.db"
_DEPLOYMENT = re.compile(r"[^\s/%&<>]+/[^\s/%&<>]+")
_HOURS = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d-(?:[01]\d|2[0-3]):[0-5]\d")
# Read by their usual names, without the prefix.
_PROVIDERS_OWN = {"OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"}


class Settings(AlertSettings, LogSettings):
    """Settings of one process. Addresses may carry passwords, so they stay out of `repr`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True, validate_default=True
    )

    home: Path = Field(
        default=Path(".innkeeper"), description="Folder for the database file and other state; made when first needed."
    )
    database_url: str = Field(
        default="",
        repr=False,
        description="A postgresql:// or sqlite:/// address; a SQLite file under `home` when not set.",
    )
    redis_url: str | None = Field(
        default=None, repr=False, description="A redis:// address; without it the database does Redis's work."
    )
    chroma_url: str | None = Field(
        default=None, repr=False, description="A Chroma server, http://…; a local folder under `home` when not set."
    )
    model_chain: str = Field(
        default="engine", min_length=1, description="Models in the order they are asked: openai/gpt-…,engine."
    )
    model_chain_routing: str | None = Field(default=None, description="Another chain for routing; and so on.")
    model_chain_assistant: str | None = Field(default=None)
    model_chain_messages: str | None = Field(default=None)
    model_chain_logs: str | None = Field(default=None)
    model_chain_planning: str | None = Field(default=None)
    model_timeout_s: float = Field(default=30.0, gt=0, le=600, description="Seconds for one request to a model.")
    max_model_calls: int = Field(default=20, ge=1, le=1_000, description="Requests to models at once, in each process.")
    max_model_calls_everywhere: int | None = Field(
        default=None, ge=1, le=10_000, description="The same in all flow runs together; needs a Prefect on PostgreSQL."
    )
    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    openai_base_url: str | None = Field(default=None, repr=False, validation_alias="OPENAI_BASE_URL")
    anthropic_api_key: SecretStr | None = Field(default=None, validation_alias="ANTHROPIC_API_KEY")
    anthropic_base_url: str | None = Field(default=None, repr=False, validation_alias="ANTHROPIC_BASE_URL")
    compatible_base_url: str | None = Field(
        default=None, repr=False, description="An OpenAI-compatible server, ending in /v1."
    )
    compatible_api_key: SecretStr | None = Field(default=None, description="Its key, where it asks for one.")
    prices: Path | None = Field(default=None, description="A YAML file whose model prices win over the packaged ones.")
    results_key: SecretStr | None = Field(
        default=None,
        description="Key of the answers that Prefect keeps for a resumed run; made under `home` when not set.",
    )
    knowledge_path: Path | None = Field(
        default=None, description="Folder of the hotel's documents; the sample hotel's when not set."
    )
    embedder: str = Field(
        default="local",
        min_length=1,
        description="What turns documents into vectors: local, openai/MODEL, or a block such as"
        " hotel-openai-embedder/NAME.",
    )
    keep_versions: int = Field(
        default=3, ge=1, le=100, description="Versions of the document index to keep, the current one included."
    )
    answer_timeout_s: float = Field(
        default=25.0, gt=0, le=600, description="Seconds that models may take for an answer; then the engine gives it."
    )
    record_share: float = Field(
        default=1.0, ge=0, le=1, description="Share of the answers over HTTP that Prefect shows as finished runs."
    )
    conversation_ttl_hours: int = Field(
        default=24 * 7, ge=1, le=24 * 366, description="Hours after its last question that a conversation is deleted."
    )
    conversation_max_messages: int = Field(
        default=200, ge=2, le=10_000, description="Messages kept of one conversation; older ones are summed up."
    )
    room_status_url: str | None = Field(
        default=None, repr=False, description="The room-status service, http://…; the database answers when not set."
    )
    pricing_url: str | None = Field(
        default=None, repr=False, description="The pricing service, http://…; the database answers when not set."
    )
    service_api_key: SecretStr | None = Field(
        default=None, description="Key of the two services, sent as X-API-Key where it is set."
    )
    service_timeout_s: float = Field(default=2.0, gt=0, le=60, description="Seconds for one request to one of them.")
    smtp_url: str | None = Field(
        default=None,
        repr=False,
        description="The mail server: smtp://user:password@host:587 (STARTTLS), smtps://… (TLS) or smtp+plain://…;"
        " e-mails are written to files when not set.",
    )
    mail_from: str | None = Field(default=None, description="From whom e-mails come: Hotel <stay@hotel.example>.")
    chat_url: str | None = Field(
        default=None, repr=False, description="Where chat messages are posted, http://…; files when not set."
    )
    chat_secret: SecretStr | None = Field(default=None, description="Key of the signature that each of them carries.")
    compensation: Path | None = Field(
        default=None, description="A YAML file that replaces the built-in limits of what roles may offer guests."
    )
    rules: Path | None = Field(
        default=None, description="A YAML file of business rules for tasks; they win over the packaged ones by name."
    )
    allowed_flows: str = Field(
        default="", description="Deployments that a task may start, as FLOW/DEPLOYMENT, separated by commas."
    )
    templates_path: Path | None = Field(
        default=None, description="Folder of the hotel's own templates of messages: KIND/LANGUAGE.md.j2."
    )
    quiet_hours: str = Field(
        default="21:00-08:00", description="Local hours in which no promotion is sent; 00:00-00:00 for none."
    )
    promotions_per_month: int = Field(
        default=2, ge=0, le=100, description="Promotions to one guest within 30 days, at most."
    )
    hotel_timezone: str = Field(
        default="Asia/Ho_Chi_Minh", description="An IANA time zone; the hotel file's own zone wins."
    )
    taxonomy: Path | None = Field(default=None, description="A YAML file that replaces the built-in taxonomy.")
    auth: Literal["on", "off"] = Field(
        default="on", description="Whether the HTTP API asks for a key; off is for a demo on one's own machine."
    )
    rate_limit_per_minute: int = Field(
        default=600, ge=1, le=1_000_000, description="Requests of one API key, in each process."
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="Where `innkeeper serve` listens.")
    port: int = Field(default=8003, ge=0, le=65_535, description="0 takes any free port.")
    log_format: Literal["plain", "json"] = Field(default="plain", description="Lines for a person, or for a collector.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO")
    capture_content: bool = Field(
        default=False,
        description="Whether OpenTelemetry spans carry what guests and models wrote; needs their consent.",
    )

    @field_validator("home", mode="after")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().absolute()  # a later chdir must not move the database

    @field_validator("database_url", mode="after")
    @classmethod
    def _for_an_async_driver(cls, url: str, info: ValidationInfo) -> str:
        if not url and "home" in info.data:
            # `%` and `?` have a meaning in an address
            url = f"sqlite:///{quote(str(info.data['home'] / _DATABASE_FILE), safe='/: ')}"
        return async_url(url) if url else url

    @field_validator("redis_url", mode="after")
    @classmethod
    def _of_redis(cls, url: str | None) -> str | None:
        return _with_scheme(url, "redis://", "rediss://", "unix://")

    @field_validator("smtp_url", mode="after")
    @classmethod
    def _of_a_mail_server(cls, url: str | None) -> str | None:
        return _with_scheme(url, "smtp://", "smtps://", "smtp+plain://")

    @field_validator("quiet_hours", mode="after")
    @classmethod
    def _two_times(cls, hours: str) -> str:
        if not _HOURS.fullmatch(hours):
            raise ValueError(f"{hours!r} is no pair of times such as 21:00-08:00")
        return hours

    @field_validator("chroma_url", mode="after")
    @classmethod
    def _of_chroma(cls, url: str | None) -> str | None:
        return _with_scheme(url, "http://", "https://")

    @field_validator("hotel_timezone", mode="after")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            near = difflib.get_close_matches(name, zoneinfo.available_timezones(), n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(
                f"{name!r} is not an IANA time zone such as 'Asia/Ho_Chi_Minh' or 'Europe/Paris'{hint}"
            ) from None
        return name

    @field_validator(
        "openai_base_url",
        "anthropic_base_url",
        "compatible_base_url",
        "room_status_url",
        "pricing_url",
        "chat_url",
        mode="after",
    )
    @classmethod
    def _of_a_provider(cls, url: str | None) -> str | None:
        return _with_scheme(url, "http://", "https://")

    @field_validator("knowledge_path", "templates_path", mode="after")
    @classmethod
    def _absolute_folder(cls, path: Path | None) -> Path | None:
        return path and path.expanduser().absolute()

    @field_validator("allowed_flows", mode="after")
    @classmethod
    def _deployments(cls, names: str) -> str:
        wrong = [name for name in _names(names) if not _DEPLOYMENT.fullmatch(name)]
        if wrong:
            raise ValueError(f"{wrong[0]!r} is no deployment such as index-knowledge-base/nightly")
        return names

    @field_validator(
        "taxonomy", "prices", "compensation", "rules", "incident_policy", "service_map", "runbooks", mode="after"
    )
    @classmethod
    def _existing_file(cls, path: Path | None) -> Path | None:
        if path is None:
            return None
        path = path.expanduser().absolute()
        if not path.is_file():
            raise ValueError(f"there is no file {str(path)!r}; give the path of a YAML file, or leave it unset")
        return path

    @property
    def flows(self) -> frozenset[str]:
        """`allowed_flows`, each by itself."""
        return frozenset(_names(self.allowed_flows))

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """`hotel_timezone` as a `tzinfo`."""
        return zoneinfo.ZoneInfo(self.hotel_timezone)


class UnknownSetting(NamedTuple):
    """A variable that looks like one of ours; `nearest` is what was probably meant."""

    name: str
    nearest: str | None


@functools.cache
def settings() -> Settings:
    """
    The process's settings, read once. `settings.cache_clear()` makes the next call read them again.

    Raises:
        NotConfigured: A value cannot be used; the message names the variable and what is allowed.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise NotConfigured(
            "; ".join(_problem(entry) for entry in error.errors())
        ) from None  # the cause would show passwords
    except SettingsError as error:
        raise NotConfigured(f"a setting cannot be read: {error}") from None


def unknown_settings() -> list[UnknownSetting]:
    """`INNKEEPER_…` variables that no setting reads, most of them misspelt, by name. They are no error."""
    known = [f"{PREFIX}{name}".upper() for name in Settings.model_fields]
    strangers = sorted(name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known)
    return [
        UnknownSetting(name, next(iter(difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.8)), None))
        for name in strangers
    ]


def _names(listed: str) -> list[str]:
    return [name.strip() for name in listed.split(",") if name.strip()]


def _with_scheme(url: str | None, *schemes: str) -> str | None:
    if url is not None and not url.startswith(schemes):
        raise ValueError(f"the address must start with {' or '.join(schemes)}")
    return url


def _problem(entry: Any) -> str:
    name = "_".join(str(part) for part in entry["loc"][:1]).upper()
    variable = name if name in _PROVIDERS_OWN else PREFIX + name
    cause = entry.get("ctx", {}).get("error")
    return f"{variable}: {cause if isinstance(cause, ValueError) else entry['msg']}"
