"""`deploy/Dockerfile` and `deploy/compose.yaml`: what they name exists, and what they set the settings know."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pressroom.settings import Settings
from pressroom.settings.loading import check_settings
from tests.installing.conftest import ROOT, built
from tests.installing.test_wheel import contents
from tests.test_docs import COMMANDS, blocks, read, shell_lines

PLACE = "deploy/compose.yaml"


def instructions(name: str) -> Iterator[str]:
    """Return what stands behind each instruction of that name in the Dockerfile."""
    text = read("deploy/Dockerfile").replace("\\\n", " ")
    return iter(re.findall(rf"^{name} +(.*)$", text, re.MULTILINE))


def instruction(name: str) -> str:
    [only] = instructions(name)
    return only


def copied() -> Iterator[tuple[list[str], str]]:
    """Return what is copied out of this checkout, and to where."""
    for words in map(shlex.split, instructions("COPY")):
        if not words[0].startswith("--from"):
            yield words[:-1], words[-1]


def environment_of_the_image() -> dict[str, str]:
    return dict(word.split("=", 1) for words in instructions("ENV") for word in shlex.split(words))


def settings_with(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in environment.items():
        if name.startswith("PUBLISHER_"):
            monkeypatch.setenv(name, value)
    return check_settings({}, PLACE)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The compose file, anchors and merges resolved as compose does."""
    document: dict[str, Any] = yaml.safe_load(read(PLACE))
    return document


def test_what_the_image_copies_is_all_that_a_wheel_is_built_from(wheel: Path, tmp_path: Path) -> None:
    for sources, target in copied():
        for source in sources:
            into = tmp_path / "src" / target
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, into, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                into.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, into)
    assert contents(built("wheel", tmp_path / "src", tmp_path)) == contents(wheel)


def test_all_that_the_image_installs_is_known_by_its_hash() -> None:
    installing = [words for words in instructions("RUN") if "pip install" in words]
    known = {"--require-hashes --requirement requirements.lock", "--build-constraint requirements-test.lock"}
    assert len(installing) == len(known)
    assert all(any(one in words for words in installing) for one in known)
    assert all("--no-deps" in words for words in installing)


def test_the_image_runs_by_a_number_that_is_not_root_and_in_the_folder_that_is_kept() -> None:
    assert re.fullmatch(r"([1-9]\d+):\1", instruction("USER"))
    user = instruction("USER").partition(":")[0]
    assert f"--uid {user}" in read("deploy/Dockerfile")
    assert f"--owner {user} --group {user} {instruction('VOLUME')}" in read("deploy/Dockerfile")
    assert [*instructions("WORKDIR")][-1] == instruction("VOLUME")
    assert instruction("STOPSIGNAL") == "SIGTERM"


def test_what_the_image_runs_are_commands() -> None:
    entry, command = json.loads(instruction("ENTRYPOINT")), json.loads(instruction("CMD"))
    check = json.loads(instruction("HEALTHCHECK").partition("CMD ")[2])
    assert " ".join(entry + command) in COMMANDS
    assert " ".join(check) in COMMANDS


def test_the_image_listens_where_the_port_is_that_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    web = settings_with(environment_of_the_image(), monkeypatch).web
    assert (web.host, str(web.port)) == ("0.0.0.0", instruction("EXPOSE"))


def test_every_container_may_write_into_its_volume_only_and_has_no_rights(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"init", "press", "mailpit"}
    for service in compose["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_the_containers_of_the_image_share_one_site(compose: dict[str, Any]) -> None:
    for name in ("init", "press"):
        service = compose["services"][name]
        assert service["volumes"] == [f"site:{instruction('VOLUME')}"]
        assert (ROOT / "deploy" / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    assert "site" in compose["volumes"]
    assert f"publisher {' '.join(compose['services']['init']['command'])}" in COMMANDS
    assert compose["services"]["press"]["depends_on"] == {"init": {"condition": "service_completed_successfully"}}


def test_the_service_mails_to_the_catcher_and_believes_the_gateway(
    compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    press, mailpit = compose["services"]["press"], compose["services"]["mailpit"]
    settings = settings_with(environment_of_the_image() | press["environment"], monkeypatch)
    assert f"{settings.smtp.host}:{settings.smtp.port}" == mailpit["environment"]["MP_SMTP_BIND_ADDR"]
    assert settings.smtp.is_loopback
    assert mailpit["network_mode"] == "service:press"
    [network] = compose["networks"]["default"]["ipam"]["config"]
    assert list(settings.web.proxies) == [network["gateway"]]
    assert settings.site.url == f"http://localhost:{settings.web.port}"
    assert f"127.0.0.1:{settings.web.port}:{settings.web.port}" in press["ports"]


def test_what_the_page_sets_for_a_real_site_are_settings_and_its_secrets_credentials(
    tmp_path: Path, compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    [block] = blocks(read("docs/installing.md"), "yaml")
    lines = yaml.safe_load(block)
    secrets, environment = lines["x-pressroom"]["secrets"], lines["x-pressroom"]["environment"]
    assert [*lines["secrets"]] == secrets
    assert environment["CREDENTIALS_DIRECTORY"] == "/run/secrets"  # where compose puts them
    for name in secrets:
        (tmp_path / name).write_text("0123456789abcdef\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    settings = settings_with(environment_of_the_image() | environment, monkeypatch)
    assert settings.smtp.password.get_secret_value() == "0123456789abcdef"
    assert settings.web.metrics_token.get_secret_value() == "0123456789abcdef"
    assert settings.site.url.startswith("https://")
    assert not settings.smtp.is_loopback
    assert settings.mail.from_address == "digest@news.example.org"
    assert settings.mail.postal_address
    assert environment["PUBLISHER_WEB__PROXIES"] == compose["x-pressroom"]["environment"]["PUBLISHER_WEB__PROXIES"]


def test_every_command_that_the_page_has_a_container_run_is_one() -> None:
    """`exec` runs what it is given; `run` gives it to the entry point of the image, which is the publisher."""
    called = []
    for line in shell_lines(read("docs/installing.md")):
        if run := re.fullmatch(r'docker compose --file \S+ (exec|run) (?:--?\S+ |"\S+" )*press (.+)', line):
            words = run[2].split() if run[1] == "exec" else ["publisher", *run[2].split()]
            called.append(words)
    assert ["publisher", "db", "restore", "/pressroom.db", "--yes"] in called
    for words in called:
        assert words[0] == "rm" or any(" ".join(words[:many]) in COMMANDS for many in (2, 3)), words
