"""What a service logs: each event one line on standard error, as text or JSON, without anybody's address or token."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import Any

LIKE_SYSLOG = {logging.CRITICAL: 2, logging.ERROR: 3, logging.WARNING: 4, logging.INFO: 6, logging.DEBUG: 7}
"""The numbers of RFC 5424 §6.2.1 by which the journal knows how grave a line is."""


def log_to_standard_error(form: str, level: int) -> None:
    """Write every event of `level` and above, of whichever part or library, in `form`: `text` or `json`."""
    handler = logging.StreamHandler()
    handler.setFormatter(AsJson() if form == "json" else AsText(is_journal=_is_journal()))
    logging.basicConfig(level=level, handlers=[handler])
    logging.captureWarnings(True)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # it warns of each wake that one waiting makes needless


class AsText(logging.Formatter):
    """One line of text for each event; tracebacks are folded. The journal has moments and grades of its own."""

    def __init__(self, *, is_journal: bool = False) -> None:
        super().__init__("%(message)s" if is_journal else "%(asctime)s %(levelname)s %(message)s")
        self._is_journal = is_journal

    def format(self, record: logging.LogRecord) -> str:
        from pressroom.models.logged import on_one_line, without_secrets

        # Before lines are joined: an address ends with its line.
        said = on_one_line(without_secrets(super().format(record)))
        return f"<{LIKE_SYSLOG.get(record.levelno, 6)}>{said}" if self._is_journal else said


class AsJson(logging.Formatter):
    """One JSON object for each event: `time` (RFC 3339), `level`, `logger`, `event`, its own facts, and `details`."""

    def format(self, record: logging.LogRecord) -> str:
        from pressroom.models.logged import without_secrets

        words, _, details = super().format(record).partition("\n")
        facts: dict[str, Any] = getattr(record, "facts", {})
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        members: dict[str, Any] = {
            **{name: without_secrets(value) if isinstance(value, str) else value for name, value in facts.items()},
            "time": moment.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": without_secrets(words),
        }
        if details:
            members["details"] = without_secrets(details)
        return json.dumps(members, default=str)


def _is_journal() -> bool:
    """Whether standard error goes to the journal of systemd, which says of which file that is (systemd.exec(5))."""
    try:
        status = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"
