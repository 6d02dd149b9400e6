"""Translations of the words around what is released: GNU gettext catalogues, `templates/words/nl.po`.

They are read as they are written, so that a site adds a language, or says single things its own way, by one text file
in its own `templates/words/`. What a file leaves untranslated is said in English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from gettext import NullTranslations, c2py
from io import BytesIO, StringIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.support import Translations as GettextTranslations

from pressroom.errors import TemplateBrokenError
from pressroom.models.words import ENGLISH, Words, locale_of, primary_language
from pressroom.rendering.folders import Content, as_read, template_folders

FOLDER = "words"
LARGEST_FILE = 1_000_000
_PLACES = re.compile(r"%\((\w+)\)s")
_UNCLOSED = re.compile(r'^(?:msg\S+\s+)?"(?:[^"\\\n]|\\.)*$', re.MULTILINE)  # Babel would drop the last letter


class Translations:
    """The languages of a site, as its files are now. `site` is its folder; what its `templates/words/` says wins."""

    def __init__(self, site: Path | None = None) -> None:
        folders = [folder / FOLDER for folder in template_folders(site)]
        self.files = as_read(file for folder in folders for file in sorted(folder.glob("*.po")))
        """All that was read."""
        self._of_language: dict[str, list[Path]] = {}
        for file in self.files:
            self._of_language.setdefault(_tag_of(file), []).append(file)
        self._words: dict[str, Words] = {}

    @cached_property
    def languages(self) -> list[str]:
        """The tags of all languages there are words in, English among them."""
        return sorted({*self._of_language, ENGLISH.language})

    def words(self, *languages: str) -> Words:
        """Return the words in the first of `languages` that there are any in, a country's or the language's own.

        Without any it is English. Raises TemplateBrokenError for a file that cannot be used.
        """
        return self._read(self.nearest(*languages))

    def nearest(self, *languages: str) -> str:
        """Return the tag of the language that `words` would have for these, whether its files can be used or not."""
        for language in languages:
            tag, primary = _tag(language), primary_language(language)
            of_a_country = (known for known in self.languages if primary_language(known) == primary)
            if found := next((known for known in (tag, primary, *of_a_country) if known in self.languages), None):
                return found
        return ENGLISH.language

    def _read(self, language: str) -> Words:
        """Return the words of a language; what its own files leave open is said by those of the language at large."""
        if language not in self._words:
            tags = dict.fromkeys((language, primary_language(language)))
            places = [(file, tag) for tag in tags for file in self._of_language.get(tag, ())]
            first, *others = [_compiled(file, self.files[file], tag) for file, tag in places] or [NullTranslations()]
            for other in others:
                first.add_fallback(other)
            self._words[language] = Words(language, first)
        return self._words[language]


def _tag(language: str) -> str:
    """Return a language tag as tags are written: small letters, the country in capitals (RFC 5646 §2.1.1)."""
    first, *rest = language.replace("_", "-").split("-")
    return "-".join([first.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])


def _tag_of(file: Path) -> str:
    """Return the tag of the language that a file is of: `nl_BE.po` is one for nl-BE."""
    return _tag(file.stem)


def _compiled(file: Path, content: Content, language: str) -> NullTranslations:
    compiled = BytesIO()
    write_mo(compiled, _catalogue(file, content, language))
    compiled.seek(0)
    return GettextTranslations(compiled)


def _catalogue(file: Path, content: Content, language: str) -> Catalog:
    """Return what a .po file says, checked: its form, its plurals, and that each translation can be filled in."""
    if isinstance(content, OSError):
        raise TemplateBrokenError(str(file), None, str(content)) from content
    try:
        if len(content) > LARGEST_FILE:
            raise TemplateBrokenError(str(file), None, f"it is larger than {LARGEST_FILE:,} bytes")
        text = content.decode("utf-8-sig")
        if unclosed := _UNCLOSED.search(text):
            line = text.count("\n", 0, unclosed.start()) + 1
            raise TemplateBrokenError(str(file), line, "a closing quotation mark is missing")
        # As text: whatever coding the header claims, the file is UTF-8.
        catalogue = read_po(StringIO(text), locale=locale_of(language), abort_invalid=True)
        catalogue.charset = "utf-8"
        faults = [*_faults_of_plurals(catalogue), *_faults(catalogue)]
    except PoFileError as error:
        raise TemplateBrokenError(str(file), error.lineno + 1, str(error.args[0])) from error
    except (ValueError, LookupError, ArithmeticError, TypeError, SyntaxError) as error:
        raise TemplateBrokenError(str(file), None, str(error)) from error
    for place, problem in faults:
        raise TemplateBrokenError(str(file), place, problem)
    return catalogue


def _faults_of_plurals(catalogue: Catalog) -> Iterator[tuple[int | None, str]]:
    """Yield what is wrong with the rule that chooses a plural form, tried as gettext will use it."""
    try:
        form_of = c2py(catalogue.plural_expr)
        if all(0 <= form_of(number) < catalogue.num_plurals for number in range(1_000)):
            return
        problem = "it names a form that nplurals has not"
    except (ValueError, ArithmeticError, RecursionError) as error:
        problem = str(error)
    yield None, f"its Plural-Forms cannot be used ({problem})"


def _faults(catalogue: Catalog) -> Iterator[tuple[int | None, str]]:
    for message in catalogue:
        forms = message.string if isinstance(message.string, list | tuple) else [message.string]
        ids = message.id if isinstance(message.id, list | tuple) else [message.id]
        if message.fuzzy or not message.id:
            continue
        for form in filter(None, forms):
            if problem := _misfit(form, [str(one) for one in ids]):
                yield message.lineno, f"the translation of “{ids[0]}” does not fit it ({problem})"


def _misfit(translation: str, originals: list[str]) -> str:
    """Return why a translation cannot stand for its original: what it fills in is another thing, or nothing."""
    wanted = set(_PLACES.findall(" ".join(originals)))
    if not wanted:
        return ""
    missing = wanted - set(_PLACES.findall(translation)) - {"number"}  # “one page” may go without it
    if missing:
        return f"%({sorted(missing)[0]})s is missing"
    try:
        _ = translation % dict.fromkeys(wanted, "")
    except KeyError as error:
        return f"%({error.args[0]})s is unknown there"
    except (ValueError, TypeError):
        return "a % stands for nothing; write %% for the sign, and %(name)s for what is put in"
    return ""
