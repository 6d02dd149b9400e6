"""What was encoded reads the same in two parsers that know nothing of each other: Python's and postal-mime's (Node)."""

from __future__ import annotations

import base64
import json
import random
import subprocess
from collections.abc import Iterator, Sequence
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from pressroom.delivery.mime import encode
from pressroom.models.bodies import Body, Form
from tests.delivery.test_mime import LONG_LINK, a_message
from tests.needs import need_from_npm, need_program

SCRIPT = Path(__file__).with_name("reading.mjs")
MESSAGES = 1_500
WORDS = (
    "Rivers", "R&D", "naïve", "–", "«été»", "日本語の報告書", "مرحبا", "שלום", "👩🏽‍🚀", "x" * 70,
    "=?utf-8?q?no?=", ".", "a_b",
    '"', "\\", "<b>", "Ltd.,", "(Pty)", "Zoë", "ü" * 40, "Łódź", "in", "2026/27", "?=", "=", ";", "@", ":",
)  # fmt: skip


class Elsewhere:
    """postal-mime in a process of its own."""

    def __init__(self) -> None:
        need_from_npm("postal-mime")
        self._node = need_program("node")

    def read(self, contents: Sequence[bytes]) -> list[dict[str, Any]]:
        lines = b"\n".join(map(base64.b64encode, contents))
        done = subprocess.run([self._node, SCRIPT], input=lines, capture_output=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def elsewhere() -> Elsewhere:
    return Elsewhere()


def mixed(chance: random.Random) -> str:
    """Return words of several languages, in one line as names and titles come in."""
    return " ".join(chance.choices(WORDS, k=chance.randint(1, 12)))


def texts(number: int) -> Iterator[tuple[str, str, str]]:
    """Yield subjects, names of senders and names of recipients."""
    chance = random.Random(2047)
    for _ in range(number):
        yield mixed(chance), mixed(chance), mixed(chance)


def value_of(read: dict[str, Any], name: str) -> str:
    [found] = [header["value"] for header in read["headers"] if header["key"] == name]
    return str(found)


def test_subjects_names_and_links_read_back_the_same_in_both(elsewhere: Elsewhere) -> None:
    given = list(texts(MESSAGES))
    contents = [
        encode(
            a_message(
                headers={
                    "Subject": subject,
                    "From": f"{sender} <digest@example.org>",
                    "To": f"{recipient} <reader@example.com>",
                    "List-Unsubscribe": LONG_LINK,
                }
            )
        )
        for subject, sender, recipient in given
    ]
    for facts, content, there in zip(given, contents, elsewhere.read(contents), strict=True):
        here = message_from_bytes(content, policy=default)
        assert (here["Subject"], there["subject"]) == (facts[0], facts[0])
        assert (there["from"]["name"], there["to"][0]["name"]) == facts[1:]
        assert (there["from"]["address"], there["to"][0]["address"]) == ("digest@example.org", "reader@example.com")
        assert (here["List-Unsubscribe"], value_of(there, "list-unsubscribe")) == (LONG_LINK, LONG_LINK)
        for name, said in zip(("From", "To"), facts[1:], strict=True):
            [mailbox] = here[name].addresses
            assert mailbox.addr_spec in ("digest@example.org", "reader@example.com")
            if content.count(b"=?utf-8") == 0:  # cpython #128110: it shows the blanks between encoded-words of a name
                assert mailbox.display_name == said


def test_bodies_in_parts_read_back_the_same_elsewhere(elsewhere: Elsewhere) -> None:
    chance, bodies = random.Random(2045), []
    for _ in range(300):
        gaps = tuple(mixed(chance) for _ in range(chance.randint(1, 4)))
        pieces = [
            tuple(mixed(chance) + chance.choice(["", "\n", " \n.", "\t"]) for _ in range(3))
            for _ in range(len(gaps) + 1)
        ]
        bodies.append(Body(Form(tuple(pieces)), gaps))
    contents = [encode(a_message(html_body=body, text_body=body)) for body in bodies]
    for body, read in zip(bodies, elsewhere.read(contents), strict=True):
        assert [read[part].rstrip("\n") for part in ("text", "html")] == [str(body).rstrip("\n")] * 2
