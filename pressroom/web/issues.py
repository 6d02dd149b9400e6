"""`/issues/`: the digests so far, or those with a topic; `/issues/RUN`: the public page of one."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from pressroom.models.dates import in_zone
from pressroom.models.release import Topic
from pressroom.models.runs import Issue
from pressroom.storage import Store
from pressroom.web.moved import not_found
from pressroom.web.pages import page, with_store, words_of

_RUN = re.compile(r"[1-9][0-9]{0,17}")  # what SQLite has room for, in one spelling

PAGE_SIZE = 50


@with_store
def show_issues(request: Request, store: Store) -> Response:
    """Show the digests so far, or those that told of a release of `topic`, newest first, 50 at a time.

    `before` names the run at which the page before ended.
    """
    slug, asked = request.query_params.get("topic", ""), request.query_params.get("before", "")
    topic = public_topic(store, slug) if slug else None
    if slug and topic is None:
        return not_found(request)
    before = asked if _RUN.fullmatch(asked) else ""
    if topic and topic.slug != slug:
        return RedirectResponse(_address(topic, before), 301)
    found = store.issues.latest(PAGE_SIZE + 1, int(before) if before else None, topic)
    if asked and not found:
        return not_found(request)
    return _page(request, store, topic, found[:PAGE_SIZE], has_older=len(found) > PAGE_SIZE)


def public_topic(store: Store, reference: str) -> Topic | None:
    """Return the topic that a slug, or that of one merged into it, leads to, if something public is on it (R9)."""
    topic = store.topics.find(reference)
    return topic if topic and topic.slug in {one.slug for one in store.search.topics()} else None


@with_store
def show_issue(request: Request, store: Store) -> Response:
    """Show what a run told, as it was stored when the run was frozen."""
    number = request.path_params["run"]
    issue = store.issues.find(int(number)) if _RUN.fullmatch(number) else None
    if issue is None:
        return not_found(request)
    topics = store.issues.topics([issue.run]).get(issue.run, [])
    return page(request, "issue.html", is_public=True, issue=issue, topics=topics)


def _page(request: Request, store: Store, topic: Topic | None, issues: list[Issue], *, has_older: bool) -> Response:
    words, zone = words_of(request), request.app.state.tools.settings.site.zone
    held = store.issues.topics(issue.run for issue in issues)
    shown = [(issue, words.day(in_zone(issue.published_at, zone).date()), held.get(issue.run, [])) for issue in issues]
    others = {one.slug: one for topics in held.values() for one in topics if topic is None or one.slug != topic.slug}
    topics = sorted(others.values(), key=lambda one: one.name.casefold())
    older = _address(topic, str(issues[-1].run)) if has_older else ""
    return page(request, "issues.html", words, is_public=True, topic=topic, issues=shown, topics=topics, older=older)


def _address(topic: Topic | None, before: str) -> str:
    asked = urlencode([pair for pair in (("topic", topic.slug if topic else ""), ("before", before)) if pair[1]])
    return f"/issues/?{asked}" if asked else "/issues/"


ROUTES = [
    Route("/issues/", show_issues),
    Route("/issues/{run}", show_issue),
]
