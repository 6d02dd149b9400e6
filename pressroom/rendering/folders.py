"""Where templates and translations lie: in the site's folder, then in the package, then in the checkout."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from pressroom.files import bytes_of

_PACKAGE = Path(__file__).parent.parent

Content = bytes | OSError
"""What stood in a file when it was read, or why it could not be."""


def template_folders(site: Path | None) -> list[Path]:
    """Return the folders that hold templates; what is found in an earlier one wins."""
    folders = [_PACKAGE / "templates", _PACKAGE.parent / "templates"]
    return [folder for folder in ([site / "templates"] if site else []) + folders if folder.is_dir()]


def as_read(files: Iterable[Path]) -> dict[Path, Content]:
    """Return files as they are now: what is saved, broken or deleted later changes nothing."""
    return {file: _content_of(file) for file in files}


def fingerprint_of(files: Mapping[Path, Content]) -> str:
    """Return a hash of files as they were read, by which the same ones are known again in another process."""
    digest = hashlib.sha256()
    for path, content in sorted(files.items()):
        said = content if isinstance(content, bytes) else str(content).encode()
        digest.update(f"{path}\0{len(said)}\0".encode("utf-8", "surrogateescape") + said)
    return digest.hexdigest()


def _content_of(path: Path) -> Content:
    try:
        return bytes_of(path)
    except OSError as error:
        return error
