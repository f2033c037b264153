"""Text out of logs as a person may see it: one line, nothing invisible, nothing that calls, links or formats."""

import re
import unicodedata

_MAX_READ = 1_500  # characters of a text that are looked at
_ANSI = re.compile(r"\x1b(?:\[[0-9;?]{0,32}[ -/]{0,4}[@-~]|\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)?|[@-_])")
_SERVICE = re.compile(r"[^\w./-]+")
_COMPONENT = re.compile(r"[A-Za-z0-9][\w.:/-]{0,62}", re.ASCII)
_BIOMETRIC = re.compile(r"face_?(?:id|print|vector)|embedding|biometr|fingerprint|iris|template_?id|person|employee")


def one_line(text: str, limit: int = 200) -> str:
    """
    `text` without escape sequences, control and invisible characters, on one line of at most `limit` characters.

    Addresses are written so that nothing makes a link of them ("https[:]//"), and `@` so that nobody is called.
    """
    seen = _ANSI.sub("", text[:_MAX_READ])
    if not (seen.isascii() and seen.isprintable()):
        seen = "".join(" " if char.isspace() else char for char in seen if char.isspace() or _is_visible(char))
    seen = " ".join(seen.split()).replace("://", "[:]//").replace("@", "＠").replace("<!", "< !")
    seen = re.sub(r"\bwww\.", "www[.]", seen, flags=re.IGNORECASE)
    return seen if len(seen) <= limit else f"{seen[: limit - 1].rstrip()}…"


def service_name(name: str) -> str:
    """A service as logs name it, without anything that a name does not have; at most 60 characters."""
    plain = _SERVICE.sub("", one_line(name, 60))
    return one_line(plain, 60) or "?"  # again: what is left together may be an address


def plain_components(names: tuple[str, ...]) -> tuple[str, ...]:
    """Those that look like names of things: no spaces, no signs, no persons."""
    return tuple(dict.fromkeys(name for name in names if is_component(name)))


def is_component(name: str) -> bool:
    """Whether `name` looks like a camera, a pod or a logger, and not like a person's key or a sentence."""
    return bool(_COMPONENT.fullmatch(name)) and "//" not in name and not _BIOMETRIC.search(name.lower())


def _is_visible(char: str) -> bool:
    return unicodedata.category(char)[0] != "C" and char not in "\u034f\u115f\u1160\u3164\uffa0\ufe0f"
