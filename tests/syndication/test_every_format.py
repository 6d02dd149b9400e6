"""What holds for an entry and a feed in Atom, RSS and JSON Feed alike, read back by feedparser."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pressroom.models.dates import PartialDate
from pressroom.models.feeds import Feed, Format
from pressroom.models.release import Access, Author, File, Kind, Series, State
from tests.builders import A_MOMENT, a_release, a_topic, an_entry
from tests.syndication.reading import LINKS, RIVERS, a_builder, build, parse_xml, read, read_one

pytestmark = pytest.mark.parametrize("form", list(Format))

PDF = File("pdf", "https://files.example.org/rivers.pdf", 1_234_567, pages=48)
SECRET = File("pdf", "https://files.example.org/secret.pdf", 99, access=Access.MEMBERS)


@pytest.mark.R1
def test_the_id_of_an_entry_is_the_releases_in_every_format(form: Format) -> None:
    assert read_one(form, an_entry(id="tag:example.org,2026:release/abc")).id == ("tag:example.org,2026:release/abc")


@pytest.mark.R1
@pytest.mark.parametrize(
    "facts",
    [
        {"title": "Brooks"},
        {"slug": "brooks"},
        {"url": "https://example.org/brooks"},
        {"topics": (a_topic("Brooks"),)},
        {"edition": "Second"},
        {"state": State.WITHDRAWN, "withdrawn_reason": "Wrong"},
    ],
    ids=lambda facts: next(iter(facts)),
)
def test_the_id_of_an_entry_stays_when_its_release_changes(form: Format, facts: dict[str, object]) -> None:
    release = a_release()
    changed = replace(release, **facts)  # type: ignore[arg-type]
    before, after = (read_one(form, an_entry(release=one)) for one in (release, changed))
    assert before.id == after.id


def test_entries_keep_the_order_in_which_they_are_given(form: Format) -> None:
    entries = [an_entry(title=title) for title in ("Oder", "Elbe", "Rhine")]
    assert [entry.title for entry in read(build(form, *entries))] == ["Oder", "Elbe", "Rhine"]


def test_a_document_has_its_path_type_and_a_strong_etag(form: Format) -> None:
    document = build(form, an_entry())
    assert document.path == f"topics/rivers.{form}"
    assert document.media_type == form.media_type
    assert document.etag == hashlib.sha256(document.content).hexdigest()[:32]


def test_an_entry_links_to_the_landing_address(form: Format) -> None:
    assert read_one(form, an_entry(url="https://example.org/a?b=1&c=2")).link == "https://example.org/a?b=1&c=2"


def test_an_entry_without_a_landing_address_links_to_its_own_page(form: Format) -> None:
    assert read_one(form, an_entry(slug="rivers")).link == "https://reports.example.org/releases/rivers"


def test_dates_are_the_first_and_the_newest_announcement(form: Format) -> None:
    revised = A_MOMENT + timedelta(days=3, seconds=1)
    entry = read_one(form, an_entry(published=A_MOMENT, updated=revised))
    assert (entry.published, entry.updated) == (A_MOMENT, revised)


@pytest.mark.parametrize("published", [None, datetime(1990, 12, 31, 23, 59, 59, tzinfo=UTC)])
def test_a_publication_that_readers_would_take_for_a_mistake_is_left_out(
    form: Format, published: datetime | None
) -> None:
    entry = read_one(form, an_entry(published=published, updated=A_MOMENT))
    assert (entry.published, entry.updated) == (None, A_MOMENT)


def test_the_first_plausible_moment_of_publication_is_shown(form: Format) -> None:
    first = datetime(1991, 1, 1, tzinfo=UTC)
    assert read_one(form, an_entry(published=first)).published == first


def test_all_authors_are_named_in_order(form: Format) -> None:
    authors = (Author("Martin Ferguson"), Author("Jos Creese"), Author("LOLA", is_organisation=True))
    entry = read_one(form, an_entry(authors=authors))
    assert entry.authors == ("Martin Ferguson", "Jos Creese", "LOLA")


@pytest.mark.parametrize(("publisher", "author"), [("techUK", "techUK"), ("", "Rivers Institute")])
def test_without_authors_the_publisher_stands_in_their_place(form: Format, publisher: str, author: str) -> None:
    assert read_one(form, an_entry(publisher=publisher)).authors == (author,)


def test_topics_are_categories_in_the_order_of_the_release(form: Format) -> None:
    topics = (a_topic("Rivers & lakes"), a_topic("Cyber security"))
    assert read_one(form, an_entry(topics=topics)).topics == ("Rivers & lakes", "Cyber security")


def test_public_files_are_enclosed(form: Format) -> None:
    epub = File("epub", "https://files.example.org/rivers.epub")
    entry = read_one(form, an_entry(files=(PDF, File("docx"), epub)))
    assert set(entry.files) == {PDF.url, epub.url}


@pytest.mark.R9
@pytest.mark.parametrize("access", [Access.MEMBERS, Access.MIXED, Access.PUBLIC])
def test_the_address_of_a_members_only_file_is_nowhere(form: Format, access: Access) -> None:
    content = build(form, an_entry(access=access, files=(SECRET, PDF))).content.decode()
    assert "secret.pdf" not in content
    assert ("rivers.pdf" in content) == (access is not Access.MEMBERS)


@pytest.mark.R9
def test_a_release_for_members_says_so_in_words_and_keeps_its_text(form: Format) -> None:
    entry = read_one(form, an_entry(access=Access.MEMBERS, summary="In short.", body="The whole text."))
    assert "Members only" in entry.html
    assert "In short." in entry.html
    assert "The whole text." not in entry.html


@pytest.mark.R9
@pytest.mark.parametrize("state", [State.DRAFT, State.EXPECTED, State.SCHEDULED])
def test_a_release_that_is_not_public_is_refused(form: Format, state: State) -> None:
    with pytest.raises(ValueError, match="stands in no feed"):
        build(form, an_entry(state=state))


def test_a_withdrawn_release_stays_with_its_reason_and_its_replacement_but_without_files(
    form: Format,
) -> None:
    newer = a_release(title="Rivers, corrected", url="https://example.org/corrected")
    entry = read_one(
        form,
        an_entry(
            title="Rivers",
            state=State.WITHDRAWN,
            withdrawn_reason="Two figures are wrong.",
            replacement=newer,
            files=(PDF,),
            body="The wrong figures.",
        ),
    )
    assert entry.title == "[Withdrawn] Rivers"
    assert "Two figures are wrong." in entry.html
    assert '<a href="https://example.org/corrected">Rivers, corrected</a>' in entry.html
    assert entry.files == ()
    assert "rivers.pdf" not in entry.html
    assert "The wrong figures." not in entry.html


@pytest.mark.R9
def test_a_replacement_that_is_not_out_yet_is_not_named(form: Format) -> None:
    withdrawn = a_release(state=State.WITHDRAWN, withdrawn_reason="Wrong.")
    newer = a_release(title="Not yet", state=State.SCHEDULED)
    assert "Not yet" not in build(form, an_entry(release=withdrawn, replacement=newer)).content.decode()


def test_a_revision_says_what_changed_before_anything_else(form: Format) -> None:
    entry = read_one(form, an_entry(note="Table 3 corrected.", summary="In short."))
    assert entry.html.startswith("<p><strong>Revised:</strong> Table 3 corrected.</p>")


def test_a_feed_without_entries_is_valid(form: Format) -> None:
    assert read(build(form)) == []


def test_a_feed_names_itself_its_page_and_its_language(form: Format) -> None:
    content = build(form, an_entry()).content.decode()
    assert LINKS.feed(RIVERS, form) in content
    assert "https://reports.example.org/topics/rivers" in content
    assert '"language": "en"' in content or 'xml:lang="en"' in content or "<language>en</language>" in content


def test_a_feed_without_a_description_uses_its_title(form: Format) -> None:
    assert read(build(form, an_entry(), feed=Feed("all", "Everything", "")))


@pytest.mark.R3
def test_a_builder_gives_the_same_bytes_whatever_it_built_before(form: Format) -> None:
    entries = [an_entry(topics=(a_topic(),), authors=(Author("A"), Author("B"))) for _ in range(5)]
    used = a_builder()
    for other in Format:
        used.build(Feed("all", "Everything", "All there is"), entries[::-1], other)
    assert used.build(RIVERS, entries, form) == a_builder().build(RIVERS, entries, form)


def test_a_builder_sees_that_an_entry_changed(form: Format) -> None:
    builder, release = a_builder(), a_release(title="Rivers")
    builder.build(RIVERS, [an_entry(release=release)], form)
    for changed in (
        an_entry(release=replace(release, title="Brooks")),
        an_entry(release=release, note="Brooks"),
    ):
        assert b"Brooks" in builder.build(RIVERS, [changed], form).content


@pytest.mark.R12
def test_forbidden_code_points_from_another_program_do_not_kill_the_feed(form: Format) -> None:
    bad = "Ri\x00v\x1be\x85r\ufffes"
    entry = read_one(
        form,
        an_entry(
            title=bad,
            subtitle=bad,
            summary=bad,
            body=bad,
            url="https://example.org/my report\x07.pdf",
            authors=(Author(bad), Author("\x01")),
            topics=(a_topic(bad, slug="rivers"),),
            series=Series("rivers", bad),
            collection=bad,
            edition=bad,
            publisher=bad,
            partners=(bad,),
            doi=bad,
            isbn=bad,
            reference=bad,
            licence=bad,
            language="en\x02",
            files=(File("p\x0cdf", "https://example.org/a b.pdf"),),
            note=bad,
        ),
    )
    assert entry.title == "Rive rs"
    assert entry.link == "https://example.org/my%20report.pdf"
    assert entry.authors == ("Rive rs",)
    assert entry.files == ("https://example.org/a%20b.pdf",)


@pytest.mark.R12
def test_a_title_of_nothing_readable_does_not_kill_the_feed(form: Format) -> None:
    assert read_one(form, an_entry(title="\x01")).title == "Untitled"


def test_the_record_of_a_release_goes_along(form: Format) -> None:
    release = a_release(
        kind=Kind.CASE_STUDY,
        series=Series.named("Smart places"),
        collection="Rivers of Europe",
        own_date=PartialDate(2026, 1),
        doi="https://doi.org/10.1234/RIVERS.1",
        licence="https://creativecommons.org/licenses/by/4.0/",
        publisher="techUK",
        language="nl",
    )
    content = build(form, an_entry(release=release)).content.decode()
    for fact in (
        "case-study", "Smart places", "Rivers of Europe", "2026-01", "10.1234/RIVERS.1",
        "https://creativecommons.org/licenses/by/4.0/", "techUK", "nl",
    ):  # fmt: skip
        assert fact in content
    assert "doi.org" not in content


def test_no_element_is_left_without_its_namespaces_name(form: Format) -> None:
    entry = an_entry(doi="10.1/x", files=(PDF, replace(PDF, url="https://example.org/2.pdf")))
    document = build(form, entry, entry)
    assert b"ns0:" not in document.content
    if form is not Format.JSON:
        root = parse_xml(document)
        assert all(child.nsmap == root.nsmap for child in root.iter())
