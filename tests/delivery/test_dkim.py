"""What we sign is verified by another's code (dkimpy), and is not once anything that matters has changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pressroom.delivery.dkim import DkimKey, DkimKeys, DkimSigner
from pressroom.delivery.mime import encode
from pressroom.delivery.queue import Verdict
from pressroom.delivery.smtp import SmtpTransport
from pressroom.errors import DkimKeyError
from pressroom.models.bodies import Body
from pressroom.models.runs import Message
from pressroom.settings import Smtp
from tests.builders import rewritten
from tests.conftest import CommandLine, Press
from tests.delivery.handing import send
from tests.delivery.test_smtp import Mailbox, serve

__all__ = ["serve"]  # the fixture of servers

LINK = "https://press.example.org/unsubscribe/" + "a" * 26
MESSAGE = Message(
    message_id="<1@press.example.org>",
    sender="digest@press.example.org",
    recipient="ada@example.org",
    headers=(
        ("From", "Société d’étude <digest@press.example.org>"),
        ("To", "Ada <ada@example.org>"),
        ("Subject", "Ponts, Brücken und мосты: a long subject that is folded over more than a single line of a header"),
        ("Date", "Mon, 26 Jan 2026 09:00:00 +0000"),
        ("Message-ID", "<1@press.example.org>"),
        ("List-Id", "Example <digest.press.example.org>"),
        ("List-Unsubscribe", f"<{LINK}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ),
    html_body=Body.whole("<p>Über Flüsse</p>"),
    text_body=Body.whole("Über Flüsse\n.\n\n"),
)
DOMAIN = "press.example.org"
KINDS = ("rsa", "ed25519")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, DkimKey]:
    folder = DkimKeys(tmp_path_factory.mktemp("keys") / "dkim")
    return {kind: folder.generate(kind, kind) for kind in KINDS}


def verified(content: bytes, *keys: DkimKey) -> list[bool]:
    """Return for each signature, first to last, whether it holds, by the records of these keys."""
    records = {f"{key.selector}._domainkey.{DOMAIN}.".encode(): key.record.encode() for key in keys}

    def txt(name: bytes, timeout: int = 5) -> bytes | None:
        return records.get(name)

    def holds(place: int) -> bool:
        try:
            return bool(dkim.DKIM(content).verify(idx=place, dnsfunc=txt))
        except dkim.ValidationError:  # another body than was signed
            return False

    return [holds(place) for place in range(len(re.findall(rb"^DKIM-Signature:", content, re.MULTILINE)))]


@pytest.mark.parametrize("kind", KINDS)
def test_a_signature_of_each_kind_holds(keys: dict[str, DkimKey], kind: str) -> None:
    content = encode(MESSAGE, DkimSigner(DOMAIN, [keys[kind]]))
    assert verified(content, keys[kind]) == [True]
    assert f"a={kind}-sha256; c=relaxed/simple;" in content.decode()
    assert b"\n." not in bytes(content)


def test_both_at_once_hold_and_are_the_same_at_every_attempt(keys: dict[str, DkimKey]) -> None:
    signer = DkimSigner(DOMAIN, [keys["rsa"], keys["ed25519"]])
    content = encode(MESSAGE, signer)
    assert verified(content, *keys.values()) == [True, True]
    assert encode(MESSAGE, signer) == content
    assert content.endswith(encode(MESSAGE))
    signatures = content.removesuffix(encode(MESSAGE))
    assert max(len(line) for line in signatures.split(b"\r\n")) <= 76


def test_what_makes_one_click_count_is_signed_and_no_second_sender_can_be_added(keys: dict[str, DkimKey]) -> None:
    content = encode(MESSAGE, DkimSigner(DOMAIN, [keys["rsa"]])).decode()
    found = re.search(r"h=([^;]+);", content)
    assert found
    names = "".join(found[1].split()).split(":")
    assert {"list-unsubscribe", "list-unsubscribe-post", "list-id", "message-id", "content-type"} <= set(names)
    assert [names.count(name) for name in ("from", "to", "subject", "date")] == [2] * 4


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"\r\nFrom:", b"\r\nFrom: Mallory <m@example.net>\r\nFrom:"),
        (b"\r\nSubject:", b"\r\nSubject: Another\r\nSubject:"),
        (LINK.encode(), LINK.encode().replace(b"press", b"evil")),
        (b"One-Click", b"One-Chick"),
        (b"Fl=C3=BCsse", b"Fl=C3=B6sse"),
        (b"List-Unsubscribe: ", b"X-Unsubscribe: "),
    ],
)
def test_it_does_not_hold_once_anything_that_matters_has_changed(
    keys: dict[str, DkimKey], before: bytes, after: bytes
) -> None:
    content = encode(MESSAGE, DkimSigner(DOMAIN, list(keys.values())))
    changed = content.replace(before, after, 1)
    assert changed != content
    assert verified(changed, *keys.values()) == [False, False]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"Subject: ", b"SUBJECT:  \t"),  # folded and spaced anew by a relay
        (b"\r\nMIME-Version:", b"\r\nX-Relay: it was here\r\nMIME-Version:"),
    ],
)
def test_it_holds_though_a_relay_spaces_or_adds_a_header(keys: dict[str, DkimKey], before: bytes, after: bytes) -> None:
    content = encode(MESSAGE, DkimSigner(DOMAIN, list(keys.values())))
    changed = content.replace(before, after, 1)
    assert changed != content
    assert verified(changed, *keys.values()) == [True, True]


def test_the_key_of_somebody_else_does_not_verify(keys: dict[str, DkimKey], tmp_path: Path) -> None:
    other = DkimKeys(tmp_path).generate("rsa", "rsa")
    assert verified(encode(MESSAGE, DkimSigner(DOMAIN, [keys["rsa"]])), other) == [False]


said = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=300)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(subject=said, name=said, text=st.text(max_size=400), html=st.text(max_size=400))
def test_whatever_a_message_says_its_signatures_hold(
    keys: dict[str, DkimKey], subject: str, name: str, text: str, html: str
) -> None:
    named = " ".join(name.replace("<", "").replace(">", "").split())
    headers = dict(MESSAGE.headers) | {"Subject": subject, "To": f"{named} <ada@example.org>" if named else "a@b.org"}
    message = rewritten(MESSAGE, headers=tuple(headers.items()), text=_whole(text), html=_whole(html))
    assert verified(encode(message, DkimSigner(DOMAIN, list(keys.values()))), *keys.values()) == [True, True]


def _whole(text: str) -> str:
    return text.encode(errors="ignore").decode()


def test_what_arrives_by_smtp_is_signed(keys: dict[str, DkimKey], serve: Callable[..., object]) -> None:
    mailbox = Mailbox()
    server = serve(mailbox)
    settings = Smtp(host="127.0.0.1", port=server.port, security="none")  # type: ignore[attr-defined]
    transport = SmtpTransport(settings)
    assert send(transport, MESSAGE, DkimSigner(DOMAIN, list(keys.values()))).verdict is Verdict.TAKEN
    transport.close()
    (envelope,) = mailbox.envelopes
    assert isinstance(envelope.content, bytes)
    assert verified(envelope.content, *keys.values()) == [True, True]


class TestKeys:
    def test_are_for_their_owner_only(self, tmp_path: Path) -> None:
        DkimKeys(tmp_path / "dkim").generate("r1", "rsa")
        assert (tmp_path / "dkim").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "dkim" / "r1.pem").stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            (b"no key", "holds no private key in PEM without a password"),
            (b"", "holds no private key in PEM without a password"),
        ],
    )
    def test_that_cannot_be_used_are_named(self, tmp_path: Path, content: bytes, problem: str) -> None:
        (tmp_path / "r1.pem").write_bytes(content)
        with pytest.raises(DkimKeyError, match=problem):
            DkimKeys(tmp_path).get("r1")

    @pytest.mark.parametrize(("kind", "problem"), [("short", "has 1024 bits only"), ("curve", "of another kind")])
    def test_that_are_weak_or_unknown_to_verifiers_are_refused(self, tmp_path: Path, kind: str, problem: str) -> None:
        private = (
            rsa.generate_private_key(public_exponent=65537, key_size=1024)
            if kind == "short"
            else ec.generate_private_key(ec.SECP256R1())
        )
        (tmp_path / "r1.pem").write_bytes(
            private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        with pytest.raises(DkimKeyError, match=problem):
            DkimKeys(tmp_path).get("r1")


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    """A site from which a digest is due."""
    fresh("subscriber", "add", "ada@example.org", "--frequency", "daily", "--confirmed")
    fresh("release", "add", "--title", "Floods")
    fresh("publish")
    fresh.wait(days=1)
    return fresh


class TestTheCommand:
    def test_makes_keys_whose_records_verify_the_mail_that_leaves(self, press: CommandLine) -> None:
        made = [press.ask("dkim", "generate", "--algorithm", kind) for kind in KINDS]
        assert [one["name"] for one in made] == [f"{name}202601._domainkey.example.org" for name in ("r", "e")]
        assert [one["signs"] for one in made] == [False, False]
        (press.site / "publisher.toml").write_text('[dkim]\nselectors = ["r202601", "e202601"]\n')
        assert [(one["selector"], one["signs"]) for one in press.ask("dkim", "records")] == [
            ("e202601", True),
            ("r202601", True),
        ]
        press("publish")
        (path,) = (press.site / "data" / "outbox" / "new").iterdir()
        records = {f"{one['name']}.".encode(): one["value"].encode() for one in made}
        mail = dkim.DKIM(path.read_bytes())
        assert [mail.verify(idx=n, dnsfunc=lambda name, timeout=5: records.get(name)) for n in (0, 1)] == [True, True]

    def test_prints_a_record_whose_strings_fit_and_what_to_set(self, press: CommandLine) -> None:
        said = press("dkim", "generate", "r1").out
        strings = re.findall(r'"([^"]+)"', said.splitlines()[0])
        assert said.startswith('r1._domainkey.example.org. IN TXT ( "v=DKIM1; k=rsa; p=')
        assert max(len(one) for one in strings) <= 255
        assert "".join(strings) == press.ask("dkim", "records")[0]["value"]
        assert 'selectors = ["r1"]' in said

    def test_overwrites_no_key(self, press: CommandLine) -> None:
        press("dkim", "generate", "r1")
        before = (press.site / "data" / "dkim" / "r1.pem").read_bytes()
        answer = press("dkim", "generate", "r1", ok=False)
        assert (answer.code, "is there already; choose another selector" in answer.err) == (2, True)
        assert (press.site / "data" / "dkim" / "r1.pem").read_bytes() == before

    @pytest.mark.parametrize("selector", ["R1", "a b", "../x", "-a", "a" * 64])
    def test_takes_names_that_the_dns_takes(self, press: CommandLine, selector: str) -> None:
        answer = press("dkim", "generate", "--", selector, ok=False)
        assert answer.code != 0
        assert "small letters, digits and hyphens" in answer.err
        assert not (press.site / "data" / "dkim").exists()

    @pytest.mark.R12
    def test_no_mail_leaves_without_the_signature_that_is_wanted(self, press: CommandLine) -> None:
        (press.site / "publisher.toml").write_text('[dkim]\nselectors = ["r1"]\n')
        answer = press("publish", ok=False)
        assert answer.code == 2
        assert answer.err.endswith("r1.pem is not there; “publisher dkim generate” makes one.\n")
        assert press.mails() == []
        press("dkim", "generate", "r1")
        press("publish")
        assert len(press.mails()) == 1
