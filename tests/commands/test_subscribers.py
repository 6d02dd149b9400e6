"""Subscribers from the command line: addresses checked, choices changed, people imported, opt-outs honoured."""

from __future__ import annotations

from pathlib import Path

import pytest

from pressroom.models.people import UNTIL_ASKED
from pressroom.storage import Store
from pressroom.tools import Tools
from tests.conftest import CommandLine, Press, text_of

ADA = "ada@example.org"


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    fresh("topic", "add", "Rivers")
    fresh("topic", "add", "Roads")
    return fresh


def choices(run: CommandLine, address: str = ADA) -> list[str]:
    found: list[str] = run.ask("subscriber", "show", address)["choices"]
    return found


def test_everything_weekly_is_what_a_new_subscriber_gets(press: CommandLine) -> None:
    press("subscriber", "add", ADA)
    assert press.ask("subscriber", "show", ADA)["state"] == "pending"
    assert choices(press) == ["all=weekly"]


@pytest.mark.R12
@pytest.mark.parametrize("again", [ADA, "ADA@Example.ORG", f" {ADA} "])
def test_a_second_add_in_any_case_says_what_to_do_instead(press: CommandLine, again: str) -> None:
    press("subscriber", "add", ADA)
    answer = press("subscriber", "add", again, ok=False)
    assert answer.code == 1
    assert f"subscriber set {ADA}" in answer.err


@pytest.mark.R12
@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "ada@",
        "@example.org",
        "ada@example..org",
        "a b@example.org",
        "ada@example.org\r\nBcc: eve@example.org",
        "x" * 400 + "@example.org",
        "x" * 65 + "@example.org",
    ],
)
def test_an_address_that_cannot_be_one_is_refused_in_a_sentence(press: CommandLine, address: str) -> None:
    answer = press("subscriber", "add", address, ok=False)
    assert answer.code == 1
    assert answer.err.startswith("address:")
    assert press.ask("subscriber", "list") == []


def test_an_international_address_is_kept(press: CommandLine) -> None:
    press("subscriber", "add", "josé@bücher.example", "--confirmed")
    assert [one["address"] for one in press.ask("subscriber", "list")] == ["josé@bücher.example"]


def test_choices_change_one_by_one_and_all_together(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers=daily", "--topic", "Roads", "--confirmed")
    assert choices(press) == ["rivers=daily", "roads=weekly"]
    press("subscriber", "set", ADA, "--topic", "roads=monthly")
    assert choices(press) == ["rivers=daily", "roads=monthly"]
    press("subscriber", "set", ADA, "--frequency", "weekly", "--drop", "rivers", "--topic", "all")
    assert choices(press) == ["roads=weekly", "all=weekly"]


@pytest.mark.R12
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--topic", "lakes"], "topic list"),
        (["--topic", "rivers=hourly"], "immediate, daily, weekly, monthly"),
        (["--drop", "roads"], "does not follow"),
        (["--drop", "rivers"], "unsubscribe"),
    ],
)
def test_a_change_that_cannot_be_made_changes_nothing(press: CommandLine, words: list[str], said: str) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers", "--confirmed")
    answer = press("subscriber", "set", ADA, *words, ok=False)
    assert answer.code == 1
    assert said in answer.err
    assert choices(press) == ["rivers=weekly"]


@pytest.mark.R4
def test_a_filter_holds_back_for_good_what_is_not_wanted(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--frequency", "daily", "--confirmed")
    press("subscriber", "set", ADA, "--only-kind", "report", "--only-language", "en", "--no-partners")
    press("release", "add", "--title", "Wanted")
    press("release", "add", "--title", "A blog post", "--kind", "blog")
    press("release", "add", "--title", "In Dutch", "--language", "nl")
    press("release", "add", "--title", "Of a partner", "--publisher", "LOLA")
    press.wait(days=1)
    press("publish")
    press("subscriber", "set", ADA, "--only-kind", "all", "--only-language", "all", "--partners")
    press("release", "add", "--title", "Another post", "--kind", "blog")
    press.wait(days=1)
    press("publish")
    assert press.titles(ADA) == [["Wanted"], ["Another post"]]


@pytest.mark.parametrize(
    ("wanted", "got"), [("EN", ["Here", "There"]), ("en-gb", ["There"]), ("all", ["Elsewhere", "Here", "There"])]
)
def test_a_language_is_wanted_with_its_regions_in_any_case(press: CommandLine, wanted: str, got: list[str]) -> None:
    press("subscriber", "add", ADA, "--frequency", "daily", "--confirmed")
    press("subscriber", "set", ADA, "--only-language", wanted)
    for title, language in (("Here", "en"), ("There", "en-GB"), ("Elsewhere", "eng")):
        press("release", "add", "--title", title, "--language", language)
    press.wait(days=1)
    press("publish")
    assert press.titles(ADA) == [got]


@pytest.mark.R12
def test_a_limit_that_nothing_can_meet_is_refused_and_one_that_holds_is_said(press: CommandLine) -> None:
    press("subscriber", "add", ADA, "--confirmed")
    answer = press("subscriber", "set", ADA, "--only-language", "english??", ok=False)
    assert "no language code" in answer.err
    assert "languages nl" in press("subscriber", "set", ADA, "--only-language", "nl").out
    press("subscriber", "unsubscribe", ADA)
    assert press("subscriber", "set", ADA, "--only-kind", "report", ok=False).code == 1
    assert "languages" not in press("subscriber", "add", ADA, "--confirmed").out
    assert press.ask("subscriber", "show", ADA)["filter"] == {"kinds": [], "languages": [], "partners": True}


@pytest.mark.R7
@pytest.mark.parametrize(
    ("address", "spelling"),
    [("Ännchen@example.org", "änNCHEN@EXAMPLE.org"), ("bob@bücher.example", "bob@xn--bcher-kva.example")],
)
def test_an_opt_out_holds_for_every_spelling_of_an_address(
    press: CommandLine, tmp_path: Path, address: str, spelling: str
) -> None:
    press("subscriber", "add", address, "--frequency", "daily", "--confirmed")
    assert press("subscriber", "add", spelling, ok=False).code == 1
    file = tmp_path / "gone.csv"
    file.write_text(f"address\n{spelling}\n")
    press("subscriber", "import", str(file), "--suppressed")
    press("release", "add", "--title", "Floods")
    press.wait(days=1)
    press("publish")
    assert press.mails() == []
    assert press.ask("subscriber", "show", spelling)["state"] == "suppressed"


def test_what_was_chosen_before_stays_on_record(press: CommandLine, store: Store) -> None:
    press("subscriber", "add", ADA, "--topic", "rivers", "--confirmed")
    press("subscriber", "set", ADA, "--topic", "rivers=daily")
    press("subscriber", "unsubscribe", ADA)
    kept = [tuple(row) for row in store.rows("SELECT frequency, ended_at IS NOT NULL FROM subscriptions ORDER BY pk")]
    assert kept == [("weekly", 1), ("daily", 1)]
    consents = press.ask("subscriber", "show", ADA)["consents"]
    assert [one["what"].split(":")[0] for one in consents] == ["subscribed", "changed", "unsubscribed from everything"]


def write(run: CommandLine, text: str) -> str:
    path = run.site / "people.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_people_are_imported_with_a_stated_basis_and_nobody_is_mailed(press: CommandLine) -> None:
    file = write(
        press,
        "address,name,language,frequency,topics\n"
        "ada@example.org,Ada,en,daily,rivers;roads=monthly\n"
        "bo@example.org,,,,\n",
    )
    answer = press("subscriber", "import", file, "--basis", "members since 2024")
    assert "2 added" in answer.out
    assert choices(press) == ["rivers=daily", "roads=monthly"]
    assert choices(press, "bo@example.org") == ["all=weekly"]
    consents = press.ask("subscriber", "show", ADA)["consents"]
    assert [one["basis"] for one in consents] == ["members since 2024"]
    press("publish")
    assert press.mails() == []


def test_an_import_without_a_basis_is_refused(press: CommandLine) -> None:
    file = write(press, "address\nada@example.org\n")
    assert press("subscriber", "import", file, ok=False).code == 2
    assert press("subscriber", "import", file, "--basis", "  ", ok=False).code == 1
    assert press.ask("subscriber", "list") == []


@pytest.mark.R12
def test_bad_rows_are_named_and_the_good_ones_go_in(press: CommandLine) -> None:
    file = write(press, "address,topics\nada@example.org,lakes\nnonsense,\nbo@example.org,rivers\n")
    answer = press("subscriber", "import", file, "--basis", "members", ok=False)
    assert answer.code == 3
    assert "people.csv, line 2: " in answer.err
    assert "people.csv, line 3: address" in answer.err
    assert [one["address"] for one in press.ask("subscriber", "list")] == ["bo@example.org"]


def test_importing_people_twice_changes_nothing(press: CommandLine) -> None:
    file = write(press, "address,frequency\nada@example.org,daily\n")
    press("subscriber", "import", file, "--basis", "members")
    press("subscriber", "set", ADA, "--frequency", "monthly")
    assert "1 known already" in press("subscriber", "import", file, "--basis", "members").out
    assert choices(press) == ["all=monthly"]


def test_who_was_imported_is_told_the_day_that_the_row_tells_and_else_none(press: CommandLine) -> None:
    people = {
        "ada": ("2020-05-01,paper form", "You subscribed on 1 May 2020."),
        "bo": ("2021-12-31,", "You subscribed on 31 December 2021."),
        "cy": ("2020-05,paper form", ""),
        "di": (",paper form", ""),
        "ed": ("2099-01-01,paper form", ""),
    }
    rows = "".join(f"{name}@example.org,daily,{row}\n" for name, (row, _) in people.items())
    press("subscriber", "import", write(press, f"address,frequency,date,source\n{rows}"), "--basis", "members")
    press("subscriber", "add", "fay@example.org", "--frequency", "daily", "--confirmed")
    people["fay"] = ("", "You subscribed on 26 January 2026.")
    press("release", "add", "--title", "Locks")
    press.wait(days=1)
    press("publish")
    for name, (_, said) in people.items():
        [mail] = press.mails(f"{name}@example.org")
        for text in (text_of(mail), str(mail)):
            assert (said in " ".join(text.split())) if said else ("You subscribed" not in text), name


@pytest.mark.R7
@pytest.mark.parametrize("spelt", [ADA, "ada@EXAMPLE.org", "ada@example\u3002org", "ada@\uff45xample.org"])
def test_an_import_never_brings_back_who_has_left(press: CommandLine, spelt: str) -> None:
    press("subscriber", "import", write(press, f"address\n{ADA}\n"), "--basis", "members")
    file = write(press, f"address\n{spelt}\n")
    press("subscriber", "unsubscribe", ADA)
    answer = press("subscriber", "import", file, "--basis", "members", ok=False)
    assert answer.code == 1
    assert press.ask("subscriber", "show", ADA)["state"] == "ended"


@pytest.mark.R7
def test_an_import_takes_up_who_is_pending_unless_they_had_left_before(press: CommandLine) -> None:
    for name in ("new", "other", "third", "bad"):
        press("subscriber", "add", f"{name}@example.org", "--topic", "rivers=daily", "--language", "nl")
        press("subscriber", "set", f"{name}@example.org", "--only-kind", "report")
    press("subscriber", "add", "left@example.org", "--confirmed")
    press("subscriber", "unsubscribe", "left@example.org")
    press("subscriber", "add", "left@example.org")
    people = press.site / "people.csv"
    people.write_text(
        "address,topics,frequency,language\nnew@example.org,,,\nother@example.org,all=weekly,,\nleft@example.org,rivers,,\n"
        "third@example.org,,monthly,EN\nbad@example.org,,,klingon!!\n"
    )
    report = press("subscriber", "import", str(people), "--basis", "members", ok=False)
    assert "3 added" in report.out
    assert "klingon" in report.err
    assert press.ask("subscriber", "show", "bad@example.org")["state"] == "pending"
    third = press.ask("subscriber", "show", "third@example.org")
    assert (third["choices"], third["language"]) == (["rivers=monthly"], "en")
    assert third["consents"][-2]["what"] == "changed: rivers=monthly; language en"
    assert "unsubscribed here" in report.out + report.err
    for name, choices in (("new", ["rivers=daily"]), ("other", ["all=weekly"])):
        shown = press.ask("subscriber", "show", f"{name}@example.org")
        assert (shown["state"], shown["choices"], shown["language"]) == ("active", choices, "nl")
        assert shown["filter"]["kinds"] == ["report"]
        assert (shown["consents"][-1]["what"], shown["consents"][-1]["basis"]) == ("confirmed", "members")
    assert press.ask("subscriber", "show", "left@example.org")["state"] == "pending"
    press("publish")
    assert press.mails("new@example.org") == []


@pytest.mark.R7
@pytest.mark.parametrize("reason", UNTIL_ASKED)
def test_an_import_takes_up_nobody_whose_address_waits_for_its_owner(
    press: CommandLine, store: Store, tools: Tools, reason: str
) -> None:
    press("subscriber", "add", ADA)
    store.suppressions.add(tools.signer.address_hash(ADA), reason, press.now)
    report = press("subscriber", "import", write(press, f"address\n{ADA}\n"), "--basis", "members", ok=False)
    assert "only who signs up there undoes that" in report.out + report.err
    assert press.ask("subscriber", "show", ADA)["state"] == "pending"


@pytest.mark.R7
@pytest.mark.parametrize("words", [("unsubscribe", ADA), ("import", "never.csv", "--suppressed")])
def test_a_request_made_a_moment_after_leaving_ends_by_command(press: CommandLine, words: tuple[str, ...]) -> None:
    press("subscriber", "add", ADA, "--confirmed")
    press("subscriber", "unsubscribe", ADA)
    press("subscriber", "add", ADA, "--topic", "rivers=daily")
    (press.site / "never.csv").write_text(f"address\n{ADA}\n")
    press("subscriber", *[str(press.site / word) if word.endswith(".csv") else word for word in words])
    shown = press.ask("subscriber", "show", ADA)
    assert (shown["state"], shown["choices"]) == ("ended" if words[0] == "unsubscribe" else "suppressed", [])
    press("publish")
    assert press.mails(ADA) == []


def test_opt_outs_of_the_old_system_are_never_mailed(press: CommandLine, store: Store) -> None:
    press("subscriber", "add", ADA, "--confirmed")
    file = write(press, "address,reason\nADA@example.org,asked\nbo@example.org,asked\n")
    assert "2 suppressed" in press("subscriber", "import", file, "--suppressed").out
    assert press.ask("subscriber", "show", ADA)["state"] == "suppressed"
    refused = press("subscriber", "add", "Bo@example.org", "--confirmed", ok=False)
    assert refused.code == 4
    assert store.value("SELECT count(*) FROM suppressions WHERE address_hash LIKE '%@%'") == 0
    again = press("subscriber", "import", file, "--suppressed")
    assert "0 suppressed, 2 known already" in again.out


@pytest.mark.R6
def test_forgetting_leaves_no_trace_of_the_person_and_the_numbers_as_they_were(
    press: CommandLine, store: Store
) -> None:
    press("subscriber", "add", "forget.me@example.org", "--name", "Zebedee", "--frequency", "daily", "--confirmed")
    press("release", "add", "--title", "Floods")
    press.wait(days=1)
    press("publish")
    press("subscriber", "forget", "forget.me@example.org", "--yes")
    (one,) = press.ask("digest", "list")
    assert (one["counts"]["enlisted"], one["counts"]["sent"]) == (1, 1)
    everything = "\n".join(store.connection.iterdump())
    assert "forget.me" not in everything
    assert "Zebedee" not in everything
    assert press("subscriber", "add", "forget.me@example.org", ok=False).code == 4


@pytest.mark.R7
def test_a_lost_secret_is_said_and_never_replaced_by_a_new_one(press: CommandLine) -> None:
    file = write(press, "address\nada@example.org\n")
    press("subscriber", "import", file, "--suppressed")
    (press.site / "data" / "secret.key").unlink()
    answer = press("subscriber", "add", ADA, "--confirmed", ok=False)
    assert answer.code == 2
    assert "backup" in answer.err
    assert press("init", ok=False).code == 2
    assert press.ask("subscriber", "list") == []


def test_the_secret_and_the_addresses_are_readable_by_their_owner_only(press: CommandLine) -> None:
    for name in ("secret.key", "catalogue.db"):
        path: Path = press.site / "data" / name
        assert path.stat().st_mode & 0o077 == 0


def test_the_language_of_the_mail_can_be_changed(press: CommandLine) -> None:
    press("subscriber", "add", "piet@example.org", "--confirmed")
    press("subscriber", "set", "piet@example.org", "--language", "nl-BE")
    shown = press.ask("subscriber", "show", "piet@example.org")
    assert shown["language"] == "nl-BE"
    assert shown["consents"][-1]["what"] == "language: nl-BE"
    for nonsense in ("", "no language"):
        assert press("subscriber", "set", "piet@example.org", "--language", nonsense, ok=False).code == 1
