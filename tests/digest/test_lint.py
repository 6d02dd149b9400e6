"""The look at finished mails, at their form: each fault is found, its nearest innocent neighbour is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pressroom.digest.lint import NAMES, lint, texts_of
from pressroom.models.runs import Expected, Message
from pressroom.settings import Mail, Settings, Site
from tests.builders import a_reader, an_offered_item, rewritten
from tests.digest.lint_samples import (
    OTHER,
    OTHER_TOKEN,
    OWN_TOKEN,
    a_mail,
    for_light_screens,
    known,
    the_finding,
    with_header,
    with_html,
    with_text,
    words_of,
)
from tests.digest.samples import HOSTILE, another, composed, nine, the_reader


class TestGoodMails:
    @pytest.mark.parametrize("language", ["en", "nl"])
    @pytest.mark.parametrize("number", [1, 9, 40])
    def test_have_no_findings(self, number: int, language: str) -> None:
        offered = nine()[:1] if number == 1 else [*nine(), *(another(n) for n in range(number - 9))]
        reader = replace(the_reader(), language=language)
        others = (OTHER, a_reader(name="Ann Lee", pk=9, address="ann@example.net", unsubscribe_token="b" * 26))
        about = known(
            offered, recipient=reader, others=others, private_urls=(("Rivers", "https://example.org/files/rivers.pdf"),),
            unreleased=(("Digital Trends 2027", "https://example.org/trends-2027"), ("Rivers", None)),
        )  # fmt: skip
        assert lint(composed(*offered, reader=reader), about) == []

    def test_may_hold_anything_that_came_in_with_a_fact(self) -> None:
        text = f"{HOSTILE} &amp;amp; %(name)s {{#  #}} https://example.com/a bob@example.net {' long' * 90}"
        offered = [
            an_offered_item(
                HOSTILE, title=f"{n} {text}", summary=text, subtitle=text, authors=(text,), partners=(text,),
                series=text, edition=text, publisher=text, topics=(text,), formats=((text, 1),),
                change="revised" if n % 3 == 0 else "new", notes=(text,), url="https://example.org/?a=1&amp;b=2",
            )
            for n in range(7)
        ]  # fmt: skip
        settings = Settings(
            site=Site(name=HOSTILE, url="https://news.example.org"),
            mail=Mail(from_address="digest@example.org", postal_address=text, registered=text),
        )
        reader = a_reader(HOSTILE, name=text)
        expected = (Expected(text, "2026-03", "report", "en"),)
        message = composed(*offered, reader=reader, settings=settings, expected=expected)
        about = known(offered, settings, recipient=reader)
        assert lint(message, replace(about, facts=(*about.facts, text))) == []


class TestFindings:
    def test_come_in_the_order_of_their_names(self) -> None:
        message = with_header("Subject", " ", with_html("<img><h3>A</h3>", rewritten(a_mail(), text="")))
        found = [finding.name for finding in lint(message, known())]
        assert found == sorted(found, key=NAMES.index)
        assert {"text-part", "alt-text", "heading-order", "header"} <= set(found)

    def test_of_one_cause_are_one(self) -> None:
        faint = '<p style="color:#cccccc">One</p><p style="color:#cccccc">Two</p>'
        assert "“One”" in the_finding(with_html(faint), "contrast").words

    def test_are_three_of_a_name_at_most_and_the_last_counts_the_others(self) -> None:
        faint = "".join(f'<p style="color:#cccc{n:02x}">Word {n}</p>' for n in range(15))
        found = lint(with_html(faint), known())
        assert [finding.name for finding in found] == ["contrast"] * 3
        assert found[2].words.endswith(" (and 12 more like it).")

    def test_warn_or_forbid(self) -> None:
        assert NAMES == (
            "size", "text-part", "alt-text", "contrast", "heading-order", "template-marks", "relative-links",
            "unsubscribe", "scripts", "hidden", "private-material", "unreleased-address", "unreleased-title",
            "other-person", "header",
        )  # fmt: skip

    def test_are_made_of_anything(self) -> None:
        nothing = rewritten(a_mail(), html="", text="", headers=())
        assert {finding.name for finding in lint(nothing, known())} >= {"text-part", "heading-order", "header"}
        assert lint(rewritten(a_mail(), html="<" * 50 + "\0<!-- <p <b"), known())
        assert lint(with_html(f"<style>{'@media all{' * 2_000}</style>"), known()) == []


class TestSize:
    def padded(self, to: int) -> Message:
        message = a_mail()
        return rewritten(message, html=message.html + "\n" * (to - len(message.html.encode())))

    def test_is_an_error_where_gmail_clips(self) -> None:
        found = lint(self.padded(102_400), known())
        assert [(finding.name, finding.is_warning) for finding in found] == [("size", False), ("size", True)]
        assert "102,400 bytes" in found[0].words
        assert [finding.is_warning for finding in lint(self.padded(102_399), known())] == [True]

    def test_is_a_warning_from_95_000_encoded_bytes_on(self) -> None:
        finding = the_finding(self.padded(96_000), "size")
        assert finding.is_warning
        assert lint(self.padded(50_000), known()) == []

    @pytest.mark.parametrize(
        ("items", "whose"), [(0, "template"), (1, "template"), (10, "template"), (11, "summaries")]
    )
    def test_of_a_mail_of_few_items_is_its_templates_fault(self, items: int, whose: str) -> None:
        for finding in lint(self.padded(102_400), known(items=items)):
            assert whose in finding.words


class TestTextPart:
    @pytest.mark.parametrize("text", ["", " \n\u200b"])
    def test_may_not_be_blank(self, text: str) -> None:
        assert "is empty" in words_of(rewritten(a_mail(), text=text), "text-part")

    def test_has_the_links_that_the_html_has(self) -> None:
        finding = the_finding(with_html('<a href="https://example.org/more">More to read</a>'), "text-part")
        assert "“https://example.org/more” (“More to read”)" in finding.words
        assert finding.words.startswith("The plain-text part lacks")
        assert "email/digest-foot.html" in finding.words
        assert "email/digest.txt" in finding.words

    def test_shows_no_token_whole(self) -> None:
        for token in (
            OWN_TOKEN,
            OTHER_TOKEN,
            OTHER_TOKEN.upper(),
            (OTHER_TOKEN * 3)[:58],
            "abcdefghijklmnopqrstuvwxyz",
        ):
            for path in ("my/", "a-longer-way-to-what-is-of-one-reader/"):
                url = f"https://news.example.org/{path}{token}"
                for message in (with_html(f'<a href="{url}">More</a>'), with_text(url)):
                    words = words_of(message, "text-part")
                    assert url[:30] in words
                    assert token[:12] not in words
        plain = "https://example.org/internationalisation-and-arbeidsongeschiktheid"
        assert plain[:50] in words_of(with_text(plain), "text-part")

    def test_has_no_link_that_the_html_lacks(self) -> None:
        finding = the_finding(with_text("More: https://example.org/more."), "text-part")
        assert finding.words.startswith("The formatted part lacks the link to “https://example.org/more”")

    def test_may_write_a_link_into_a_sentence(self) -> None:
        both = with_html('<a href="https://example.org/more">More</a>', with_text("More (https://example.org/more)."))
        assert lint(both, known()) == []

    def test_may_name_an_address_that_is_only_named_in_the_html_too(self) -> None:
        offered = an_offered_item(summary="See https://example.com/survey, soon.")
        assert lint(composed(offered), known()) == []

    def test_holds_addresses_with_escapes_and_blanks_as_they_are(self) -> None:
        for url in ("https://example.org/?a=1&amp;b=2&c='", "https://example.org/a b"):
            offered = an_offered_item(url=url)
            assert lint(composed(offered), known([offered])) == []


class TestAltText:
    @pytest.mark.parametrize("alt", ["", ' alt=""', ' alt="Our sign"'])
    def test_is_asked_of_every_image(self, alt: str) -> None:
        found = words_of(with_html(f'<img src="cid:sign"{alt}>'), "alt-text")
        assert ("“<img src='cid:sign'>”" in found) is (not alt)


class TestContrast:
    @pytest.mark.parametrize(
        "style",
        ["color:#777777", "color: #AAA", "color:rgb(119, 119, 119)", "color:#fefefe", "color:#767676;background:#eee",
         "background-color:black", "background:#fff;color:#777", "COLOR:#777777 !important"],
    )  # fmt: skip
    def test_is_too_weak_under_4_5(self, style: str) -> None:
        finding = the_finding(for_light_screens(with_html(f'<p style="{style}">Rivers run</p>')), "contrast")
        assert "“Rivers run”" in finding.words

    @pytest.mark.parametrize(
        "style",
        ["color:#767676", "color:black", "background:url(x) #777", "color:papayawhip", "color:rgba(0,0,0,.1)",
         "color:white;background:linear-gradient(#fff,#fff)", "background:transparent", "color:inherit",
         "color:#ffffff;background:#000 none"],
    )  # fmt: skip
    def test_is_good_from_4_5_on_or_not_known(self, style: str) -> None:
        assert words_of(for_light_screens(with_html(f'<p style="{style}">Rivers run</p>')), "contrast") == ""

    def test_is_that_of_what_is_inherited(self) -> None:
        nested = '<div style="background-color:#000000"><p style="color:{}"><b>Rivers</b> run</p></div>'
        weak, good = (for_light_screens(with_html(nested.format(ink))) for ink in ("#333333", "#ffffff"))
        assert "#333333 on #000000" in the_finding(weak, "contrast").words
        assert lint(good, known()) == []

    def test_of_a_link_is_its_own(self) -> None:
        link = '<p style="background-color:#000000;color:#ffffff"><a href="https://x.org/"{}>Rivers</a></p>'
        own = with_text("https://x.org/", with_html(link.format(' style="color:#0b5394"')))
        assert "#0b5394 on #000000" in the_finding(own, "contrast").words
        assert lint(with_text("https://x.org/", with_html(link.format(""))), known()) == []

    def test_of_what_shows_nothing_does_not_count(self) -> None:
        assert lint(with_html('<p style="color:#ffffff"> &nbsp;\u200b</p>'), known()) == []

    def test_on_a_dark_screen_is_a_warning(self) -> None:
        for html in (
            '<p style="color:#000001">Night</p>',
            '<div style="color:#111111"><b>Night</b></div>',
            '<style>a:hover{color:red} [data-ogsc] p{color:#fff}</style><p style="color:#000001">Night</p>',
            '<style>@media print{p{color:#fff!important}}</style><p style="color:#000001">Night</p>',
            '<style>@media (prefers-color-scheme:light){p{color:#000}}</style><p style="color:#000001">Night</p>',
        ):
            finding = the_finding(with_html(html), "contrast")
            assert finding.is_warning
            assert "“Night” in #" in finding.words
            assert "on #15181c has a contrast of 1." in finding.words
            assert "on dark screens" in finding.words

    @pytest.mark.parametrize(
        "html",
        [
            '<p>Night</p>', '<p style="color:#000001;background:#ffffff">Night</p>', '<p class="quiet">Night</p>',
            '<p style="color:#8a8a8a;background:#15181c">Night</p>', '<p style="font-size:0;color:#fff"> </p>',
            '<style>@media (prefers-color-scheme: dark){.night{color:#fff !important}}</style>'
            '<p class="night" style="color:#000">Night</p>',
            '<style media="(prefers-color-scheme:dark)">.night{color:#fff!important}</style>'
            '<p class="night" style="color:#000">Night</p>',
            *(
                f'<style>@media {query}{{.night{{color:#fff !important}}}}</style><p class="night" style="color:#000">N'
                "ight</p>"
                for query in (
                    "all and (prefers-color-scheme: dark)", "( prefers-color-scheme : dark )",
                    "screen and (PREFERS-COLOR-SCHEME:dark)", "(prefers-color-scheme: dark), print",
                    "not all and (prefers-color-scheme: light)", "(prefers-color-scheme: dark) and (min-width: 1px)",
                    "(min-width: 1px)", "(prefers-color-scheme)",
                )
            ),
            '<style>@media(prefers-color-scheme:dark){.night{color:#fff!important}}</style>'
            '<p class="night" style="color:#000">Night</p>',
            '<style>@supports (color:red){.night{color:#fff !important}}</style><p style="color:#000">Night</p>',
        ],
    )  # fmt: skip
    def test_on_a_dark_screen_is_that_of_its_rules_and_not_guessed_at(self, html: str) -> None:
        assert lint(with_html(html), known()) == []


class TestHeadingOrder:
    def test_has_exactly_one_main_heading(self) -> None:
        assert "2 main headings" in the_finding(with_html("<h1>Again</h1>"), "heading-order").words
        none = a_mail()
        none = rewritten(none, html=none.html.replace("<h1", "<p").replace("</h1>", "</p>"))
        assert "0 main headings" in the_finding(none, "heading-order").words

    def test_begins_with_it(self) -> None:
        message = a_mail()
        first = rewritten(message, html=message.html.replace("<h1", "<h2>First</h2><h1"))
        assert "“First”" in the_finding(first, "heading-order").words

    def test_skips_no_level(self) -> None:
        assert "“Deep” is of level 3 but follows one of level 1" in words_of(
            with_html("<h3>Deep</h3>"), "heading-order"
        )
        assert lint(with_html("<h2>A</h2><h3>B</h3><h2>C</h2>"), known()) == []


class TestHeader:
    @pytest.mark.parametrize("sign", ["\r", "\n", "\0"])
    def test_holds_no_line_break(self, sign: str) -> None:
        assert "“Subject”" in the_finding(with_header("Subject", f"A{sign}Bcc: eve"), "header").words

    @pytest.mark.parametrize("name", ["From", "To"])
    @pytest.mark.parametrize(
        "value",
        [
            None,
            "",
            "Ada",
            "digest@news.example.org, reader@example.com",
            "A <reader@example.com>, B <digest@news.example.org>",
        ],
    )
    def test_has_exactly_one_address(self, name: str, value: str | None) -> None:
        assert f"header “{name}”" in the_finding(with_header(name, value), "header").words
        message = a_mail()
        twice = replace(message, headers=(*message.headers, (name, "digest@news.example.org")))
        assert f"header “{name}”" in the_finding(twice, "header").words

    @pytest.mark.parametrize("name", ["", "Lovelace, Ada", "reader@example.com", "Ada <reader@example.com>", "“Ada”"])
    def test_may_have_any_name_before_the_address(self, name: str) -> None:
        reader = a_reader(name=name)
        assert lint(a_mail(reader=reader), known(recipient=reader)) == []

    @pytest.mark.parametrize("subject", [None, "", " ", "\u200b"])
    def test_has_a_subject_that_is_seen(self, subject: str | None) -> None:
        assert "blank" in the_finding(with_header("Subject", subject), "header").words

    def test_has_a_subject_of_at_most_100_characters(self) -> None:
        assert "101 characters" in the_finding(with_header("Subject", "x" * 101), "header").words
        assert lint(with_header("Subject", "x" * 100), known()) == []

    @pytest.mark.parametrize("name", ["Date", "Message-ID"])
    def test_has_date_and_identity(self, name: str) -> None:
        for value in (None, " "):
            assert f"“{name}” is missing" in the_finding(with_header(name, value), "header").words

    @pytest.mark.parametrize(("name", "value"), [("X-Note", "ü"), ("X-Note", "x" * 1_000), ("X Note", "x")])
    def test_that_cannot_be_written_is_named(self, name: str, value: str) -> None:
        assert "cannot be written" in the_finding(with_header(name, value), "header").words


def test_texts_are_gathered_to_the_last_field() -> None:
    item = an_offered_item("Cyber security", title="Rivers", formats=(("pdf", 1),), relations=(("part-of", "tag:1"),))
    texts = texts_of([item], Site(name="Our site"), {"x": {"y"}}, None, 5)
    assert {"Rivers", "Cyber security", "pdf", "tag:1", "Our site", "y"} <= set(texts)
    assert len(texts) == len(set(texts))
