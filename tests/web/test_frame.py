"""What every page has around it, and the front page: landmarks, a way past them, the ways on, no script, no cookie."""

from __future__ import annotations

import re

import pytest
from lxml import html as lxml_html
from starlette.testclient import TestClient

from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.conftest import CommandLine

PAGES = {
    "/": "/",
    "/releases/": "/releases/",
    "/releases/?q=floods": "/releases/",
    "/releases/floods": None,
    "/topics/rivers": None,
    "/feeds/": "/feeds/",
    "/issues/": "/issues/",
    "/nothing": None,
}
"""Pages, each with the link that is marked as the present one."""


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_its_landmarks_and_leads_on(press: CommandLine, visitor: TestClient, path: str) -> None:
    answer = visitor.get(path)
    page = lxml_html.fromstring(answer.text)
    for landmark in ("header", "header/nav", "main", "footer", "main//h1"):
        assert len(page.xpath(f"//{landmark}")) == 1, landmark
    assert page.xpath("//body/*[1]/@href") == [f"#{page.xpath('//main/@id')[0]}"]
    assert (page.get("lang"), page.get("dir")) == ("en", "ltr")
    assert page.xpath("//header/nav//a/@href") == ["/releases/", "/feeds/", "/issues/", "/subscribe"]
    assert page.xpath("//a[@aria-current='page']/@href") == [PAGES[path]] * (PAGES[path] is not None)
    assert not page.xpath("//script[not(@type='application/ld+json')]|//*[@style]|//*[@onclick]")
    assert "set-cookie" not in answer.headers


def test_the_foot_leads_to_what_the_organisation_has_to_say(press: CommandLine) -> None:
    """What public bodies must name: contact, privacy notice (UK GDPR art. 13), accessibility (SI 2018/952)."""
    told = {name: f"https://example.org/{name}" for name in ("contact", "privacy", "accessibility")}
    lines = "\n".join(f'{name} = "{address}"' for name, address in told.items())
    (press.site / "publisher.toml").write_text(f"[site]\n{lines}\n")
    with TestClient(make_app(Tools.of(press.site), lambda: press.now)) as visitor:
        for path in ("/", "/subscribe", "/nothing"):
            page = lxml_html.fromstring(visitor.get(path).text)
            assert page.xpath("//footer//a/@href") == [*told.values(), "/complaint"]
        asked = lxml_html.fromstring(visitor.get("/subscribe").text)
        assert asked.xpath("//form//p[contains(., 'with your consent')]/a/@href") == [told["privacy"]]


def test_home_asks_for_an_address_and_leads_to_the_feeds(press: CommandLine, visitor: TestClient) -> None:
    page = lxml_html.fromstring(visitor.get("/").text)
    [form] = page.xpath("//aside//form")
    assert (form.get("method"), form.get("action")) == ("post", "/subscribe/begin")
    [field] = form.xpath(".//input")
    assert (field.get("name"), field.get("type"), field.get("autocomplete")) == ("address", "email", "email")
    assert [label.text for label in page.xpath("//label") if label.get("for") == field.get("id")] == ["Email address"]
    assert form.xpath(".//button/text()") == ["Continue"]
    assert page.xpath("//aside/h2/text()") == ["Get new releases by email", "Or follow by feed"]
    assert page.xpath("//aside//a/text()")[:3] == ["Atom", "RSS", "JSON"]
    assert page.xpath("//aside//a/@href")[-1] == "/feeds/"


def test_the_limits_of_a_search_are_folded_until_one_is_set(press: CommandLine, visitor: TestClient) -> None:
    for asked, is_open in (("", False), ("?q=floods", False), ("?q=floods&kind=report", True)):
        [details] = lxml_html.fromstring(visitor.get(f"/releases/{asked}").text).xpath("//details")
        assert ("open" in details.attrib) is is_open


def test_the_rules_of_the_look_all_stand_in_a_layer(press: CommandLine, visitor: TestClient) -> None:
    """What a site adds at the end of a copy wins, as docs/extending.md says."""
    css = re.sub(r"/\*.*?\*/", "", visitor.get("/static/site.css").text, flags=re.DOTALL)
    assert css.count("{") == css.count("}")
    outside = re.findall(r"^(?![ }])(.+?)(?: \{|;)$", css, re.MULTILINE)
    assert outside == [
        "@layer tokens, base, layout, parts, print",
        *(f"@layer {name}" for name in ("tokens", "base", "layout", "parts", "print")),
    ]
