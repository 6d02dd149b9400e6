"""What holds for every page that everybody gets: kept, small on the wire, no script, no cookie, feeds to be found."""

from __future__ import annotations

import pytest
from lxml import html as lxml_html
from starlette.testclient import TestClient

from tests.conftest import CommandLine, Press, copied

PUBLIC = ["/", "/releases/", "/releases/floods", "/topics/rivers", "/feeds/", "/issues/", "/issues/?topic=rivers"]
FORMS = ["/subscribe", "/subscribe/embed", "/complaint"]


@pytest.fixture(scope="module")
def pattern(pattern: Press, tmp_path_factory: pytest.TempPathFactory) -> Press:
    """The site of pages, which has also sent a digest with something on rivers."""
    press = copied(pattern, tmp_path_factory.mktemp("sent"))
    press("subscriber", "add", "ada@example.org", "--topic", "rivers=daily", "--confirmed")
    press("release", "add", "--title", "Locks", "--topic", "rivers")
    press.wait(days=1)
    press("publish")
    return press


@pytest.mark.parametrize("path", PUBLIC)
def test_it_may_be_kept_for_five_minutes_and_asked_for_again(visitor: TestClient, path: str) -> None:
    answer = visitor.get(path)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "max-age=300")
    assert "set-cookie" not in answer.headers
    assert "x-robots-tag" not in answer.headers
    assert visitor.get(path, headers={"if-none-match": answer.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("path", PUBLIC)
@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_it_goes_out_compressed_to_who_takes_that(visitor: TestClient, path: str, coding: str) -> None:
    plain = visitor.get(path, headers={"accept-encoding": "identity"})
    packed = visitor.get(path, headers={"accept-encoding": coding})
    assert packed.headers["content-encoding"] == coding
    assert packed.text == plain.text
    assert int(packed.headers["content-length"]) < len(plain.content)


@pytest.mark.parametrize("path", [*PUBLIC, *FORMS])
def test_it_holds_no_script_and_leads_programs_to_a_feed(visitor: TestClient, path: str) -> None:
    page = lxml_html.fromstring(visitor.get(path).text)
    assert {script.get("type") for script in page.iter("script")} <= {"application/ld+json"}
    assert not page.xpath("//@*[starts-with(name(), 'on')]")
    feeds = page.xpath("//link[@rel='alternate']/@href")
    assert feeds
    assert {visitor.get(feed.removeprefix("http://localhost:8000")).status_code for feed in feeds} == {200}


@pytest.mark.parametrize("path", ["/subscribe", "/complaint"])
def test_a_form_is_kept_by_nobody_and_found_by_search_engines(visitor: TestClient, path: str) -> None:
    headers = visitor.get(path).headers
    assert (headers["cache-control"], headers["x-robots-tag"]) == ("no-store", "all")


@pytest.mark.parametrize("path", [*PUBLIC, *FORMS, "/nothing"])
def test_nothing_from_elsewhere_is_allowed_in_it_or_may_be_sent_elsewhere(visitor: TestClient, path: str) -> None:
    assert visitor.get(path).headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


def test_the_front_page_says_what_the_site_is(press: CommandLine, visitor: TestClient) -> None:
    page = lxml_html.fromstring(visitor.get("/").text)
    assert page.xpath("string(//p[@class='lead'])") == "Reports, briefings and guides as they are released"


@pytest.mark.parametrize("path", ["/topics/rivers", "/releases/floods"])
def test_a_topic_leads_to_the_form_with_that_topic_ticked(visitor: TestClient, path: str) -> None:
    page = lxml_html.fromstring(visitor.get(path).text)
    [link] = page.xpath("//a[starts-with(@href, '/subscribe?')]/@href")
    form = lxml_html.fromstring(visitor.get(link).text)
    assert form.xpath("//input[@name='follow' and @checked]/@value") == ["rivers"]


def test_the_complaint_form_leads_to_the_authority(visitor: TestClient) -> None:
    page = lxml_html.fromstring(visitor.get("/complaint").text)
    assert "the Information Commissioner's Office" in page.text_content()
    assert page.xpath("//main//a/@href") == ["https://ico.org.uk/make-a-complaint/"]


def test_what_stands_in_the_sites_own_language_is_marked_on_a_page_in_another(
    press: CommandLine, visitor: TestClient
) -> None:
    press("release", "revise", "floods", "--note", "Two figures mended.")
    press("release", "withdraw", "bridges", "--reason", "It was wrong.")
    press("publish")
    for path, said in (
        ("/", "Rivers"), ("/", "Reports, briefings and guides as they are released"), ("/topics/rivers", "Rivers"),
        ("/releases/floods", "Two figures mended."), ("/releases/bridges", "It was wrong."), ("/feeds/", "Rivers"),
        ("/issues/", "Rivers"), ("/issues/1", "Rivers"), ("/subscribe", "Rivers"), ("/releases/", "It was wrong."),
    ):  # fmt: skip
        page = lxml_html.fromstring(visitor.get(path, headers={"accept-language": "nl"}).text)
        assert page.get("lang") == "nl"
        found = [one for one in page.xpath("//main//*") if (one.text or "").strip() == said]
        assert found, (path, said)
        assert "en" in [one.xpath("string(ancestor-or-self::*[@lang][1]/@lang)") for one in found], (path, said)
