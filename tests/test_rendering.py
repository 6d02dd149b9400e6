"""Templates: a site's own come first, text stays text, and a broken one is named by file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pressroom.errors import TemplateBrokenError
from pressroom.rendering import Templates
from pressroom.rendering.templates import font_stack, wrapped

MJML = """<mjml>
  <mj-body>
    <mj-section>
      <mj-column>
        <mj-text font-family="serif">{content}</mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""


def a_site(folder: Path, **files: str) -> Templates:
    """Return the templates of a site that has these files in `email/`: `digest_mjml` is email/digest.mjml."""
    (folder / "templates" / "email").mkdir(parents=True)
    for name, text in files.items():
        (folder / "templates" / "email" / name.replace("_", ".")).write_text(text, encoding="utf-8")
    return Templates(folder)


def broken(templates: Templates, name: str, **facts: object) -> TemplateBrokenError:
    with pytest.raises(TemplateBrokenError) as refused:
        (templates.render_mjml if name.endswith(".mjml") else templates.render)(name, **facts)
    return refused.value


def test_a_template_of_the_site_wins_over_the_built_in_one(tmp_path: Path) -> None:
    assert a_site(tmp_path, digest_txt="mine {{ word }}").render("email/digest.txt", word="now") == "mine now"


def test_a_part_of_the_site_is_used_by_a_built_in_template(tmp_path: Path) -> None:
    templates = a_site(tmp_path, **{"digest.css": "h1 { color: red; }"})
    assert "h1 { color: red; }" in templates.environment.get_template("email/digest.css").render()


def test_html_is_escaped_and_text_is_not(tmp_path: Path) -> None:
    templates = a_site(tmp_path, a_html="{{ title }}", a_txt="{{ title }}")
    assert templates.render("email/a.html", title="R&D < 5%") == "R&amp;D &lt; 5%"
    assert templates.render("email/a.txt", title="R&D < 5%") == "R&D < 5%"


def test_mjml_is_compiled_once_and_facts_are_never_read_as_mjml_or_as_a_template(tmp_path: Path) -> None:
    templates = a_site(tmp_path, a_mjml=MJML.format(content="{{ title }}"))
    first = templates.render_mjml("email/a.mjml", title="<mj-text>{{ x }}</mj-text> & <")
    assert "&lt;mj-text&gt;{{ x }}&lt;/mj-text&gt; &amp; &lt;" in first
    (tmp_path / "templates" / "email" / "a.mjml").unlink()
    assert "again" in templates.render_mjml("email/a.mjml", title="again")


def test_mjml_never_asks_for_a_remote_font(tmp_path: Path) -> None:
    source = MJML.format(content="Rivers").replace("serif", "Roboto")
    assert "fonts.googleapis.com" not in a_site(tmp_path, a_mjml=source).render_mjml("email/a.mjml")


@pytest.mark.R12
@pytest.mark.parametrize("name", ["a_txt", "a_html", "a_mjml"])
@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ("\n{{ missing }}", "'missing' is undefined"),
        ("\n{{ title.nothing }}", "has no attribute 'nothing'"),
        ("\n{{ 1 / 0 }}", "division by zero"),
        ("\n{{ title | nofilter }}", "No filter named 'nofilter'"),
        ("\n{% endif %}", "Encountered unknown tag 'endif'"),
    ],
)
def test_a_fault_is_told_with_its_file_and_line(tmp_path: Path, name: str, fault: str, problem: str) -> None:
    templates = a_site(tmp_path, **{name: MJML.replace("{content}", fault)})
    path = name.replace("_", ".")
    error = broken(templates, f"email/{path}", title="Rivers")
    assert error.name == str(tmp_path / "templates" / "email" / path)
    assert error.line == 6
    assert problem in str(error)


@pytest.mark.R12
def test_a_fault_in_an_included_part_is_told_where_it_stands(tmp_path: Path) -> None:
    main = MJML.replace("{content}", '{% include "email/part.html" %}')
    error = broken(a_site(tmp_path, a_mjml=main, part_html="\n\n{{ missing }}"), "email/a.mjml")
    assert (error.name, error.line) == (str(tmp_path / "templates" / "email" / "part.html"), 3)


@pytest.mark.R12
def test_a_template_that_is_not_there_is_named(tmp_path: Path) -> None:
    part = '{% include "email/part.html" %}'
    templates = a_site(tmp_path, a_mjml=MJML.replace("{content}", part), b_html=f"\n{part}")
    for name in ("email/none.html", "email/none.mjml"):
        assert broken(templates, name).name == name
    for name, line in (("email/a.mjml", MJML[: MJML.index("{content}")].count("\n") + 1), ("email/b.html", 2)):
        error = broken(templates, name)
        assert (error.name, error.line) == (str(tmp_path / "templates" / name), line)
        assert "it asks for “email/part.html”, which does not exist" in str(error)


@pytest.mark.R12
def test_an_element_that_mjml_does_not_know_is_refused(tmp_path: Path) -> None:
    templates = a_site(tmp_path, a_mjml=MJML.replace("mj-column", "mj-colum"))
    error = broken(templates, "email/a.mjml")
    assert error.line == 4
    assert "<mj-colum>" in str(error)


@pytest.mark.R12
def test_mjml_that_does_not_parse_is_refused(tmp_path: Path) -> None:
    assert "a.mjml" in str(broken(a_site(tmp_path, a_mjml=MJML.replace("</mj-column>", "")), "email/a.mjml"))


@pytest.mark.R12
def test_an_element_in_the_wrong_place_is_told_with_its_line(tmp_path: Path) -> None:
    templates = a_site(tmp_path, a_mjml="<mjml>\n<mj-head>\n<mj-text>x</mj-text></mj-head></mjml>")
    assert broken(templates, "email/a.mjml").line == 3


@pytest.mark.R12
def test_a_template_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    templates = a_site(tmp_path)
    (tmp_path / "templates" / "email" / "a.txt").write_bytes(b"caf\xe9")
    assert "email/a.txt" in str(broken(templates, "email/a.txt"))


def test_the_fingerprint_changes_with_a_template_below_its_prefix_only(tmp_path: Path) -> None:
    before = Templates().fingerprint("email/")
    templates = a_site(tmp_path, own_txt="mine")
    assert templates.fingerprint("email/") != before
    assert templates.fingerprint("feeds/") == Templates().fingerprint("feeds/")
    assert templates.fingerprint("email/") == Templates(tmp_path).fingerprint("email/")


def test_fonts_are_safe_in_an_attribute_and_in_a_style_sheet() -> None:
    assert font_stack('Charter, "Bitstream Charter", serif') == "Charter, 'Bitstream Charter', serif"
    assert font_stack('a"; } </style><b>url(//x)') == "a'  styleburlx"


def test_wrapping_keeps_words_whole_and_dots_off_the_start_of_a_line() -> None:
    text = wrapped("Collection\xa0· 28 January 2026\xa0· with LOLA", 26)
    assert text == "Collection · 28 January\n2026 · with LOLA"
    assert wrapped("https://example.org/a-long-address", 10) == "https://example.org/a-long-address"


@pytest.mark.R12
def test_mjml_in_an_included_part_is_refused_and_in_a_comment_it_does_no_harm(tmp_path: Path) -> None:
    main = MJML.replace("{content}", '<!-- was: <mj-hero2> -->{% include "email/part.html" %}')
    templates = a_site(tmp_path, a_mjml=main, part_html="{# <mj-text> #}\n<p>Fine</p>")
    assert "<p>Fine</p>" in templates.render_mjml("email/a.mjml")
    (tmp_path / "templates" / "email" / "part.html").write_text("<p>A</p>\n<mj-text>B</mj-text>")
    error = broken(Templates(tmp_path), "email/a.mjml")
    assert (error.name, error.line) == (str(tmp_path / "templates" / "email" / "part.html"), 2)


@pytest.mark.R12
def test_a_part_in_another_coding_is_told_by_its_own_name_and_line(tmp_path: Path) -> None:
    a_site(tmp_path, a_mjml=MJML.replace("{content}", '{% include "email/part.html" %}'))
    part = tmp_path / "templates" / "email" / "part.html"
    part.write_bytes(b"<p>one</p>\n<p>caf\xe9</p>")
    templates = Templates(tmp_path)
    assert (broken(templates, "email/a.mjml").name, broken(templates, "email/a.mjml").line) == (str(part), 2)


def test_a_template_that_cannot_be_read_is_told_when_it_is_asked_for(tmp_path: Path) -> None:
    a_site(tmp_path, a_txt="fine")
    (tmp_path / "templates" / "email" / "b.txt").symlink_to(tmp_path / "nowhere.txt")
    templates = Templates(tmp_path)
    assert templates.render("email/a.txt") == "fine"
    assert "b.txt is broken: it cannot be read (no such file or directory); mend it" in str(
        broken(templates, "email/b.txt")
    )


def test_templates_stay_as_they_were_whatever_is_saved_broken_or_deleted_meanwhile(tmp_path: Path) -> None:
    templates = a_site(tmp_path, a_txt='{% include "email/part.txt" %} here', part_txt="one", b_mjml=MJML)
    before = templates.fingerprint("email/")
    folder = tmp_path / "templates" / "email"
    (folder / "part.txt").write_text("{% broken")
    (folder / "a.txt").unlink()
    (folder / "b.mjml").unlink()
    (folder / "more.txt").write_text("more")
    assert templates.render("email/a.txt") == "one here"
    assert "<html" in templates.render_mjml("email/b.mjml")
    assert templates.fingerprint("email/") == before
    assert broken(templates, "email/more.txt").name == "email/more.txt"


def test_templates_may_lie_behind_links_to_folders_that_lead_back(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "a.txt").write_text("shared")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "email").symlink_to(tmp_path / "shared")
    (tmp_path / "shared" / "again").symlink_to(tmp_path / "templates")
    assert Templates(tmp_path).render("email/a.txt") == "shared"


@pytest.mark.R12
def test_a_template_that_never_ends_is_told(tmp_path: Path) -> None:
    templates = a_site(tmp_path, a_txt="{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}")
    assert "recursion" in str(broken(templates, "email/a.txt"))


def test_what_two_sites_have_alike_is_compiled_once_and_what_differs_is_not(tmp_path: Path) -> None:
    def code(site: Path) -> object:
        return Templates(site).environment.get_template("web/message.html").root_render_func.__code__

    one, two = tmp_path / "one", tmp_path / "two"
    assert code(one) is code(two)
    (two / "templates" / "web").mkdir(parents=True)
    (two / "templates" / "web" / "message.html").write_text("Ours.")
    assert code(one) is not code(two)
    (two / "templates" / "web" / "message.html").write_text("Ours, changed.")
    assert Templates(two).render("web/message.html") == "Ours, changed."
