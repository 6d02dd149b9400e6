"""What there is to mend about a release before it goes: each finding with the field it concerns, and the remedy.

The limits are those of the code that makes mail, feeds and pages, which is asked wherever it can be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pressroom.digest import wording
from pressroom.digest.facts import LONGEST_SUBJECT
from pressroom.digest.item_facts import LONGEST_LINE, LONGEST_SUMMARY, ROOM_FOR_NOTES
from pressroom.errors import InvalidFieldError, UnusableRowError
from pressroom.models.dates import in_zone
from pressroom.models.feeds import Format
from pressroom.models.release import MEDIA_TYPES, Access, Release
from pressroom.models.text import clean_line, is_visible, paragraphs, shown
from pressroom.publishing.showing import Shown, Telling, as_published, feed_document, unknown_topics
from pressroom.publishing.shown_digests import ShownDigest
from pressroom.storage import Store
from pressroom.syndication.checks import check
from pressroom.syndication.content import LONGEST_BODY, compose_content
from pressroom.tools import Tools

WHOLE = ""
FIELDS = (
    "title", "subtitle", "summary", "topics", "body", "url", "files", "published", "access", "language",
    "embargo", "note", WHOLE,
)  # fmt: skip
_OF_RULES = {
    "author": "authors",
    "bad-character": WHOLE,
    "duplicate-enclosure": "files",
    "enclosure": "files",
    "id-form": "id",
    "implausible-date": "published",
    "language": "language",
    "odd-content": "body",
    "relative-address": "url",
    "required-element": "title",
    "unsafe-content": "body",
}
"""Which field the rule of a check is about; what is not named here concerns the whole."""
_TOLD_HERE = ("html-in-text", "unknown-length")
"""What is said here in an editor's words."""
_HTML = re.compile(r"</?[A-Za-z][^<>]*>|&(?:[a-z]+|#\d+);")


@dataclass(frozen=True, slots=True)
class FieldFinding:
    """One thing to mend: `words` are a sentence or two with the remedy.

    `field` is that of a form or an import, blank where the whole is concerned. What is no warning keeps it from going.
    """

    field: str
    words: str
    is_warning: bool = True


def findings(
    store: Store,
    tools: Tools,
    release: Release,
    now: datetime,
    telling: Telling | None = None,
    digest: ShownDigest | None = None,
) -> list[FieldFinding]:
    """Return what is to be mended about a release as it has been typed, in the order of fields; the whole comes last.

    With a `digest` that tells of it, what lint finds there is among them.
    """
    found = [*_missing(store, release, telling)]
    try:
        as_out = as_published(store, release, now, telling)
    except UnusableRowError as error:
        found.append(refusal(error))
    else:
        found += _of_texts(as_out.release)
        found += _of_the_entry(tools, as_out, now)
        found += _of_facts(tools, as_out.release, release, now)
        found += _of_note(telling or Telling())
    found += [FieldFinding(WHOLE, one.words, one.is_warning) for one in digest.findings] if digest else []
    places = {field: place for place, field in enumerate(FIELDS)}
    return sorted(dict.fromkeys(found), key=lambda one: places.get(one.field, len(FIELDS)))


def refusal(error: UnusableRowError) -> FieldFinding:
    """Return what keeps it from going out; the error says which field it is about where it knows."""
    if isinstance(cause := error.__cause__, InvalidFieldError):
        return FieldFinding(cause.field, f"{_begun(cause.field)} {cause.problem}. {_begun(cause.remedy)}.", False)
    return FieldFinding(WHOLE, str(error), False)


def _begun(words: str) -> str:
    return words[:1].upper() + words[1:]


def _missing(store: Store, release: Release, telling: Telling | None) -> Iterator[FieldFinding]:
    """Yield what a release must have, and what it may not."""
    if not is_visible(release.title):
        yield FieldFinding("title", "The title is missing. Every release needs one.", False)
    elif not release.pk and (known := store.releases.same_as(release)):
        words = f"It is in the catalogue already, as “{known.slug or known.title}”. Edit or revise that one."
        yield FieldFinding(WHOLE, words, False)
    for topic in unknown_topics(release):
        if store.topics.find(topic.slug or topic.name) is None:
            words = f"There is no topic {shown(topic.name or topic.slug)}. Choose one that there is."
            yield FieldFinding("topics", words, False)
    if telling and telling.withdraws and not is_visible(telling.note):
        yield FieldFinding("note", "The reason is missing. Say in a sentence why it is withdrawn.", False)


def _of_texts(release: Release) -> Iterator[FieldFinding]:
    """Yield what mail cuts, and what readers would see that is not meant for them."""
    title, summary = clean_line(release.title), clean_line(release.summary)
    if len(title) > LONGEST_SUBJECT:
        cut = wording.shortened(title, LONGEST_SUBJECT)
        words = f"Title of {len(title)} characters: the subject line of a mail becomes “{cut}”. Say first what it is."
        yield FieldFinding("title", words)
    if len(clean_line(release.subtitle)) > LONGEST_LINE:
        words = f"Subtitle over {LONGEST_LINE} characters: the mail cuts it. Move the rest into the summary."
        yield FieldFinding("subtitle", words)
    if not summary:
        words = "No summary: the mail says nothing beneath the title. Write one or two sentences."
        yield FieldFinding("summary", words)
    elif (over := len(summary) - LONGEST_SUMMARY) > 0:
        words = f"Summary over {LONGEST_SUMMARY} characters: the mail cuts it. Shorten it by {over:,}."
        yield FieldFinding("summary", words)
    elif len(paragraphs(release.summary)) > 1:
        words = "Summary of several paragraphs: the mail runs them into one. Put what is more into the full text."
        yield FieldFinding("summary", words)
    for field, name in (("title", "Title"), ("subtitle", "Subtitle"), ("summary", "Summary"), ("body", "Full text")):
        if found := _HTML.search(getattr(release, field)):
            words = f"{name} with HTML in it: readers see {shown(found[0])} as it stands there. Write plain text."
            yield FieldFinding(field, words)


def _of_the_entry(tools: Tools, as_out: Shown, now: datetime) -> Iterator[FieldFinding]:
    """Yield what a feed leaves out of the full text, and what checks say of the entry in each format."""
    content = compose_content(as_out.entry, tools.links, tools.settings.site, tools.words())
    if content.rest:
        size = sum(len(one.encode(errors="replace")) for one in paragraphs(as_out.release.body))
        words = (
            f"Full text of {size:,} bytes: feeds show the first {LONGEST_BODY:,} and link to the rest. Let the summary "
            "say what matters, or shorten it."
        )
        yield FieldFinding("body", words)
    if as_out.release.is_public and as_out.release.body and not content.body and not content.withdrawn:
        words = (
            "Full text that is for members: neither feed nor page shows it. Make the release public, or leave it out."
        )
        yield FieldFinding("body", words)
    for (rule, words), forms in _checked(tools, as_out, now).items():
        yield FieldFinding(_OF_RULES.get(rule, WHOLE), f"In {' and '.join(forms)} feeds {words}")


def _checked(tools: Tools, as_out: Shown, now: datetime) -> dict[tuple[str, str], list[Format]]:
    """Return what checks say of the entry, by rule and words, each with the formats in which it is so."""
    found: dict[tuple[str, str], list[Format]] = {}
    for form in Format:
        document = feed_document(tools, as_out, form)
        for one in check(document.path, document.content, now).findings:
            if one.entry and one.rule not in _TOLD_HERE and form not in found.setdefault((one.rule, one.words), []):
                found[one.rule, one.words].append(form)
    return found


def _of_facts(tools: Tools, release: Release, typed: Release, now: datetime) -> Iterator[FieldFinding]:
    """Yield what is missing or odd among the facts; `release` is as it would be out, `typed` as it stands in a form."""
    if not release.topics:
        yield FieldFinding("topics", "No topic: only who follows everything gets it. Choose one.")
    yield from _of_addresses(tools, release)
    if release.own_date is None:
        words = "No date of its own: mail and page show none, and it is cited without a year. Give a year at least."
        yield FieldFinding("published", words)
    elif release.own_date.first_moment > now:
        words = (
            "The date lies ahead: feeds do not take it for the day of issue. Mend it, or schedule the release for then."
        )
        yield FieldFinding("published", words)
    is_partly = Access.MEMBERS in (release.landing_access, *(file.access for file in release.files))
    if release.access is Access.MIXED and not is_partly:
        words = (
            "“mixed” though nothing of it is for members: readers are told that it is. Choose public, or mark the file."
        )
        yield FieldFinding("access", words)
    if not typed.is_public and release.embargo and release.embargo > now:
        until = in_zone(release.embargo, tools.settings.site.zone)
        words = f"Under embargo until {until:%Y-%m-%d %H:%M}: it goes out then, and not before. Schedule it."
        yield FieldFinding("embargo", words)


def _of_addresses(tools: Tools, release: Release) -> Iterator[FieldFinding]:
    if not (release.url or release.body or any(file.url for file in release.files)):
        words = "Nothing to read: there is no address, no file and no full text. Give the address where it is read."
        yield FieldFinding("url", words)
    elif release.url and tools.links.landing(release) != release.url:
        words = (
            "This is also the address of a file for members: readers are led to the page of the release instead. Give "
            "the page where members sign in."
        )
        yield FieldFinding("url", words)
    for file in release.public_files:
        if file.url and file.format not in MEDIA_TYPES:
            words = f"The format {shown(file.format)} is unknown to feed readers. Choose {', '.join(MEDIA_TYPES)}."
            yield FieldFinding("files", words)
        elif file.url and file.size is None:
            words = (
                f"No size of the {file.format.upper()}: feeds and mail do not say how large it is. Give it in bytes."
            )
            yield FieldFinding("files", words)


def _of_note(telling: Telling) -> Iterator[FieldFinding]:
    if len(clean_line(telling.note)) > ROOM_FOR_NOTES:
        words = f"Note over {ROOM_FOR_NOTES:,} characters: the mail cuts it. Say in a sentence what has changed."
        yield FieldFinding("note", words)
