"""What the log says of a request that went wrong: where and why, and nothing that tells who asked."""

from __future__ import annotations

import logging
import traceback
from urllib.parse import quote

from starlette.types import Scope

from pressroom.models.logged import without_secrets

log = logging.getLogger("pressroom.web")


def log_trouble(scope: Scope, error: Exception) -> None:
    """Log what was unexpected, once, with its traceback: by the route, without what its address and query hold."""
    route = scope.get("route")
    place = getattr(route, "path", "an address without a page")
    said = "".join(traceback.format_exception(error))
    log.error(
        "That was unexpected, at %s %s:\n%s", scope["method"], place, _without_what_was_asked(said, scope).rstrip()
    )


def _without_what_was_asked(said: str, scope: Scope) -> str:
    secrets = [str(value) for value in scope.get("path_params", {}).values()]
    secrets += [scope["path"], scope.get("raw_path", b"").decode("latin-1"), scope["query_string"].decode("latin-1")]
    for secret in sorted(filter(None, [*secrets, *map(quote, secrets)]), key=len, reverse=True):
        if len(secret) > 3:
            said = said.replace(secret, "…")
    return without_secrets(said)
