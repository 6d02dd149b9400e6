"""What a mail must not tell its reader: each is found, its nearest innocent neighbour is not (R9)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pressroom.digest.lint import foreign_links, lint, texts_of
from pressroom.models.people import Subscriber
from pressroom.models.runs import Message
from tests.builders import a_reader, an_offered_item, rewritten
from tests.digest.lint_samples import (
    OTHER,
    OTHER_TOKEN,
    OWN_TOKEN,
    a_mail,
    known,
    the_finding,
    with_header,
    with_html,
    with_text,
    words_of,
)
from tests.digest.samples import another, composed, nine, the_reader


@pytest.mark.R9
class TestPrivateMaterial:
    URL = "https://files.example.org/members/Cyber%20guide.pdf"

    @pytest.mark.parametrize(
        "spelling",
        [
            URL, "http://files.example.org/members/Cyber%20guide.pdf",
         "https://FILES.example.org/members/Cyber%20guide.pdf",
            "https://files.example.org/%6dembers/Cyber%20guide.pdf",
         "https://files.example.org:443/members/./Cyber%20guide.pdf",
            f"{URL}?from=mail", f"{URL}#page=2", "https://files.example.org/members/Cyber%20guide.pdf/",
            "https://go.example.com/?to=https%3A%2F%2Ffiles.example.org%2Fmembers%2FCyber%2520guide.pdf&x=1",
        ],
    )  # fmt: skip
    def test_is_found_however_it_is_written(self, spelling: str) -> None:
        private = (("Cyber guide", self.URL),)
        link = with_text(f"Read: {spelling}", with_html(f'<a href="{spelling}">Read on</a>'))
        finding = the_finding(link, "private-material", private_urls=private)
        assert "the link “Read on”" in finding.words
        assert "a members-only file of “Cyber guide”" in finding.words
        assert "guide.pdf" not in finding.words
        text = with_text(f"See ({spelling.removeprefix('https://')}).")
        assert "plain-text part" in words_of(text, "private-material", private_urls=private)

    def test_is_found_in_attributes_comments_and_headers(self) -> None:
        for message in (
            with_html(f'<p title="{self.URL}">x</p>'),
            with_html(f"<!-- {self.URL} -->"),
            with_header("X-File", self.URL),
        ):
            assert words_of(message, "private-material", private_urls=(("Guide", self.URL),))

    def test_of_a_host_in_another_script_is_found_in_both(self) -> None:
        private = (("Books", "https://bücher.example/x.pdf"),)
        for host in ("bücher.example", "xn--bcher-kva.example", "BÜCHER.example"):
            assert words_of(with_text(f"https://{host}/x.pdf"), "private-material", private_urls=private)

    def test_is_not_its_neighbour(self) -> None:
        private = (("Cyber", self.URL), ("Five", "https://example.org/download?id=5"))
        offered = [an_offered_item(url=url) for url in ("https://files.example.org/members/Cyber%20guide.pdf.html",
                   "https://example.org/download?id=6", "https://files.example.org/members/",
                   "https://my-files.example.org/members/Cyber%20guide.pdf")]  # fmt: skip
        assert lint(composed(*offered), known(offered, private_urls=private)) == []
        marked = composed(an_offered_item(url="https://example.org/download?utm_source=x&id=5"))
        assert words_of(marked, "private-material", private_urls=private)

    def test_is_no_part_of_the_address_that_an_item_leads_to(self) -> None:
        page, file = "https://example.org/doc?id=5&view=page", "https://example.org/doc?id=5"
        about: dict[str, Any] = {"private_urls": (("Five", file),), "unreleased": (("A draft of ours", file),)}
        offered = [an_offered_item(url=page)]
        assert lint(composed(*offered), known(offered, shown=frozenset({page}), **about)) == []
        for name in ("private-material", "unreleased-address"):
            assert words_of(with_text(file, composed(*offered)), name, shown=frozenset({page}), **about)


@pytest.mark.R9
class TestUnreleased:
    DRAFT = ("The state of our rivers in 2027", "https://example.org/rivers-2027")

    def test_address_is_found(self) -> None:
        message = composed(an_offered_item(url="http://example.org/rivers-2027?utm_source=mail"))
        finding = the_finding(message, "unreleased-address", unreleased=(self.DRAFT,))
        assert self.DRAFT[0] in finding.words

    def test_address_is_found_where_a_release_brought_it_along(self) -> None:
        offered = an_offered_item(change="withdrawn", replacement_title="Soon", replacement_url=self.DRAFT[1])
        found = words_of(composed(offered), "unreleased-address", unreleased=(self.DRAFT,), facts=texts_of(offered))
        assert self.DRAFT[0] in found

    def test_address_may_be_that_of_the_site_or_none(self) -> None:
        site = with_text("https://news.example.org", with_html('<a href="https://news.example.org/">Us</a>'))
        draft = ("A draft without a page", "https://news.example.org")
        assert words_of(site, "unreleased-address", unreleased=(draft,)) == ""
        drafts = [("A draft without a page", url) for url in (None, "", "https://", "rivers", "https://[")]
        assert lint(a_mail(), known(unreleased=tuple(drafts))) == []
        assert (
            lint(a_mail(), known(private_urls=tuple(("One", url) for url in ("", "https://", "rivers", "https://["))))
            == []
        )

    @pytest.mark.parametrize("url", ["https://example.org/?p=2", "https://example.org/#part-2"])
    def test_address_is_not_that_of_another_page_of_one_host(self, url: str) -> None:
        message = composed(an_offered_item(url="https://example.org/?p=1#part-1"))
        assert lint(message, known(unreleased=(("A draft of ours", url),))) == []

    def test_title_is_a_warning(self) -> None:
        message = with_text("Soon: The state of our rivers\nin 2027!")
        finding = the_finding(message, "unreleased-title", unreleased=(self.DRAFT,))
        assert finding.is_warning
        assert self.DRAFT[0] in finding.words

    def test_title_is_not_excused_by_the_note_that_says_it(self) -> None:
        note = "Next week: The State of Our Rivers in 2027. Ask Grace Hopper (grace@example.net) about {{x}} and *|Y|*."
        message = with_text(note, with_html(f"<p>{note}</p>"))
        about: dict[str, Any] = {"unreleased": (self.DRAFT,), "notes": (note,), "others": (OTHER,)}
        assert self.DRAFT[0] in the_finding(message, "unreleased-title", **about).words
        assert lint(message, known(**(about | {"facts": (self.DRAFT[0],)}))) == []

    def test_address_is_not_excused_by_the_note_that_says_it(self) -> None:
        message = with_text(self.DRAFT[1], with_html(f"<p>{self.DRAFT[1]}</p>"))
        about: dict[str, Any] = {"unreleased": (self.DRAFT,), "notes": (self.DRAFT[1],)}
        assert self.DRAFT[0] in the_finding(message, "unreleased-address", **about).words

    def test_title_may_stand_in_a_fact_be_short_or_part_of_a_word(self) -> None:
        offered = an_offered_item(title="Before The State of our Rivers in 2027, a look back")
        assert lint(composed(offered), known([offered], unreleased=(self.DRAFT,))) == []
        short = with_text("Rivers 2027 and the state of our riversides")
        assert lint(short, known(unreleased=(("Rivers 2027", None), ("state of our rivers", None)))) == []


class TestOtherPerson:
    @pytest.mark.parametrize(
        ("words", "quoted"),
        [
            ("Dear Grace Hopper, hello", "“Grace Hopper”"),
            ("Dear Grace\nHopper", "“Grace Hopper”"),
            ("For grace@example.net.", "“grace@example.net”"),
            ("For 'Grace@Example.net'", "“grace@example.net”"),
            (f"Key {OTHER_TOKEN}", "“zz2z…”"),
        ],
    )
    def test_is_found(self, words: str, quoted: str) -> None:
        for message in (with_text(words), with_html(f"<p>{words}</p>"), with_html(f'<p title="{words}">x</p>')):
            assert quoted in the_finding(message, "other-person", others=(OTHER,)).words
        header = with_header("X-Note", words.replace("\n", " "))
        assert quoted in the_finding(header, "other-person", others=(OTHER,)).words

    def test_is_found_in_an_address(self) -> None:
        url = "https://example.org/?for=grace%40example.net"
        message = composed(an_offered_item(url=url))
        assert "“grace@example.net”" in the_finding(message, "other-person", others=(OTHER,)).words

    @pytest.mark.parametrize("path", ["unsubscribe/{}", "preferences/{}", "my/{}.atom", "preferences/{}?x=1"])
    def test_is_whoever_a_personal_link_belongs_to(self, path: str) -> None:
        url = f"https://news.example.org/{path}"

        def linked(token: str) -> Message:
            address = url.format(token)
            return with_text(address, with_html(f'<a href="{address}">Yours</a>'))

        words = the_finding(linked(OTHER_TOKEN), "other-person").words
        assert OTHER_TOKEN not in words
        assert lint(linked(OWN_TOKEN), known()) == []

    @pytest.mark.parametrize("area", ["unsubscribe", "preferences", "my", "confirm"])
    @pytest.mark.parametrize(
        "spelling",
        ["https://news.example.org/{}/{}", "HTTPS://News.Example.org/{}/{}", "news.example.org/{}/weekly/{}",
         "https://x.org/?to=https%3A%2F%2Fnews.example.org%2F{}%2F{}"],
    )  # fmt: skip
    def test_is_found_by_a_personal_link_of_nobody_known(self, area: str, spelling: str) -> None:
        for token in (OTHER_TOKEN, OTHER_TOKEN.upper(), (OTHER_TOKEN * 3)[:58]):
            for broken in (token, f"{token[:9]}<b></b>{token[9:]}", f"{token[:9]}<b>{token[9:]}</b>"):
                url = spelling.format(area, broken)
                for message in (with_html(f"<p>{url} x</p>"), with_html(f'<p title="{url}">x</p>'), with_text(url)):
                    assert "“zz2z…”" in words_of(message, "other-person")
        for own in (OWN_TOKEN, OWN_TOKEN.upper(), f"{OWN_TOKEN[:9]}<b></b>{OWN_TOKEN[9:]}"):
            url = spelling.format(area, own)
            for message in (with_html(f"<p>{url} x</p>"), with_html(f'<p title="{url}">x</p>'), with_text(url)):
                assert words_of(message, "other-person") == ""

    @pytest.mark.parametrize(
        "words",
        [OTHER_TOKEN.upper(), f"{OTHER_TOKEN[:5]}<b></b>{OTHER_TOKEN[5:]}", f"Key{OTHER_TOKEN}",
         f"{OTHER_TOKEN[:5]}<!-- x -->{OTHER_TOKEN[5:]}", f"{OTHER_TOKEN[:5]}&shy;{OTHER_TOKEN[5:]}",
         f"<b>{OTHER_TOKEN[:5]}</b><i>{OTHER_TOKEN[5:9]}<u>{OTHER_TOKEN[9:]}</u></i>"],
    )  # fmt: skip
    def test_is_found_by_a_token_in_capitals_or_broken_up(self, words: str) -> None:
        for html in (f"<p>Key</p><p>{words}</p><p>next</p>", f'<p title="{words}">x</p>'):
            if html.startswith("<p>") or "<!--" not in words:
                assert "“zz2z…”" in the_finding(with_html(html), "other-person", others=(OTHER,)).words

    def test_is_not_what_two_paragraphs_make_together(self) -> None:
        html = f"<p>{OTHER_TOKEN[:5]}</p><p>{OTHER_TOKEN[5:]}</p>"
        assert lint(with_html(html), known(others=(OTHER,))) == []
        html = "<p>https://news.example.org/my/</p><p>arbeidsongeschiktheidsverzekeringen</p>"
        assert words_of(with_html(html), "other-person") == ""

    @pytest.mark.parametrize("form", ["https://news.example.org/preferences/{}",
         "https://news.example.org/preferences/{}/pause",
                                      "https://news.example.org/unsubscribe/{}"])  # fmt: skip
    def test_has_no_link_in_the_foot(self, form: str) -> None:
        message = a_mail()
        own, other = form.format(OWN_TOKEN), form.format(OTHER_TOKEN)
        html = message.html.replace(f'"{own}"', f'"{other}"')
        assert html != message.html
        assert "“zz2z…”" in words_of(rewritten(message, html=html), "other-person")
        assert "“zz2z…”" in words_of(
            rewritten(message, text=message.text.replace(f"{own}\n", f"{other}\n")), "other-person"
        )

    def test_is_not_a_release_of_the_sites_own_that_looks_like_a_personal_link(self) -> None:
        offered = an_offered_item(url="https://news.example.org/archive/abcdefghijklmnopqrstuvwxyz")
        assert lint(composed(offered), known([offered])) == []
        assert words_of(composed(offered), "other-person")

    def test_is_not_a_release_whose_name_looks_like_a_token(self) -> None:
        urls = [
            "https://news.example.org/releases/abcdefghijklmnopqrstuvwxyz",
            "https://x.org/my/abcdefghijklmnopqrstuvwxyz",
        ]
        assert lint(composed(*(an_offered_item(url=url) for url in urls)), known()) == []

    @pytest.mark.parametrize("address", ["nobody@example.com", "o'neill+x@sub.example.co.uk"])
    def test_is_a_mail_address_that_nobody_knows(self, address: str) -> None:
        for message in (with_text(f"Ask {address}."), with_html(f"<p>Ask {address}</p>")):
            assert f"“{address}”" in the_finding(message, "other-person").words
        link = with_text(f"mailto:{address}", with_html(f'<a href="mailto:{address}?subject=x">Ask</a>'))
        assert f"“{address}”" in words_of(link, "other-person")

    @pytest.mark.parametrize(
        "words",
        ["reader@example.com", "READER@example.com", "editor@example.org", "Digest@News.example.org", "a@b", "@b.org"],
    )
    def test_is_neither_the_reader_nor_ourselves(self, words: str) -> None:
        assert lint(with_text(f"Ask {words}."), known()) == []

    def test_may_be_named_in_a_fact(self) -> None:
        facts = "By Grace Hopper (grace@example.net, ann@example.net)"
        offered = an_offered_item(summary=facts, url="https://example.org/@ann@example.net")
        assert lint(composed(offered), known([offered], others=(OTHER,))) == []

    @pytest.mark.parametrize("name", ["", "Grace", "reader one", "of the", "Ada"])
    def test_is_not_known_by_one_word_or_by_the_readers_own_name(self, name: str) -> None:
        reader = a_reader(name="Ada Reader One")
        others = (replace(OTHER, name=name), replace(OTHER, name="Ada Reader"))
        message = with_text("Grace Of The Reader", a_mail(reader=reader))
        assert lint(message, known(recipient=reader, others=others)) == []

    def test_is_not_who_the_mail_goes_to(self) -> None:
        message = replace(a_mail(), recipient="grace@example.net")
        assert "“grace@example.net”" in the_finding(message, "other-person").words

    def test_may_be_one_of_thousands(self) -> None:
        others: tuple[Subscriber, ...] = tuple(
            replace(OTHER, address=f"p{n}@example.net", name=f"Person Number{n}", unsubscribe_token="")
            for n in range(2_000)
        )
        assert lint(a_mail(), known(others=others)) == []
        assert "Number1999" in words_of(with_text("Person Number1999"), "other-person", others=others)


class TestForeignLinks:
    SITE = "https://news.example.org"

    def found(self, message: Message, site: str = SITE, **facts: Any) -> list[str]:
        findings = foreign_links(message, a_reader(**facts), site)
        assert {finding.name for finding in findings} <= {"other-person"}
        return [finding.words for finding in findings]

    @pytest.mark.parametrize("number", [1, 9, 40])
    def test_are_not_the_readers_own(self, number: int) -> None:
        offered = nine()[:1] if number == 1 else [*nine(), *(another(n) for n in range(number - 9))]
        for language in ("en", "nl"):
            reader = replace(the_reader(), language=language)
            message = composed(*offered, reader=reader)
            assert foreign_links(message, reader, self.SITE) == []
            whole = self.found(message, unsubscribe_token=OTHER_TOKEN)
            assert len(whole) == 1
            assert OWN_TOKEN not in whole[0]

    @pytest.mark.parametrize(
        "path", ["unsubscribe/{}", "preferences/{}/pause", "my/{}.atom", "confirm/{}", "Unsubscribe/all/{}"]
    )
    def test_are_found_in_every_part(self, path: str) -> None:
        for token in (OTHER_TOKEN, OTHER_TOKEN.upper(), (OTHER_TOKEN * 3)[:58]):
            url = f"{self.SITE}/{path.format(token)}"
            for message in (with_text(url), with_html(f'<a href="{url}">x</a>'), with_header("X-Note", f"<{url}>")):
                [words] = self.found(message)
                assert "“zz2z…”" in words
        assert self.found(with_text(f"{self.SITE.upper()}/{path.format(OWN_TOKEN.upper())}")) == []

    def test_are_found_in_the_way_out_by_mail(self) -> None:
        for token in (OTHER_TOKEN, OTHER_TOKEN.upper()):
            message = with_header("X-Note", f"<mailto:unsubscribe+{token}@news.example.org?subject=unsubscribe>")
            [words] = self.found(message)
            assert "“zz2z…”" in words
        own = with_header("X-Note", f"<mailto:unsubscribe+{OWN_TOKEN}@news.example.org>")
        assert self.found(own) == []

    @pytest.mark.parametrize(
        "url",
        [f"https://example.org/my/{OTHER_TOKEN}", f"https://news.example.org/releases/{OTHER_TOKEN}",
         f"https://news.example.org/a/my/{OTHER_TOKEN}", f"https://news.example.org/my/{OTHER_TOKEN}a",
         f"https://news.example.org/my/?{OTHER_TOKEN}", "https://news.example.org/my/rivers"],
    )  # fmt: skip
    def test_are_those_of_the_site_with_a_token(self, url: str) -> None:
        assert self.found(with_text(url)) == []

    def test_may_lie_below_a_path(self) -> None:
        url = f"https://example.org/press/my/{OTHER_TOKEN}"
        assert self.found(with_text(url), "https://example.org/press")
        assert self.found(with_text(url), "https://example.org") == []
