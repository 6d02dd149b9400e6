"""What a log may say: no address of anybody, and no token to act with; each event on one line, with its numbers."""

from __future__ import annotations

import re
from typing import Any

_AT = "(?:@|＠|%(?:25)*40)"
_NAME = r"[^\s\"<>“”()\[\],;]"
# A local part may stand in quotes, with blanks and all (RFC 5321 §4.1.2), of 64 signs (§4.5.3.1.1), else a long text is
# looked at from each of its quotes; a domain may be a number in brackets.
_QUOTED = r"\"(?:[^\"\\\r\n]|\\.){0,256}\""
_ADDRESS = re.compile(
    rf"(?:{_QUOTED}|(?<!{_NAME}){_NAME}+){_AT}(?:\[[^\]\s]*\]|[^\s\"'<>“”()\[\]{{}},;|]+)", re.IGNORECASE
)
# Tokens are 26 or 58 letters (`signing`), and keys of letters are tokens. No other word that is logged is so long.
_TOKEN = re.compile(r"[a-z2-7]{26,}", re.IGNORECASE)
_TURNING = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
"""Signs that turn the direction of reading, so that a line seems to say something else."""
_UNSEEN = {code: "�" for code in (*range(0x20), *range(0x7F, 0xA0), *_TURNING) if code != ord("\t")}


def without_secrets(said: str) -> str:
    """Return `said` with “…” in place of mail addresses and tokens."""
    return _TOKEN.sub("…", _ADDRESS.sub("…", said))


def on_one_line(said: str) -> str:
    """Return the lines of `said` as one, without what a terminal would obey, or a reader be misled by."""
    lines = (line.strip() for line in said.splitlines())
    return " | ".join(line for line in lines if line).translate(_UNSEEN)


def facts(**values: Any) -> dict[str, dict[str, Any]]:
    """Return what `extra` of a log's event shall be, for these values to stand beside its words where it is JSON."""
    return {"facts": values}
