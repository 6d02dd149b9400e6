"""What a test drives besides Python: where it is missing the test skips, and on CI, which installs it, it fails."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

NPM = Path(__file__).parent / "npm"


def need_program(name: str) -> str:
    """Return the path of a program; NAME in capitals in the environment names another one (`CHROMIUM=…`)."""
    return shutil.which(os.environ.get(name.upper(), name)) or _missing(name)


def need_from_npm(package: str) -> Path:
    """Return the folder of a package of tests/npm/package.json."""
    folder = NPM / "node_modules" / package
    return folder if folder.is_dir() else _missing(f"{package} from npm")


def need_root(why: str) -> None:
    """Let a test go on where it is run by root; `why` says what only root may do."""
    if os.geteuid() != 0:
        _missing(f"root, since it {why}")


def need_own_mounts() -> list[str]:
    """Return what a command begins with that runs in a name space of mounts of its own."""
    return _need_own("mounts", "--mount")


def need_own_processes() -> list[str]:
    """Return what a command begins with that sees no processes but its own, as in a container."""
    return _need_own("processes", "--pid", "--fork", "--kill-child", "--mount-proc")


def _need_own(what: str, *options: str) -> list[str]:
    words = [need_program("unshare"), *([] if os.geteuid() == 0 else ["--user", "--map-root-user"]), *options]
    may = subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0
    return words if may else _missing(f"a kernel that lets you unshare {what}")


def _missing(what: str) -> NoReturn:
    """Skip the test; fail it under PRESSROOM_CI, where a skipped test would be a hole that nobody sees."""
    reason = f"needs {what}: CONTRIBUTING.md says how to get it"
    if os.environ.get("PRESSROOM_CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
