"""One row of releases or of what belongs to them, into which another program has written what nobody can read."""

from __future__ import annotations

import pytest

from tests.conftest import CommandLine, Press
from tests.journeys.spoiling import a_site_with_all_that_a_release_may_have, check_all_else_goes_on, writing

DAMS = 5
"""“Floods” is row 6 of the releases; what became new of it is announcement 6, and its revision 7."""
pytestmark = pytest.mark.R12


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    return a_site_with_all_that_a_release_may_have(fresh, releases=DAMS, shelves=3)


ONE_ROW = {
    "a kind of relation that there is not": (
        "INSERT INTO release_relations VALUES (1, 'cousin', 2)",
        "Row 1 of the table releases is out without a part: release_relations.kind: “cousin” cannot be read; "
        "mend it there.",
    ),
    "no moment of the newest change": (
        "UPDATE releases SET updated = NULL WHERE title = 'Floods'",
        "Row 6 of the table releases is out without a part: updated: is missing; mend it there.",
    ),
    "no place in time": (
        "UPDATE releases SET sorted_at = NULL WHERE title = 'Floods'",
        "Row 6 of the table releases is out without a part: sorted_at: is missing; mend it there.",
    ),
    "an event that nobody knows": (
        "UPDATE announcements SET change = 'x' WHERE no = 6",
        "Row 6 of the table announcements cannot be used as it is: change: “x” cannot be read; mend it there.",
    ),
    "a correction that nobody knows": (
        "UPDATE announcements SET change = 'x' WHERE no = 7",
        "Row 7 of the table announcements cannot be used as it is: change: “x” cannot be read; mend it there.",
    ),
    "an announcement at the end of all days": (
        "UPDATE announcements SET at = '9999-12-31T23:59:59Z' WHERE no = 7",
        "Row 7 of the table announcements cannot be used as it is: "
        "at: “9999-12-31T23:59:59Z” cannot be read; mend it there.",
    ),
    "a topic that was merged some time": (
        "UPDATE topics SET merged_into = 3, merged_at = 'soon' WHERE pk = 2",
        "Row 2 of the table topics cannot be used as it is: merged_at: “soon” cannot be read; mend it there.",
    ),
    "a topic with a slug that XML forbids": (
        "UPDATE topics SET slug = 'ab' || char(0) || 'x' WHERE pk = 2",
        "Row 2 of the table topics cannot be used as it is: slug: “abx” cannot be read; mend it there.",
    ),
    "a series with a slug that XML forbids": (
        "UPDATE series SET slug = 'ab' || char(0) || 'x' WHERE pk = 2",
        "Row 2 of the table series cannot be used as it is: slug: “abx” cannot be read; mend it there.",
    ),
    "a new release with a language that XML forbids": (
        "INSERT INTO releases (title, language) VALUES ('NUL', 'en' || char(0) || 'x')",
        "Row 7 of the table releases cannot go out: language: “enx” cannot be read; "
        "mend it there, or make it a draft.",
    ),
    "the name of an author that never ends": (
        "UPDATE release_authors SET name = hex(zeroblob(1000000)) WHERE release = 1",
        "Row 1 of the table releases is out without a part: release_authors.name: is 2,000,000 characters long; "
        "mend it there.",
    ),
    "a partner that never ends": (
        "UPDATE release_partners SET name = hex(zeroblob(1000000)) WHERE release = 1",
        "Row 1 of the table releases is out without a part: release_partners.name: is 2,000,000 characters long; "
        "mend it there.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", ONE_ROW)
def test_one_row_of_nonsense_stops_nothing_and_is_named(press: CommandLine, fault: str) -> None:
    sql, sentence = ONE_ROW[fault]
    with writing(press.site, checks=False) as catalogue:
        catalogue.execute(sql)
        catalogue.commit()
    press("release", "add", "--title", "Good", "--topic", "rivers")
    press.wait(days=7)
    assert check_all_else_goes_on(press, ["Dam 1", "Dam 4", "Floods"], range(DAMS)) == [sentence]
    assert "No findings" in press("validate").out
