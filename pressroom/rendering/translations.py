"""Translations of the words around what is released: GNU gettext catalogues, `templates/words/nl.po`.

They are read as they are written, so that a site adds a language, or says single things its own way, by one text file
in its own `templates/words/`. What a file leaves untranslated is said in English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.support import Translations as GettextTranslations

from pressroom.errors import TemplateBrokenError
from pressroom.models.words import ENGLISH, Words, locale_of, primary_language
from pressroom.rendering.folders import template_folders

FOLDER = "words"
_UNCLOSED = re.compile(r'^(?:msg\S+\s+)?"(?:[^"\\\n]|\\.)*$', re.MULTILINE)  # Babel would drop the last letter


class Translations:
    """The languages of a site. `site` is its folder; what its `templates/words/` says wins."""

    def __init__(self, site: Path | None = None) -> None:
        self._folders = [folder / FOLDER for folder in template_folders(site)]
        self._words: dict[str, Words] = {}

    @property
    def languages(self) -> list[str]:
        """The tags of all languages there are words in, English among them."""
        found = {file.stem for folder in self._folders for file in folder.glob("*.po")}
        return sorted(found | {ENGLISH.language})

    def words(self, *languages: str) -> Words:
        """Return the words in the first of `languages` that there are any in, a country's or the language's own.

        Without any it is English. Raises TemplateBrokenError for a file that cannot be used.
        """
        known = {tag.lower(): tag for tag in self.languages}
        for language in languages:
            for tag in (language.lower(), primary_language(language)):
                if tag in known:
                    return self._read(known[tag])
        return self._read(ENGLISH.language)

    def check(self) -> None:
        """Read every language; raises TemplateBrokenError for the first that cannot be used."""
        for language in self.languages:
            self._read(language)

    def _read(self, language: str) -> Words:
        """Return the words of a language; what its own files leave open is said by those of the language at large."""
        if language not in self._words:
            tags = dict.fromkeys((language, primary_language(language)))
            places = [(folder / f"{tag}.po", tag) for tag in tags for folder in self._folders]
            first, *others = [_compiled(file, tag) for file, tag in places if file.is_file()] or [NullTranslations()]
            for other in others:
                first.add_fallback(other)
            self._words[language] = Words(language, first)
        return self._words[language]


def _compiled(file: Path, language: str) -> NullTranslations:
    compiled = BytesIO()
    write_mo(compiled, read_catalogue(file, language))
    compiled.seek(0)
    return GettextTranslations(compiled)


def read_catalogue(file: Path, language: str) -> Catalog:
    """Return what a .po file says, checked: its form, its plurals, and that no name in `%( )s` was made up."""
    try:
        content = file.read_bytes()
        if unclosed := _UNCLOSED.search(content.decode()):
            line = content.decode().count("\n", 0, unclosed.start()) + 1
            raise TemplateBrokenError(str(file), line, "a closing quotation mark is missing")
        catalogue = read_po(BytesIO(content), locale=locale_of(language), abort_invalid=True)
    except PoFileError as error:
        raise TemplateBrokenError(str(file), error.lineno + 1, str(error.args[0])) from error
    except (OSError, ValueError, LookupError) as error:
        raise TemplateBrokenError(str(file), None, str(error)) from error
    for place, problem in _faults(catalogue):
        raise TemplateBrokenError(str(file), place, problem)
    return catalogue


def _faults(catalogue: Catalog) -> Iterator[tuple[int | None, str]]:
    for message, errors in catalogue.check():
        if not message.fuzzy and message.string and any(message.string):
            yield message.lineno, f"the translation of “{message.id}” does not fit it ({errors[0]})"
