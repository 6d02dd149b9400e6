"""A release as reference managers read it: BibTeX, RIS, and schema.org for harvesters. Pure.

No address of a members-only file is in any of them (R9); the landing address stands for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from pressroom.links import Links
from pressroom.models.dates import PartialDate
from pressroom.models.release import Access, Author, Kind, Release, State
from pressroom.models.text import clean_line

_BIBTEX = {Kind.REPORT: "techreport", Kind.BRIEFING: "techreport", Kind.SURVEY: "techreport", Kind.ARTICLE: "article"}
# https://github.com/aurimasv/translators/wiki/RIS-Tag-Map lists what managers make of each type and tag.
_RIS = {
    Kind.REPORT: "RPRT", Kind.BRIEFING: "RPRT", Kind.SURVEY: "RPRT", Kind.GUIDE: "RPRT", Kind.ARTICLE: "MGZN",
    Kind.CASE_STUDY: "RPRT", Kind.PODCAST: "SOUND", Kind.BLOG: "BLOG", Kind.NEWS: "NEWS",
}  # fmt: skip
_SCHEMA = {
    Kind.REPORT: "Report", Kind.BRIEFING: "Report", Kind.SURVEY: "Report", Kind.ARTICLE: "Article",
    Kind.CASE_STUDY: "Article", Kind.COLLECTION: "Collection", Kind.PODCAST: "PodcastEpisode",
    Kind.BLOG: "BlogPosting", Kind.NEWS: "NewsArticle",
}  # fmt: skip
_ESCAPED = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


def bibtex(release: Release, links: Links, own_publisher: str) -> str:
    """Return the release as an entry of a BibTeX file, in UTF-8 as BibLaTeX and managers read it."""
    kind = _BIBTEX.get(release.kind, "misc")
    publisher = release.publisher or own_publisher
    own = release.own_date
    fields = {
        "author": " and ".join(_bibtex_name(author) for author in release.authors) or f"{{{_escaped(publisher)}}}",
        "title": f"{{{_escaped(_full_title(release))}}}",
        "year": f"{own.year}" if own else "",
        "month": f"{own.month}" if own and own.month else "",
        "institution" if kind == "techreport" else "publisher": _escaped(publisher),
        "series": _escaped(release.series.name) if release.series else "",
        "edition": _escaped(release.edition),
        "number": _escaped(release.reference),
        "doi": _verbatim(release.doi),
        "isbn": _verbatim(release.isbn),
        "language": _verbatim(release.language),
        "url": _verbatim(links.landing(release)),
        "note": _escaped(_withdrawn(release)),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{_key(release)},", *lines, "}", ""])


def _bibtex_name(author: Author) -> str:
    name = _escaped(clean_line(author.name))
    return f"{{{name}}}" if author.is_organisation or " and " in name or "," in name else name


def _escaped(text: str) -> str:
    return re.sub(r"[\\~^&%$#_{}]", lambda sign: _ESCAPED.get(sign[0], f"\\{sign[0]}"), clean_line(text))


def _verbatim(text: str) -> str:
    """Return what BibLaTeX takes letter by letter, with no brace that would end it."""
    return clean_line(text).replace("{", "%7B").replace("}", "%7D")


def _key(release: Release) -> str:
    """Return a key that is the same each time: the slug, and the year where it does not end in it."""
    slug = re.sub("[^a-z0-9-]", "", (release.slug or "release").lower())[:60]
    year = str(release.own_date.year) if release.own_date else ""
    return slug if slug.endswith(year) else f"{slug}-{year}"


def ris(release: Release, links: Links, own_publisher: str) -> str:
    """Return the release as a record of an RIS file."""
    return "".join(f"{tag}  - {clean_line(value)}\r\n" for tag, value in _ris(release, links, own_publisher))


def _ris(release: Release, links: Links, own_publisher: str) -> Iterator[tuple[str, str]]:
    own = release.own_date
    facts = [
        ("TY", _RIS.get(release.kind, "GEN")),
        ("TI", _full_title(release)),
        *(("AU", name) for name in [author.name for author in release.authors] or [release.publisher or own_publisher]),
        ("PY", f"{own.year}" if own else ""),
        ("DA", _ris_date(own) if own else ""),
        ("PB", release.publisher or own_publisher),
        ("T2", release.series.name if release.series else release.collection),
        ("ET", release.edition),
        ("M1", release.reference),
        ("AB", release.summary),
        *(("KW", topic.name) for topic in release.topics),
        ("DO", release.doi),
        ("SN", release.isbn),
        ("LA", release.language),
        ("N1", _withdrawn(release)),
        ("UR", links.landing(release)),
    ]
    yield from ((tag, value) for tag, value in facts if value)
    yield "ER", ""


def _withdrawn(release: Release) -> str:
    """Return that a release was withdrawn, and why; empty for others."""
    return f"Withdrawn: {release.withdrawn_reason}" if release.state is State.WITHDRAWN else ""


def _ris_date(own: PartialDate) -> str:
    """Return "2026/01/28/": what is not known is left blank, and no slash is left out."""
    return f"{own.year}/{f'{own.month:02}' if own.month else ''}/{f'{own.day:02}' if own.day else ''}/"


def schema_org(release: Release, links: Links, own_publisher: str) -> str:
    """Return the release as JSON-LD of schema.org, safe within a script element (HTML §4.12.1.3)."""
    said = json.dumps(_without_blanks(_schema(release, links, own_publisher)), ensure_ascii=False, indent=1)
    return said.replace("<", "\\u003c").replace("&", "\\u0026")


def _schema(release: Release, links: Links, own_publisher: str) -> dict[str, Any]:
    is_free = release.state is not State.WITHDRAWN and release.access is Access.PUBLIC
    return {
        "@context": "https://schema.org",
        "@type": _SCHEMA.get(release.kind, "CreativeWork"),
        "@id": release.id,
        "name": clean_line(release.title),
        "alternativeHeadline": clean_line(release.subtitle),
        "description": clean_line(release.summary),
        "url": links.release(release),
        "mainEntityOfPage": links.landing(release),
        "inLanguage": release.language,
        "datePublished": str(release.own_date or ""),
        "dateModified": release.updated.date().isoformat() if release.updated else "",
        "author": [
            {"@type": "Organization" if author.is_organisation else "Person", "name": author.name,
             "@id": f"https://orcid.org/{author.orcid}" if author.orcid else ""}
            for author in release.authors
        ],
        "publisher": {"@type": "Organization", "name": release.publisher or own_publisher},
        "contributor": [{"@type": "Organization", "name": name} for name in release.partners],
        "isPartOf": {"@type": "CreativeWorkSeries", "name": release.series.name} if release.series else None,
        "keywords": [topic.name for topic in release.topics],
        "identifier": [links.doi(release.doi), release.reference],
        "isbn": release.isbn,
        "license": release.licence,
        "isAccessibleForFree": is_free,
        "creativeWorkStatus": _withdrawn(release),
        "encoding": [
            {"@type": "MediaObject", "contentUrl": file.url, "encodingFormat": file.media_type,
             "contentSize": f"{file.size} B" if file.size else ""}
            for file in release.public_files
            if file.url
        ],
    }  # fmt: skip


def _without_blanks(value: Any) -> Any:
    """Return what is left of a document when nothing in it is empty."""
    if isinstance(value, dict):
        kept = {name: _without_blanks(part) for name, part in value.items()}
        return {name: part for name, part in kept.items() if part not in ("", None, [], {})}
    if isinstance(value, list):
        return [part for part in map(_without_blanks, value) if part not in ("", None, [], {})]
    return value


def _full_title(release: Release) -> str:
    return f"{release.title}: {release.subtitle}" if release.subtitle else release.title
