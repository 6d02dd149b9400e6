"""Rows as they come in: each field parsed once, `extra` mapped as design §5 says and never a reason to refuse."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pressroom.errors import InvalidFieldError
from pressroom.models.extra import EXTRA_FIELDS, why_held
from pressroom.models.intake import parse_release, with_unsaid_facts_of
from pressroom.models.release import Access, File, Kind, Release, State
from tests.builders import a_release

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 1, 26, 9, tzinfo=UTC)


def parsed(title: str = "Rivers", **fields: Any) -> Release:
    return parse_release({"title": title} | fields, NOW, LONDON)


def with_extra(**extra: Any) -> Release:
    return parsed(extra=extra)


def test_a_title_alone_makes_a_release() -> None:
    release = parsed("  Rivers \u2028 and\troads ")
    assert release.title == "Rivers and roads"
    assert (release.kind, release.language, release.access, release.state) == ("report", "en", "public", "scheduled")
    assert release.own_date is None
    assert release.id is None


def test_every_field_finds_its_place() -> None:
    release = parsed(
        id="urn:x:1", url="https://example.org/r", kind="Case study", published="2026-01-28", publisher="Socitm",
        authors=["Ann", "Ben", "Ann"], topics=["Cyber security", "Data"], partners=["LOLA"], language="NL",
        summary="One.\r\nTwo.", body="Text", download_url="https://example.org/r.epub",
    )  # fmt: skip
    assert (release.id, release.url, release.kind) == ("urn:x:1", "https://example.org/r", Kind.CASE_STUDY)
    assert str(release.own_date) == "2026-01-28"
    assert [author.name for author in release.authors] == ["Ann", "Ben"]
    assert [topic.slug for topic in release.topics] == ["cyber-security", "data"]
    assert (release.publisher, release.partners, release.language) == ("Socitm", ("LOLA",), "nl")
    assert (release.summary, release.body) == ("One.\nTwo.", "Text")
    assert release.files == (File("epub", "https://example.org/r.epub"),)


def test_several_names_may_stand_in_one_text_as_in_a_csv_cell() -> None:
    release = parsed(topics="Data; Cyber security;;Data", authors="Ann;Ben <ben@example.org>; cem@example.org")
    assert [topic.name for topic in release.topics] == ["Data", "Cyber security"]
    assert [author.name for author in release.authors] == ["Ann", "Ben"]


def test_the_sites_language_is_that_of_a_release_which_names_none() -> None:
    assert parse_release({"title": "Rivieren"}, NOW, LONDON, "nl").language == "nl"


@pytest.mark.R1
def test_an_id_is_kept_letter_by_letter() -> None:
    for guid in ("https://old.example.org/?p=17", "tag:old,2001:re\u0301", "URN:UUID:ABC", "https://old.example.org/ü"):
        assert parsed(id=guid).id == guid


@pytest.mark.R12
@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("title", None, "title: is missing; every release needs one."),
        ("title", " \u200b\x00", "title: is missing; every release needs one."),
        ("title", 5, "title: is a number; give it as text."),
        ("title", "x" * 1_001, "title: is 1,001 characters long; keep it under 1,000."),
        ("summary", "x" * 2_000_000, "summary: is 2,000,000 characters long; keep it under 20,000."),
        ("summary", ["x"], "summary: is a list; give it as text."),
        ("body", {"html": "x"}, "body: is an object; give it as text."),
        ("url", "javascript:alert(1)", "url: “javascript:alert(1)” is no web address; give one that begins with"),
        (
            "url",
            "https://e.org/a,https://e.org/b",
            "url: “https://e.org/a,https://e.org/b” holds two addresses; give one.",
        ),
        ("download_url", "/r.pdf", "download_url: “/r.pdf” is no web address; give one that begins with"),
        ("kind", "leaflet", "kind: “leaflet” is unknown; choose one of report, briefing, guide,"),
        ("published", "2023-13-01", "published: “2023-13-01” is no date; write 2026-01-28, 2026-01 or 2026"),
        ("published", 20260105, "published: “20260105” is no date; write 2026-01-28, 2026-01 or 2026"),
        ("published", 2026.5, "published: is a number; give it as text."),
        (
            "published",
            "2029-01-01",
            "published: “2029-01-01” is too far ahead; mend the year, or leave it out and give the",
        ),
        ("published", "0001-01-01", "published: “0001-01-01” is too long ago; mend the year, or leave it out"),
        ("published", 999, "published: “0999” is too long ago; mend the year, or leave it out"),
        ("published", 9999, "published: “9999” is too far ahead; mend the year, or leave it out and give the status"),
        ("published_precision", "week", "published_precision: “week” is unknown; choose day, month, year or none."),
        ("published", True, "published: is true or false; give it as text."),
        ("id", "12345", "id: “12345” is no absolute address; give the old feed's GUID as"),
        ("id", "urn:a b", "id: “urn:a b” is no absolute address; give the old feed's GUID as"),
        ("id", "urn:" + "x" * 2_000, "id: is 2,004 characters long; keep it under 1,000."),
        ("language", "English, mostly", "language: “English, mostly” is no language code; write it like en, nl or"),
        ("language", "en" + "-abcdefgh" * 4, "is no language code; write it like en, nl or pt-BR."),
        ("topics", ["Data", "all"], "topics: “all” means everything; leave it out, or rename it."),
        ("topics", [{"name": "Data"}], "topics: holds an object; give a list of names."),
        ("topics", [None], "topics: holds null; give a list of names."),
        ("topics", 5, "topics: is a number; give a list of names."),
        ("topics", ["x" * 10_000], "topics: is 10,000 characters long; keep it under 300."),
        ("authors", {"name": "Ann"}, "authors: is an object; give a list of names."),
        ("publisher", "x" * 10_000, "publisher: is 10,000 characters long; keep it under 300."),
        ("extra", [1], 'extra: is not made of names and values; write it like {"edition": "2026"}.'),
        ("extra", "text", 'extra: is no JSON; write it like {"edition": "2026"}.'),
        ("extra", "[" * 50_000, 'extra: is no JSON; write it like {"edition": "2026"}.'),
    ],
)
def test_a_bad_field_is_refused_in_one_sentence_with_the_remedy(field: str, value: Any, sentence: str) -> None:
    with pytest.raises(InvalidFieldError) as caught:
        parse_release({"title": "Rivers"} | {field: value}, NOW, LONDON)
    said = str(caught.value)
    assert sentence in said
    assert caught.value.field == field
    assert said.endswith(".")
    assert "\n" not in said
    assert len(said) < 300


@pytest.mark.R12
def test_what_is_nested_without_end_is_refused() -> None:
    deep: Any = 1
    for _ in range(200):
        deep = [deep]
    with pytest.raises(InvalidFieldError, match="extra: is nested deeper than 100 levels; flatten it"):
        with_extra(deep=deep)


def test_extra_is_mapped_to_places_of_its_own() -> None:
    release = with_extra(
        series="Digital trends", edition="2013/14", collection="Trends", part="3 of 6", subtitle="A look ahead",
        reference="TN 1", doi="https://doi.org/10.6028/NIST.IR.1", isbn="978-3-16-148410-0", licence="CC BY 4.0",
        formats=["HTML", "pdf"], translations=["nl", "fr"], event_date="2024-03-18/2024-03-19", pages=16,
        duration="01:09:48", duplicate_url="https://example.org/old", embargo="2026-07-01T00:01", expected="March",
        urgent=True, version="2.1",
    )  # fmt: skip
    assert release.series is not None
    assert (release.series.name, release.edition, release.collection) == ("Digital trends", "2013/14", "Trends")
    assert (release.part, release.part_count, release.subtitle) == (3, 6, "A look ahead")
    assert (release.reference, release.doi, release.isbn) == ("TN 1", "10.6028/NIST.IR.1", "978-3-16-148410-0")
    assert (release.licence, release.translations) == ("CC BY 4.0", ("nl", "fr"))
    assert (release.event_start, release.event_end) == (date(2024, 3, 18), date(2024, 3, 19))
    assert release.files == (File("html", pages=16, duration=4188), File("pdf"))
    assert release.old_urls == ("https://example.org/old",)
    assert release.embargo == datetime(2026, 6, 30, 23, 1, tzinfo=UTC)  # the site's zone
    assert (release.expected, release.urgent) == ("--03", True)
    assert release.extra == {"version": "2.1"}


@pytest.mark.R9
def test_names_in_extra_may_be_written_in_any_letters() -> None:
    release = with_extra(Access="members", EMBARGO="2026-07-01T00:01", **{" Note ": "kept"})
    assert (release.access, release.embargo) == ("members", datetime(2026, 6, 30, 23, 1, tzinfo=UTC))
    assert release.extra == {"note": "kept"}


@pytest.mark.R9
@pytest.mark.parametrize(
    "extra", ['{"access": "members", "access": "public"}', {"access": "public", "Access": "members"}]
)
def test_a_name_that_comes_twice_in_extra_is_refused(extra: Any) -> None:
    with pytest.raises(InvalidFieldError, match=r"^“access”: is there twice; keep one of the two.$"):
        parsed(extra=extra)


def test_a_year_may_be_a_number_and_a_day_two_years_ahead() -> None:
    assert str(parsed(published=2026).own_date) == "2026"
    assert str(parsed(published="2028-12-31").own_date) == "2028-12-31"


def test_other_fields_of_a_row_are_read_as_if_they_stood_in_extra() -> None:
    release = parsed(edition="2026", source="a list", extra={"edition": "2025"})
    assert release.edition == "2025"
    assert release.extra == {"source": "a list"}
    assert parsed(access="members", extra={"access": ""}).access is Access.MEMBERS


def test_extra_may_be_json_in_a_text_as_in_a_csv_cell() -> None:
    assert parsed(extra='{"edition": "2026", "sold": 5}').edition == "2026"
    assert parsed(extra="").extra == {}


def test_blank_values_say_nothing() -> None:
    blanks: list[Any] = [None, "", "  ", []]
    for blank in blanks:
        release = with_extra(**dict.fromkeys(EXTRA_FIELDS, blank))
        assert release == parsed()


@pytest.mark.R12
@pytest.mark.parametrize("name", EXTRA_FIELDS)
@pytest.mark.parametrize(
    "value",
    [-1, 1e300, float("inf"), float("nan"), 10**30, True, {"a": [1]}, [1, None], [["x"]], "nonsense", "0 of 0", "٣",
     "x" * 20_000, ["x" * 20_000], "2026-99", "00:00", "javascript:x", "a\x00\ud800b"],
)  # fmt: skip
def test_no_value_of_extra_refuses_a_row_and_what_does_not_fit_is_kept(name: str, value: Any) -> None:
    release = with_extra(**{name: value})
    places = replace(release, extra={}) != parsed()
    assert places or release.extra, "neither taken nor kept"
    json.dumps(dict(release.extra), allow_nan=False, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("part", "7 of 6"),
        ("part", "0"),
        ("part", "one of six"),
        ("pages", "about 20"),
        ("pages", 12.5),
        ("duration", "01:99:00"),
        ("event_date", "2024-03-19/2024-03-18"),
        ("event_date", "next week"),
        ("translations", ["nl", "Dutch"]),
        ("doi", "unknown"),
        ("isbn", "978-1"),
        ("isbn", "978-3-16-148410-1"),
        ("isbn", "0-19-852663-7"),
        ("expected", "in spring"),
        ("status", "revised"),
        ("series", "x" * 301),
        ("duplicate_url", "old-page"),
    ],
)
def test_nonsense_is_kept_as_it_came(name: str, value: Any) -> None:
    assert with_extra(**{name: value}).extra == {name: value}


def test_kept_values_lose_what_xml_and_json_cannot_hold() -> None:
    release = with_extra(**{"no\x00te\ud800": ["a\x01b", {"k\x02": float("inf")}]})
    assert release.extra == {"note": ["ab", {"k": "inf"}]}


@pytest.mark.R9
@pytest.mark.parametrize(
    ("said", "access"),
    [("public", "public"), ("Mixed", "mixed"), ("members", "members"), ("sign-in", "members"), (5, "members"),
     (["public"], "members"), (False, "members"), (None, "public")],
)  # fmt: skip
def test_what_is_not_said_to_be_open_is_for_members(said: Any, access: str) -> None:
    release = parsed(download_url="https://example.org/r.pdf", extra={"access": said})
    assert release.access == access
    assert release.landing_access == (Access.MEMBERS if access == "members" else Access.PUBLIC)
    assert release.files[0].access == (Access.PUBLIC if access == "public" else Access.MEMBERS)


@pytest.mark.R9
@pytest.mark.parametrize("embargo", ["noon on Monday", 20, ["2026-07-01"], True, "9999-12-31T23:59-10:00", "live"])
def test_a_release_whose_embargo_nobody_can_read_stays_a_draft(embargo: Any) -> None:
    release = with_extra(embargo=embargo, status="scheduled")
    assert release.state is State.DRAFT
    assert release.extra == {"embargo": embargo}
    assert re.fullmatch(
        "embargo: “.+” is no moment in time; kept as a draft; write it like 2026-01-28T10:00 or .+Z.", why_held(release)
    )


@pytest.mark.R9
@pytest.mark.parametrize("status", ["on hold", "Entwurf", "embargoed", "withdrawn", ["draft"], {"a": 1}, True, 0])
def test_a_release_whose_status_nobody_can_read_stays_a_draft(status: Any) -> None:
    release = with_extra(status=status)
    assert release.state is State.DRAFT
    assert release.extra == {"status": status}
    assert why_held(release) == (
        f"status: “{status}” does not say that it may go out; kept as a draft; "
        "write draft, expected, scheduled or live, or give an embargo."
    )


@pytest.mark.R9
@pytest.mark.parametrize("status", [None, "", "Live", "published", "revised", "draft", "expected", "scheduled"])
def test_what_can_be_read_is_not_held(status: str | None) -> None:
    assert why_held(with_extra(status=status)) == ""


@pytest.mark.R9
def test_what_is_called_embargoed_goes_out_when_its_embargo_is_over() -> None:
    release = with_extra(status="Embargoed", embargo="2026-07-01T00:01")
    assert (release.state, release.due_at) == (State.SCHEDULED, datetime(2026, 6, 30, 23, 1, tzinfo=UTC))
    assert release.extra == {}


@pytest.mark.parametrize(
    ("published", "extra", "state", "publish_at", "expected"),
    [
        (None, {}, "scheduled", None, None),
        (None, {"status": "scheduled"}, "expected", None, None),
        ("2026-07-01", {"status": "Scheduled"}, "scheduled", "2026-06-30T23:00:00+00:00", None),
        ("2026-07", {"status": "scheduled"}, "expected", None, "2026-07"),
        ("2026", {"status": "expected"}, "expected", None, "2026"),
        ("2026-07-01", {"status": "expected"}, "expected", None, "2026-07"),
        (None, {"status": "expected", "expected": "March"}, "expected", None, "--03"),
        ("2026-07-01", {"status": "draft"}, "draft", None, None),
        ("1000-01-01", {"status": "scheduled"}, "scheduled", "1000-01-01T00:01:15+00:00", None),
    ],
)
def test_the_status_says_whether_and_when_it_goes_out(
    published: str | None, extra: dict[str, Any], state: str, publish_at: str | None, expected: str | None
) -> None:
    release = parsed(published=published, extra=extra)
    assert release.state == state
    assert release.publish_at == (datetime.fromisoformat(publish_at) if publish_at else None)
    assert release.expected == expected


@pytest.mark.parametrize("isbn", ["978-3-16-148410-0", "9783161484100", "0 19 852663 6", "080442957x", 9783161484100])
def test_an_isbn_is_known_by_its_digits(isbn: Any) -> None:
    assert with_extra(isbn=isbn).isbn == str(isbn)


@pytest.mark.parametrize(
    ("doi", "bare"),
    [
        ("10.6028/NBS.BH.10", "10.6028/NBS.BH.10"),
        ("doi: 10.6028/x", "10.6028/x"),
        ("HTTPS://DOI.ORG/10.6028/x", "10.6028/x"),
        ("http://dx.doi.org/10.1002/(SICI)1096<1::AID>3.0", "10.1002/(SICI)1096<1::AID>3.0"),
    ],
)
def test_a_doi_is_bare_whatever_form_it_came_in(doi: str, bare: str) -> None:
    assert with_extra(doi=doi).doi == bare


KNOWN = a_release(
    title="Rivers", summary="Old words", kind=Kind.GUIDE, url="https://example.org/r", doi="10.1000/1",
    embargo=datetime(2026, 7, 1, tzinfo=UTC), files=(File("pdf", "https://example.org/r.pdf", access=Access.MEMBERS),),
    access=Access.MIXED, extra={"version": "1", "sold": 5},
)  # fmt: skip


def changed(known: Release = KNOWN, **row: Any) -> Release:
    """Return what a row makes of a known release."""
    fields = {"title": "Rivers"} | row
    return known.with_own_facts_of(with_unsaid_facts_of(known, parse_release(fields, NOW, LONDON), fields))


def test_a_row_changes_what_it_names_and_leaves_the_rest() -> None:
    assert changed() == KNOWN
    assert changed(summary="New words") == replace(KNOWN, summary="New words")
    assert changed(extra={"version": "2"}) == replace(KNOWN, extra={"version": "2", "sold": 5})
    assert changed(edition="2026") == replace(KNOWN, edition="2026")


def test_a_blank_field_takes_a_fact_away() -> None:
    assert changed(summary="", extra={"doi": None}) == replace(KNOWN, summary="", doi="")


@pytest.mark.R9
@pytest.mark.parametrize("access", [Access.MIXED, Access.MEMBERS])
def test_a_changed_file_of_a_release_that_is_not_open_is_not_open_either(access: Access) -> None:
    (file,) = changed(replace(KNOWN, access=access), download_url="https://example.org/new.pdf").files
    assert (file.url, file.access) == ("https://example.org/new.pdf", Access.MEMBERS)


@pytest.mark.R9
def test_a_release_that_is_closed_takes_its_files_with_it() -> None:
    known = replace(KNOWN, access=Access.PUBLIC, files=(File("pdf", "https://example.org/r.pdf"),))
    closed = changed(known, access="members")
    opened = changed(closed, access="mixed")
    assert [file.access for one in (closed, opened) for file in one.files] == [Access.MEMBERS] * 2


def test_each_file_of_a_mixed_release_keeps_the_access_it_has() -> None:
    known = replace(KNOWN, files=(File("html", "https://example.org/r.html"), *KNOWN.files))
    assert changed(known, summary="New", access="mixed").files == known.files


@pytest.mark.R9
def test_an_embargo_stands_until_another_moment_is_given() -> None:
    assert changed(extra={"embargo": "any day now"}).embargo == KNOWN.embargo
    blanks: list[Any] = [None, "", "  ", []]
    for blank in blanks:
        assert changed(extra={"embargo": blank}).embargo == KNOWN.embargo
    assert changed(embargo="2026-06-01T00:00Z").embargo == datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.R9
def test_a_blank_access_opens_nothing() -> None:
    known = replace(KNOWN, access=Access.MEMBERS, landing_access=Access.MEMBERS)
    assert changed(known, access="") == known
    assert changed(known, access="public").access is Access.PUBLIC


def test_a_changed_address_keeps_the_old_one() -> None:
    release = changed(url="https://example.org/rivers")
    assert (release.url, release.old_urls) == ("https://example.org/rivers", ("https://example.org/r",))
