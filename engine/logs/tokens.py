"""
The words of a log line, with what varies replaced by `<*>`.

Everything here is a pure function of one line or one word, linear in its length, and looks at a bounded part of it.
"""

import re

WILD = "<*>"
MAX_CHARS = 2_000
MAX_TOKENS = 128
_TOKENS_OF_LONG = 48  # of a line that is cut: where a list of values ends must not decide

# Digits look the same, control characters are spaces: lines that differ in numbers only become equal bytes.
_CANONICAL = bytes(48 if 48 <= code <= 57 else 32 if code < 32 or code == 127 else code for code in range(256))
_ANSI = re.compile(rb"\x1b\[[0-9;?]{0,32}[A-Za-z]")

_VALUES = frozenset({"true", "false", "True", "False", "TRUE", "FALSE", "null", "NULL", "nil", "None", "NaN"})
_PIECE = re.compile(r"[^\s=:,;()\[\]{}\"'<>|#@&!?]+")
_HEX = re.compile(r"[0-9a-f]{7,}|[0-9A-F]{7,}")
_HEX_GROUPS = re.compile(
    r"(?<![\w.-])(?:[0-9a-fA-F]{1,4}(?:::?|-)){3,10}[0-9a-fA-F]{0,4}(?![\w-]|\.\w)"
)  # MAC, IPv6, chips
_DOTS = re.compile(r"(\.{2,})")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@\w[\w-]{0,62}\.[\w.-]{2,}")
_URL = re.compile(r"(?<![A-Za-z])[A-Za-z][A-Za-z0-9+-]{0,15}://[^\s\"'<>()\[\]{},;]+")
_PATH = re.compile(
    r"(?<![\w.])(?:[A-Za-z]:\\|~?/|\.\.?/)[^\s:,;()\[\]{}\"'<>|=]{2,}"  # from a root
    r"|(?<![\w./\\-])[\w.-]+(?:[/\\][\w.-]+){2,40}[/\\]?"  # a/b/c
    r"|(?<![\w./\\-])(?:\w+\.){2,20}\w+/[\w.$]+"  # com.example.app/.Activity
)
_HOST_AND_PORT = re.compile(r"(?<![\w.-])[A-Za-z][\w-]*(?:\.[\w-]+)+:0(?![\w.])")
# Packages and hosts; what is named Exception or Error is the message itself.
_DOTTED_NAME = re.compile(r"(?:com|org|net|edu|io|cn|vn)\.(?:[\w$-]+\.)+[\w$-]*(?<!Exception)(?<!Error)")
_HOST_NAME = re.compile(r"(?:[a-z0-9-]+\.){1,10}(?:com|org|net|edu|gov|io|cn|vn|local|internal|lan)(?:\.[a-z]{2})?")
_VALUE = re.compile(
    r"=(?![=\s])(?:\"[^\"]*\"|'[^']*'|[^\s=,;()\[\]{}\"'<>|&]*(?:\{[^{}=]*\}|\([^()=]*\)|\[[^\[\]=]*\])"
    r"|[^\s=,;()\[\]{}\"'<>|&]+)"
)
_QUOTED = re.compile(r"(?<!\w)(?:'[^'\s]{1,80}'|\"[^\"\s]{1,80}\")(?![\w:])")
_JOINED = re.compile(r"<\*>(?:(?:[=-]?>|[^\w\s<>()\[\]{}]{0,3})<\*>)+")
_SIGN = re.compile(r"(?<![\w)\]>])[-+~](?=<\*>)")


def canonical(line: str) -> bytes:
    """
    The first line of the text as bytes: every run of digits one or a few `0`, control characters spaces, no colours.

    Args:
        line: Any text; at most its first 2,000 characters count. Lone surrogates become `?`.
    """
    data = line[:MAX_CHARS].encode("utf-8", "replace")
    if b"\n" in data:
        data = data.lstrip().partition(b"\n")[0]
    if b"\x1b" in data:
        data = _ANSI.sub(b"", data)
    if len(line) > MAX_CHARS:
        tokens = data.split(None, _TOKENS_OF_LONG)
        data = b" ".join(tokens[:-1] or tokens)
    return data.translate(_CANONICAL).replace(b"0000", b"0").replace(b"00", b"0").replace(b"00", b"0")


def masked_token(token: str) -> str:
    """One word of a canonical line with its numbers, ids, addresses, paths and values as `<*>`."""
    if token.isalpha():
        return WILD if token in _VALUES else token
    token = _without_addresses(token)
    if ".." in token:  # `exception......0`: the word and what follows the dots are two things
        parts = _DOTS.split(token)
        return "".join(part if part[:1] in ("", ".") else _without_values(part) for part in parts)
    return _without_values(token)


def _without_addresses(token: str) -> str:
    if "@" in token:
        token = _EMAIL.sub(WILD, token)
    if "/" in token or "\\" in token:
        token = _URL.sub(WILD, token)
        token = _PATH.sub(WILD, token)
    if "::" in token:
        token = token.replace("::ffff:", "")  # IPv4 in IPv6
    if ":0" in token:
        token = _HOST_AND_PORT.sub(WILD, token)
    if token.count(":") > 2 or token.count("-") > 2:
        token = _HEX_GROUPS.sub(WILD, token)
    return token


def _without_values(token: str) -> str:
    if "=" in token:
        token = _VALUE.sub("=" + WILD, token)
    if '"' in token or "'" in token:
        token = _QUOTED.sub(WILD, token)
    token = _PIECE.sub(_masked_piece, token)
    if WILD in token:
        token = _JOINED.sub(WILD, _SIGN.sub("", token))
    return token


def _masked_piece(match: re.Match[str]) -> str:
    piece = match.group()
    name = piece.rstrip(".")
    if "0" in name or name in _VALUES or (len(name) >= 7 and _HEX.fullmatch(name)) or _is_dotted_name(name):
        return WILD + piece[len(name) :]
    return piece


def _is_dotted_name(name: str) -> bool:
    return "." in name and bool(_DOTTED_NAME.fullmatch(name) or _HOST_NAME.fullmatch(name))
