"""Text of guests, services and documents as plain text: no markup, no images, no live links."""

import re
from typing import Any, TypeVar

from pydantic import BaseModel

from innkeeper.engine.text import clean

Model = TypeVar("Model", bound=BaseModel)

# Element names as HTML has them: "Dear <guest name>" and "5 < 6" are no markup.
_ELEMENTS = (
    "a|abbr|address|applet|area|article|audio|b|base|blockquote|body|br|button|canvas|center|code|dd|details|dialog|div"
    "|dl|dt|em|embed|fieldset|figure|font|footer|form|frame|frameset|h[1-6]|head|header|hr|html|i|iframe|image|img"
    "|input|ins|label|li|link|main|map|marquee|math|meta|nav|noscript|object|ol|option|p|param|picture|pre|q|s|script"
    "|section|select|small|source|span|strong|style|sub|summary|sup|svg|table|tbody|td|template|textarea|tfoot|th|thead"
    "|title|tr|track|tt|u|ul|video|wbr|xml"
)
_TAG = rf"<\s*/?\s*(?:{_ELEMENTS})(?=[\s/>:]|$)"
_UNREAD = re.compile(
    r"<!--.{0,20000}?-->|<\s*(script|style)\b[^<>]{0,2000}>.{0,20000}?<\s*/\s*\1\s*>", re.DOTALL | re.IGNORECASE
)
_WHOLE_TAG = re.compile(rf"{_TAG}[^<>]{{0,2000}}>", re.IGNORECASE)
_LINE_BREAK = re.compile(r"<\s*/?\s*(?:br|p|div|li|tr|h[1-6])\b[^<>]{0,200}>", re.IGNORECASE)
_OPEN_TAG = re.compile(rf"<!--|<!(?=\[|doctype)|{_TAG}", re.IGNORECASE)
_TARGET = r"\(\s{0,9}<?(?=[^\s()<>]{0,2000}[:/.#?])[^()\n]{0,2000}(?:\([^()\n]{0,200}\)[^()\n]{0,2000})?\)"
_IMAGE = re.compile(rf"!\[[^\[\]]{{0,500}}\](?:\s?{_TARGET}|\[[^\[\]]{{0,200}}\])?")
_LINK = re.compile(rf"\[([^\[\]]{{0,500}})\]\s?{_TARGET}")
_SCHEMES = r"(?:https?|ftp|file|tel|sms|wss?)\s?:\s?//"
_ADDRESS = re.compile(
    rf"<?(?:{_SCHEMES}|\bwww\.|(?<![\w@./-])(?:[a-z0-9-]{{1,63}}\.){{1,6}}[a-z]{{2,24}}/)[^\s<>\"“”]*>?", re.IGNORECASE
)
_SCRIPTED = re.compile(r"(?:(?:java|vb)script\s?:|data\s?:\s?[a-z]{2,20}/)[^\s<>\"“”]*", re.IGNORECASE)
_AFTER = re.compile(r"[.,;:!?)\]'’»]+$")  # of the sentence, not of the address
_OPEN_TARGET = re.compile(r"\]\s?\((?=\s{0,9}<?(?:\w{1,20}:|//|www\.))", re.IGNORECASE)
_LIVE = re.compile(rf"!\[|{_OPEN_TARGET.pattern}|{_OPEN_TAG.pattern}|{_SCRIPTED.pattern}", re.IGNORECASE)
_SUSPECT = re.compile(r"[<\[]|://|www\.|script|data\s?:|\w/", re.IGNORECASE)
_VIETNAMESE = re.compile("[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)
_REMOVED = {True: "[đã bỏ liên kết]", False: "[link removed]"}
_PASSES = 8  # what is left of "<scr<b>ipt>" can be a tag again


def plain_text(text: str, *, keep_addresses: bool = False) -> str:
    """
    `text` without HTML tags and comments, Markdown images, targets of links, and characters that nobody sees.

    The words of a link stay. A bare web address becomes "[link removed]" or, in a Vietnamese text, "[đã bỏ liên kết]":
    whoever writes a wish can send its reader anywhere. E-mail addresses and names such as "Booking.com" stay.

    Args:
        keep_addresses: True for the hotel's own documents, whose bare web addresses are facts.
    """
    text = clean(text)
    if not _SUSPECT.search(text):
        return text
    addresses = (_SCRIPTED,) if keep_addresses else (_SCRIPTED, _ADDRESS)
    before, passes = "", 0
    while text != before and passes < _PASSES:
        before, passes = text, passes + 1
        text = _disarmed(_without_addresses(_without_markup(text), addresses))
    return text.strip()


def plain_fields(model: Model, *, keep_addresses: bool = False) -> Model:
    """`model` with every text in it as `plain_text`, also in tuples and in models inside."""
    changed = {
        name: plain
        for name, value in model
        if (plain := _plain(value, keep_addresses=keep_addresses)) is not value and plain != value
    }
    return model.model_copy(update=changed) if changed else model


def live_markup(text: str) -> bool:
    """Whether a screen that reads HTML or Markdown would make something of `text`: a tag, an image, a link's target."""
    return _LIVE.search(text) is not None


def _without_markup(text: str) -> str:
    text = _UNREAD.sub(" ", text)
    text = _IMAGE.sub("", text)
    text = _LINK.sub(r"\1", text)
    text = _WHOLE_TAG.sub("", _LINE_BREAK.sub(" ", text))
    return re.sub(r"(?<=\S)[ \t]{2,}", " ", text)


def _without_addresses(text: str, addresses: tuple[re.Pattern[str], ...]) -> str:
    removed = _REMOVED[bool(_VIETNAMESE.search(text))]
    for each in addresses:
        text = each.sub(lambda found: removed + _tail(found.group()), text)
    return text


def _disarmed(text: str) -> str:
    """What is still the beginning of a tag, an image or a target loses the signs that make it one."""
    text = _OPEN_TAG.sub(lambda found: found.group().strip("<!-"), text)
    return _OPEN_TARGET.sub("] – (", text.replace("![", "["))


def _tail(address: str) -> str:
    found = _AFTER.search(address.rstrip(">"))
    return found.group() if found else ""


def _plain(value: Any, *, keep_addresses: bool) -> Any:
    if type(value) is str:  # an enum's value is ours
        return plain_text(value, keep_addresses=keep_addresses)
    if isinstance(value, BaseModel):
        return plain_fields(value, keep_addresses=keep_addresses)
    if isinstance(value, tuple):
        return tuple(_plain(each, keep_addresses=keep_addresses) for each in value)
    return value
