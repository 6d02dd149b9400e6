"""Words in other languages: complete, current, and none left out of a mail."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations as GettextTranslations
from lxml import html as lxml_html

from pressroom.digest.compose import compose
from pressroom.digest.issue import make_issue
from pressroom.digest.letter_texts import Circumstances
from pressroom.digest.letters import compose_letter
from pressroom.errors import TemplateBrokenError
from pressroom.links import Links
from pressroom.models.dates import PartialDate
from pressroom.models.letters import LetterKind
from pressroom.models.people import Choice, Frequency
from pressroom.models.runs import EditorsNote, Expected, Item, Message, OfferedItem
from pressroom.models.words import Words
from pressroom.rendering import Translations
from pressroom.settings import Mail, Settings, Site
from tests.builders import a_letter, a_reader, a_run, a_topic
from tests.digest.samples import TEMPLATES, nine
from tests.golden import check_golden
from tests.translating import TEMPLATE, WORDS, brought_up_to_date, extracted, written

BUILT_IN = sorted(WORDS.glob("*.po"))
GOLDEN = "../../templates/words"


def test_the_template_for_translators_is_current() -> None:
    check_golden(f"{GOLDEN}/{TEMPLATE.name}", written(extracted()))


@pytest.mark.parametrize("file", BUILT_IN, ids=lambda file: file.stem)
def test_a_translation_is_current_and_leaves_nothing_open(file: Path) -> None:
    check_golden(f"{GOLDEN}/{file.name}", brought_up_to_date(file))
    with file.open("rb") as opened:
        catalogue = read_po(opened, locale=file.stem)
    unfinished = [one.id for one in catalogue if one.id and (one.fuzzy or not all(_strings(one.string)))]
    assert unfinished == []
    assert [(message.id, errors) for message, errors in catalogue.check()] == []


def _strings(string: object) -> list[str]:
    return list(string) if isinstance(string, tuple | list) else [str(string or "")]


class TestLanguages:
    def test_a_country_gets_its_language_and_what_is_unknown_the_next_wish(self) -> None:
        translations = Translations()
        assert translations.words("nl-BE").language == "nl"
        assert translations.words("NL").gettext("Weekly digest") == "Wekelijks overzicht"
        assert translations.words("sw", "nl").language == "nl"
        assert translations.words("sw").gettext("Weekly digest") == "Weekly digest"
        assert translations.languages == ["en", "nl"]

    def test_a_site_adds_a_language_and_says_single_things_its_own_way(self, tmp_path: Path) -> None:
        a_language(tmp_path, "de", 'msgid "Weekly digest"\nmsgstr "Wochenbrief"\n')
        a_language(tmp_path, "nl", 'msgid "Weekly digest"\nmsgstr "Weekbrief"\n')
        a_language(tmp_path, "en", 'msgid "Members only"\nmsgstr "For friends only"\n')
        translations = Translations(tmp_path)
        german = translations.words("de")
        assert (german.gettext("Weekly digest"), german.gettext("Daily digest")) == ("Wochenbrief", "Daily digest")
        dutch = translations.words("nl")
        assert (dutch.gettext("Weekly digest"), dutch.gettext("Daily digest")) == ("Weekbrief", "Dagelijks overzicht")
        assert translations.words("en").access("members") == "For friends only"

    def test_a_country_may_differ_from_its_language(self, tmp_path: Path) -> None:
        a_language(tmp_path, "nl-BE", 'msgid "Guide"\nmsgstr "Gids"\n')
        flemish = Translations(tmp_path).words("nl-BE")
        assert (flemish.language, flemish.kind("guide"), flemish.kind("report")) == ("nl-BE", "Gids", "Rapport")

    @pytest.mark.parametrize("name", ["de_DE", "DE", "de-de", "de"])
    def test_a_file_may_be_named_as_translators_do(self, tmp_path: Path, name: str) -> None:
        a_language(tmp_path, name, 'msgid "Guide"\nmsgstr "Leitfaden"\n')
        assert Translations(tmp_path).words("de").kind("guide") == "Leitfaden"
        assert Translations(tmp_path).words("de-AT").kind("guide") == "Leitfaden"

    @pytest.mark.R12
    def test_a_folder_in_the_place_of_a_file_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "templates" / "words" / "de.po").mkdir(parents=True)
        with pytest.raises(TemplateBrokenError, match=r"de\.po"):
            Translations(tmp_path).words("de")

    @pytest.mark.R12
    @pytest.mark.parametrize(
        ("content", "line", "problem"),
        [
            ('msgid "Also in %(topics)s"\nmsgstr "Ook in %(topics)s en %(onderwerpen)s"\n', 2, "unknown there"),
            ('msgid "By %(names)s"\nmsgstr "Door"\n', 2, "%(names)s is missing"),
            ('msgid "By %(names)s"\nmsgstr "100% %(names)s"\n', 2, "write %% for the sign"),
            ('msgid "By %(names)s"\nmsgstr "%(names)s 100%"\n', 2, "write %% for the sign"),
            ('msgid "By %(names)s"\nmsgstr "%(names)*s"\n', 2, "%(names)s is missing"),
            ('msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=n/0;\\n"\n', None, "Plural-Forms"),
            ('msgid ""\nmsgstr "Plural-Forms: nplurals=1; plural=n;\\n"\n', None, "Plural-Forms"),
            ('msgid ""\nmsgstr "Plural-Forms: nplurals=banana; plural=n;\\n"\n', None, ""),
            ('msgid "Guide\nmsgstr "Gids"\n', 2, "a closing quotation mark is missing"),
            ('msgid "Guide"\nmsgstr "Gids"\nwhatever\n', 4, ""),
        ],
    )
    def test_a_file_that_cannot_be_used_is_told_with_its_line(
        self, tmp_path: Path, content: str, line: int | None, problem: str
    ) -> None:
        file = a_language(tmp_path, "nl", content)
        with pytest.raises(TemplateBrokenError) as refused:
            Translations(tmp_path).words("nl")
        assert (refused.value.name, refused.value.line) == (str(file), line)
        assert problem in str(refused.value)

    def test_a_header_that_claims_another_coding_is_not_believed(self, tmp_path: Path) -> None:
        header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=iso-8859-1\\n"\n\n'
        a_language(tmp_path, "nl", header + 'msgid "Guide"\nmsgstr "Één gids"\n')
        assert Translations(tmp_path).words("nl").kind("guide") == "Één gids"

    def test_a_mark_at_the_beginning_a_lone_percent_sign_and_open_plurals_do_no_harm(self, tmp_path: Path) -> None:
        plural = 'msgid "%(number)s page"\nmsgid_plural "%(number)s pages"\nmsgstr[0] "één pagina"\nmsgstr[1] ""\n'
        file = a_language(tmp_path, "nl", 'msgid "Guide"\nmsgstr "100% gids"\n\n' + plural)
        file.write_bytes("\ufeff".encode() + file.read_bytes())
        words = Translations(tmp_path).words("nl")
        assert words.kind("guide") == "100% gids"
        assert words.ngettext("%(number)s page", "%(number)s pages", 1) == "één pagina"

    @pytest.mark.R12
    def test_a_file_in_another_coding_is_refused(self, tmp_path: Path) -> None:
        a_language(tmp_path, "nl", "").write_bytes(b'msgid "Guide"\nmsgstr "Caf\xe9"\n')
        with pytest.raises(TemplateBrokenError, match=r"nl\.po"):
            Translations(tmp_path).words("nl")


class TestForms:
    @pytest.mark.parametrize(
        ("language", "day", "month", "year", "days", "names", "size"),
        [
            ("en", "28 January 2026", "January 2026", "2026", "26 January – 1 February 2026", "A, B and 2 others",
             "2.1 MB"),
            ("en-US", "January 28, 2026", "January 2026", "2026", "January 26 – February 1, 2026",
             "A, B, and 2 others", "2.1 MB"),
            ("nl", "28 januari 2026", "januari 2026", "2026", "26 januari – 1 februari 2026", "A, B en 2 anderen",
             "2,1 MB"),
        ],
    )  # fmt: skip
    def test_follow_the_language(
        self, language: str, day: str, month: str, year: str, days: str, names: str, size: str
    ) -> None:
        words = Words(language) if language == "en-US" else Translations().words(language)
        known = [words.own_date(PartialDate(*parts)) for parts in ((2026, 1, 28), (2026, 1, 0), (2026, 0, 0))]
        assert known == [day, month, year]
        assert words.days(date(2026, 1, 26), date(2026, 2, 1)) == days
        assert words.people(["A", "B", "C", "D"], 2) == names
        assert words.listed(["A", "B"], 2) == words.people(["A", "B"])
        assert words.size(2_134_000) == size

    @pytest.mark.parametrize(
        ("language", "name"),
        [
            ("en", "English"),
            ("nl", "Nederlands"),
            ("pt-BR", "Português (Brasil)"),
            ("fr", "Français"),
            ("cy", "Cymraeg"),
        ],
    )
    def test_name_a_language_as_it_names_itself(self, language: str, name: str) -> None:
        assert Words(language).own_name == name

    def test_of_one_language_never_reach_into_another(self) -> None:
        march = date(2026, 3, 1)
        said = [Words(tag).month_alone(march) for tag in ("he", "zh", "ja", "nl", "de", "fr", "en")]
        assert said[3:] == ["maart", "März", "mars", "March"]

    def test_count_in_the_plurals_of_the_language(self, tmp_path: Path) -> None:
        header = 'msgid ""\nmsgstr "Plural-Forms: nplurals=3; plural=n==1?0:n%10>=2&&n%10<=4?1:2;\\n"\n'
        forms = 'msgid "%(number)s page"\nmsgid_plural "%(number)s pages"\n'
        forms += "".join(f'msgstr[{n}] "%(number)s {form}"\n' for n, form in enumerate(("strona", "strony", "stron")))
        a_language(tmp_path, "pl", header + forms)
        words = Translations(tmp_path).words("pl")
        said = [words.ngettext("%(number)s page", "%(number)s pages", n) % {"number": n} for n in (1, 3, 5)]
        assert said == ["1 strona", "3 strony", "5 stron"]


class TestNothingIsLeftOut:
    """A language that writes every word in letters of its own: what still has plain ones was left out."""

    def test_of_a_digest(self) -> None:
        for offered in (everything(), everything()[:1], everything()[-1:]):
            message = a_pseudo_digest(offered)
            assert leftovers(shown_in_html(message)) == []
            assert leftovers(shown_in_text(message)) == []
            assert leftovers([dict(message.headers)["Subject"]]) == []

    @pytest.mark.parametrize("kind", LetterKind)
    def test_of_a_letter(self, kind: LetterKind) -> None:
        message = a_pseudo_letter(kind)
        assert leftovers(shown_in_html(message)) == []
        assert leftovers(shown_in_text(message)) == []
        assert leftovers([dict(message.headers)["Subject"]]) == []

    def test_of_the_page_of_a_run(self) -> None:
        issue = make_issue(
            PSEUDO_RUN, [one.item for one in everything()], links=Links(PSEUDO_SITE.site.url), settings=PSEUDO_SITE,
            templates=TEMPLATES, words=pseudo_words(), since=date(2026, 1, 19), up_to_no=40,
        )  # fmt: skip
        assert leftovers([issue.title, *lxml_html.fromstring(f"<div>{issue.content}</div>").itertext()]) == []

    def test_and_the_test_would_see_it(self) -> None:
        assert leftovers(["Ẃḗḗķŀẏ digest", "1 PDF"]) == ["digest"]


def pseudo_words() -> Words:
    """Return words in which every message is told apart from English: by Greek dates and by accents on every letter."""
    catalogue = Catalog(locale="el", charset="utf-8")
    for message in extracted():
        if isinstance(message.id, tuple | list):
            catalogue.add(message.id, tuple(accented(form) for form in message.id))
        elif message.id:
            catalogue.add(message.id, accented(str(message.id)))
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Words("el", GettextTranslations(compiled))


ACCENTED = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "äḃċḋëḟġḧïĵķŀṁṅöṗɋṙṡẗüṿẇẋẏżÄḂĊḊËḞĠḦÏĴĶĿṀṄÖṖɊṘṠẗÜṾẆẊẎŻ",
)


def accented(text: str) -> str:
    """Return `text` with every letter accented, but for the names of what is put in."""
    parts = re.split(r"(%\(\w+\)s)", text)
    return "".join(part if part.startswith("%(") else part.translate(ACCENTED) for part in parts)


PSEUDO_SITE = Settings(site=Site(name="日本", url="https://news.example.org"), mail=Mail(reply_to="editor@example.org"))
PSEUDO_RUN = a_run(
    frequencies=(Frequency.DAILY, Frequency.WEEKLY),
    expected=(Expected("月", "2026-09", "report", "nl", topics=("数",)),),
    notes={Frequency.WEEKLY: EditorsNote("一二三", "山田")},
)


def a_pseudo_digest(offered: list[OfferedItem]) -> Message:
    choices = (Choice(Frequency.WEEKLY, a_topic("数")), Choice(Frequency.DAILY))
    return compose(
        a_reader(choices=choices, language="el"),
        offered,
        PSEUDO_RUN,
        links=Links(PSEUDO_SITE.site.url),
        settings=PSEUDO_SITE,
        templates=TEMPLATES,
        words=pseudo_words(),
        since=date(2026, 1, 19),
    )


def a_pseudo_letter(kind: LetterKind) -> Message:
    choices = (Choice(Frequency.WEEKLY, a_topic("数")), Choice(Frequency.DAILY), Choice(Frequency.IMMEDIATE))
    return compose_letter(
        a_letter(kind),
        a_reader(choices=choices, language="el", address="数@例.例"),
        Circumstances(token="t" * 58, origin="command line", ended=choices, issue=3),
        links=Links(PSEUDO_SITE.site.url),
        settings=PSEUDO_SITE,
        templates=TEMPLATES,
        words=pseudo_words(),
    )


def everything() -> list[OfferedItem]:
    """Return items with every fact there is, in letters that are in no alphabet of ours, enough of them to be cut."""
    plain = [replace(one, item=in_other_letters(one.item), reasons=("数", "")) for one in nine()]
    plain += [replace(plain[0], item=replace(plain[0].item, change="filed", release=7))]
    kinds = ("guide", "survey", "article", "case-study", "podcast", "blog", "news", "briefing")
    plain += [replace(plain[1], item=replace(plain[1].item, kind=kind, release=80 + n, id=f"{n}", collection="",
                                             access="members" if n % 2 else "public"))
              for n, kind in enumerate(kinds)]  # fmt: skip
    many = [replace(plain[0], item=replace(plain[0].item, release=100 + n, id=f"{n}", series="", summary="文" * 400))
            for n in range(60)]  # fmt: skip
    return [*many, *plain]


def in_other_letters(item: Item) -> Item:
    facts: dict[str, Any] = {
        name: re.sub("[A-Za-z]", "文", getattr(item, name))
        for name in (
            "title",
            "subtitle",
            "summary",
            "publisher",
            "series",
            "edition",
            "collection",
            "replacement_title",
        )
    }
    facts |= {
        name: tuple(re.sub("[A-Za-z]", "文", text) for text in getattr(item, name))
        for name in ("authors", "partners", "notes", "topics")
    }
    return replace(item, **facts)


def shown_in_html(message: Message) -> list[str]:
    """Return every text and every attribute that a reader meets."""
    body = lxml_html.fromstring(message.html)
    shown = [text for one in body.iter() if one.tag not in ("style", "meta") for text in (one.text, one.tail)
             if isinstance(one.tag, str)]  # fmt: skip
    attributes = [one.get(name) for one in body.iter() for name in ("alt", "title", "aria-label")
                  if isinstance(one.tag, str)]  # fmt: skip
    return [text for text in (*shown, *attributes) if text and text.strip()]


def shown_in_text(message: Message) -> list[str]:
    return [line for line in message.text.splitlines() if not re.match(r"\[\d+\] (https|mailto):", line)]


def leftovers(shown: list[str]) -> list[str]:
    """Return the words with plain letters, but for units and formats, which are the same everywhere."""
    words = [word for text in shown for word in re.findall(r"[A-Za-z]{2,}", text)]
    return [word for word in words if word not in ("PDF", "MP", "MB", "KB")]


def a_language(site: Path, language: str, content: str) -> Path:
    """Write a translation of a site, which begins with an empty line, and return its file."""
    folder = site / "templates" / "words"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{language}.po"
    file.write_text("\n" + content, encoding="utf-8")
    return file
