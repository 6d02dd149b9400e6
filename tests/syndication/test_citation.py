"""Citations: what BibTeX and RIS would trip over is escaped or left out, whatever a release says."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pressroom.links import Links
from pressroom.models.dates import PartialDate
from pressroom.models.release import Author, Kind, Release, Series, State, Topic
from pressroom.syndication.citation import bibtex, ris, schema_org

LINKS = Links("https://news.example.org")
texts = st.text(max_size=40)


def a_release(**facts: object) -> Release:
    return Release(**({"title": "Rivers", "slug": "rivers", "id": "tag:1"} | facts))  # type: ignore[arg-type]


def test_signs_that_bibtex_reads_are_escaped() -> None:
    said = bibtex(a_release(title="50% of {all} R&D_costs: $1 #2 \\ ~ ^"), LINKS, "Us")
    assert (
        r"title = {{50\% of \{all\} R\&D\_costs: \$1 \#2 \textbackslash{} \textasciitilde{} \textasciicircum{}}}"
        in said
    )


@pytest.mark.parametrize(
    ("author", "said"),
    [(Author("Ada Byron"), "Ada Byron"), (Author("Care and Aid", is_organisation=True), "{Care and Aid}"),
     (Author("Rivers and Roads"), "{Rivers and Roads}"), (Author("Byron, Ada"), "{Byron, Ada}")],
)  # fmt: skip
def test_who_is_an_organisation_stays_one_name(author: Author, said: str) -> None:
    assert f"author = {{{said}}}," in bibtex(a_release(authors=(author,)), LINKS, "Us")


def test_what_is_withdrawn_says_so_and_why() -> None:
    gone = a_release(state=State.WITHDRAWN, withdrawn_reason="Two figures are wrong & one is old.")
    assert "note = {Withdrawn: Two figures are wrong \\& one is old.}," in bibtex(gone, LINKS, "X")
    assert "N1  - Withdrawn: Two figures are wrong & one is old.\r\n" in ris(gone, LINKS, "X")
    said = json.loads(schema_org(gone, LINKS, "X"))
    assert said["creativeWorkStatus"] == "Withdrawn: Two figures are wrong & one is old."
    assert "note" not in bibtex(a_release(), LINKS, "X")


def test_without_an_author_the_publisher_is_one() -> None:
    assert "author = {{Us}}," in bibtex(a_release(), LINKS, "Us")


@pytest.mark.parametrize(
    ("date", "bib", "said"),
    [("2026-01-28", ("2026", "1"), "2026/01/28/"), ("2026-01", ("2026", "1"), "2026/01//"),
     ("2026", ("2026", None), "2026///"), (None, (None, None), None)],
)  # fmt: skip
def test_a_date_is_as_long_as_it_is_known(
    date: str | None, bib: tuple[str | None, str | None], said: str | None
) -> None:
    release = a_release(own_date=PartialDate.parse("date", date) if date else None)
    for name, value in zip(("year", "month"), bib, strict=True):
        found = re.search(rf"  {name} = {{(.*)}},", bibtex(release, LINKS, "Us"))
        assert (found[1] if found else None) == value
    found = re.search(r"^DA  - (.*)\r$", ris(release, LINKS, "Us"), re.MULTILINE)
    assert (found[1] if found else None) == said


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(texts, texts, texts, st.sampled_from(Kind), st.lists(texts, max_size=3))
def test_no_text_breaks_a_record(title: str, summary: str, name: str, kind: Kind, topics: list[str]) -> None:
    release = a_release(
        title=title, summary=summary, kind=kind, series=Series("s", name), edition=name, doi=name, publisher=name,
        authors=(Author(name), Author(title, is_organisation=True)), topics=tuple(Topic("t", one) for one in topics),
    )  # fmt: skip
    lines = ris(release, LINKS, "Us").split("\r\n")
    assert lines.pop() == ""
    assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) and "\n" not in line for line in lines)
    assert [line[:2] for line in lines].count("ER") == 1
    entry = bibtex(release, LINKS, "Us")
    depth = 0
    for sign in re.sub(r"\\[{}]", "", entry):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0
    assert depth == 0
    said = schema_org(release, LINKS, "Us")
    assert "<" not in said
    assert json.loads(said)["@context"] == "https://schema.org"
