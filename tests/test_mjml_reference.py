"""Our MJML is MJML: the reference compiler takes every template of a mail, and says at which line it does not.

The compiler that Pressroom uses passes over misspelt elements and attributes; the reference knows them all. Like
ours it meets Jinja's tags before they are filled. It would refuse them in an attribute whose values it knows, so
the brand's settings are filled in; of all else only the place is kept, in the same line.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from jinja2 import ChainableUndefined, TemplateError

from pressroom.rendering import Templates
from pressroom.settings import Brand
from tests.needs import need_from_npm, need_program

ROOT = Path(__file__).parent.parent
MAILS = sorted((ROOT / "templates" / "email").glob("*.mjml"))
JINJA = Templates().environment.overlay(undefined=ChainableUndefined)
TAG = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}", re.DOTALL)
INCLUDE = re.compile(r"""{%[-+]?\s*include\s+["'](.+?)["']""")
# A fact that is not known here: good as a text, a number, and the rank of a heading.
UNKNOWN = "1"

MJML = """<mjml lang="{{ digest.language }}">
  <mj-body background-color="{{ brand.paper }}">
    {# A comment
       of two lines. #}
    <mj-section>
      <mj-column>
        <mj-text color="{{ brand.danger if digest.is_late else brand.ink }}" font-family="{{ brand.text | fonts }}">
          {% for item in digest.items %}<h{{ level }}>{{ item.title | upper }}</h{{ level }}>{% endfor %}
        </mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""


def without_jinja(source: str) -> str:
    """Return MJML with its tags replaced and its parts included, each line where it was."""
    return TAG.sub(lambda tag: _in_place_of(tag[0]) + "\n" * tag[0].count("\n"), source)


def _in_place_of(tag: str) -> str:
    if tag.startswith("{{"):
        return _value(tag)
    part = INCLUDE.match(tag)
    return without_jinja((ROOT / "templates" / part[1]).read_text("utf-8")).replace("\n", " ") if part else ""


def _value(tag: str) -> str:
    try:
        return JINJA.from_string(tag).render(brand=Brand()) or UNKNOWN
    except (TemplateError, TypeError):  # what an unknown fact does in an expression or a filter
        return UNKNOWN


def complaints(name: str, source: str, folder: Path) -> list[str]:
    """Return what the reference compiler finds wrong, each with its line."""
    mail = folder / name
    mail.write_text(without_jinja(source), encoding="utf-8")
    mjml = need_from_npm("mjml") / "bin" / "mjml"
    done = subprocess.run(
        [need_program("node"), mjml, "--config.validationLevel=strict", "--output", folder / "mail.html", mail],
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stderr.replace(str(mail), name)
    found = re.findall(r"^ *(Line \d+ .*?) *$", said, re.MULTILINE)
    assert done.returncode == 0 or found, said
    return found or said.splitlines()


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.name)
def test_every_mail_is_what_the_reference_takes_for_mjml(path: Path, tmp_path: Path) -> None:
    assert complaints(path.name, path.read_text("utf-8"), tmp_path) == []


def test_there_are_mails() -> None:
    assert MAILS


def test_tags_of_jinja_are_no_fault(tmp_path: Path) -> None:
    assert complaints("a.mjml", MJML, tmp_path) == []


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ("mj-column", "mj-colum", "Line 6 of a.mjml (mj-colum) — Element mj-colum doesn't exist or is not registered"),
        (" color", " colour", "Line 7 of a.mjml (mj-text) — Attribute colour is illegal"),
        (".ink", ".inc", "Line 7 of a.mjml (mj-text) — Attribute color has invalid value: 1 for type Color"),
    ],
)
def test_a_misspelling_is_refused_with_its_line(right: str, wrong: str, complaint: str, tmp_path: Path) -> None:
    assert complaint in complaints("a.mjml", MJML.replace(right, wrong), tmp_path)
