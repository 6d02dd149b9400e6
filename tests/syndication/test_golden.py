"""The bytes of a small feed, as they should be and as every machine makes them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pressroom.models.feeds import Format
from tests.golden import check_golden
from tests.syndication.samples import build_sample


@pytest.mark.R3
@pytest.mark.parametrize("form", list(Format))
def test_the_sample_feed_has_its_golden_bytes(form: Format) -> None:
    check_golden(f"feeds/rivers.{form}", build_sample(form).content)


@pytest.mark.R3
def test_processes_with_other_hash_seeds_zones_and_locales_make_the_same_bytes() -> None:
    worlds = [
        {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "2", "TZ": "America/St_Johns", "LC_ALL": "C.UTF-8"},
        {"PYTHONHASHSEED": "3", "TZ": "Europe/Berlin", "LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"},
    ]
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.syndication.samples"],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **world},
            stdout=subprocess.PIPE,
        )
        for world in worlds
    ]
    made = [process.communicate()[0] for process in running]
    assert made == [b"".join(build_sample(form).content for form in Format)] * len(worlds)
