"""What a log may say: no address of anybody, and no token to act with."""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"[^\s\"'<>“”()\[\]{},;|]+(?:@|%40)[^\s\"'<>“”()\[\]{},;|]+", re.IGNORECASE)
# Tokens are 26 or 58 letters (`signing`), and keys of letters are tokens. No other word that is logged is so long.
_TOKEN = re.compile(r"[a-z2-7]{26,}", re.IGNORECASE)


def without_secrets(said: str) -> str:
    """Return `said` with “…” in place of mail addresses and tokens."""
    return _TOKEN.sub("…", _ADDRESS.sub("…", said))
