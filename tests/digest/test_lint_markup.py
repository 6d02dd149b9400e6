"""Marks, addresses, scripts and hidden text: each is found, its nearest innocent neighbour is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from pressroom.digest.compose import compose
from pressroom.digest.lint import lint
from pressroom.links import Links
from pressroom.models.words import ENGLISH
from pressroom.rendering import Templates
from tests.builders import a_reader, a_run, an_offered_item, rewritten
from tests.digest.lint_samples import (
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
from tests.digest.samples import SETTINGS, composed


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
            rewritten(message, html=message.html.replace(self.LINK, "https://x.org")), "unsubscribe"
        )
        assert "plain-text" in words_of(rewritten(message, text=message.text.replace(self.LINK, "")), "unsubscribe")
        unseen = rewritten(message, html=message.html.replace(">Unsubscribe from this or from everything</a>", "></a>"))
        assert "shows no link" in the_finding(unseen, "unsubscribe").words
        hidden = rewritten(
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
        assert "shows no link in words" in words_of(rewritten(message, html=said), "unsubscribe")

    @pytest.mark.parametrize("words", ["→ <b>Stop</b>", "<b>→</b>Stop", "退订", "Отписаться", "<b>U</b>nsubscribe"])
    def test_may_say_it_in_any_words(self, words: str) -> None:
        message = a_mail()
        said = message.html.replace(">Unsubscribe from this or from everything<", f">{words}<")
        assert lint(rewritten(message, html=said), known()) == []


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
        assert lint(for_light_screens(with_html(html)), known()) == []

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
        message = with_html(f'<style>{rules}</style><div><p class="peek">Seen</p></div>')
        assert lint(for_light_screens(message), known()) == []

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
