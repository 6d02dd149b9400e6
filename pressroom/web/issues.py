"""`/issues/`: the digests so far; `/issues/RUN`: the public page of one."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pressroom.storage import Store
from pressroom.web.pages import not_found, page, with_store, words_of

_RUN = re.compile(r"[1-9][0-9]{0,17}")  # what SQLite has room for, in one spelling


PAGE_SIZE = 50


@with_store
def show_issues(request: Request, store: Store) -> Response:
    """Show the digests so far, newest first, 50 at a time; `before` names the run at which the page before ended."""
    asked = request.query_params.get("before", "")
    found = store.issues.latest(PAGE_SIZE + 1, int(asked) if _RUN.fullmatch(asked) else None)
    if asked and not found:
        return not_found(request)
    words, zone = words_of(request), request.app.state.tools.settings.site.zone
    issues = [(one, words.day(one.published_at.astimezone(zone).date())) for one in found[:PAGE_SIZE]]
    older = f"/issues/?before={issues[-1][0].run}" if len(found) > PAGE_SIZE else ""
    return page(request, "issues.html", words, is_public=True, issues=issues, older=older)


@with_store
def show_issue(request: Request, store: Store) -> Response:
    """Show what a run told, as it was stored when the run was frozen."""
    number = request.path_params["run"]
    issue = store.issues.find(int(number)) if _RUN.fullmatch(number) else None
    return page(request, "issue.html", is_public=True, issue=issue) if issue else not_found(request)


ROUTES = [
    Route("/issues/", show_issues),
    Route("/issues/{run}", show_issue),
]
