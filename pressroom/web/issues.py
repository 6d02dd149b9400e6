"""`/issues/RUN`: the public page of a digest run."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

from pressroom.storage import Store
from pressroom.web.pages import not_found, page, with_store

_RUN = re.compile(r"[1-9][0-9]{0,17}")  # what SQLite has room for, in one spelling


@with_store
def show_issue(request: Request, store: Store) -> Response:
    """Show what a run told, as it was stored when the run was frozen."""
    number = request.path_params["run"]
    issue = store.issues.find(int(number)) if _RUN.fullmatch(number) else None
    return page(request, "issue.html", is_public=True, issue=issue) if issue else not_found(request)
