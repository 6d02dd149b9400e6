"""What a service logs: one line for each event, as text or JSON, that names nobody."""

from __future__ import annotations

import io
import json
import logging
import os
import string
import sys
from datetime import datetime
from unicodedata import bidirectional
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.commands import logs
from pressroom.commands.logs import AsJson, AsText
from pressroom.models.logged import facts, without_secrets
from pressroom.signing import new_token

FORMS = [AsText(), AsText(is_journal=True), AsJson()]


def record(words: str, *values: object, error: Exception | None = None, level: int = logging.INFO) -> logging.LogRecord:
    trouble = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("pressroom.test", level, "", 1, words, values, trouble)


def raised(words: str) -> Exception:
    try:
        raise ValueError(words)
    except ValueError as error:
        return error


ATEXT = st.characters(whitelist_categories=("L", "N"), whitelist_characters="!#$%&'*+-/=?^_`{|}~")  # RFC 5322 §3.2.3
WORDS = st.text(ATEXT, min_size=1, max_size=12)
QUOTED = st.text(string.ascii_letters + string.digits + ' .,;:<>()[]"\\', min_size=1, max_size=12).map(
    lambda text: '"{}"'.format(text.replace("\\", "\\\\").replace('"', '\\"'))
)
LOCAL = st.one_of(st.lists(WORDS, min_size=1, max_size=3).map(".".join), QUOTED)
DOMAINS = st.sampled_from(["zebra.example", "zebra.bücher.example", "xn--zebra.example", "[192.0.2.77]"])
AROUND = st.sampled_from(
    ["{}", "<{}>", "to {}, and on", "({})", "'{}'", "“{}”", "[{}];", "a=1&to={}&b=2", "see {}|{}", "\n{}\r\n"]
)


@given(local=LOCAL, domain=DOMAINS, around=AROUND, times=st.integers(0, 2), is_error=st.booleans())
def test_no_line_holds_an_address_however_it_is_written(
    local: str, domain: str, around: str, times: int, is_error: bool
) -> None:
    address = f"{local}@{domain}"
    for _ in range(times):
        address = quote(address, safe="")
    said = around.format(address, address)
    for form in FORMS:
        line = form.format(record("%s", "bad luck" if is_error else said, error=raised(said) if is_error else None))
        assert "\n" not in line
        assert "zebra" not in line
        assert "192.0.2.77" not in line
        assert address not in line


@given(before=st.text(max_size=5), after=st.text(max_size=5), is_upper=st.booleans())
def test_no_line_holds_a_token(before: str, after: str, is_upper: bool) -> None:
    token = new_token().upper() if is_upper else new_token()
    for form in FORMS:
        assert token not in form.format(record("%s", f"{before}{token}{after}"))


TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
MARKS = "\u061c\u200e\u200f"


@given(said=st.text() | st.text(alphabet="a\u202e\u2066\u061c\x1b\n"))
def test_whatever_is_said_is_one_line_that_no_terminal_obeys(said: str) -> None:
    for form in FORMS:
        line = form.format(record("%s", said, error=raised(said)))
        assert len(line.splitlines()) == 1
        assert not [letter for letter in line if letter < " " and letter != "\t"]
        assert not [letter for letter in line if bidirectional(letter) in TURNING or letter in MARKS]


def test_what_is_no_address_stays_as_it_is() -> None:
    for said in ("3 release(s) live, 12 feed file(s) written", "at 12:30, 100 % of 4@", "@property", "a|b {c}: 'd'"):
        assert without_secrets(said) == said


def test_a_long_word_is_looked_through_once() -> None:
    for word in ("0" * 2_000_000, '\\"' * 200_000, '"a' * 200_000, '"' + "\\a" * 200_000):
        assert without_secrets(word) == word  # by the square of its length it would take hours


def test_text_folds_a_traceback_into_its_line() -> None:
    line = AsText().format(record("That was unexpected", error=raised("no luck"), level=logging.ERROR))
    assert " ERROR That was unexpected | Traceback (most recent call last): | File " in line
    assert line.endswith(" | ValueError: no luck")


def test_the_journal_is_told_how_grave_a_line_is_and_no_time() -> None:
    form = AsText(is_journal=True)
    for level, grade in ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (logging.CRITICAL, 2)):
        assert form.format(record("12 sent", level=level)) == f"<{grade}>12 sent"


def test_json_has_moment_grade_and_room_beside_words_numbers_and_details() -> None:
    one = record("run %d has begun\nmore\nof it", 3)
    one.__dict__.update(facts(run=3, of="ada@example.org"))
    said = json.loads(AsJson().format(one))
    moment = datetime.fromisoformat(said.pop("time"))
    assert moment.timestamp() == pytest.approx(one.created, abs=0.001)
    assert (said.pop("event"), said.pop("details")) == ("run 3 has begun", "more\nof it")
    assert said == {"run": 3, "of": "…", "level": "info", "logger": "pressroom.test"}


def test_an_event_s_own_numbers_never_take_the_place_of_its_words() -> None:
    one = record("words")
    one.__dict__.update(facts(event="other", level="other", time="other", logger="other"))
    said = json.loads(AsJson().format(one))
    assert (said["event"], said["level"], said["logger"]) == ("words", "info", "pressroom.test")


def test_only_the_stream_that_the_journal_names_is_its_own(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    status = os.fstat(sys.stderr.fileno())
    monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino}")
    assert logs._is_journal()
    monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino + 1}")
    assert not logs._is_journal()
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert not logs._is_journal()
