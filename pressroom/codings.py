"""Compression: of files before they are asked for, and of answers when they are (RFC 9110 §8.4.1)."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import brotli

CODINGS: dict[str, Callable[[bytes], bytes]] = {
    # Higher levels make a feed a tenth smaller at most, and take up to forty times as long.
    "br": lambda body: brotli.compress(body, quality=5),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}
ENDINGS = {"br": ".br", "gzip": ".gz"}
"""What is behind the name of a file that has been compressed, by its coding."""
TWINS = tuple(ENDINGS.values())
"""What a twin of a file ends in: the same compressed, which web servers send in its place. No document of its own."""
