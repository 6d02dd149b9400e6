"""The service runs by a user who may write into the site's folder, and nowhere else."""

from __future__ import annotations

import signal
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.installing.confined import USER, Confined
from tests.installing.installed import Installed
from tests.installing.test_container import environment_of_the_image
from tests.running import PATIENCE, address_of


@pytest.fixture
def site(tmp_path: Path, installed: Installed) -> Confined:
    environment = environment_of_the_image() | {"PATH": f"{installed.folder}/bin:/usr/bin:/bin"}
    site = Confined(tmp_path / "site", environment)
    site.run("publisher", "init")
    return site


def test_it_is_as_confined_as_said(site: Confined, installed: Installed) -> None:
    assert site.run("id", "-u").strip() == USER
    assert "HOME" not in site.run("env")
    assert site.run("pwd").strip() == str(site.site)
    site.run("touch", "here")
    for elsewhere in (installed.folder, site.site.parent, "/tmp", "/var/tmp", "/dev/shm"):
        site.run("touch", f"{elsewhere}/there", code=1)


def test_commands_work_where_only_the_site_can_be_written(site: Confined) -> None:
    site.run("publisher", "subscriber", "add", "reader@example.org", "--confirmed")
    site.run("publisher", "release", "add", "--title", "Floods")
    site.run("publisher", "publish")
    site.run("publisher", "digest", "send", "--yes")
    assert len(list((site.site / "data" / "outbox" / "new").iterdir())) == 1
    site.run("publisher", "dkim", "generate")
    site.run("publisher", "db", "backup", "backup.db")
    site.run("publisher", "subscriber", "forget", "reader@example.org", "--yes")
    site.run("publisher", "validate")
    assert site.run("publisher", "health") == "All is well.\n"


def test_the_service_starts_answers_and_stops(site: Confined) -> None:
    service = site.start("publisher", "serve", "--host", "127.0.0.1", "--port", "0")
    try:
        address = address_of(service)
        site.run("publisher", "health")
        with urlopen(f"{address}/subscribe") as answer:
            assert answer.status == 200
        service.send_signal(signal.SIGTERM)
        assert service.wait(PATIENCE) == 0
    finally:
        service.kill()
        service.communicate()
