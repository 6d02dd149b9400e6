"""Where templates and translations lie: in the site's folder, then in the package, then in the checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent.parent


def template_folders(site: Path | None) -> list[Path]:
    """Return the folders that hold templates; what is found in an earlier one wins."""
    folders = [_PACKAGE / "templates", _PACKAGE.parent / "templates"]
    return [folder for folder in ([site / "templates"] if site else []) + folders if folder.is_dir()]
