"""An editor enters, publishes, revises and withdraws releases at the desk, and finds them."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

import pytest

from tests.conftest import CommandLine, Press
from tests.web.desk.forms import a_site_with_topics, fields_of, send
from tests.web.desk.working import Worker

PAGE = "/desk/releases/rivers-in-spring"


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    return a_site_with_topics(fresh)


def test_a_draft_is_saved_with_hardly_anything_and_goes_nowhere(publisher: Worker, press: CommandLine) -> None:
    status, page = send(publisher.browser, "/desk/new", title="Rivers", summary="", topics=[])
    assert (status, "Saved." in page, "Next: nothing, it is a draft." in page) == (200, True, True)
    assert press.ask("release", "show", "rivers")["state"] == "draft"
    press("publish")
    assert press.feed("all")["items"] == []


def test_what_goes_out_must_say_four_things_and_each_is_named_at_its_field(publisher: Worker) -> None:
    status, page = send(publisher.browser, "/desk/new/publish", title="", summary="", topics=[])
    assert status == 400
    assert re.findall(r'<li><a href="#(\w+)">', page) == ["title", "summary", "topics"]
    for name in ("title", "summary", "topics"):
        assert f'id="{name}-error"' in page
    assert "New release" in page  # nothing was entered
    assert "There are no releases yet" in publisher.browser.get("/desk/releases").text


def test_published_now_it_is_in_the_feeds_with_the_next_look(publisher: Worker, press: CommandLine) -> None:
    status, page = send(publisher.browser, "/desk/new/publish")
    assert (status, "it goes out as soon as a service" in page, "Next: feeds now" in page) == (200, True, True)
    press("publish")
    (item,) = press.feed("topics/rivers")["items"]
    assert item["title"] == "Rivers in spring"
    assert "went live" in publisher.browser.get("/desk/releases/rivers-in-spring").text


def test_a_topic_is_found_by_its_alias_and_one_that_is_not_there_is_named(
    publisher: Worker, press: CommandLine
) -> None:
    send(publisher.browser, "/desk/new", topics=["", "Streams; roads"])
    assert press.ask("release", "show", "rivers-in-spring")["topics"] == ["rivers", "roads"]
    status, page = send(publisher.browser, "/desk/new", title="Other", topics=["Canals"])
    assert (status, "“Canals” is no topic" in page) == (400, True)


def test_every_field_of_the_catalogue_is_entered_and_shown_again(publisher: Worker, press: CommandLine) -> None:
    press("release", "add", "--title", "Rivers in winter", "--draft")
    every = {
        "subtitle": "A year", "url": "https://example.org/r",
        "published": "2026-01", "language": "nl", "publisher": "LOLA", "series": "Water", "edition": "2026",
        "collection": "Rivers", "part": "3 of 6", "reference": "R 1", "doi": "10.1234/abc", "isbn": "978-3-16-148410-0",
        "licence": "CC BY 4.0", "translations": "en; fr",
        "event_date": "2026-03-18/2026-03-19", "expected": "2026-05", "duplicate_url": "https://example.org/old",
        "body": "<p>All of it.</p>", "access": "mixed", "urgent": ["no", "yes"], "authors": ["Ann Dee", "", "Bo Li"],
        "partners": ["V-ICT-OR"], "relations": "replaces=rivers-in-winter",
        "file_url": ["https://example.org/r.pdf", "", "https://example.org/r.mp3"], "file_format": ["", "html", ""],
        "file_size": ["1200000", "", ""], "file_pages": ["12", "", ""], "file_duration": ["", "", "1:00"],
        "file_access": ["public", "", ""],
    }  # fmt: skip
    send(publisher.browser, "/desk/new", **every)
    before = press.ask("release", "show", "rivers-in-spring")
    expected = {
        "subtitle": "A year", "url": "https://example.org/r", "own_date": "2026-01", "language": "nl",
        "publisher": "LOLA", "series": "Water", "edition": "2026", "collection": "Rivers", "part": 3, "part_count": 6,
        "reference": "R 1", "doi": "10.1234/abc", "isbn": "978-3-16-148410-0", "licence": "CC BY 4.0",
        "translations": ["en", "fr"], "event_start": "2026-03-18", "event_end": "2026-03-19", "expected": "2026-05",
        "old_urls": ["https://example.org/old"], "body": "<p>All of it.</p>", "access": "mixed", "urgent": True,
        "authors": ["Ann Dee", "Bo Li"], "partners": ["V-ICT-OR"],
    }  # fmt: skip
    assert {name: before[name] for name in expected} == expected
    assert before["files"] == [
        {"format": "pdf", "url": "https://example.org/r.pdf", "size": 1_200_000, "access": "public", "pages": 12},
        {"format": "html", "access": "members"},
        {"format": "mp3", "url": "https://example.org/r.mp3", "access": "members", "duration": 60},
    ]
    assert before["relations"][0].startswith("replaces=tag:")
    page = publisher.browser.get("/desk/releases/rivers-in-spring").text
    for value in ("A year", "3 of 6", "2026-03-18/2026-03-19", "1200000", "Bo Li", "CC BY 4.0", "en; fr"):
        assert value in page


def test_the_longest_text_of_a_release_goes_in_in_any_script(publisher: Worker, press: CommandLine) -> None:
    body = "川" * 490_000
    status, _ = send(publisher.browser, "/desk/new", body=body)
    assert (status, press.ask("release", "show", "rivers-in-spring")["body"] == body) == (200, True)
    status, page = send(publisher.browser, "/desk/new", title="More", body="川" * 500_001)
    assert (status, 'href="#body"' in page) == (400, True)


def test_a_form_that_is_sent_as_it_was_opened_changes_nothing(publisher: Worker, press: CommandLine) -> None:
    press("release", "add", "--title", "Known", "--topic", "rivers", "--summary", "S.", "--draft")
    with sqlite3.connect(press.site / "data" / "catalogue.db") as catalogue:
        catalogue.execute("INSERT INTO release_authors VALUES (1, 0, 'Ann Dee', 0, 'editor', '0000-0002-1825-0097')")
        catalogue.execute(
            "INSERT INTO release_files VALUES (1, 0, 'pdf', 'https://e.org/k.pdf', 4096, 'public', 3, NULL)"
        )
        catalogue.execute("""UPDATE releases SET extra = '{"colour": "blue"}'""")
    catalogue.close()
    before = press.ask("release", "show", "known")
    page = publisher.browser.get("/desk/releases/known").text
    publisher.browser.post("/desk/releases/known", data=fields_of(page))
    assert press.ask("release", "show", "known") == before
    assert press.ask("audit")[0]["act"] != "release edit"
    publisher.browser.post("/desk/releases/known", data=fields_of(page) | {"file_pages": ["4", "", ""]})
    assert press.ask("release", "show", "known")["files"][0] | {"access": ""} == {
        "format": "pdf", "url": "https://e.org/k.pdf", "size": 4096, "access": "", "pages": 4,
    }  # fmt: skip


def test_a_revision_is_told_with_its_note_and_a_silent_change_is_not(publisher: Worker, press: CommandLine) -> None:
    send(publisher.browser, "/desk/new/publish")
    press("publish")
    path = "/desk/releases/rivers-in-spring"
    status, page = send(publisher.browser, f"{path}/edit", summary="Other words.")
    assert (status, "without a word to readers" in page) == (200, True)
    assert [one["change"] for one in press.ask("release", "show", "rivers-in-spring")["announcements"]] == ["new"]
    status, page = send(publisher.browser, f"{path}/revise", note="")
    assert (status, "note" in re.findall(r'<li><a href="#(\w+)">', page)) == (400, True)
    status, page = send(publisher.browser, f"{path}/revise", note="Two figures corrected.", summary="Right figures.")
    assert (status, "Readers are told" in page) == (200, True)
    announced = press.ask("release", "show", "rivers-in-spring")["announcements"]
    assert [(one["change"], one["note"]) for one in announced] == [("new", ""), ("revised", "Two figures corrected.")]


def test_it_is_withdrawn_with_a_reason_and_what_replaces_it(publisher: Worker, press: CommandLine) -> None:
    send(publisher.browser, "/desk/new/publish")
    send(publisher.browser, "/desk/new/publish", title="Rivers, mended")
    press("publish")
    path = "/desk/releases/rivers-in-spring/withdraw"
    assert "It cannot be undone" in publisher.browser.get(path).text
    refused = publisher.browser.post(path, data={"reason": " ", "replacement": "nobody"})
    assert (refused.status_code, refused.text.count('class="error"')) == (400, 2)
    publisher.browser.post(path, data={"reason": "Wrong.", "replacement": "rivers-mended"})
    shown = press.ask("release", "show", "rivers-in-spring")
    assert (shown["state"], shown["withdrawn_reason"]) == ("withdrawn", "Wrong.")
    assert shown["replacement"] == press.ask("release", "show", "rivers-mended")["id"]


@pytest.mark.R1
@pytest.mark.R4
def test_what_no_mail_has_told_of_is_taken_back_and_nobody_is_mailed(publisher: Worker, press: CommandLine) -> None:
    press("subscriber", "add", "ada@example.org", "--frequency", "daily", "--confirmed")
    send(publisher.browser, "/desk/new/publish", urgent=["no"])
    press("publish")
    page = publisher.browser.post("/desk/releases/rivers-in-spring/undo").text
    assert "This is a new draft" in page
    assert 'value="Rivers in spring"' in page
    press.wait(days=2)
    press("publish")
    assert press.mails() == []
    (item,) = press.feed("all")["items"]
    assert "Withdrawn" in item["title"]
    publisher.sign_in()
    send(publisher.browser, "/desk/releases/rivers-in-spring-2/publish")
    press("publish")
    press.wait(days=1)
    press("publish")
    assert press.titles("ada@example.org") == [["Rivers in spring", "Rivers in spring"]]
    publisher.sign_in()
    refused = publisher.browser.post("/desk/releases/rivers-in-spring-2/undo")
    assert (refused.status_code, "told of" in refused.text) == (409, True)


def test_the_list_says_in_words_when_a_release_is_expected_and_what_changed_today(
    press: CommandLine, editor: Worker, tmp_path: Path
) -> None:
    rows = "title,status,expected\nFloods,scheduled,2026-05\nWeirs,scheduled,--11\nDams,scheduled,2027\n"
    (tmp_path / "expected.csv").write_text(rows, encoding="utf-8")
    press("import", str(tmp_path / "expected.csv"))
    press("release", "add", "--title", "Bridges")
    press("publish", "--feeds-only")
    at = f"{press.now:%H:%M}"
    page = editor.browser.get("/desk/releases").text
    said = re.findall(r"<td>([^<]*)</td></tr>", page)
    assert said == ["expected 2027", "expected in November", "expected in May 2026", f"{at} today"]
    press.wait(days=1)
    assert editor.sign_in() == 303
    assert "<td>2026-01-26</td></tr>" in editor.browser.get("/desk/releases").text


def test_the_list_finds_by_words_state_topic_and_kind(publisher: Worker, press: CommandLine) -> None:
    for title, kind in (("Dams", "report"), ("Bridges", "guide")):
        press("release", "add", "--title", title, "--kind", kind, "--topic", "rivers")
    press("publish")
    press("release", "add", "--title", "Weirs of Ñandú", "--draft", "--topic", "roads")
    press("release", "add", "--title", "Locks", "--at", "2026-02-02T08:00")

    def listed(asked: str = "") -> list[str]:
        return re.findall(
            r'<th scope="row"><a href="/desk/releases/([^"]+)"', publisher.browser.get(f"/desk/releases{asked}").text
        )

    assert listed() == ["locks", "weirs-of-nandu", "bridges", "dams"]
    assert listed("?q=WEIRS") == ["weirs-of-nandu"]
    assert listed("?q=bridg") == ["bridges"]
    assert listed("?state=draft") == ["weirs-of-nandu"]
    assert listed("?state=live&kind=guide") == ["bridges"]
    assert listed("?topic=rivers") == ["bridges", "dams"]
    assert listed("?state=nonsense&page=x") == listed()
    assert "No release matches" in publisher.browser.get("/desk/releases?q=nothing").text
    assert (
        "goes out on Monday 2 February 08:00" in publisher.browser.get("/desk/releases").text
        or "goes out on Monday" in publisher.browser.get("/desk/releases").text
    )


def test_every_page_of_a_long_list_has_its_own_and_all_are_there(publisher: Worker, press: CommandLine) -> None:
    rows = press.site / "rows.jsonl"
    rows.write_text("".join(f'{{"title": "R{n}", "url": "https://e.org/{n}"}}\n' for n in range(70)), encoding="utf-8")
    press("import", str(rows), "--announce", "none")
    for n in range(35):
        press("release", "add", "--title", f"Draft {n}", "--draft")
    seen: list[str] = []
    for number in (1, 2, 3):
        page = publisher.browser.get(f"/desk/releases?page={number}").text
        seen += re.findall(r'<th scope="row"><a href="/desk/releases/([^"]+)"', page)
    assert (len(seen), len(set(seen)), seen[0], seen[34]) == (105, 105, "draft-34", "draft-0")


def test_everything_stands_in_the_audit_log_with_how_it_was_and_is(publisher: Worker, press: CommandLine) -> None:
    send(publisher.browser, "/desk/new")
    path = "/desk/releases/rivers-in-spring"
    send(publisher.browser, path, summary="Shorter.")
    send(publisher.browser, f"{path}/publish", summary="Shorter.")
    press("publish")
    press("release", "revise", "rivers-in-spring", "--note", "A map.")
    publisher.browser.post(f"{path}/withdraw", data={"reason": "Wrong."})
    entries = [one for one in press.ask("audit") if one["about"] == "rivers-in-spring"][::-1]
    assert [(one["who"], one["act"]) for one in entries] == [
        ("Pia", "release add"), ("Pia", "release edit"), ("Pia", "release publish"),
        ("command line", "release revise"), ("Pia", "release withdraw"),
    ]  # fmt: skip
    assert entries[1]["before"] == {"summary": "What rivers do in spring, and why."}
    assert entries[1]["after"] == {"summary": "Shorter."}
    assert entries[3]["after"]["note"] == "A map."
    assert entries[4]["after"]["withdrawn_reason"] == "Wrong."
    assert "as they were written" in press("audit", "--verify").out


def test_what_no_field_shows_of_authors_and_files_stays(publisher: Worker, press: CommandLine) -> None:
    press("release", "add", "--title", "Known", "--topic", "rivers", "--summary", "S.", "--draft", "--access", "mixed")
    with sqlite3.connect(press.site / "data" / "catalogue.db") as catalogue:
        catalogue.execute("INSERT INTO release_authors VALUES (1, 0, 'Ann Dee', 1, 'editor', '0000-0002-1825-0097')")
        for place, (ending, access) in enumerate((("pdf", "public"), ("epub", "members"))):
            catalogue.execute(
                "INSERT INTO release_files VALUES (1, ?, ?, ?, 9, ?, 3, NULL)",
                (place, ending, f"https://e.org/k.{ending}", access),
            )
    catalogue.close()
    page = publisher.browser.get("/desk/releases/known").text
    form = fields_of(page)
    form["authors"] = ["Bo Li", "Ann Dee"]
    publisher.browser.post("/desk/releases/known", data=form | {"file_pages": ["4", "3", "", ""]})
    with sqlite3.connect(press.site / "data" / "catalogue.db") as catalogue:
        authors = catalogue.execute("SELECT name, role, orcid FROM release_authors ORDER BY position").fetchall()
        files = catalogue.execute("SELECT url, access, pages FROM release_files ORDER BY position").fetchall()
    catalogue.close()
    assert authors == [("Bo Li", "", ""), ("Ann Dee", "editor", "0000-0002-1825-0097")]
    assert files == [("https://e.org/k.pdf", "public", 4), ("https://e.org/k.epub", "members", 3)]


@pytest.mark.R9
def test_no_address_of_a_file_for_members_stands_in_the_audit_log(publisher: Worker, press: CommandLine) -> None:
    send(publisher.browser, "/desk/new", access="members", file_url="https://e.org/secret.pdf")
    send(publisher.browser, PAGE, access="members", file_url="https://e.org/secret2.pdf")
    assert "secret" not in press("--json", "audit").out
    assert "secret" not in publisher.browser.get("/desk/audit").text
    send(
        publisher.browser,
        PAGE,
        access="public",
        file_url="https://e.org/open.pdf",
        file_access="",
    )
    assert press.ask("release", "show", "rivers-in-spring")["files"][0]["access"] == "public"
    assert "https://e.org/open.pdf" in press("--json", "audit").out
    send(
        publisher.browser,
        PAGE,
        access="public",
        file_url="https://e.org/was.pdf",
        file_access="",
    )
    send(publisher.browser, PAGE, access="members", file_url="https://e.org/was.pdf")
    assert "was.pdf" not in json.dumps(press.ask("audit")[0])


def test_two_files_of_one_format_stay_two_when_a_format_comes(publisher: Worker, press: CommandLine) -> None:
    press("release", "add", "--title", "Known", "--topic", "rivers", "--summary", "S.", "--draft")
    with sqlite3.connect(press.site / "data" / "catalogue.db") as catalogue:
        for place in (0, 1):
            catalogue.execute(
                "INSERT INTO release_files VALUES (1, ?, 'pdf', ?, 9, 'public', 3, NULL)",
                (place, f"https://e.org/{place}.pdf"),
            )
    catalogue.close()
    form = fields_of(publisher.browser.get("/desk/releases/known").text)
    assert form["file_format"] == ["pdf", "pdf", "", ""]
    publisher.browser.post("/desk/releases/known", data=form | {"file_format": ["pdf", "pdf", "html", ""]})
    files = press.ask("release", "show", "known")["files"]
    assert [(one["format"], one.get("url")) for one in files] == [
        ("pdf", "https://e.org/0.pdf"), ("pdf", "https://e.org/1.pdf"), ("html", None),
    ]  # fmt: skip


def test_a_row_of_another_program_is_opened_and_edited(publisher: Worker, press: CommandLine) -> None:
    with sqlite3.connect(press.site / "data" / "catalogue.db") as catalogue:
        catalogue.execute("INSERT INTO releases (title, state) VALUES ('By hand', 'draft')")
        catalogue.execute("INSERT INTO releases (title, slug, state) VALUES ('By halves', 'by-halves', 'draft')")
    catalogue.close()
    page = publisher.browser.get("/desk/releases").text
    (row,) = re.findall(r'name="row" value="(\d+)"', page)
    status, _ = send(publisher.browser, "/desk/releases/by-halves", title="By halves")
    assert status == 200
    opened_page = publisher.browser.post("/desk/rows", data={"row": row})
    assert "By hand" in opened_page.text
    status, _ = send(publisher.browser, "/desk/releases/by-hand/publish", title="By hand")
    assert status == 200


def test_what_came_in_silently_is_withdrawn_and_not_taken_back(publisher: Worker, press: CommandLine) -> None:
    (press.site / "rows.jsonl").write_text('{"title": "Old", "url": "https://e.org/old"}\n', encoding="utf-8")
    press("import", str(press.site / "rows.jsonl"), "--announce", "none")
    assert "Undo: take it back" not in publisher.browser.get("/desk/releases/old").text
    assert publisher.browser.post("/desk/releases/old/undo").status_code == 409


def test_beyond_the_last_page_the_first_is_shown(publisher: Worker, press: CommandLine) -> None:
    press("release", "add", "--title", "One", "--draft")
    assert "One</a>" in publisher.browser.get("/desk/releases?page=9").text
