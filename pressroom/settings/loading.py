"""Reading the settings of a site; what is wrong is told by the key, where it stands and why."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from pressroom.errors import SettingsError
from pressroom.settings import Settings
from pressroom.settings.outside import content_of, names_outside

SETTINGS_FILE = "publisher.toml"


def load_settings(site: Path) -> Settings:
    """Return the settings of the site in folder `site`; a site without a settings file has the defaults."""
    return check_settings(file_values(site), str(site / SETTINGS_FILE))


def file_values(site: Path) -> dict[str, Any]:
    """Return what the settings file of a site says; nothing where there is no such file."""
    path = site / SETTINGS_FILE
    try:
        return tomllib.loads(content_of(path)) if os.path.lexists(path) else {}
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is no valid TOML: {error}; mend that line.") from error
    except (ValueError, RecursionError) as error:
        what = "a number of too many digits" if isinstance(error, ValueError) else "lists or tables nested too deep"
        raise SettingsError(f"{path} holds {what}; take that out.") from error


def check_settings(values: Mapping[str, Any], place: str) -> Settings:
    """Return settings from `values` and from outside, or say which key is wrong, where it stands and why."""
    outside = _places_outside()
    try:
        return Settings(**values)
    except ValidationError as error:
        problems = [
            _in_words(_where(place, fault["loc"], outside), fault["loc"], fault["msg"], fault["type"])
            for fault in error.errors()
        ]
        raise SettingsError(*problems) from error


def _places_outside() -> dict[tuple[str, str], str]:
    """Return where settings are given outside the file, by section and key. What names no key is an error."""
    places = {}
    for name, where in names_outside():
        section, separator, key = name.lower().partition("__")
        if section in Settings.model_fields:
            if key not in _keys_of(section):
                raise SettingsError(
                    f"{where} names no key of [{section}]; behind two underscores it takes one of {_known(section)}."
                )
            places[section, key] = where
        elif separator:
            raise SettingsError(f"{where} names no section; {_sections()}.")
    return places


def _where(place: str, location: tuple[int | str, ...], outside: Mapping[tuple[str, str], str]) -> str:
    """Return where the value at `location` stands; of a whole section, every place that it is gathered from."""
    section, key = (str(part) for part in (*location, "")[:2])
    if (section, key) in outside:
        return outside[section, key]
    others = [where for (name, _), where in outside.items() if name == section and not key]
    return f"{' and '.join([place, *others])}: [{section}] {key}".rstrip()


def _in_words(where: str, location: tuple[int | str, ...], message: str, kind: str) -> str:
    section = str(location[0])
    if kind == "extra_forbidden":
        return f"{where} is unknown; " + (f"[{section}] knows {_known(section)}" if location[1:] else _sections())
    if kind == "model_type":
        return f"{where} is no section; write [{section}] on a line of its own, and its keys below"
    for beginning, instead in (("Value error, ", ""), ("Input should ", "should ")):
        if message.startswith(beginning):
            return f"{where} {instead}{message.removeprefix(beginning)}"
    return f"{where} is wrong: {message}"


def _keys_of(section: str) -> list[str]:
    annotation = Settings.model_fields[section].annotation
    return list(annotation.model_fields) if isinstance(annotation, type) and issubclass(annotation, BaseModel) else []


def _known(section: str) -> str:
    return ", ".join(_keys_of(section))


def _sections() -> str:
    return "the sections are " + ", ".join(f"[{name}]" for name in Settings.model_fields)
