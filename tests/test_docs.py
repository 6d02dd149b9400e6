"""The pages say what the code does: every command, option, setting and dependency, every link and file they name."""

from __future__ import annotations

import json
import re
import shlex
import sqlite3
import struct
import tomllib
from collections.abc import Iterable, Iterator
from datetime import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import pytest
from pydantic import BaseModel, SecretStr

from pressroom import commands, errors
from pressroom.settings import Settings
from pressroom.settings.loading import check_settings
from tests.test_house import FILES, RANKS, room_of

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in FILES)
SCRIPT_WORDS = set(re.findall(r"^    (\w+)\)$", (ROOT / "run").read_text(encoding="utf-8"), re.MULTILINE))


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def sections(page: str) -> dict[str, str]:
    """Return a page's text by heading, each up to the next heading of any rank."""
    parts = re.split(r"^#+ (.+)$", without_blocks(page), flags=re.MULTILINE)
    return {heading.strip("`"): text for heading, text in zip(parts[1::2], parts[2::2], strict=True)}


def chapters(page: str) -> dict[str, str]:
    """Return a page's text by heading of the second rank, blocks of code and all."""
    parts = re.split(r"^## (.+)$", page, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def without_blocks(page: str) -> str:
    return re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)


def rows(text: str) -> Iterator[list[str]]:
    """Return the cells of the rows of all tables, heads left out."""
    for line in re.findall(r"^\| (?!---)(.*) \|$", text, re.MULTILINE):
        cells = line.split(" | ")
        if "`" in cells[0] or cells[0].isdigit():
            yield cells


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def spans(page: str) -> list[str]:
    """Return what stands in backticks within the lines of a page."""
    return re.findall(r"`([^`\n]+)`", without_blocks(page))


# Commands.


def walk(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Return every command that does something, with the words that call it."""
    if not isinstance(command, click.Group):
        yield " ".join(("publisher", *words)), command
        return
    context = click.Context(command)
    for word in command.list_commands(context):
        found = command.get_command(context, word)
        assert found is not None
        yield from walk(found, (*words, word))


COMMANDS = dict(walk(commands.publisher))
GROUPS = {" ".join(words.split()[:2]) for words in COMMANDS if len(words.split()) > 2}


def options_of(command: click.Command) -> set[str]:
    options = [param for param in command.params if isinstance(param, click.Option)]
    return {name for option in options for name in (*option.opts, *option.secondary_opts)}


def options_in(text: str) -> set[str]:
    return {name for cells in rows(text) for name in re.findall(r"(?<![\w-])--?[a-z][\w-]*", cells[0], re.IGNORECASE)}


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_is_documented_with_all_its_options_and_no_others(words: str) -> None:
    page = sections(read("docs/commands.md"))
    text = page[words]
    if "#facts-of-a-release" in text:
        text += page["Facts of a release"]
    assert options_in(text) == options_of(COMMANDS[words])
    assert text.strip()
    for argument in COMMANDS[words].params:
        if isinstance(argument, click.Argument):
            name = argument.metavar or (argument.name or "").upper()
            assert re.search(rf"`{words} .*{name}", text), f"{name} of {words}"


def test_the_options_of_every_command_are_documented() -> None:
    assert options_in(sections(read("docs/commands.md"))["Every command"]) == options_of(commands.publisher)


def test_no_section_is_about_an_unknown_command() -> None:
    headings = {heading for heading in sections(read("docs/commands.md")) if heading.startswith("publisher")}
    assert headings == set(COMMANDS) | GROUPS


def commands_in(lines: Iterable[str]) -> Iterator[list[str]]:
    """Return the words of every command that stands in these lines or spans, without `publisher`."""
    for line in lines:
        call = re.match(r"(?:[A-Z_]+=\S+ )*(?:uv run )?(publisher|\./run|python publisher\.py) (.+)", line)
        words = shlex.split(call[2], comments=True) if call else line.split()
        is_scripts = call is not None and call[1] == "./run" and words[0] in SCRIPT_WORDS
        if not is_scripts and (call or (len(words) > 1 and words[0] in commands.COMMANDS)):
            yield words


def shell_lines(page: str) -> list[str]:
    return "\n".join(blocks(page, "sh")).replace("\\\n", " ").splitlines()


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_command_that_a_page_names_exists_with_its_options(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    for words in commands_in([*shell_lines(page), *spans(page)]):
        known = {"--help", *options_of(commands.publisher)}
        command: click.Command = commands.publisher
        for before, word in pairwise(["", *words]):
            if word.startswith("--"):
                assert word in known | options_of(command), words
            elif isinstance(command, click.Group) and re.fullmatch("[a-z]+", word) and before != "-C":
                found = command.get_command(click.Context(command), word)
                assert found is not None, f"{' '.join(words)}: there is no {word}"
                command = found


def test_every_command_that_asks_is_named_where_that_is_told() -> None:
    [told] = re.findall(r"^(`digest send`.*?) ask before they act", read("docs/commands.md"), re.MULTILINE | re.DOTALL)
    asking = {words for words, command in COMMANDS.items() if "--yes" in options_of(command)}
    assert {f"publisher {words}" for words in re.findall("`([^`]+)`", told)} == asking


def test_every_exit_code_is_documented() -> None:
    documented = {int(cells[0]) for cells in rows(sections(read("docs/commands.md"))["Exit codes"])}
    raised = {one.exit_code for one in vars(errors).values() if isinstance(one, type) and hasattr(one, "exit_code")}
    assert documented == raised | {0, 3, 130}


def test_every_rule_of_validate_is_documented() -> None:
    documented = re.findall(
        r"`([a-z-]+)`", " ".join(cells[0] for cells in rows(sections(read("docs/commands.md"))["Rules of documents"]))
    )
    checking = [path.read_text(encoding="utf-8") for path in FILES if {"checks", "operations"} & set(path.parts)]
    assert set(documented) == set(re.findall(r"(?:Finding|finding|Wrong)\(\s*\"([a-z-]+)\"", "\n".join(checking)))
    assert len(documented) == len(set(documented))


# Settings.


def fields_of(section: str) -> dict[str, Any]:
    model = Settings.model_fields[section].annotation
    assert isinstance(model, type)
    assert issubclass(model, BaseModel)
    return {name: field.default for name, field in model.model_fields.items()}


def written(value: Any) -> str:
    """Return a default as docs/settings.md writes it: in TOML."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, time):
        value = f"{value:%H:%M}"
    if isinstance(value, tuple):
        return f"`{json.dumps(value)}`"
    if isinstance(value, str):
        return f"`'{value}'`" if '"' in value else f'`"{value}"`'
    return f"`{value}`"


@pytest.mark.parametrize("section", Settings.model_fields)
def test_every_setting_is_documented_with_its_default(section: str) -> None:
    table = rows(sections(read("docs/settings.md"))[f"[{section}]"])
    documented = {cells[0].strip("`"): cells[1] for cells in table}
    assert documented == {name: written(default) for name, default in fields_of(section).items()}


def test_no_unknown_section_of_settings_is_documented() -> None:
    headings = [heading for heading in sections(read("docs/settings.md")) if heading.startswith("[")]
    assert headings == [f"[{section}]" for section in Settings.model_fields]


def test_the_examples_of_settings_are_settings() -> None:
    values = tomllib.loads("\n".join(blocks(read("docs/settings.md"), "toml")))
    assert set(values) == set(Settings.model_fields)
    check_settings(values, "docs/settings.md")


# Links and names.


def anchors(path: Path) -> set[str]:
    """Return the anchors of a page's headings, made as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_link_leads_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if not link.startswith("https://"):
            place, _, anchor = link.partition("#")
            target = (path.parent / place).resolve() if place else path
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_file_and_function_that_a_page_names_exists(path: Path) -> None:
    for span in spans(path.read_text(encoding="utf-8")):
        if re.fullmatch(r"(pressroom|tests|docs|tools|\.ci|data/sample)/[\w./-]*", span):
            assert (ROOT / span).exists(), span
        elif function := re.fullmatch(r"(\w+)\(\)", span):
            assert re.search(rf"def {function[1]}\(", SOURCES), span
        elif path.parent != ROOT and re.fullmatch(r"[A-Z][a-z]+([A-Z][a-z]+)*", span):
            assert re.search(rf"class {span}\b", SOURCES), span


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_no_page_names_a_place_on_one_machine(path: Path) -> None:
    text = re.sub(r"/usr/(local/bin|bin/python3)\b", "", path.read_text(encoding="utf-8"))  # there on every machine
    assert not re.search(r"(?<![\w.])/(work|root|home|tmp|usr)/", text)


def test_an_upgrade_takes_lines_of_the_first_time_and_touches_no_secret() -> None:
    upgrade = shell_lines(chapters(read("docs/operations.md"))["Upgrade"])
    installing = [line for line in upgrade if line.startswith(("install ", "/opt/pressroom/bin/pip "))]
    assert set(installing) < set(shell_lines(read("docs/installing.md")))
    assert len([line for line in installing if "pip install" in line]) == 2
    assert {line.split()[-1] for line in installing if line.startswith("install ")} == {
        "/opt/pressroom/bin/press",
        "/etc/systemd/system/pressroom.service",
    }


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_what_cron_runs_is_named_by_its_whole_path(path: Path) -> None:
    lines = "\n".join(blocks(path.read_text(encoding="utf-8"), "text")).splitlines()
    for line in lines:
        if entry := re.match(r"(?:[*\d]\S* +){5}(?:root +)?(.+)", line):
            called = [
                words[0] for words in map(shlex.split, re.split("&&", entry[1])) if words[0] not in ("cd", "find")
            ]
            assert called, line
            assert all(re.fullmatch("/opt/pressroom/bin/(publisher|press)", one) for one in called), line


def test_the_link_to_a_program_leads_to_where_it_is_installed() -> None:
    lines = shell_lines(read("docs/installing.md"))
    links = [line.split()[-2:] for line in lines if line.startswith("ln ")]
    assert {Path(target).name for target, _ in links} == {"publisher", "press"}
    for target, link in links:
        assert target == f"/opt/pressroom/bin/{Path(link).name}"
        assert Path(link).parent == Path("/usr/local/bin")


# Other things that pages repeat.


def test_the_rooms_and_their_ranks_are_documented() -> None:
    table = rows(sections(read("docs/architecture.md"))["The house"])
    documented = {cells[1].strip("`"): int(cells[0]) for cells in table}
    rooms = {room_of(path) for path in FILES} - {"__init__"}
    assert documented == {room: RANKS[room] for room in rooms}


def test_the_dependencies_are_documented() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    needed = {re.split(r"[<>=]", one)[0] for one in project["dependencies"]}
    documented = re.findall(r"^\| ([a-z][\w-]*) \|", read("docs/decisions/0007-dependencies.md"), re.MULTILINE)
    assert set(documented) - {"package"} == needed


def test_every_decision_is_linked_from_the_architecture() -> None:
    linked = re.findall(r"\]\(decisions/([\w-]+\.md)\)", sections(read("docs/architecture.md"))["Decisions"])
    assert linked == sorted(path.name for path in (ROOT / "docs" / "decisions").iterdir())


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "pictures").iterdir()), ids=name_of)
def test_pictures_are_small_enough_for_a_page(path: Path) -> None:
    content = path.read_bytes()
    width, _ = struct.unpack(">II", content[16:24])
    assert width <= 1200
    assert len(content) < 300_000


# The README, done.


def do(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert commands.run(words) == 0
    return capsys.readouterr().out


def test_the_readme_shows_what_the_demo_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (shown,) = blocks(read("README.md"), "text")
    assert do(capsys, "demo").startswith(shown)


def test_the_readme_makes_a_site_and_other_programs_add_releases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "checkout").mkdir()
    monkeypatch.chdir(tmp_path / "checkout")
    page = chapters(read("README.md"))
    for words in commands_in(shell_lines(page["A site of your own"])):
        if words != ["-C", "../our-site", "serve"]:
            do(capsys, *words)
    with sqlite3.connect(tmp_path / "our-site" / "data" / "catalogue.db") as catalogue:
        for statements in blocks(page["Releases from other programs"], "sql"):
            catalogue.executescript(statements)
    press = ("-C", "../our-site", "--json")
    assert json.loads(do(capsys, *press, "publish"))["live"] == 2
    releases = json.loads(do(capsys, *press, "release", "list"))
    assert {(one["title"], one["state"], *one["topics"]) for one in releases} == {
        ("Passwords that people can live with", "live", "cyber-security"),
        ("Passwords that people can live with", "live"),
        ("Phishing drills", "live", "cyber-security"),
    }
    do(capsys, *press, "digest", "send", "--yes")
    check_forms(tmp_path / "our-site", capsys)


def check_forms(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Compare the documents in docs/commands.md with what the commands print, name by name."""
    page = chapters(read("docs/commands.md"))["JSON that other programs rely on"]
    forms = re.findall(r"`publisher (--json [a-z ]+)`.*?```json\n(.*?)```", page, re.DOTALL)
    assert len(forms) == 5
    for words, example in forms:
        assert_has_form(json.loads(do(capsys, "-C", str(site), *words.split())), json.loads(example), words)


def assert_has_form(actual: Any, example: Any, where: str) -> None:
    assert type(actual) is type(example) or example is None or actual is None, where
    if isinstance(example, dict):
        assert set(example) <= set(actual), where
        for name, value in example.items():
            assert_has_form(actual[name], value, f"{where}: {name}")
    elif isinstance(example, list) and example and actual:
        assert_has_form(actual[0], example[0], where)


def test_the_schema_is_told_in_words(site: Path) -> None:
    with sqlite3.connect(site / "data" / "catalogue.db") as catalogue:
        tables = {name for (name,) in catalogue.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    told = {name for cells in rows(sections(read("docs/architecture.md"))["The catalogue"]) for name in spans(cells[0])}
    assert told == {name for name in tables if not name.startswith(("_", "sqlite_"))}


ENGINES = {"pk", "published", "updated", "sorted_at", "version", "withdrawn_reason", "replacement"}


def test_every_column_that_another_program_may_write_is_documented(site: Path) -> None:
    with sqlite3.connect(site / "data" / "catalogue.db") as catalogue:
        columns = {name for (name,) in catalogue.execute("SELECT name FROM pragma_table_info('releases')")}
    page = sections(read("docs/extending.md"))["Rows by other programs"]
    told = {name for cells in rows(page) for name in spans(cells[0])}
    assert told == columns - ENGINES
    assert all(f"`{name}`" in page for name in ENGINES - {"pk"})


def test_every_template_is_documented() -> None:
    files = {str(path.relative_to(ROOT / "templates")) for path in (ROOT / "templates").rglob("*.*")}
    page = sections(read("docs/extending.md"))["Templates of your own"]
    assert {name for cells in rows(page) for name in spans(cells[0])} == files
