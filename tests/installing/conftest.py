"""What is built of this checkout, and installed in an environment that has nothing else of it."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import venv
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

from tests.installing.installed import WATCH, Installed

ROOT = Path(__file__).parent.parent.parent
BUILD = "import sys; from hatchling import build; print(getattr(build, sys.argv[1])(sys.argv[2]))"


@pytest.fixture(scope="session")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="session")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from what the sdist holds and from nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    return built("wheel", folder / sdist.name.removesuffix(".tar.gz"), folder)


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An environment with the wheel, and what `requirements.lock` names; nobody may write into it."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    [packages] = folder.glob("lib/python3.*/site-packages")
    link_dependencies(packages)
    (packages / "sitecustomize.py").write_text(WATCH.format(checkout=f"{ROOT}/", but=f"{ROOT}/.venv/"))
    installed = Installed(folder)
    installed.python("-m", "pip", "install", "--quiet", "--no-index", "--no-deps", str(wheel))
    return installed


def built(kind: str, source: Path, folder: Path) -> Path:
    """Return what the build backend makes of a source tree, called as pip calls it (PEP 517)."""
    command = [sys.executable, "-c", BUILD, f"build_{kind}", str(folder)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / done.stdout.strip()


def link_dependencies(packages: Path) -> None:
    """Let an environment have what the lock names, as it lies in the environment of the tests."""
    for name in re.findall(r"^([\w.-]+)(?:\[.*\])?==", (ROOT / "requirements.lock").read_text(), re.MULTILINE):
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue  # it is for another system
        for top in {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}:
            (packages / top).symlink_to(str(found.locate_file(top)))
