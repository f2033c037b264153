"""What messages to guests may say about the hotel itself. A sentence whose field is absent is left out."""

import zoneinfo
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, field_validator

from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.hotel import ClockTime
from innkeeper.schemas.message_values import OneLine

_LANGUAGES = ("en", "vi")


def _by_language(value: Any) -> Any:
    return dict.fromkeys(_LANGUAGES, value) if isinstance(value, str) else value


# One wording for each language; a single text stands for both ("Sảnh A").
LocalText = Annotated[dict[str, OneLine], BeforeValidator(_by_language)]


class HotelProfile(BaseModel):
    """
    The hotel as its letters show it, read from the profile that `hotel import` stored.

    Attributes:
        address: One text, or its lines.
        signature: Who signs, per language: "Guest Relations", "Bộ phận Chăm sóc Khách hàng".
        breakfast_place: With its preposition, per language: "in the Lotus restaurant on the ground floor".
        front_desk: Where arriving guests go, with its preposition: "on the ground floor", "ở tầng trệt".
        floors_from_room_numbers: Whether room 801 is on the 8th floor.
        luggage_storage: Whether luggage can be left after check-out.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: OneLine
    timezone: str | None = None
    phone: OneLine | None = None
    email: OneLine | None = None
    website: OneLine | None = None
    address: OneLine | tuple[OneLine, ...] | None = None
    signature: LocalText | None = None
    check_in_time: ClockTime | None = None
    check_out_time: ClockTime | None = None
    breakfast_from: ClockTime | None = None
    breakfast_until: ClockTime | None = None
    breakfast_place: LocalText | None = None
    front_desk: LocalText | None = None
    floors_from_room_numbers: bool = False
    luggage_storage: bool = False

    @field_validator("breakfast_place", "front_desk", "signature")
    @classmethod
    def _known_languages(cls, texts: dict[str, str] | None) -> dict[str, str] | None:
        if texts is not None and not set(texts) <= set(_LANGUAGES):
            raise ValueError(f"must have no other languages than {' and '.join(_LANGUAGES)}")
        return texts

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        try:
            return name and zoneinfo.ZoneInfo(name).key
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{name!r} is not an IANA time zone such as Asia/Ho_Chi_Minh") from None

    @classmethod
    def of(cls, name: str, stored: Mapping[str, Any] | None = None) -> Self:
        """
        The profile of a hotel as the database has it: its name, and everything else that was imported about it.

        Raises:
            InputInvalid: A field that messages use cannot be read; `problems` names it.
        """
        try:
            return cls.model_validate({**(stored or {}), "name": name})
        except ValidationError as error:
            problems = [f"hotel.{each['loc'][0]}: {each['msg']}" for each in error.errors(include_input=False)]
            raise InputInvalid(
                "The hotel's profile cannot be used in messages; import it anew with: " + "; ".join(problems),
                problems=problems,
            ) from None

    def in_language(self, language: str) -> dict[str, Any]:
        """The fields as templates see them: texts of that language only."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: value.get(language) if isinstance(value, dict) else value for name, value in fields.items()}
