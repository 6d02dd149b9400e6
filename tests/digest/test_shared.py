"""Digests that are composed once for all who are alike: each is what it would be if it were composed alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pressroom.delivery.mime import encode
from pressroom.digest.compose import LARGEST, compose
from pressroom.digest.shared import Alike, Kept, SharedDigest
from pressroom.links import Links
from pressroom.models.announcements import Change
from pressroom.models.people import Choice, Filter, Frequency, Subscriber
from pressroom.models.runs import DigestRun, EditorsNote, Expected, Message, OfferedItem
from pressroom.rendering import LateUsedError, Templates
from pressroom.settings import Settings as Site
from tests.builders import a_reader, a_run, a_topic, an_offered_item
from tests.digest.samples import MONDAY_BEFORE, SETTINGS, TEMPLATES, WORDS, another, nine, the_reader

BUILT_IN = Path(__file__).parents[2] / "templates" / "email"
TOPICS = [a_topic(name) for name in ("Digital trends", "Cyber security", "“R&D” = <b>\u202eשלום", "🚒" * 20)]
NAMES = st.sampled_from(
    ["", "Ann", "Zoë Ångström", "=?utf-8?q?no?=", "O’Brien, \"Pat\"", "."
     , "x" * 400, "مريم", "👩🏽‍🚀 Astronaut ", "a = b", "<b>", "Lee\u00a0Ann"]
)  # fmt: skip
WORDING = st.sampled_from(
    ["Rivers", "R&D < 5% = {{ x }}", "«été» – naïve", "日本語の報告書", "مرحبا", "👩🏽‍🚀 " * 9, ".", "..", "From here ",
     "trailing   ", "=3D=", "\u202eevil", "a\r\nb", "a\rb", "x" * 90, "", "word " * 80]
)  # fmt: skip

# What a site may make of a part, and whether its digests can still be composed once for many.
SITES: dict[str, tuple[dict[str, str], bool]] = {
    "built in": ({}, True),
    "a link in a heading": ({"digest-foot.html": "<h2 title='{{ digest.acts[2].url }}'>{{ digest.why }}</h2>"}, True),
    "a link in the head": ({"digest.css": "a { content: '{{ digest.acts[0].url }}' }"}, True),
    "a link in each item": ({"digest-item.html": "{{ item.title }} {{ digest.acts[1].url }} {{ digest.why }}"}, True),
    "places in each item": ({"digest-item.html": "{{ loop.index }}{{ section.name }}{{ item.title }}\n"}, True),
    "sections of its own": (
        {
            "digest-sections.html": "{% for section in digest.sections %}{% for item in section.items %}"
            "{% set level = '2' %}{% set air = 1.5 %}{% include 'email/digest-item.html' %}{% endfor %}{% endfor %}"
        },
        True,
    ),
    "numbers of its own": (
        {"digest-item.txt": "{% set links.count = links.count + 2 %}{{ '%02d' % links.count }}"},
        True,
    ),
    "a text in capitals": ({"digest-foot.html": "{{ digest.acts[2].url | upper }}"}, False),
    "a text in lines": ({"digest-section.txt": "{{ ('Stop: ' ~ digest.acts[2].url) | wrapped(20) }}"}, False),
    "a question": ({"digest-foot.html": "{% if 'a' in digest.acts[2].url %}a{% endif %}"}, False),
    "a filter block": ({"digest-foot.html": "{% filter upper %}{{ digest.acts[2].url }}{% endfilter %}"}, False),
    "nothing at the end": ({"digest-section.txt": "{{ digest.acts[2].url }}"}, True),
}  # fmt: skip


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Templates]:
    made = {}
    for name, (parts, _) in SITES.items():
        folder = tmp_path_factory.mktemp("site")
        (folder / "templates" / "email").mkdir(parents=True)
        for part, source in parts.items():
            (folder / "templates" / "email" / part).write_text(source, "utf-8")
        made[name] = Templates(folder)
    return made


def told(reader: Subscriber, templates: Templates = TEMPLATES, site: Site = SETTINGS) -> dict[str, Any]:
    """Return what a digest to `reader` is composed with, beside its items and its run."""
    return {
        "links": Links(site.site.url),
        "settings": site,
        "templates": templates,
        "words": WORDS.words(reader.language),
        "since": MONDAY_BEFORE,
    }


def shared(
    readers: Sequence[Subscriber],
    offered: Sequence[OfferedItem],
    run: DigestRun,
    kept: Kept | None = None,
    **facts: Any,
) -> list[Message | None]:
    """Return the messages of readers who are alike; raises LateUsedError where they cannot be shared."""
    [alike] = {Alike.of(reader) for reader in readers}
    with_facts = told(readers[0], **facts)
    digest = SharedDigest(alike, offered, run, kept=kept or Kept(with_facts["templates"]), **with_facts)
    return [digest.to(reader) for reader in readers]


def parts_of(message: Message) -> list[str]:
    read = message_from_bytes(encode(message), policy=default)
    assert isinstance(read, EmailMessage)
    return [str(part.get_payload(decode=True), "utf-8") for part in read.iter_parts()]  # type: ignore[arg-type]


@st.composite
def offers(draw: st.DrawFn) -> list[OfferedItem]:
    """Return what a run may offer: items with hostile texts, some of which belong together."""
    reasons = st.lists(st.sampled_from(["", *(topic.name for topic in TOPICS)]), min_size=1, max_size=3, unique=True)
    return [
        an_offered_item(
            *draw(reasons),
            release=number,
            id=f"tag:{number}",
            title=draw(WORDING.filter(str.strip)),
            change=draw(st.sampled_from(Change)),
            kind=draw(st.sampled_from(["report", "collection", "podcast"])),
            language=draw(st.sampled_from(["en", "nl", "ar"])),
            access=draw(st.sampled_from(["public", "members", "mixed"])),
            publisher=draw(st.sampled_from(["", "Socitm", "LOLA"])),
            relations=draw(st.sampled_from([(), (("part-of", "tag:1"),), (("translation-of", "tag:2"),)])),
            url=f"https://example.org/{number}?a=1&b={'x' * draw(st.sampled_from([1, 80]))}",
            **{name: draw(WORDING) for name in ("subtitle", "summary", "collection", "series")},
            notes=(draw(WORDING),),
        )
        for number in range(1, draw(st.integers(1, 6)) + 1)
    ]


@st.composite
def crowds(draw: st.DrawFn) -> list[Subscriber]:
    """Return readers who are alike, each with a name, an address, a token and a date of their own."""
    topics = draw(st.lists(st.sampled_from([None, *TOPICS]), max_size=4, unique=True))
    choices = tuple(Choice(draw(st.sampled_from(Frequency)), topic) for topic in topics)
    language, wanted = draw(st.sampled_from(["en", "nl", "ar", "en-US"])), Filter(partners=draw(st.booleans()))
    days = st.datetimes(datetime(2020, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
    has_agreed = draw(st.booleans())
    return [
        a_reader(
            pk=pk,
            name=draw(NAMES),
            address=draw(st.sampled_from(["a@example.com", "o'neill+=x@sub.example.org", "jörg@bücher.example"])),
            language=language,
            choices=choices,
            filter=wanted,
            unsubscribe_token=draw(st.sampled_from(["ab2cd3ef4gh5ij6kl7mn2op3qr", "A=." * 9, "&<b>\"'", "zz"])),
            agreed_at=draw(days) if has_agreed else None,
        )
        for pk in range(1, draw(st.integers(1, 3)) + 1)
    ]


RUNS = st.builds(
    a_run,
    frequencies=st.sampled_from([(), (Frequency.WEEKLY,), (Frequency.DAILY, Frequency.MONTHLY)]),
    expected=st.sampled_from([(), (Expected("“Soon” = <b>", "2026-03", "report", "nl", topics=("Cyber security",)),)]),
    notes=st.sampled_from([{}, {Frequency.WEEKLY: EditorsNote("Hello.\n\nMore = <b>.", "The editors", 1)}]),
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(offers(), st.lists(crowds(), min_size=1, max_size=3), RUNS, st.sampled_from(sorted(SITES)))
def test_every_message_is_what_it_is_alone(
    sites: dict[str, Templates], offered: list[OfferedItem], crowds: list[list[Subscriber]], run: DigestRun, site: str
) -> None:
    kept = Kept(sites[site])
    for crowd in crowds:
        for some in (offered, offered[:1], offered[::-1]):
            alone = [compose(reader, some, run, **told(reader, sites[site])) for reader in crowd]
            try:
                together = shared(crowd, some, run, kept, templates=sites[site])
            except LateUsedError:
                continue
            assert together == alone
            for one, other in zip(together, alone, strict=True):
                assert one
                assert parts_of(one) == parts_of(other)


@pytest.mark.parametrize("site", SITES)
def test_a_site_may_make_what_it_likes_of_what_is_a_readers_own(site: str, sites: dict[str, Templates]) -> None:
    reader = the_reader()
    crowd = [reader, replace(reader, pk=8, name="", address="b@example.org", unsubscribe_token="q" * 26)]
    can_share = SITES[site][1]
    if not can_share:
        with pytest.raises(LateUsedError):
            shared(crowd, nine(), a_run(), templates=sites[site])
        return
    messages = shared(crowd, nine(), a_run(), templates=sites[site])
    assert messages == [compose(reader, nine(), a_run(), **told(reader, sites[site])) for reader in crowd]


def test_readers_of_other_languages_share_words_and_no_more() -> None:
    offered, run = [an_offered_item(language="ar"), an_offered_item(language="en")], a_run()
    kept = Kept(TEMPLATES)
    for language in ("en", "ar", "nl", "en"):
        reader = a_reader(language=language)
        [message] = shared([reader], offered, run, kept)
        assert message == compose(reader, offered, run, **told(reader))


def test_runs_and_lists_share_items_and_no_more() -> None:
    offered, kept = nine(), Kept(TEMPLATES)
    for run in (a_run(), a_run(pk=4, opened_at=datetime(2026, 2, 2, 8, tzinfo=UTC))):
        for some in (offered, offered[2:], offered[:3], offered[::-1]):
            for topics in (("Digital trends", "Cyber security"), ("Cyber security",), ()):
                reader = a_reader(*topics)
                [message] = shared([reader], some, run, kept)
                assert message == compose(reader, some, run, **told(reader))


def test_what_might_be_too_large_is_left_to_be_composed_alone() -> None:
    reader, run = the_reader(), a_run()
    for count in range(25, 60):
        offered = [another(number) for number in range(count)]
        alone = compose(reader, offered, run, **told(reader))
        [message] = shared([reader], offered, run)
        assert message in (None, alone)
        assert (message is None) or len(encode(message)) <= LARGEST
        if alone.items < count:
            assert message is None


def test_a_reader_with_much_of_their_own_may_be_too_large_among_others_who_are_not() -> None:
    reader, run = a_reader(), a_run()
    offered = [another(number) for number in range(30)]
    size = len(encode(compose(reader, offered, run, **told(reader))))
    large = replace(reader, unsubscribe_token="x" * ((LARGEST - size) // 13))
    assert [message is None for message in shared([reader, large], offered, run)] == [False, True]
