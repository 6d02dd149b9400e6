"""Templates that are filled once for many mails: what each mail has of its own comes later, or not at all."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.models.words import ENGLISH
from pressroom.rendering import KeptParts, Late, LateUsedError, Piece, Templates
from pressroom.rendering.late import LateNumber
from pressroom.rendering.templates import wrapped

OWN = "https://example.org/?a=1&b=2"


class Thing(NamedTuple):
    name: str


def a_site(folder: Path, **sources: str) -> Templates:
    """Return templates of a site: `a_html` is the template `email/a.html`."""
    (folder / "templates" / "email").mkdir(parents=True)
    for name, source in sources.items():
        (folder / "templates" / "email" / name.replace("_", ".")).write_text(source)
    return Templates(folder)


def nothing_kept(templates: Templates) -> KeptParts:
    return templates.keep({})


def said(pieces: tuple[Piece, ...], *own: str) -> str:
    """Return the text of pieces with late facts filled in."""
    return "".join(piece.known(own) if isinstance(piece, Late) else str(piece) for piece in pieces)


def filled_late(folder: Path, kind: str, source: str) -> tuple[str, str]:
    """Return what a template says with a fact that comes later, and with the same one at once."""
    templates = a_site(folder, **{f"a_{kind}": source})
    pieces = templates.pieces(f"email/a.{kind}", ENGLISH, nothing_kept(templates), fact=Late(0))
    return said(pieces, OWN), templates.render(f"email/a.{kind}", fact=OWN)


@pytest.mark.parametrize("kind", ["html", "txt"])
@pytest.mark.parametrize(
    "source",
    [
        "a {{ fact }} b",
        "{{ fact }}{{ fact }}",
        '<a href="{{ fact }}">',
        "{% if fact %}{{ fact }}{% endif %}",
        "{{ fact if fact else 'none' }}",
        "{% set other = fact %}{{ other }}",
        "{% for one in [fact, 'x'] %}{{ one }}{% endfor %}",
        "{% if fact is defined and fact is not none %}{{ fact | default('x') }}{% endif %}",
        "{{ fact | wrapped }}",
        "{{ (fact | wrapped(10)) | wrapped }}",
        "{% block one %}{{ fact }}{% endblock %}",
    ],
)
def test_a_fact_that_is_only_shown_may_come_later(kind: str, source: str, tmp_path: Path) -> None:
    late, at_once = filled_late(tmp_path, kind, source)
    assert late == at_once


@pytest.mark.parametrize("kind", ["html", "txt"])
@pytest.mark.parametrize(
    "source",
    [
        "{{ fact | upper }}", "{{ 'to ' ~ fact }}", "{{ ('to ' ~ fact) | wrapped }}", "{{ fact | length }}",
        "{{ fact + 'x' }}", "{{ 'x' + fact }}", "{{ '%s' % fact }}", "{{ '%s' | format(fact) }}", "{{ fact * 2 }}",
        "{{ fact[:8] }}", "{{ fact.split('/')[-1] }}", "{{ fact | first }}", "{{ fact | list }}", "{{ fact | e }}",
        "{{ fact | safe }}", "{{ fact | string }}", "{{ fact | urlencode }}", "{{ fact | replace('a', 'b') }}",
        "{{ fact | tojson }}", "{{ fact | pprint }}", "{{ fact | int }}", "{{ fact | truncate(9) }}",
        "{{ [fact] | join(', ') }}", "{{ [fact, fact] | unique | list | length }}", "{{ [fact, 'x'] | sort | first }}",
        "{{ {fact: 1} }}", "{{ [fact] }}",
        "{% if fact == 'x' %}1{% endif %}", "{% if fact != 'x' %}1{% endif %}", "{% if fact < 'x' %}1{% endif %}",
        "{% if 'x' in fact %}1{% endif %}", "{% if fact in ['x'] %}1{% endif %}",
        "{% if fact is string %}1{% endif %}", "{% if fact is sequence %}1{% endif %}",
        "{% if fact is iterable %}1{% endif %}", "{% if fact is escaped %}1{% endif %}",
        "{% if fact is lower %}1{% endif %}", "{% if fact is eq('x') %}1{% endif %}",
        "{% for letter in fact %}{{ letter }}{% endfor %}",
        "{% filter upper %}{{ fact }}{% endfilter %}",
        "{% set text %}{{ fact }}{% endset %}{{ text }}",
        "{% macro m() %}{{ fact }}{% endmacro %}{{ m() }}",
        "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{{ fact }}{% endcall %}",
        "{% trans %}to {{ fact }}{% endtrans %}",
        "{% block one %}{{ fact }}{% endblock %}{{ self.one() }}",
        "{% set text %}{% include 'email/part.html' %}{% endset %}{{ text }}",
    ],
)  # fmt: skip
def test_a_fact_that_more_is_done_with_must_be_known(kind: str, source: str, tmp_path: Path) -> None:
    templates = a_site(tmp_path, **{f"a_{kind}": source, "part_html": "{{ fact }}"})
    with pytest.raises(LateUsedError):
        templates.pieces(f"email/a.{kind}", ENGLISH, nothing_kept(templates), fact=Late(0))


def test_a_template_that_cannot_be_filled_at_all_cannot_be_filled_late(tmp_path: Path) -> None:
    templates = a_site(tmp_path, a_html="{{ no_such_fact }}")
    for name in ("email/a.html", "email/none.html", "email/none.mjml"):
        with pytest.raises(LateUsedError):
            templates.pieces(name, ENGLISH, nothing_kept(templates))


class TestKeptParts:
    MAIN = (
        "{% set links = namespace(count=3) %}{% for thing in things %}{% set place = loop.index %}"
        "{% include 'email/part.txt' %}{% endfor %}[{{ links.count }}]"
    )
    PART = "{% set links.count = links.count + 1 %}{{ thing.name }} {{ place }} [{{ links.count }}]\n"
    FACTS: Mapping[str, type] = {"thing": Thing, "place": int}

    def pieces(self, templates: Templates, kept: KeptParts, *things: object, **facts: Any) -> str:
        return said(templates.pieces("email/a.txt", ENGLISH, kept, things=things, **facts))

    def both(self, folder: Path, part: str, *things: object, main: str = MAIN, **facts: Any) -> list[str]:
        """Return what is said with kept parts, again with what is kept now, and without any."""
        templates = a_site(folder, a_txt=main, part_txt=part, inner_txt="({{ thing.name }})", more_txt="{{ more }}")
        kept = templates.keep(self.FACTS)
        twice = [self.pieces(templates, kept, *things, **facts) for _ in range(2)]
        return [*twice, templates.render("email/a.txt", things=things, **facts)]

    def test_are_the_same_texts_each_time(self, tmp_path: Path) -> None:
        things = [Thing("Rivers " * 40), Thing("Roads " * 40)]
        templates = a_site(tmp_path, a_txt=self.MAIN, part_txt=self.PART)
        kept = templates.keep(self.FACTS)
        one, other = (templates.pieces("email/a.txt", ENGLISH, kept, things=things) for _ in range(2))
        assert one == other
        assert [piece for piece in one if any(piece is same for same in other)] != []

    @pytest.mark.parametrize(
        "part",
        [
            PART,
            PART + PART,
            "{% include 'email/inner.txt' %}" + PART,
            "{% for thing in [thing] %}{% include 'email/inner.txt' %}{% endfor %}" + PART,
            "{% for thing in things %}{{ thing.name }}{% endfor %}" + PART,
            "{{ more }}" + PART,
            "{{ more is defined }}" + PART,
            "{{ loop.index }}" + PART,
            "{% for more in [thing] %}{% endfor %}{% include 'email/more.txt' %}" + PART,
            "{% set thing = things[0] %}{% include 'email/inner.txt' %}",
            "{% import 'email/inner.txt' as inner with context %}{{ inner }}" + PART,
            "{% if links.count > 4 %}many{% endif %}" + PART,
            "{{ links.other }}{% set links.other = 5 %}",
            "{{ '%02d' % links.count }}" + PART,
            "{% set links = namespace(count=9) %}" + PART,
            "{% include ['email/inner.txt'] %}{% include 'email/' ~ 'inner.txt' %}" + PART,
            "{% include 'email/none.txt' ignore missing %}" + PART,
        ],
    )
    def test_say_what_they_say_without_being_kept(self, part: str, tmp_path: Path) -> None:
        main = self.MAIN.replace("count=3", "count=3, other=1")
        texts = self.both(tmp_path, part, Thing("Rivers"), Thing("Roads"), Thing("Rivers"), main=main, more="&")
        assert texts == [texts[-1]] * 3

    def test_of_another_kind_than_expected_are_not_kept_since_they_may_change(self, tmp_path: Path) -> None:
        templates = a_site(tmp_path, a_txt=self.MAIN, part_txt="{{ thing[0] }}")
        kept, thing = templates.keep(self.FACTS), ["Rivers"]
        assert self.pieces(templates, kept, thing) == "Rivers[3]"
        thing[0] = "Roads"
        assert self.pieces(templates, kept, thing) == "Roads[3]"

    def test_that_include_themselves_are_filled_each_time(self, tmp_path: Path) -> None:
        part = "{% if place > 9 %}{% include 'email/part.txt' %}{% endif %}x"
        templates = a_site(tmp_path, a_txt=self.MAIN, part_txt=part)
        assert self.pieces(templates, templates.keep(self.FACTS), Thing("Rivers")) == "x[3]"

    def test_beyond_their_number_begin_anew(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("pressroom.rendering.kept.MOST", 2)
        things = [Thing(f"Rivers {number}") for number in range(9)]
        texts = self.both(tmp_path, self.PART, *things)
        assert texts == [texts[-1]] * 3


def test_a_number_that_comes_later_may_be_added_to_and_nothing_else() -> None:
    number = LateNumber() + 2 + 3
    assert number.known(4) == 9
    for more in ("1", 1.0, True, number):
        with pytest.raises(LateUsedError):
            number + more
    with pytest.raises(LateUsedError):
        bool(number)


@given(st.text("ab é日\xa0\u2003\t\n-", max_size=120), st.integers(1, 20))
def test_a_text_is_wrapped_as_textwrap_does(text: str, columns: int) -> None:
    lines = textwrap.wrap(text, columns, break_long_words=False, break_on_hyphens=False)
    assert wrapped(text, columns) == "\n".join(lines).replace("\xa0", " ")
