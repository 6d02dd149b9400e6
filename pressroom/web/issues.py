"""`/issues/RUN`: the public page of a digest run."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse

from pressroom.web.pages import not_found, page


def show_issue(request: Request) -> HTMLResponse:
    """Show what a run told, as it was stored when the run was frozen."""
    with request.app.state.tools.open_store() as store:
        issue = store.issues.find(request.path_params["run"])
    return page(request, "issue.html", is_public=True, issue=issue) if issue else not_found(request)
