"""Settings: where they come from, what wins, and one sentence for each slip that names its place and the remedy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pressroom.errors import SettingsError
from pressroom.settings import Settings
from pressroom.settings.loading import check_settings, load_settings
from tests.conftest import CommandLine

KEYS_OF_SITE = "name, description, url, timezone, language, publisher, contact, privacy, accessibility"
KEYS_OF_SMTP = "host, port, user, password, security, timeout_seconds, connections"
SECTIONS = "[site], [brand], [feeds], [digest], [mail], [smtp], [dkim], [bounces], [web], [desk], [log], [retention]"


@pytest.fixture
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The credentials folder, as systemd sets it."""
    folder = tmp_path / "credentials"
    folder.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    return folder


def settings_of(site: Path, text: str = "") -> Settings:
    (site / "publisher.toml").write_text(text, encoding="utf-8")
    return load_settings(site)


def refusal(site: Path, text: str | None = None) -> str:
    """Return what is said about settings that cannot be used."""
    if text is not None:
        (site / "publisher.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings(site)
    return str(caught.value)


@pytest.mark.R12
def test_wrong_settings_end_a_command_with_2_and_one_sentence(run: CommandLine, site: Path) -> None:
    (site / "publisher.toml").write_text("[smtp]\nhots = 'x'\n")
    answer = run("publish", ok=False)
    assert answer.code == 2
    assert answer.err == f"{site}/publisher.toml: [smtp] hots is unknown; [smtp] knows {KEYS_OF_SMTP}.\n"


@pytest.mark.R12
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[smpt]\n", f"[smpt] is unknown; the sections are {SECTIONS}"),
        ("site = 'x'", "[site] is no section; write [site] on a line of its own, and its keys below"),
        ("[[site]]\nname = 'x'", "[site] is no section; write [site] on a line of its own, and its keys below"),
        ("[site]\nname = ' '", "[site] name is empty; give the organisation's name"),
        ("[site]\nname = 5", "[site] name should be a valid string"),
        ("[site]\ntimezone = 'Europe/Londn'",
         "[site] timezone is “Europe/Londn”, which is no time zone; write it like Europe/London"),
        ("[site]\nurl = 'javascript:alert(1)'",
         "[site] url is wrong: “javascript:alert(1)” is no web address; give one that begins with https:// or http://"),
        ("[site]\nurl = 'https://e.org/?x'",
         "[site] url is “https://e.org/?x”; give the address of the site alone, like https://press.example.org"),
        ("[site]\nurl = 'https://e.org/news'",
         "[site] url has a path, “/news”; give the pages a host of their own, like https://press.example.org"),
        (f"[site]\nurl = 'https://e.org/{'x' * 200}'", "[site] url is 214 characters long; keep it under 200"),
        ("[site]\nlanguage = 'English'",
         "[site] language is wrong: “English” is no language code; write it like en, nl or pt-BR"),
        ("[site]\nlanguage = ''", "[site] language is empty; write it like en, nl or pt-BR"),
        ("[brand]\nink = 'red'", "[brand] ink is “red”; write a colour like #0b5394"),
        ("[feeds]\nnewest = true", "[feeds] newest is true or false; write a number"),
        ("[feeds]\nnewest = 0", "[feeds] newest should be greater than or equal to 1"),
        ("[feeds]\nhubs = ['http://hub.example.org/']", "[feeds] hubs has “http://hub.example.org/”; give addresses "
         "of hubs that begin with https://, or with http:// on this machine"),
        ("[feeds]\nhubs = ['https://hub.example.org/', '']", "[feeds] hubs has “”; give addresses of hubs that begin "
         "with https://, or with http:// on this machine"),
        ("[feeds]\nhubs = 'https://hub.example.org/'", "[feeds] hubs should be a valid tuple"),
        (f"[feeds]\nhubs = {['https://hub.example.org/'] * 11}", "[feeds] hubs has 11 addresses, and every "
         "change is told to each; give 10 at most"),
        ("[digest]\nat = '8am'", "[digest] at is “8am”; write it like 08:00, in the zone of [site] timezone"),
        ("[digest]\nat = 8", "[digest] at is “8”; write it like 08:00, in the zone of [site] timezone"),
        ("[digest]\nat = '08:00:30'", "[digest] at is “08:00:30”; write it like 08:00, in the zone of [site] timezone"),
        ("[digest]\nquiet_minutes = 90",
         "[digest] has quiet_minutes 90, which is more than longest_wait_minutes 60; make the wait the longer one"),
        ("[mail]\nfrom_address = 'nope'", "[mail] from_address is wrong: “nope” cannot be used (An email address must "
         "have an @-sign); write it like digest@example.org"),
        ("[mail]\noutbox = '.'", "[mail] outbox is “.”; name a folder of its own within data/, like “outbox”"),
        ("[smtp]\nhost = 'mail.example.org'\nsecurity = 'none'",
         "[smtp] has security “none”, which is for a server on this machine only; choose starttls or tls"),
        ("[bounces]\naddress = 'Bounces+x@example.org'", "[bounces] address is “Bounces+x@example.org”; before the @ "
         "take small letters, digits, dots and hyphens, 34 at most, and neither unsubscribe nor fbl: “+” and a token "
         "of 29 letters come behind them"),
        (f"[bounces]\naddress = '{'b' * 35}@example.org'", f"[bounces] address is “{'b' * 35}@example.org”; before the "
         "@ take small letters, digits, dots and hyphens, 34 at most, and neither unsubscribe nor fbl: “+” and a token "
         "of 29 letters come behind them"),
        ("[bounces]\naddress = 'b@example.org'\nlisten = '2424'",
         "[bounces] listen is “2424”; write it like 127.0.0.1:2424, or [::1]:2424"),
        ("[bounces]\nlisten = '127.0.0.1:2424'",
         "[bounces] has listen, and no address; name the address that mail comes back to"),
        ("[retention]\nbounces_days = 30", "[retention] has bounces_days 30; give at least 90, or 0 for ever, since "
         "what came back counts for so long"),
        ("[web]\nhost = ''", "[web] host is empty; write it like 127.0.0.1"),
        ("[web]\nproxies = ['10.0.0.5', 'proxy.example.org']", "[web] proxies has “proxy.example.org”; write addresses "
         "like 10.0.0.5, or networks like 10.0.0.0/24"),
        *((f"[web]\nmetrics_token = '{token}'", "[web] metrics_token has fewer than 16 letters, or others than ASCII; "
         "make one with “openssl rand -hex 16”") for token in ("too-short", "sixteen-letters-ö", "sixteen letters .")),
        ("[log]\nformat = 'xml'", "[log] format should be 'text' or 'json'"),
        ("[web]\nproxies = ['10.0.0.5/24']",
         "[web] proxies has “10.0.0.5/24”; write addresses like 10.0.0.5, or networks like 10.0.0.0/24"),
    ],
)  # fmt: skip
def test_each_slip_is_said_with_its_key_and_the_right_form(tmp_path: Path, text: str, said: str) -> None:
    assert refusal(tmp_path, text) == f"{tmp_path}/publisher.toml: {said}."


@pytest.mark.R12
@pytest.mark.parametrize("address", ["a..b@example.org", '"@x', "a@b", "a@-", "a@b.c:25", 'a"b@c.d', "P <a@b.org>"])
@pytest.mark.parametrize("key", ["from_address", "reply_to"])
def test_what_could_be_nobodys_address_is_no_sender(tmp_path: Path, key: str, address: str) -> None:
    assert f"[mail] {key} is wrong" in refusal(tmp_path, f"[mail]\n{key} = '{address}'\n")


@pytest.mark.R12
@pytest.mark.parametrize(
    "folder", ["", "./", "/tmp/x", "../x", "catalogue.db", "catalogue.db-wal", "secret.key", "publish.lock/mail"]
)
def test_the_outbox_is_a_folder_of_its_own(tmp_path: Path, folder: str) -> None:
    assert "[mail] outbox is" in refusal(tmp_path, f"[mail]\noutbox = '{folder}'\n")


@pytest.mark.R12
@pytest.mark.parametrize(
    "hub",
    [
        "hub.example.org",
        "https://",
        "https://me@hub.example.org/",
        "https://hub.example.org:port/",
        "https://hub.example.org/#publish",
        "https://hüb.example.org/",
        "http://localhost.example.org/",
        "http://[::2]/",
        "file:///etc/passwd",
        "https://hub.example.org/\nX-Evil: 1",
    ],
)
def test_what_a_ping_must_not_go_to_is_no_hub(tmp_path: Path, hub: str) -> None:
    with pytest.raises(SettingsError, match=r"\[feeds\] hubs has"):
        check_settings({"feeds": {"hubs": [hub]}}, "publisher.toml")


def test_hubs_are_on_other_machines_with_https_or_on_this_one(tmp_path: Path) -> None:
    hubs = ("https://hub.example.org", "http://127.0.0.1:8080/hub?x=1", "http://[::1]:80/")
    assert settings_of(tmp_path, f"[feeds]\nhubs = {[*hubs, hubs[0]]}\n").feeds.hubs == hubs


def test_what_people_write_with_good_reason_is_taken(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path,
        "\ufeff[site]\nlanguage = 'NL'\n[digest]\nat = 07:30:00\nweekly_on = 'Thursday'\n"
        "[mail]\nreply_to = ''\nfrom_address = 'Press@Bücher.example'\noutbox = 'mail/out'\n[smtp]\nsecurity = 'TLS'\n",
    )
    assert (settings.site.language, settings.smtp.security, settings.mail.outbox) == ("nl", "tls", "mail/out")
    assert (settings.digest.at.isoformat("minutes"), settings.digest.weekly_on) == ("07:30", "thursday")
    assert (settings.mail.from_address, settings.mail.reply_to) == ("Press@bücher.example", None)


@pytest.mark.R12
def test_a_settings_file_that_is_no_file_is_never_taken_for_none(tmp_path: Path) -> None:
    file = tmp_path / "publisher.toml"
    assert load_settings(tmp_path) == Settings()
    file.symlink_to(tmp_path / "nowhere")
    assert "is a link that leads nowhere; put a file in its place, or remove it." in refusal(tmp_path)
    file.unlink()
    file.mkdir()
    assert refusal(tmp_path) == f"{file} is a folder; put a file in its place, or remove it."


@pytest.mark.R12
def test_a_settings_file_that_cannot_be_read_is_named_with_the_place(tmp_path: Path) -> None:
    (tmp_path / "publisher.toml").write_bytes(b"[site]\nname = 'caf\xe9'\n")
    assert refusal(tmp_path) == f"{tmp_path}/publisher.toml is not UTF-8 (byte 19); save it as UTF-8."
    assert "line 1, column 6" in refusal(tmp_path, "[site\n")


def test_settings_come_from_file_credentials_and_environment_in_that_order(
    tmp_path: Path, credentials: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (credentials / "smtp__user").write_text("folder\n")
    (credentials / "SMTP__PASSWORD").write_text("folder\n")
    monkeypatch.setenv("PUBLISHER_SMTP__PASSWORD", "environment")
    smtp = settings_of(tmp_path, "[smtp]\nhost = 'file'\nuser = 'file'\npassword = 'file'\n").smtp
    assert (smtp.host, smtp.user, smtp.password.get_secret_value()) == ("file", "folder", "environment")
    assert "environment" not in repr(smtp)


def test_what_else_lies_in_the_credentials_folder_and_the_environment_is_left_alone(
    tmp_path: Path, credentials: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (credentials / "tls-key").write_bytes(b"\xff\xfe")
    (credentials / ".smtp__passwd").write_text("x")
    (credentials / "folder").mkdir()
    monkeypatch.setenv("PUBLISHER_HOME", "x")
    assert load_settings(tmp_path) == Settings()


@pytest.mark.R12
@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("web__port", b"99999", "should be less than or equal to 65535"),
        ("site", b"x", f"names no key of [site]; behind two underscores it takes one of {KEYS_OF_SITE}"),
        ("smtp__pasword", b"x", f"names no key of [smtp]; behind two underscores it takes one of {KEYS_OF_SMTP}"),
        ("foo__bar", b"x", f"names no section; the sections are {SECTIONS}"),
        ("smtp__password", b"\xff", "is not UTF-8 (byte 1); save it as UTF-8"),
        ("smtp__password", b"x" * 1_000_001, "is larger than 1,000,000 bytes; put the settings alone there"),
    ],
)
def test_a_wrong_credential_is_named_by_its_file(
    tmp_path: Path, credentials: Path, name: str, content: bytes, said: str
) -> None:
    (credentials / name).write_bytes(content)
    assert refusal(tmp_path) == f"{credentials / name} {said}."


@pytest.mark.R12
def test_a_credentials_folder_that_is_none_is_said_and_an_empty_name_is_not_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "credentials"
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(place))
    beginning = f"The credentials folder {place} cannot be read:"
    assert refusal(tmp_path).startswith(f"{beginning} no such file or directory; mend CREDENTIALS_DIRECTORY")
    place.touch()
    assert refusal(tmp_path).startswith(f"{beginning} not a directory; mend CREDENTIALS_DIRECTORY")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "")
    assert load_settings(tmp_path) == Settings()


@pytest.mark.R12
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PUBLISHER_SMPT__HOST", "x", f"names no section; the sections are {SECTIONS}"),
        ("PUBLISHER_SITE", "x", f"names no key of [site]; behind two underscores it takes one of {KEYS_OF_SITE}"),
        ("PUBLISHER_FEEDS__NEWST", "5", "names no key of [feeds]; behind two underscores it takes one of newest, hubs"),
        ("PUBLISHER_SITE__NAME__X", "5",
         f"names no key of [site]; behind two underscores it takes one of {KEYS_OF_SITE}"),
        ("PUBLISHER_WEB__PORT", "99999", "should be less than or equal to 65535"),
        ("publisher_web__port", "99999", "should be less than or equal to 65535"),
        ("PUBLISHER_SMTP__PASSWORD", "\udcff", "is not UTF-8; write it in UTF-8"),
    ],
)  # fmt: skip
def test_a_wrong_variable_is_named_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    assert refusal(tmp_path) == f"{name} in the environment {said}."


@pytest.mark.R12
def test_what_is_wrong_with_a_whole_section_names_every_place_that_it_is_gathered_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLISHER_DIGEST__QUIET_MINUTES", "90")
    file = tmp_path / "publisher.toml"
    said = refusal(tmp_path, "[digest]\nlongest_wait_minutes = 30\n")
    assert said.startswith(f"{file} and PUBLISHER_DIGEST__QUIET_MINUTES in the environment: [digest] has quiet_minutes")


@pytest.mark.R12
@pytest.mark.parametrize(
    ("name", "colour"),
    [
        ("brand", "#00a3e0"),
        ("ink", "#999999"),
        ("quiet_dark", "#444444"),
        ("attention", "#c8b060"),
        ("paper", "#0b5394"),
    ],
)
def test_colours_that_cannot_be_read_are_refused_with_both_their_keys(name: str, colour: str) -> None:
    with pytest.raises(SettingsError) as refused:
        check_settings({"brand": {name: colour}}, "publisher.toml")
    assert re.search(r"publisher.toml: \[brand\] has \w+ #\w+ on \w+ #\w+.*4.5 to 1", str(refused.value))
    assert f"{name} {colour}" in str(refused.value)


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        ("https://PRESS.Example.org", "https://press.example.org"),
        ("https://press.example.org:443/", "https://press.example.org"),
        ("http://press.example.org:80", "http://press.example.org"),
        ("https://press.example.org:8443", "https://press.example.org:8443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("http://[2001:DB8::1]:8080", "http://[2001:db8::1]:8080"),
    ],
)
def test_the_address_of_the_site_is_taken_in_the_form_in_which_addresses_are_compared(written: str, taken: str) -> None:
    assert check_settings({"site": {"url": written}}, "here").site.url == taken


def test_the_address_of_a_site_whose_host_can_have_no_name_is_refused() -> None:
    with pytest.raises(SettingsError, match="whose host is no name"):
        check_settings({"site": {"url": "https://" + "ü" * 63 + ".example"}}, "here")
