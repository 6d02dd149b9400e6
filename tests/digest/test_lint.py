"""The look at finished mails: each fault is found, its nearest innocent neighbour is not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pressroom.digest.compose import compose
from pressroom.digest.lint import NAMES, Finding, Known, foreign_links, lint, texts_of
from pressroom.links import Links
from pressroom.models.people import Subscriber
from pressroom.models.runs import Expected, Message, OfferedItem
from pressroom.models.words import ENGLISH
from pressroom.publishing.gate import each_once
from pressroom.rendering import Templates
from pressroom.settings import Mail, Settings, Site
from tests.builders import a_reader, a_run, an_offered_item
from tests.conftest import CommandLine
from tests.digest.samples import HOSTILE, SETTINGS, another, composed, nine, the_reader

OWN_TOKEN = a_reader().unsubscribe_token
OTHER_TOKEN = "zz2zz3zz4zz5zz6zz7zz2zz3zz"
OTHER = a_reader(pk=8, name="Grace Hopper", address="grace@example.net", unsubscribe_token=OTHER_TOKEN)
MARKER = '<p style="margin:16px 0 0">'
"""Stands once in the HTML of a mail: before “You get this”, in the foot."""


def known(offered: Sequence[OfferedItem] = (), settings: Settings = SETTINGS, **facts: Any) -> Known:
    """Return what is known of a mail with these items, to a reader who is the usual one."""
    own = [settings.mail.from_address, settings.mail.reply_to]
    defaults: dict[str, Any] = {
        "recipient": a_reader(),
        "facts": texts_of(offered, settings.site, settings.mail),
        "own_addresses": frozenset(address for address in own if address),
        "private_urls": frozenset(),
        "unreleased": (),
        "others": (),
        "brand": settings.brand,
        "site_url": settings.site.url,
    }
    return Known(**(defaults | facts))


def a_mail(*offered: OfferedItem, **facts: Any) -> Message:
    return composed(*(offered or (an_offered_item(title="Rivers"),)), **facts)


def with_html(html: str, message: Message | None = None) -> Message:
    """Return a mail with this further HTML, in the foot."""
    message = message or a_mail()
    assert message.html.count(MARKER) == 1
    return replace(message, html=message.html.replace(MARKER, f"{html}{MARKER}"))


def with_text(text: str, message: Message | None = None) -> Message:
    message = message or a_mail()
    return replace(message, text=f"{message.text}\n{text}\n")


def with_header(name: str, value: str | None, message: Message | None = None) -> Message:
    """Return a mail whose header of this name says something else, or is missing."""
    message = message or a_mail()
    headers = [(key, content) for key, content in message.headers if key != name]
    return replace(message, headers=(*headers, *([(name, value)] if value is not None else [])))


def the_finding(message: Message, name: str, **facts: Any) -> Finding:
    """Return the one finding; nothing else is wrong with the mail."""
    (finding,) = lint(message, known(**facts))
    assert finding.name == name
    assert finding.words.endswith(".")
    assert finding.words[0].isupper()
    return finding


def words_of(message: Message, name: str, **facts: Any) -> str:
    return " ".join(finding.words for finding in lint(message, known(**facts)) if finding.name == name)


class TestGoodMails:
    @pytest.mark.parametrize("language", ["en", "nl"])
    @pytest.mark.parametrize("number", [1, 9, 40])
    def test_have_no_findings(self, number: int, language: str) -> None:
        offered = nine()[:1] if number == 1 else [*nine(), *(another(n) for n in range(number - 9))]
        reader = replace(the_reader(), language=language)
        others = (OTHER, a_reader(name="Ann Lee", pk=9, address="ann@example.net", unsubscribe_token="b" * 26))
        about = known(
            offered, recipient=reader, others=others, private_urls=frozenset({"https://example.org/files/rivers.pdf"}),
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
        message = with_header("Subject", " ", with_html("<img><h3>A</h3>", replace(a_mail(), text="")))
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
        nothing = replace(a_mail(), html="", text="", headers=())
        assert {finding.name for finding in lint(nothing, known())} >= {"text-part", "heading-order", "header"}
        assert lint(replace(a_mail(), html="<" * 50 + "\0<!-- <p <b"), known())
        assert lint(with_html(f"<style>{'@media all{' * 2_000}</style>"), known()) == []


class TestSize:
    def padded(self, to: int) -> Message:
        message = a_mail()
        return replace(message, html=message.html + "\n" * (to - len(message.html.encode())))

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
        assert "is empty" in words_of(replace(a_mail(), text=text), "text-part")

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
        finding = the_finding(with_html(f'<p style="{style}">Rivers run</p>'), "contrast")
        assert "“Rivers run”" in finding.words

    @pytest.mark.parametrize(
        "style",
        ["color:#767676", "color:black", "background:url(x) #777", "color:papayawhip", "color:rgba(0,0,0,.1)",
         "color:white;background:linear-gradient(#fff,#fff)", "background:transparent", "color:inherit",
         "color:#ffffff;background:#000 none"],
    )  # fmt: skip
    def test_is_good_from_4_5_on_or_not_known(self, style: str) -> None:
        assert words_of(with_html(f'<p style="{style}">Rivers run</p>'), "contrast") == ""

    def test_is_that_of_what_is_inherited(self) -> None:
        nested = '<div style="background-color:#000000"><p style="color:{}"><b>Rivers</b> run</p></div>'
        assert "#333333 on #000000" in the_finding(with_html(nested.format("#333333")), "contrast").words
        assert lint(with_html(nested.format("#ffffff")), known()) == []

    def test_of_a_link_is_its_own(self) -> None:
        link = '<p style="background-color:#000000;color:#ffffff"><a href="https://x.org/"{}>Rivers</a></p>'
        own = with_text("https://x.org/", with_html(link.format(' style="color:#0b5394"')))
        assert "#0b5394 on #000000" in the_finding(own, "contrast").words
        assert lint(with_text("https://x.org/", with_html(link.format(""))), known()) == []

    def test_of_what_shows_nothing_does_not_count(self) -> None:
        assert lint(with_html('<p style="color:#ffffff"> &nbsp;\u200b</p>'), known()) == []


class TestHeadingOrder:
    def test_has_exactly_one_main_heading(self) -> None:
        assert "2 main headings" in the_finding(with_html("<h1>Again</h1>"), "heading-order").words
        none = a_mail()
        none = replace(none, html=none.html.replace("<h1", "<p").replace("</h1>", "</p>"))
        assert "0 main headings" in the_finding(none, "heading-order").words

    def test_begins_with_it(self) -> None:
        message = a_mail()
        first = replace(message, html=message.html.replace("<h1", "<h2>First</h2><h1"))
        assert "“First”" in the_finding(first, "heading-order").words

    def test_skips_no_level(self) -> None:
        assert "“Deep” is of level 3 but follows one of level 1" in words_of(
            with_html("<h3>Deep</h3>"), "heading-order"
        )
        assert lint(with_html("<h2>A</h2><h3>B</h3><h2>C</h2>"), known()) == []


class TestTemplateMarks:
    @pytest.mark.parametrize(
        "mark",
        ["{{ digest.why }}", "{{", "}}", "{% if x %}", "{%", "%}", "{# a note #}", "{#", "%(name)s", "&amp;amp;",
         "&amp;lt;b&amp;gt;", "&amp;#39;", "*|FNAME|*", "*|IF:NAME|*", "%recipient%", "%first_name%", "[[name]]",
         "[[ first name ]]", "${name}", "<%= name %>"],
    )  # fmt: skip
    def test_are_found_in_the_html(self, mark: str) -> None:
        shown = mark.replace("&amp;", "&").casefold()
        assert shown in the_finding(with_html(f"<p>You {mark}</p>"), "template-marks").words
        assert "formatted part" in the_finding(with_html(f'<p title="You {mark}">x</p>'), "template-marks").words

    @pytest.mark.parametrize(
        "mark",
        ["{{ digest.why }}", "{% if x %}", "%(name)s", "&amp;", "&lt;b", "*|FNAME|*", "%recipient%", "%prénom%",
         "[[name]]", "${name}", "<%= x %>"],
    )  # fmt: skip
    def test_are_found_in_the_text_part_and_in_headers(self, mark: str) -> None:
        assert "plain-text part" in the_finding(with_text(f"You {mark}"), "template-marks").words
        subject = with_header("Subject", f"You {mark}")
        assert "header “Subject”" in the_finding(subject, "template-marks").words

    def test_are_found_in_addresses_style_sheets_and_comments(self) -> None:
        assert words_of(with_html('<a href="{{ act.url }}">Read</a>'), "template-marks")
        assert words_of(with_html("<style>p { color: {{ brand.ink }}; }</style>"), "template-marks")
        assert words_of(with_html("<!--[if mso]>{{ digest.name }}<![endif]-->"), "template-marks")

    @pytest.mark.parametrize(
        "html",
        ["<style>@media print{p{width:100%}}</style>", "<style>@media print{#outlook a{padding:0}}</style>",
         "<p>100% (all) of { x } & }</p>", "<p>R&amp;D &lt; 5%</p>", "<p>AT&amp;T;</p>", "<p>5%, 6 % of it and 7%</p>",
         "<p>[1] [a] [[ ]x]</p>", "<p>A * B | C * $5 {x}</p>", "<p>x &lt; 5 % &gt; y</p>", "<p>99%50%</p>",
         "<style>@media print{*|a{width:50%}b{width:50%}}</style>"],
    )  # fmt: skip
    def test_are_not_what_only_looks_alike(self, html: str) -> None:
        assert lint(with_html(html), known()) == []

    def test_are_not_what_an_address_encodes(self) -> None:
        url = "https://example.org/%c3%bc%de%ad"
        assert lint(with_text(url, with_html(f'<a href="{url}">Read</a>')), known()) == []
        url = "https://example.org/?for=%recipient%"
        assert words_of(with_html(f'<a href="{url}">Read</a>'), "template-marks")

    @pytest.mark.parametrize("mark", ["*|FNAME|*", "%recipient%", "[[name]]", "${name}", "<%= x %>", "%c3%bc"])
    def test_of_other_services_may_be_part_of_a_release(self, mark: str) -> None:
        offered = an_offered_item(
            title=f"How {mark} works", summary=f"{'long ' * 80}{mark}", url=f"https://x.org/?{mark[0]}"
        )
        assert lint(composed(offered), known([offered])) == []

    @pytest.mark.parametrize("sign", ["\0", "\x1b", "\x07", "\x7f", "\x9b"])
    def test_are_control_characters_too(self, sign: str) -> None:
        for message in (
            with_text(f"A{sign}[2J"),
            with_html(f"<p>A{sign}B</p>"),
            with_html(f'<p title="A{sign}">x</p>'),
        ):
            assert f"U+{ord(sign):04X}" in the_finding(message, "template-marks").words
            assert lint(message, known(facts=(f"A{sign}",))) == []
        assert "U+001B" in words_of(with_html("<p>A&#27;B</p>"), "template-marks")
        assert lint(with_text("A\tB\r\nC"), known()) == []

    def test_of_a_release_are_not_those_of_a_template(self) -> None:
        """Not even the same two braces hide a mark beside it."""
        titles = ("{{x}} {% raw %}", "The &amp; of 5%} and %(name)s", "{{" + " and more words" * 8, "{#1}")
        offered = [an_offered_item(title=title, summary=f"{title} {'word ' * 90}{title}") for title in titles]
        message = composed(*offered)
        assert lint(message, known(offered)) == []
        finding = the_finding(
            with_html("<p>You get this {{ digest.why }}.</p>", message), "template-marks", facts=titles
        )
        assert "“{{ digest.why }}”" in finding.words

    def test_of_a_template_of_the_sites_own_are_found(self, tmp_path: Path) -> None:
        folder = tmp_path / "templates" / "email"
        folder.mkdir(parents=True)
        built_in = Path(__file__).parents[2] / "templates" / "email" / "digest-foot.html"
        foot = built_in.read_text(encoding="utf-8").replace("{{ digest.why }}", "{% raw %}{{ digest.why }}{% endraw %}")
        (folder / "digest-foot.html").write_text(foot.replace("act.words", "act.words|e|string|e"), encoding="utf-8")
        message = compose(
            a_reader("R&D"), [an_offered_item("R&D")], a_run(), links=Links(SETTINGS.site.url), settings=SETTINGS,
            templates=Templates(tmp_path), words=ENGLISH, since=None,
        )  # fmt: skip
        assert "“{{ digest.why }}”" in the_finding(message, "template-marks").words


class TestRelativeLinks:
    @pytest.mark.parametrize(
        "address", ["/releases/rivers", "rivers.html", "//example.org/x", "#top", "", "javascript:alert(1)",
                    "data:text/html,x", "JavaScript:x", "https://", "https://[", "ftp://example.org/x", "mailto:"],
    )  # fmt: skip
    def test_lead_nowhere(self, address: str) -> None:
        assert "“Read on”" in words_of(with_html(f'<a href="{address}">Read on</a>'), "relative-links") or not address
        assert words_of(with_html(f'<a href="{address}">Read on</a>'), "relative-links")

    def test_within_the_mail_are_fine(self) -> None:
        assert lint(with_html('<a href="#foot">Foot</a><p id="foot">x</p>'), known()) == []

    def test_are_looked_for_in_images_too(self) -> None:
        assert words_of(with_html('<img alt="" src="/sign.png">'), "relative-links")
        assert words_of(with_html('<img alt="" src="data:image/png;base64,AAAA">'), "relative-links")

    @pytest.mark.parametrize("address", ["HTTPS://Example.org", "http://x.org/?a#b", "mailto:editor@example.org"])
    def test_are_not_whole_ones(self, address: str) -> None:
        assert words_of(with_html(f'<a href="{address}">Read on</a>'), "relative-links") == ""


class TestUnsubscribe:
    LINK = f"https://news.example.org/unsubscribe/{OWN_TOKEN}"

    def test_needs_a_web_address_in_the_header(self) -> None:
        for value in (None, "<mailto:digest@news.example.org>", self.LINK):
            assert "names no web address" in the_finding(with_header("List-Unsubscribe", value), "unsubscribe").words
        both = with_header("List-Unsubscribe", f"<mailto:digest+x@news.example.org>, <{self.LINK}>")
        assert lint(both, known()) == []

    @pytest.mark.parametrize("value", [None, "", "List-Unsubscribe=One-click", "List-Unsubscribe=One-Click "])
    def test_needs_exactly_one_click(self, value: str | None) -> None:
        assert "exactly" in the_finding(with_header("List-Unsubscribe-Post", value), "unsubscribe").words

    def test_needs_a_link_that_is_seen_in_both_parts(self) -> None:
        message = a_mail()
        assert "formatted" in words_of(
            replace(message, html=message.html.replace(self.LINK, "https://x.org")), "unsubscribe"
        )
        assert "plain-text" in words_of(replace(message, text=message.text.replace(self.LINK, "")), "unsubscribe")
        unseen = replace(message, html=message.html.replace(">Unsubscribe from this or from everything</a>", "></a>"))
        assert "shows no link" in the_finding(unseen, "unsubscribe").words
        hidden = replace(
            message,
            html=message.html.replace(
                ">Unsubscribe from this or from everything<", '><b style="display:none">Unsubscribe</b><'
            ),
        )
        assert "shows no link" in words_of(hidden, "unsubscribe")

    @pytest.mark.parametrize("words", [".", "→", "X", "1 2", "<b style='color:#fff'>Unsubscribe</b>"])
    def test_needs_a_link_that_says_something(self, words: str) -> None:
        message = a_mail()
        said = message.html.replace(">Unsubscribe from this or from everything<", f">{words}<")
        assert "shows no link in words" in words_of(replace(message, html=said), "unsubscribe")

    @pytest.mark.parametrize("words", ["→ <b>Stop</b>", "<b>→</b>Stop", "退订", "Отписаться", "<b>U</b>nsubscribe"])
    def test_may_say_it_in_any_words(self, words: str) -> None:
        message = a_mail()
        said = message.html.replace(">Unsubscribe from this or from everything<", f">{words}<")
        assert lint(replace(message, html=said), known()) == []


class TestScripts:
    @pytest.mark.parametrize(
        "html",
        ["<script>x</script>", "<form></form>", '<iframe title="x"></iframe>', "<object></object>", "<embed>",
         "<svg></svg>", '<base target="x">', '<link rel="stylesheet">', '<p onclick="x()">x</p>', "<input>",
         '<img alt="" src="https://example.org/sign.png">', '<img alt="" src="//example.org/sign.png">',
         '<table background="https://example.org/x.png"></table>', '<p style="background:url(https://x.org/)">x</p>',
         "<style>@import 'x.css';</style>", "<style>@font-face { font-family: x; }</style>",
         "<style>p { background: URL('https://x.org') }</style>",
         '<!--[if mso]><v:fill type="frame" src="https://x.org/x.png" /><![endif]-->',
         r'<p style="background:u\72l(https://x.org/)">x</p>',
         r"<style>p { background: \000075 rl(https://x.org) }</style>",
         r"<style>@\69mport 'x.css';</style>", "<style>p { background: image-set('https://x.org/x.png' 1x) }</style>",
         "<style>@import/**/'x.css';</style>", '<p style="width:expression(alert(1))">x</p>',
         '<meta http-equiv="refresh" content="0;url=https://x.org/">', '<meta http-equiv=" Refresh " content="1">',
         '<meta http-equiv="set-cookie" content="a=b">', '<!--[if mso]><meta http-equiv="refresh"><![endif]-->',
         '<img alt="" src="ht\ntps://example.org/sign.png">', '<img alt="" src="\\\\example.org/sign.png">',
         '<a href="https://x.org/" ping="https://y.org/">x</a>', "<math></math>", '<bgsound src="x.wav">',
         '<picture><source srcset="https://x.org/x.png"></picture>'],
    )  # fmt: skip
    def test_and_all_that_is_fetched_are_found(self, html: str) -> None:
        assert words_of(with_html(html), "scripts")

    @pytest.mark.parametrize(
        "size", ['width="1" height="1"', 'style="width:1px;height:1px"', 'width="0" height="0"', 'width=1 height="1px"']
    )
    def test_and_tracking_pixels_are_found(self, size: str) -> None:
        pixel = with_html(f'<img alt="" src="https://example.org/open.gif" {size}>')
        assert "who opened the mail" in the_finding(pixel, "scripts").words
        line = with_html('<img alt="" src="cid:line" width="600" height="1">')
        assert "who opened" not in words_of(line, "scripts")

    def test_in_words_are_fine(self) -> None:
        offered = an_offered_item(title="<script>alert(1)</script> onclick=x url(https://x.org) @import")
        assert lint(composed(offered), known([offered])) == []
        assert lint(with_html('<p title="onclick">The <b>form</b></p>'), known()) == []

    @pytest.mark.parametrize(
        "html",
        ['<meta http-equiv="Content-Type" content="text/html; charset=UTF-8">', '<meta name="refresh" content="x">',
         r"<style>.sm\:p-1 { padding: 1px }</style>", "<style>.x { behavior-x: y }</style>",
         "<style>/* url(https://x.org/) */ p { margin: 0 }</style>", '<p title="u\\72l(x)">x</p>'],
    )  # fmt: skip
    def test_are_not_what_only_looks_alike(self, html: str) -> None:
        assert lint(with_html(html), known()) == []


class TestHidden:
    @pytest.mark.parametrize(
        "style",
        ["display:none", "display: NONE !important", "visibility:hidden", "font-size:0", "font-size:1px",
         "font-size:0.5px", "font:0/0 serif", "max-height:0", "max-height:0px;overflow:hidden", "opacity:0",
         "opacity:0.0", "mso-hide:all", "font-size:0px;line-height:20px", "opacity:1%", r"display:n\6fne",
         "display/**/:none", "visibility:collapse", "filter:opacity(0)", "position:absolute;left:-9999px",
         "position:fixed;top:-200vh", "left:9999px;position:relative", "position:absolute;inset:-9999px auto auto",
         "text-indent:-9999px", "text-indent:-100%", "text-indent:-99em", "margin-left:-9999px", "margin:0 0 0 -999em",
         "transform:scale(0)", "transform:rotate(4deg) scale(1,0)", "transform:scaleY(0)", "scale:0 1",
         "transform:translate(-9999px, 0)", "translate:-9999px", "transform:rotateX(90deg)",
         "transform:matrix(0,0,0,0,0,0)",
         "clip-path:inset(100%)", "clip-path:inset(50% 0)", "clip-path:circle(0)", "clip-path:polygon(0 0, 0 0, 0 0)",
         "position:absolute;clip:rect(0,0,0,0)", "position:absolute;clip:rect(1px 1px 1px 1px)",
         "height:0;overflow:hidden", "width:0px;overflow-x:hidden", "height:1px;overflow:hidden;padding:0",
         "color:transparent", "color:rgba(0, 0, 0, 0)", "color:rgb(0 0 0 / 0%)", "color:#1b1f2400", "color:#0000",
         "color:hsla(0,0%,0%,0.0)", "-webkit-text-fill-color:transparent", "color:white", "color:#FFF",
         "background:#1b1f24", "color:#0b5394;background-color:rgb(11,83,148)"],
    )  # fmt: skip
    def test_text_is_found(self, style: str) -> None:
        assert "“Peek”" in the_finding(with_html(f'<div style="{style}"><b>Peek</b></div>'), "hidden").words

    @pytest.mark.parametrize(
        "html",
        ['<div style="font-size:0px"><p style="font-size:14px">Seen</p></div>', '<p style="opacity:0.9">Seen</p>',
         '<p style="max-height:10px">Seen</p>', '<p style="font-size:0.9em">Seen</p>', '<p style="font-size:0"> </p>',
         '<p style="font-size:small">Seen</p>', '<p style="font:14px/20px serif">Seen</p>',
         '<!--[if mso]><p style="mso-hide:all">Outlook</p><![endif]-->', '<p style="display:none">&nbsp;\u200c</p>',
         '<p style="position:absolute;left:0;top:100%">Seen</p>', '<p style="left:-9999px">Seen</p>',
         '<p style="text-indent:-2em">Seen</p>', '<p style="position:absolute;left:50%;margin-left:-300px">Seen</p>',
         '<p style="margin:0 auto -1px">Seen</p>', '<p style="transform:scale(1, 0.9) translate(-50%, -50%)">Seen</p>',
         '<p style="transform:scale3d(1,1,0)">Seen</p>', '<p style="transform:rotate(90deg)">Seen</p>',
         '<p style="transform:matrix(1,0,0,1,5,5)">Seen</p>', '<p style="clip-path:inset(10% 0 20%)">Seen</p>',
         '<p style="clip-path:circle(40%)">Seen</p>', '<p style="clip-path:polygon(0 0, 9px 0, 0 9px)">Seen</p>',
         '<p style="clip:rect(0,0,0,0)">Seen</p>', '<p style="position:absolute;clip:rect(0,90px,20px,0)">Seen</p>',
         '<p style="position:absolute;clip:rect(auto,auto,auto,0)">Seen</p>', '<p style="height:0">Seen</p>',
         '<p style="height:20px;overflow:hidden">Seen</p>',
         '<p style="height:0;padding-top:56%;overflow:hidden">Seen</p>',
         '<p style="width:0;min-width:100%;overflow:hidden">Seen</p>', '<p style="height:0;overflow:hidden"></p>',
         '<p style="max-width:0;overflow:hidden;text-overflow:ellipsis">Seen</p>', '<p style="left:9999px"><br></p>',
         '<div style="color:transparent"><p style="color:#1b1f24">Seen</p></div>', '<p style="opacity:none">Seen</p>',
         '<p style="color:transparent;text-shadow:0 0 0 #000">Seen</p>', '<p style="color:rgb(0,0,0)">Seen</p>',
         '<p style="color:transparent;-webkit-background-clip:text">Seen</p>', '<p style="color:#1b1f24ff">Seen</p>',
         '<p style="color:#ffffff;background-image:linear-gradient(#000,#000)">Seen</p>',
         '<p style="background:rgba(0,0,0,0)">Seen</p>', '<p style="color:rgba(0,0,0,.5)">Seen</p>'],
    )  # fmt: skip
    def test_is_not_what_is_seen_or_shows_nothing(self, html: str) -> None:
        assert lint(with_html(html), known()) == []

    @pytest.mark.parametrize(
        "rules",
        [".peek{display:none}", ".PEEK, .peek { visibility: hidden }", "p.peek{font-size:0}", "#it{opacity:0}",
         "*#it{width:0;overflow:hidden}",
         "div > p.peek{color:transparent}", "body .peek{color:#fff}", ".peek{position:absolute;left:-999em}",
         "/* .x{ */ .peek{display:none}", r".p\65 ek{display:none}", "@media all{.peek{display:none}}",
         "@import 'x'; .peek{display:none", "a{x:'}'} .peek{display:none}",
         ".peek{display:none!important} p{display:block}",
         "p{display:block} .peek{display:none}", "@media print{a{x:y}} .peek{display:none}",
         "<!-- .peek{display:none} -->"],
    )  # fmt: skip
    def test_text_is_found_by_a_rule_of_a_style_sheet(self, rules: str) -> None:
        html = f'<style>{rules}</style><div><p class="big peek" id="it">Peek</p></div>'
        assert "“Peek”" in words_of(with_html(html), "hidden")

    @pytest.mark.parametrize(
        "rules",
        [".seen{display:none}", "@media (max-width:599px){.peek{display:none}}", "@media print{.peek{display:none}}",
         ".peek .peek{display:none}", "h2 .peek{display:none}", "body > .peek{display:none}",
         ".peek:hover{display:none}",
         ".peek::before{display:none}", ".peek{display:none} p.peek{display:block}", ".Peek{display:none}",
         ".peek{display:none} .peek{display:block}", "@supports (x:y){.peek{display:none}}", "div.peek{display:none}",
         "> .peek{display:none}", ".peek >{display:none}", "/* .peek{display:none} */", "}{", "@media{",
         ".peek{color:#777}"],
    )  # fmt: skip
    def test_is_not_what_a_rule_for_others_hides(self, rules: str) -> None:
        assert lint(with_html(f'<style>{rules}</style><div><p class="peek">Seen</p></div>'), known()) == []

    def test_is_not_what_its_own_style_shows_nor_what_holds_no_text(self) -> None:
        rule = "<style>.peek{display:none}</style>"
        assert lint(with_html(f'{rule}<p class="peek" style="display:block">Seen</p>'), known()) == []
        assert lint(with_html(f'{rule}<p class="peek"><br>&nbsp;</p>'), known()) == []
        narrow = '<style media="(max-width:599px)">.peek{display:none}</style>'
        assert lint(with_html(f'{narrow}<p class="peek">Seen</p>'), known()) == []
        forced = "<style>.peek{display:none!important}</style>"
        assert words_of(with_html(f'{forced}<p class="peek" style="display:block">Peek</p>'), "hidden")

    def test_size_is_that_of_what_is_around(self) -> None:
        assert words_of(with_html('<div style="font-size:0"><p style="font-size:2em">Peek</p></div>'), "hidden")


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
        private = frozenset({self.URL})
        link = with_text(f"Read: {spelling}", with_html(f'<a href="{spelling}">Read on</a>'))
        finding = the_finding(link, "private-material", private_urls=private)
        assert "the link “Read on”" in finding.words
        assert "guide.pdf" not in finding.words
        text = with_text(f"See ({spelling.removeprefix('https://')}).")
        assert "plain-text part" in words_of(text, "private-material", private_urls=private)

    def test_is_found_in_attributes_comments_and_headers(self) -> None:
        for message in (
            with_html(f'<p title="{self.URL}">x</p>'),
            with_html(f"<!-- {self.URL} -->"),
            with_header("X-File", self.URL),
        ):
            assert words_of(message, "private-material", private_urls=frozenset({self.URL}))

    def test_of_a_host_in_another_script_is_found_in_both(self) -> None:
        private = frozenset({"https://bücher.example/x.pdf"})
        for host in ("bücher.example", "xn--bcher-kva.example", "BÜCHER.example"):
            assert words_of(with_text(f"https://{host}/x.pdf"), "private-material", private_urls=private)

    def test_is_not_its_neighbour(self) -> None:
        private = frozenset({self.URL, "https://example.org/download?id=5"})
        offered = [an_offered_item(url=url) for url in ("https://files.example.org/members/Cyber%20guide.pdf.html",
                   "https://example.org/download?id=6", "https://files.example.org/members/",
                   "https://my-files.example.org/members/Cyber%20guide.pdf")]  # fmt: skip
        assert lint(composed(*offered), known(offered, private_urls=private)) == []
        marked = composed(an_offered_item(url="https://example.org/download?utm_source=x&id=5"))
        assert words_of(marked, "private-material", private_urls=private)


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
        assert lint(a_mail(), known(private_urls=frozenset({"", "https://", "rivers", "https://["}))) == []

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
        assert "“zz2z…”" in words_of(replace(message, html=html), "other-person")
        assert "“zz2z…”" in words_of(
            replace(message, text=message.text.replace(f"{own}\n", f"{other}\n")), "other-person"
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


class TestGate:
    """What the look before a run tells lint, and how it words what is found."""

    ADA, BO = "ada@example.org", "bo@example.org"

    @pytest.fixture
    def press(self, run: CommandLine) -> CommandLine:
        """A site whose next digest tells of “Floods”, a reader in each of two languages."""
        run("init")
        run("topic", "add", "Rivers")
        for address, language in ((self.ADA, "en"), (self.BO, "nl")):
            run("subscriber", "add", address, "--confirmed", "--topic", "rivers", "--language", language)
        run("release", "add", "--title", "Floods", "--topic", "rivers", "--url", "https://example.org/floods/")
        run("publish")
        return run

    def spoil(self, press: CommandLine, name: str, more: str) -> None:
        """Give the site a template of its own: the built-in one, with more at its end."""
        path = press.site / "templates" / "email" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        built_in = Path(__file__).parents[2] / "templates" / "email" / name
        path.write_text(built_in.read_text(encoding="utf-8") + more, encoding="utf-8")

    def link(self, press: CommandLine, url: str) -> None:
        self.spoil(press, "digest-foot.html", f'<p><a href="{url}">Soon</a></p>')
        self.spoil(press, "digest.txt", f"\n{url}\n")

    @pytest.mark.R9
    @pytest.mark.parametrize("url", ["https://example.org/dams", "http://localhost:8000/releases/dams"])
    def test_knows_both_addresses_of_what_is_not_out(self, press: CommandLine, url: str) -> None:
        press("release", "add", "--title", "Dams", "--topic", "rivers", "--draft", "--url", "https://example.org/dams")
        self.link(press, url)
        answer = press("digest", "send", "--yes", ok=False)
        assert answer.code == 4
        assert answer.err.count("unreleased-address: ") == 1
        press("release", "publish", "dams")
        press("publish")
        press("digest", "send", "--yes")

    @pytest.mark.R9
    def test_knows_the_page_of_what_has_no_landing_address(self, press: CommandLine) -> None:
        press("release", "add", "--title", "Dams", "--topic", "rivers", "--embargo", "2026-03-01T09:00")
        self.link(press, "http://localhost:8000/releases/dams")
        assert "unreleased-address: " in press("digest", "send", "--yes", ok=False).err

    @pytest.mark.R9
    @pytest.mark.parametrize(
        "url", ["https://example.org/floods/", "http://example.org/floods", "https://example.org/floods?utm_source=x"]
    )
    def test_lets_an_address_pass_that_something_out_has_too(self, press: CommandLine, url: str) -> None:
        press("release", "add", "--title", "Dams", "--topic", "rivers", "--embargo", "2026-03-01T09:00", "--url", url)
        press("digest", "send", "--yes")
        assert len(press.mails()) >= 2

    @pytest.mark.R9
    def test_lets_no_title_pass_for_an_editors_note(self, press: CommandLine) -> None:
        press("release", "add", "--title", "Dams of the county", "--topic", "rivers", "--draft")
        press("digest", "note", "Next week: Dams of the county. Ask {{x}} or jo@example.net.")
        answer = press("digest", "send", "--yes", ok=False)
        assert "unreleased-title (warning): " in answer.err
        assert answer.err.count("(warning)") == len(answer.err.split("\n  ")) - 1
        press("digest", "send", "--yes", "--despite", "unreleased-title")

    def test_says_each_fault_once(self, press: CommandLine) -> None:
        self.spoil(
            press, "digest.txt", "\n*|UNSUB|*\nhttp://localhost:8000/preferences/{{ digest.acts[2].url[-26:] }}/x\n"
        )
        said = press("digest", "send", "--yes", ok=False).err
        assert [said.count(name) for name in ("template-marks: ", "text-part: ", "in the mail to")] == [1, 1, 0]
        assert not re.search("[a-z2-7]{26}", said)

    def test_says_in_whose_mail_a_fault_is_that_not_all_have(self, press: CommandLine) -> None:
        self.spoil(
            press, "digest-foot.html", "{% if digest.language == 'nl' %}<p style='display:none'>Peek</p>{% endif %}"
        )
        said = press("digest", "send", "--yes", ok=False).err
        assert said.count("hidden: ") == 1
        assert f"(in the mail to {self.BO})." in said
        assert self.ADA not in said

    def test_blames_the_template_for_the_size_of_a_mail_of_one_item(self, press: CommandLine) -> None:
        self.spoil(press, "digest-foot.html", "<!-- " + "x" * 110_000 + " -->")
        assert "as it shows 1 item, make the template" in press("digest", "send", "--yes", ok=False).err


def test_findings_in_some_mails_say_in_how_many() -> None:
    one, other = Finding("hidden", "It is hidden.", cause="x"), Finding("hidden", "It is hidden too.", cause="x")
    found = {"a@example.org": [one], "b@example.org": [other], "c@example.org": []}
    [finding] = each_once(found)
    assert finding.words == "It is hidden (in the mail to a@example.org and 1 more of those looked at)."
    assert each_once({"a@example.org": [one], "b@example.org": [other]}) == [one]
    assert each_once({}) == []
