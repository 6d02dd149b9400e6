"""What stands on the machine: each fault is found where it is, and nothing is written to find it."""

from __future__ import annotations

import os
from collections import namedtuple
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from pressroom.errors import PublisherError
from pressroom.operations.doctor import local
from pressroom.operations.doctor.diagnosis import Diagnosis, Verdict
from pressroom.operations.doctor.examining import Check, examine
from pressroom.operations.doctor.feeds import look_at_files
from pressroom.operations.doctor.looking import Looking
from pressroom.operations.doctor.templates import look_at_templates
from pressroom.settings import Settings
from pressroom.settings.loading import check_settings
from pressroom.storage import Store
from pressroom.tools import Tools
from pressroom.web.tour import faults_of_pages
from tests.conftest import CommandLine

Usage = namedtuple("Usage", "total used free")


def only(found: Iterator[Diagnosis]) -> Diagnosis:
    (one,) = found
    return one


def with_settings(tools: Tools, **sections: dict[str, object]) -> Tools:
    return replace(tools, settings=check_settings(sections, "publisher.toml"))


@pytest.mark.parametrize(
    "look", [local.look_at_folders, local.look_at_rights, local.look_at_disk], ids=lambda look: str(look.__name__)
)
def test_a_new_site_is_in_order(tools: Tools, look: Callable[[Tools], Iterator[Diagnosis]]) -> None:
    assert only(look(tools)).verdict is Verdict.OK


def test_a_folder_that_is_missing_is_told(tools: Tools) -> None:
    (tools.site / "feeds").rmdir()
    found = only(local.look_at_folders(tools))
    assert (found.verdict, found.words) == (Verdict.PROBLEM, f"{tools.site / 'feeds'} is not there")
    (tools.site / "feeds").write_text("")
    assert only(local.look_at_folders(tools)).words == f"{tools.site / 'feeds'} is no folder"


@pytest.mark.parametrize("name", ["", "senders"])
def test_a_folder_that_cannot_be_written_is_told(tools: Tools, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    folder = tools.data / name
    folder.mkdir(exist_ok=True)
    monkeypatch.setattr(os, "access", lambda path, mode: path != folder)  # root, who runs tests, may do anything
    found = only(local.look_at_folders(tools))
    assert (found.verdict, found.words) == (Verdict.PROBLEM, f"{folder} cannot be written by this user")


def test_feeds_that_lead_out_of_the_site_are_told(tools: Tools, tmp_path: Path) -> None:
    (tools.site / "feeds").rmdir()
    elsewhere = tmp_path / "www"
    elsewhere.mkdir()
    (tools.site / "feeds").symlink_to(elsewhere)
    found = only(local.look_at_folders(tools))
    assert (found.verdict, found.words) == (
        Verdict.WARNING,
        f"{tools.site / 'feeds'} leads out of the site, to {elsewhere}",
    )


@pytest.mark.parametrize("name", ["data", "data/secret.key", "data/catalogue.db", "data/dkim/k1.pem"])
def test_what_others_can_read_is_told_with_the_command_that_closes_it(tools: Tools, name: str) -> None:
    tools.dkim_keys.generate("k1", "ed25519")
    path = tools.site / name
    path.chmod(0o755 if path.is_dir() else 0o644)
    found = only(local.look_at_rights(tools))
    assert found.verdict is Verdict.WARNING
    assert found.remedy == f"run: chmod {'700' if path.is_dir() else '600'} {path}"
    path.chmod(0o700)
    assert only(local.look_at_rights(tools)).verdict is Verdict.OK


@pytest.mark.parametrize(
    "secret", ['[smtp]\nhost = "localhost"\npassword = "p"\n', '[web]\nmetrics_token = "0123456789abcdef"\n']
)
def test_settings_are_for_their_owner_only_where_a_secret_stands_in_them(tools: Tools, secret: str) -> None:
    settings = tools.site / "publisher.toml"
    settings.write_text(secret)
    settings.chmod(0o644)
    assert only(local.look_at_rights(Tools.of(tools.site))).remedy == f"run: chmod 600 {settings}"
    settings.chmod(0o600)
    assert only(local.look_at_rights(Tools.of(tools.site))).verdict is Verdict.OK


def test_settings_may_be_read_by_all_where_the_password_comes_from_outside(
    tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tools.site / "publisher.toml"
    assert "password" in settings.read_text()  # in a comment
    settings.write_text(settings.read_text() + '[smtp]\nhost = "localhost"\npassword = ""\n')
    settings.chmod(0o644)
    monkeypatch.setenv("PUBLISHER_SMTP__PASSWORD", "secret")
    found = Tools.of(tools.site)
    assert found.settings.smtp.password
    assert only(local.look_at_rights(found)).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("free", "catalogue", "verdict"),
    [
        (1_000_000_000, 10, Verdict.OK),
        (999_999_999, 10, Verdict.WARNING),
        (4_000_000_000, 900_000_000, Verdict.WARNING),
        (5_000_000_000, 900_000_000, Verdict.OK),
    ],
)
def test_a_disk_that_is_nearly_full_is_a_warning(
    tools: Tools, monkeypatch: pytest.MonkeyPatch, free: int, catalogue: int, verdict: Verdict
) -> None:
    tools.catalogue.unlink()
    with tools.catalogue.open("wb") as file:
        file.truncate(catalogue)  # a hole, which takes no room
    monkeypatch.setattr("shutil.disk_usage", lambda folder: Usage(10**12, 0, free))
    assert only(local.look_at_disk(tools)).verdict is verdict


def test_a_sound_catalogue_is_told_with_what_it_has_published(press: CommandLine) -> None:
    press("release", "add", "--title", "Rivers")
    press("publish")
    found = only(local.look_at_catalogue(Tools.of(press.site), press.now))
    assert found.verdict is Verdict.OK
    assert "published file(s)" in found.words


def test_a_catalogue_that_is_ahead_of_its_time_is_a_warning(press: CommandLine) -> None:
    press("release", "add", "--title", "Rivers")
    press("publish")
    early, _ = local.look_at_catalogue(Tools.of(press.site), press.now - timedelta(hours=1))
    assert early.verdict is Verdict.WARNING
    assert "is of 2026-01-26 09:00 UTC, which is still to come" in early.words


def test_a_damaged_catalogue_is_a_problem(press: CommandLine) -> None:
    for number in range(30):
        press("release", "add", "--title", f"Rivers {number}", "--summary", "Where they rise. " * 100)
    tools = Tools.of(press.site)
    with Store.open(tools.catalogue) as store:
        store.empty_log()
        page = store.value("PRAGMA page_size")
        root = store.value("SELECT rootpage FROM sqlite_master WHERE name = 'releases'")
    with tools.catalogue.open("r+b") as file:
        file.seek((root - 1) * page + page // 2)
        file.write(b"\xff" * (page // 2))
    found = only(examine([Check("catalogue", partial(local.look_at_catalogue, tools, press.now))]))
    assert (found.verdict, found.remedy) == (Verdict.PROBLEM, "restore the newest backup")


@pytest.mark.parametrize("name", ["catalogue.db", "secret.key"])
def test_a_catalogue_or_key_that_is_missing_is_told(tools: Tools, now: datetime, name: str) -> None:
    (tools.data / name).unlink()
    with pytest.raises(PublisherError, match=name):
        list(local.look_at_catalogue(tools, now))


def test_feeds_on_the_disk_are_validated_beside_the_catalogue(press: CommandLine) -> None:
    tools = Tools.of(press.site)
    assert only(look_at_files(tools, press.now)).words == "nothing is published yet"
    press("release", "add", "--title", "Rivers")
    press("publish")
    found = only(look_at_files(tools, press.now))
    assert (found.verdict, found.words) == (Verdict.OK, "what is published is valid, with 1 entries")
    (press.site / "feeds" / "all.atom").unlink()
    found = only(look_at_files(tools, press.now))
    assert found.verdict is Verdict.PROBLEM
    assert found.words.startswith("what is published has 1 fault(s), the first: it was published and is not there")


def test_feeds_of_another_address_are_one_line_with_the_command_that_writes_them_anew(press: CommandLine) -> None:
    press("release", "add", "--title", "Rivers")
    press("publish")
    (press.site / "publisher.toml").write_text('[site]\nurl = "https://press.bristol.example"\n')
    found = only(look_at_files(Tools.of(press.site), press.now))
    assert found.verdict is Verdict.PROBLEM
    assert found.words == "what is published is of another [site] url than https://press.bristol.example"
    assert found.remedy.startswith("run “publisher publish”")
    press("publish")
    assert only(look_at_files(Tools.of(press.site), press.now)).verdict is Verdict.OK


@pytest.mark.R1
@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]", "press.example.org", "press.test"])
def test_a_host_that_is_nobodys_is_a_warning_before_ids_hold_it_and_after(press: CommandLine, host: str) -> None:
    settings = press.site / "publisher.toml"
    settings.write_text(f'[site]\nurl = "http://{host}"\n')
    name = host.removesuffix(":8000").strip("[]")
    found = only(local.look_at_ids(Looking.of(press.site)))
    assert (found.verdict, found.words) == (Verdict.WARNING, f"ids of releases would begin with {name} for ever")
    assert "before the first release" in found.remedy
    press("release", "add", "--title", "Rivers")
    press("publish")
    settings.write_text('[site]\nurl = "https://press.bristol.gov.uk"\n')
    found = only(local.look_at_ids(Looking.of(press.site)))
    assert found.verdict is Verdict.WARNING
    assert found.words == f"ids of releases begin with {name} for ever, which is harmless to readers"


@pytest.mark.R1
def test_a_host_of_ones_own_is_in_order_also_when_the_site_has_moved(press: CommandLine) -> None:
    settings = press.site / "publisher.toml"
    settings.write_text('[site]\nurl = "https://press.bristol.gov.uk"\n')
    assert only(local.look_at_ids(Looking.of(press.site))).words == "ids of releases begin with press.bristol.gov.uk"
    press("release", "add", "--title", "Rivers")
    press("publish")
    settings.write_text('[site]\nurl = "https://mytest.nl"\n')
    found = only(local.look_at_ids(Looking.of(press.site)))
    assert (found.verdict, found.words) == (Verdict.OK, "ids of releases begin with press.bristol.gov.uk")


def test_keys_that_sign_are_read_and_the_lack_of_any_is_a_warning(tools: Tools) -> None:
    assert only(local.look_at_keys(tools)).verdict is Verdict.WARNING
    tools.dkim_keys.generate("k1", "ed25519")
    good, lost = local.look_at_keys(with_settings(tools, dkim={"selectors": ["k1", "k2"]}))
    assert (good.verdict, good.words) == (Verdict.OK, "the key k1 can sign (ed25519)")
    assert lost.verdict is Verdict.PROBLEM
    assert lost.remedy == "“publisher dkim generate” makes one"


@pytest.mark.parametrize(
    ("address", "url", "verdict", "said"),
    [
        ("digest@example.net", "https://press.example.net", Verdict.OK, "of the same domain"),
        ("digest@news.example.net", "https://press.example.net", Verdict.OK, "of the same domain"),
        ("digest@press.example.net", "https://example.net", Verdict.OK, "of the same domain"),
        ("digest@example.net", "https://press.example.com", Verdict.WARNING, "lead to press.example.com"),
        ("digest@anexample.net", "https://example.net", Verdict.WARNING, "lead to example.net"),
        ("digest@example.org", "https://press.example.org", Verdict.PROBLEM, "which is an example"),
        ("digest@example.net", "http://press.example.net", Verdict.PROBLEM, "links in mails begin with http://"),
    ],
)
def test_mail_comes_from_the_domain_of_the_site(
    tools: Tools, address: str, url: str, verdict: Verdict, said: str
) -> None:
    sections: dict[str, dict[str, object]] = {
        "site": {"url": url},
        "mail": {"from_address": address},
        "smtp": {"host": "smtp.example.com"},
    }
    first = next(local.look_at_mail(with_settings(tools, **sections)))
    assert first.verdict is verdict
    assert said in first.words


def test_a_site_that_sends_no_mail_has_none_to_mend(tools: Tools) -> None:
    assert Settings().mail.from_address == tools.settings.mail.from_address
    assert only(local.look_at_mail(tools)).verdict is Verdict.OK


def template(site: Path, name: str, text: str) -> None:
    path = site / "templates" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_templates_that_can_be_filled_are_in_order(site: Path, now: datetime) -> None:
    assert only(look_at_templates(Tools.of(site), now, faults_of_pages)).words == "the built-in templates are used"
    template(site, "email/digest.txt", "{{ digest.subject }}")
    template(site, "web/confirm.html", '{% extends "web/base.html" %}')
    found = only(look_at_templates(Tools.of(site), now, faults_of_pages))
    assert (found.verdict, found.words) == (Verdict.OK, "2 template(s) of its own can be filled")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("email/digest.txt", "{{ digest.no_such_fact }}"),
        ("email/letter.txt", "{{ letter.no_such_fact }}"),
        ("feeds/entry.html", "{{ entry.no_such_fact }}"),
        ("web/confirm.html", "{% if %}"),
        ("web/release.html", "{{ release.no_such.fact }}"),
        ("web/home.html", '{% include "web/home.html" %}'),
        ("email/letter.mjml", "<mjml><mj-body><mj-txt></mj-txt></mj-body></mjml>"),
        ("words/nl.po", 'msgid "Report"\nmsgstr "Rapport\n'),
    ],
)
def test_a_broken_template_is_told_once_with_its_place(site: Path, now: datetime, name: str, text: str) -> None:
    template(site, name, text)
    found = only(look_at_templates(Tools.of(site), now, faults_of_pages))
    assert found.verdict is Verdict.PROBLEM
    assert str(site / "templates" / name) in found.words
    assert found.remedy == "mend it, or delete it to use the built-in one"
