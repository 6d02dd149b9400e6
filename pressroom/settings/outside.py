"""What is given outside `publisher.toml`: files of the credentials folder, and the environment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pressroom.errors import SettingsError

PREFIX = "PUBLISHER_"
MAX_BYTES = 1_000_000


def content_of(path: Path) -> str:
    """Return the text of a file of settings."""
    try:
        if not path.is_file():
            what = "a folder" if path.is_dir() else "no file" if path.exists() else "a link that leads nowhere"
            raise SettingsError(f"{path} is {what}; put a file in its place, or remove it.")
        if path.stat().st_size > MAX_BYTES:
            raise SettingsError(f"{path} is larger than {MAX_BYTES:,} bytes; put the settings alone there.")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 (byte {error.start + 1}); save it as UTF-8.") from error
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        raise SettingsError(f"{path} cannot be read: {problem}; check its name and rights.") from error


def credentials() -> dict[str, dict[str, str]]:
    """Return what the files `section__key` of the credentials folder say."""
    values: dict[str, dict[str, str]] = {}
    for file in _credential_files():
        section, separator, key = file.name.lower().partition("__")
        if separator:  # systemd may keep other things beside them
            values.setdefault(section, {})[key] = content_of(file).strip()
    return values


def _credential_files() -> list[Path]:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    try:
        return sorted(file for file in Path(folder).iterdir() if file.name[0] != ".") if folder else []
    except OSError as error:
        raise SettingsError(
            f"The credentials folder {folder} cannot be read: {(error.strerror or str(error)).lower()}; "
            "mend CREDENTIALS_DIRECTORY in the environment, or unset it."
        ) from error


def names_outside() -> Iterator[tuple[str, str]]:
    """Return names like `smtp__port` of what is given outside the file and where it stands, what wins last."""
    for file in _credential_files():
        yield file.name, str(file)
    for name, value in os.environ.items():
        if name.upper().startswith(PREFIX):
            where = f"{name} in the environment"
            if value.encode(errors="ignore").decode() != value:
                raise SettingsError(f"{where} is not UTF-8; write it in UTF-8.")
            yield name[len(PREFIX) :], where
