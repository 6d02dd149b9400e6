"""Pages are in the language that the browser asks for, as far as there are words in it (RFC 9110 §12.5.4)."""

from __future__ import annotations

import pytest
from lxml import html as lxml_html
from starlette.testclient import TestClient

from pressroom.storage import Store
from pressroom.tools import Tools
from pressroom.web.app import make_app
from tests.conftest import CommandLine
from tests.web.conftest import ADA, Reader
from tests.web.test_subscribe import WISH, Form


def language_of(visitor: TestClient, path: str, asked: str) -> str:
    return str(lxml_html.fromstring(visitor.get(path, headers={"accept-language": asked}).text).get("lang"))


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ("nl", "nl"), ("nl-BE,nl;q=0.9,en;q=0.8", "nl"), ("en-GB,nl;q=0.9", "en"), ("fr,nl;q=0.5,en;q=0.4", "nl"),
        ("en;q=0.2, nl;q=0.7", "nl"), ("nl;q=0,en", "en"), ("fr", "en"), ("*", "en"), ("", "en"), (";;,=q", "en"),
        ("nl;q=many", "en"), ("x" * 5_000, "en"), ("NL", "nl"),
    ],
)  # fmt: skip
def test_the_most_wanted_that_there_are_words_in(visitor: TestClient, asked: str, got: str) -> None:
    assert language_of(visitor, "/", asked) == got


def test_the_language_of_the_site_where_nothing_else_is_asked_for(press: CommandLine, visitor: TestClient) -> None:
    (press.site / "publisher.toml").write_text('[site]\nlanguage = "nl"\n')
    with TestClient(make_app(Tools.of(press.site), lambda: press.now), headers={"accept-language": ""}) as other:
        assert lxml_html.fromstring(other.get("/").text).get("lang") == "nl"


@pytest.mark.parametrize("path", ["/", "/releases/", "/releases/?q=floods", "/releases/floods", "/feeds/", "/issues/"])
def test_one_language_is_never_kept_for_readers_of_another(visitor: TestClient, path: str) -> None:
    for asked in ("nl", "en", "nl", "en"):
        answer = visitor.get(path, headers={"accept-language": asked})
        assert lxml_html.fromstring(answer.text).get("lang") == asked
        assert "accept-language" in answer.headers["vary"]
        assert answer.headers["content-language"] == asked


def test_messages_too(visitor: TestClient) -> None:
    assert language_of(visitor, "/nothing", "nl") == "nl"


def test_a_link_in_a_mail_opens_in_the_language_of_the_mail(active: Reader) -> None:
    assert language_of(active.browser, f"/unsubscribe/{active.token}", "nl") == "en"


def test_who_signs_up_in_dutch_has_read_it_in_dutch(press: CommandLine, visitor: TestClient, store: Store) -> None:
    visitor.headers["accept-language"] = "nl"
    form = Form(press, visitor)
    assert form.opened().xpath("//select[@name='language']/option[@selected]/@value") == ["nl"]
    form.asked(**{name: value for name, value in WISH.items() if name != "language"} | {"language": "nl"})
    (asked,) = store.consents.of(store.subscribers.get(ADA).pk)
    assert asked["wording"] == "sign-up 2, nl"
    (mail,) = press.mails(ADA)
    assert str(mail["Subject"]).startswith("Bevestig")
