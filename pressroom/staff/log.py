"""Writing into the audit log, and looking whether it is whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pressroom.models.staff import Act
from pressroom.storage import Store
from pressroom.tools import Tools

BY_COMMAND = "command line"


def record(
    store: Store,
    tools: Tools,
    now: datetime,
    who: str,
    act: Act,
    about: str = "",
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Note what somebody has done, in the transaction in which it is done."""
    store.audit.add(
        tools.signer.audit_seal, now, who=who, act=str(act), about=about, before=before or {}, after=after or {}
    )


def faults(store: Store, tools: Tools) -> list[str]:
    """Return what in the log was changed or is missing; of what was cut off at its end nobody knows."""
    return list(store.audit.faults(tools.signer.audit_seal))
