"""Building the messages of a run: together or one by one, each is its reader's own (M5)."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from pressroom.errors import LintError
from pressroom.models.runs import Item, Message
from pressroom.publishing.composing import DigestBuilder, compose_digest
from pressroom.publishing.digests import open_due_run
from pressroom.publishing.gate import let_pass
from pressroom.tools import Tools
from tests.bench.digest_site import DUE, make_site

READERS = 40
SITE = "http://localhost:8000"
OTHERS = f"{SITE}/unsubscribe/zz2zz3zz4zz5zz6zz7zzazzbzz"


class Press:
    """A site whose run of 40 mails is frozen; parts of templates may be put in place before they are built."""

    def __init__(self, site: Path) -> None:
        self.site = site
        self.tools = Tools.of(site, fixed_clock=True)
        self.store = self.tools.open_store()
        [self.run] = self.store.runs.all()
        self.deliveries = self.store.deliveries.of_run(self.run.pk)

    def put(self, part: str, source: str) -> None:
        folder = self.site / "templates" / "email"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / part).write_text(source, "utf-8")
        self.tools = Tools.of(self.site, fixed_clock=True)

    def builder(self) -> DigestBuilder:
        return DigestBuilder(self.store, self.tools)

    def built(self) -> list[Message]:
        builder = self.builder()
        return [message for delivery in self.deliveries if (message := builder.build(delivery))]

    def alone(self) -> list[Message]:
        """Return the same messages, composed each by itself."""
        readers = [self.store.subscribers.by_pk(delivery.subscriber or 0) for delivery in self.deliveries]
        return [
            compose_digest(self.tools, reader, self.store.runs.bundle(delivery.bundle), self.run)
            for reader, delivery in zip(readers, self.deliveries, strict=True)
            if reader
        ]

    def refusals(self) -> list[str]:
        """Return what was said of each message that was refused for somebody else's link."""
        builder, refused = self.builder(), []
        for delivery in self.deliveries:
            try:
                builder.build(delivery)
            except LintError as error:
                refused.append(str(error))
        return refused


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of such a site, to be copied."""
    site = tmp_path_factory.mktemp("frozen") / "site"
    tools = make_site(site, readers=READERS)
    with tools.open_store() as store:
        assert open_due_run(store, tools, DUE, check=let_pass)
    return site


@pytest.fixture
def press(frozen: Path, tmp_path: Path) -> Press:
    return Press(copytree(frozen, tmp_path / "site"))


def test_messages_are_what_they_are_alone(press: Press) -> None:
    assert press.built() == press.alone()
    assert len({message.recipient for message in press.built()}) == READERS


def test_most_of_a_message_is_the_same_object_in_others(press: Press) -> None:
    forms = [message.html_body.form for message in press.built()]
    assert len(set(forms)) < len(forms)


@pytest.mark.parametrize("part", ["digest-foot.html", "digest-item.txt"])
def test_a_template_that_needs_to_know_who_reads_gets_it(part: str, press: Press) -> None:
    press.put(part, "{{ digest.acts[2].url | upper }} {{ digest.acts[2].url.split('/')[-1] }}")
    messages = press.built()
    assert messages == press.alone()
    assert len({message.html + message.text for message in messages}) == READERS


@pytest.mark.parametrize(
    ("part", "source"),
    [
        ("digest-foot.html", f'<a href="{OTHERS}">Stop</a>'),
        ("digest-foot.html", f"{SITE}/unsubscribe/{{{{ 'zz2zz3zz4zz5zz6zz7zzazzbzz' }}}}"),
        ("digest-item.txt", f"{OTHERS}\n"),
        ("digest-item.html", f"<!-- {OTHERS} -->"),
        ("digest.css", f"a {{ background: url({OTHERS}) }}"),
        ("digest-section.txt", f"{OTHERS.upper()} {{{{ section.name }}}}"),
        ("digest-foot.html", "{{ digest.acts[2].url }}zz2zz3zz4zz5zz6zz7zzazzbzz"),
        ("digest-foot.html", f"{{{{ digest.acts[0].url | upper }}}} {OTHERS}"),
    ],
)
def test_somebody_elses_link_in_a_template_is_found_in_every_message(part: str, source: str, press: Press) -> None:
    press.put(part, source)
    refusals = press.refusals()
    assert len(refusals) == READERS
    assert all(any(f"in the mail to reader{pk}@" in said for said in refusals) for pk in range(1, READERS + 1))
    assert "zz2zz3zz4zz5zz6zz7zzazzbzz" not in "".join(refusals)


@pytest.mark.parametrize("whose", ["zz2zz3zz4zz5zz6zz7zzazzbzz", "own"])
def test_a_link_in_a_summary_is_found_in_every_message_but_that_of_whose_it_is(whose: str, press: Press) -> None:
    first = press.store.subscribers.get("reader1@example.org")
    token = first.unsubscribe_token if whose == "own" else whose
    with press.store.atomic():
        press.store.write(
            "UPDATE run_items SET facts = json_set(facts, '$.summary', ?)", (f"See {SITE}/preferences/{token} now.",)
        )
    refusals = press.refusals()
    assert len(refusals) == READERS - (whose == "own")
    assert not any("in the mail to reader1@" in said for said in refusals) or whose != "own"


def test_a_name_that_is_somebody_elses_link_is_found_in_that_mail_alone(press: Press) -> None:
    reader = press.store.subscribers.get("reader7@example.org")
    press.store.subscribers.set_person(reader.pk, name=f"<{OTHERS}>", language="en")
    [refusal] = press.refusals()
    assert "in the mail to reader7@" in refusal


def test_readers_who_are_expected_are_loaded_at_once_and_others_one_by_one(press: Press) -> None:
    builder, (first, second, third) = press.builder(), press.deliveries[:3]
    builder.expect([first, second])
    for delivery in (first, second, third):
        reader = press.store.subscribers.by_pk(delivery.subscriber or 0)
        assert reader
        press.store.subscribers.set_person(reader.pk, name="Somebody else", language="nl")
    built = [builder.build(delivery) for delivery in (first, second, third, first)]
    names = [dict(message.headers)["To"].startswith("Somebody else") for message in built if message]
    assert names == [False, False, True, True], "each is expected once"


def test_an_item_of_several_lists_is_one_object_where_it_is_known(press: Press) -> None:
    known: dict[int, Item] = {}
    bundles = sorted({delivery.bundle for delivery in press.deliveries})
    lists = [press.store.runs.bundle(pk, known) for pk in bundles]
    assert lists == [press.store.runs.bundle(pk) for pk in bundles]
    items = [one.item for offered in lists for one in offered]
    assert len({id(item) for item in items}) == len(known) < len(items)


def test_who_was_erased_gets_none(press: Press) -> None:
    reader = press.store.subscribers.get("reader1@example.org")
    with press.store.atomic():
        press.store.subscribers.forget(reader.pk)
    [delivery] = [one for one in press.store.deliveries.of_run(press.run.pk) if one.subscriber is None]
    builder = press.builder()
    builder.expect(press.deliveries)
    assert builder.build(delivery) is None
