"""`publisher demo`: the main job on the sample, twice, and never by SMTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import CommandLine, text_of


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_demo_releases_the_2026_rows_and_delivers_what_is_due(run: CommandLine) -> None:
    done = run("--json", "demo").document
    assert done["releases"] == {"in": 131, "announced": 4, "expected": 3}
    got = {one["address"].split(".")[0]: (one["items"], one["releases"]) for one in done["digests"]["delivered"]}
    # The rows of 2026 are one item, led by the collection, for who gets it too.
    assert got == {"asha": (1, 4), "ben": (1, 1), "carys": (1, 1), "daan": (1, 4), "elin": (2, 2), "farah": (0, 0)}
    assert [one["mails"] for one in done["digests"]["delivered"]] == [1, 1, 1, 1, 1, 0]
    newest = [item["title"] for item in run.feed("series/public-sector-digital-trends")["items"][:4]]
    assert all("2026" in title for title in newest)
    assert all(str(mail["From"]) == "Example Association <digest@example.org>" for mail in run.mails())
    assert len(run.feed("all")["items"]) == 50


@pytest.mark.R10
def test_a_second_demo_says_nothing_is_new_and_changes_no_byte(run: CommandLine) -> None:
    run("demo")
    before = files_below(run.site / "feeds"), files_below(run.site / "data" / "outbox")
    again = run("demo")
    assert again.out.startswith("Nothing is new")
    assert (files_below(run.site / "feeds"), files_below(run.site / "data" / "outbox")) == before


@pytest.mark.R9
def test_no_members_only_address_of_the_sample_is_in_feeds_or_mails(run: CommandLine) -> None:
    run("demo")
    members = run("release", "show", "our-focus-for-2026-five-trends-summary").out
    assert "members" in members
    mails = " ".join(text_of(mail) for mail in run.mails())
    assert "Members only" in mails


def test_a_real_catalogue_is_never_filled_with_the_sample(run: CommandLine) -> None:
    run("init")
    answer = run("demo", ok=False)
    assert answer.code == 4
    assert run.ask("release", "list") == []
