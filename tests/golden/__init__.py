"""Golden files: finished feeds and mails, kept as they should be, so that a change of one is seen and judged.

`PRESSROOM_GOLDEN=rewrite` in the environment writes them anew; read the difference before committing it.
"""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent
IS_REWRITTEN = os.environ.get("PRESSROOM_GOLDEN") == "rewrite"


def check_golden(path: str, content: bytes) -> None:
    """Fail unless the golden file `path` ("feeds/all.atom", below tests/golden) holds just these bytes."""
    golden = FOLDER / path
    if IS_REWRITTEN:
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_bytes(content)
    assert golden.exists(), f"there is no golden {path}; PRESSROOM_GOLDEN=rewrite makes it"
    # As text where it is text: pytest then shows the lines that differ.
    assert content.decode(errors="replace") == golden.read_bytes().decode(errors="replace")
    assert content == golden.read_bytes()
