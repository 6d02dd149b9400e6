"""SMTP against real servers on loopback: aiosmtpd with TLS and login, and a scripted one that misbehaves."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pydantic import SecretStr

from pressroom.delivery.queue import Verdict
from pressroom.delivery.smtp import SmtpTransport
from pressroom.models.bodies import Body
from pressroom.models.runs import Message
from pressroom.settings import Smtp
from tests.conftest import CommandLine
from tests.delivery.handing import send, send_once

MESSAGE = Message(
    "<1@example.org>",
    "digest@example.org",
    "ada@example.org",
    (
        ("From", "digest@example.org"),
        ("To", "ada@example.org"),
        ("Subject", "Rivers"),
        ("Message-ID", "<1@example.org>"),
    ),
    Body.whole("<p>.\r\n.dots</p>"),
    Body.whole(".\n..\nend"),
)


class Mailbox:
    """Keeps what arrives; `refuse` answers a recipient otherwise."""

    def __init__(self, refuse: str = "") -> None:
        self.envelopes: list[Envelope] = []
        self.sessions: list[Session] = []
        self._refuse = refuse

    async def handle_RCPT(  # noqa: N802 – the name aiosmtpd looks for
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._refuse:
            return self._refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 – as above
        self.envelopes.append(envelope)
        self.sessions.append(session)
        return "250 Taken"


@pytest.fixture
def serve() -> Iterator[Callable[..., Controller]]:
    """Start an SMTP server on a free port of this machine; it ends with the test."""
    started: list[Controller] = []

    def start(mailbox: Mailbox, **options: Any) -> Controller:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        controller = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
        controller.start()
        started.append(controller)
        return controller

    yield start
    for controller in started:
        controller.stop()


@pytest.fixture
def plain(serve: Callable[..., Controller]) -> Callable[[Mailbox], SmtpTransport]:
    def open_transport(mailbox: Mailbox) -> SmtpTransport:
        server = serve(mailbox)
        return SmtpTransport(Smtp(host="127.0.0.1", port=server.port, security="none"))

    return open_transport


def test_a_message_arrives_as_it_was_with_its_dots(plain: Callable[[Mailbox], SmtpTransport]) -> None:
    from email import message_from_bytes, policy

    mailbox = Mailbox()
    transport = plain(mailbox)
    assert send(transport, MESSAGE).verdict is Verdict.TAKEN
    transport.close()
    (envelope,) = mailbox.envelopes
    assert envelope.mail_from == "digest@example.org"
    assert envelope.rcpt_tos == ["ada@example.org"]
    assert isinstance(envelope.content, bytes)
    parsed = message_from_bytes(envelope.content, policy=policy.default)
    body = parsed.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == [".", "..", "end"]


def test_one_connection_carries_many_messages(plain: Callable[[Mailbox], SmtpTransport]) -> None:
    mailbox = Mailbox()
    transport = plain(mailbox)
    assert [send(transport, MESSAGE).verdict for _ in range(3)] == [Verdict.TAKEN] * 3
    transport.close()
    assert len(mailbox.envelopes) == 3
    assert len({session.peer for session in mailbox.sessions}) == 1


@pytest.mark.parametrize(
    ("refusal", "verdict"), [("550 No such user", Verdict.NEVER), ("450 Try again later", Verdict.LATER)]
)
def test_a_refused_recipient_is_judged_by_its_code_and_the_next_goes_on(
    plain: Callable[[Mailbox], SmtpTransport], refusal: str, verdict: Verdict
) -> None:
    mailbox = Mailbox(refusal)
    transport = plain(mailbox)
    answer = send(transport, MESSAGE)
    assert (answer.verdict, answer.reply) == (verdict, refusal)
    mailbox._refuse = ""
    assert send(transport, MESSAGE).verdict is Verdict.TAKEN
    transport.close()


def test_a_connection_that_was_closed_while_idle_is_opened_anew(plain: Callable[[Mailbox], SmtpTransport]) -> None:
    mailbox = Mailbox()
    transport = plain(mailbox)
    send(transport, MESSAGE)
    (idle,) = transport._idle
    idle.socket.shutdown(socket.SHUT_RDWR)
    assert send(transport, MESSAGE).verdict is Verdict.TAKEN
    transport.close()
    assert len(mailbox.envelopes) == 2


@pytest.mark.parametrize(("offered", "verdict"), [(False, Verdict.NEVER), (True, Verdict.TAKEN)])
def test_an_address_beyond_ascii_needs_smtputf8(
    serve: Callable[..., Controller], offered: bool, verdict: Verdict
) -> None:
    mailbox = Mailbox()
    server = serve(mailbox, enable_SMTPUTF8=offered)
    transport = SmtpTransport(Smtp(host="127.0.0.1", port=server.port, security="none"))
    answer = send(transport, replace(MESSAGE, recipient="jürgen@example.org"))
    assert answer.verdict is verdict
    assert offered or "SMTPUTF8" in answer.reply
    assert send(transport, MESSAGE).verdict is Verdict.TAKEN
    transport.close()


def test_a_sender_beyond_ascii_stops_the_round_where_the_server_cannot_carry_it(
    serve: Callable[..., Controller],
) -> None:
    server = serve(Mailbox(), enable_SMTPUTF8=False)
    transport = SmtpTransport(Smtp(host="127.0.0.1", port=server.port, security="none"))
    message = replace(MESSAGE, sender="zeitüng@example.org", recipient="jürgen@bücher.example")
    answer = send(transport, message)
    assert answer.verdict is Verdict.CLOSED
    assert answer.reply.startswith("zeitüng@example.org has letters"), "all others would meet it, whoever they are"
    answer = send(transport, replace(MESSAGE, recipient="jürgen@bücher.example"))
    assert answer.reply.startswith("not sent: jürgen@bücher.example has letters")
    transport.close()


def test_no_server_means_that_nothing_can_be_handed_over() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    answer = send_once(SmtpTransport(Smtp(host="127.0.0.1", port=port, security="none", timeout_seconds=2)), MESSAGE)
    assert answer.verdict is Verdict.CLOSED


def test_starttls_that_is_not_offered_sends_nothing_in_clear(serve: Callable[..., Controller]) -> None:
    mailbox = Mailbox()
    server = serve(mailbox)
    answer = send_once(SmtpTransport(Smtp(host="127.0.0.1", port=server.port, security="starttls")), MESSAGE)
    assert answer.verdict is Verdict.CLOSED
    assert mailbox.envelopes == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate and key for localhost in one file, signed by itself."""
    return make_certificate(tmp_path_factory.mktemp("tls") / "localhost.pem")


def make_certificate(path: Path) -> Path:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    secret = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(secret + built.public_bytes(encoding))
    return path


def server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def check_login(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (b"digest", b"secret")
    return AuthResult(success=known, handled=False)


@pytest.mark.parametrize("password", ["secret", "wrong"])
def test_starttls_with_login(serve: Callable[..., Controller], certificate: Path, password: str) -> None:
    mailbox = Mailbox()
    server = serve(mailbox, tls_context=server_context(certificate), authenticator=check_login, auth_required=True)
    settings = Smtp(host="localhost", port=server.port, user="digest", password=SecretStr(password))
    transport = SmtpTransport(settings, ssl.create_default_context(cafile=str(certificate)))
    answer = send(transport, MESSAGE)
    transport.close()
    assert answer.verdict is (Verdict.TAKEN if password == "secret" else Verdict.CLOSED)
    assert len(mailbox.envelopes) == (password == "secret")
    assert "secret" not in answer.reply


def test_a_certificate_that_nobody_vouches_for_is_refused(serve: Callable[..., Controller], certificate: Path) -> None:
    mailbox = Mailbox()
    server = serve(mailbox, tls_context=server_context(certificate))
    answer = send_once(SmtpTransport(Smtp(host="localhost", port=server.port)), MESSAGE)
    assert answer.verdict is Verdict.CLOSED
    assert "certificate" in answer.reply.lower()
    assert mailbox.envelopes == []


def test_implicit_tls(certificate: Path, serve: Callable[..., Controller]) -> None:
    mailbox = Mailbox()
    server = serve(mailbox, ssl_context=server_context(certificate), server_hostname="localhost")
    transport = SmtpTransport(
        Smtp(host="localhost", port=server.port, security="tls"), ssl.create_default_context(cafile=str(certificate))
    )
    assert send(transport, MESSAGE).verdict is Verdict.TAKEN
    transport.close()


@pytest.mark.R11
def test_a_demo_never_sends_by_smtp(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    run("demo")
    monkeypatch.setenv("PUBLISHER_SMTP__HOST", "127.0.0.1")
    answer = run("publish", ok=False)
    assert answer.code == 4
    assert "demo" in answer.err


@pytest.mark.parametrize(
    ("url", "clock", "said"), [("http://x.org", False, "https"), ("https://x.org", True, "--clock")]
)
def test_mail_to_another_machine_needs_https_and_the_real_clock(
    site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str, clock: bool, said: str
) -> None:
    from pressroom import commands

    monkeypatch.setenv("PUBLISHER_SMTP__HOST", "smtp.example.org")
    monkeypatch.setenv("PUBLISHER_SITE__URL", url)
    words = ["--clock", "2026-01-27T09:00Z"] if clock else []
    assert commands.run(["-C", str(site), *words, "deliver"]) == 4
    assert said in capsys.readouterr().err


def test_a_digest_goes_out_by_smtp_when_a_host_is_set(
    run: CommandLine, site: Path, monkeypatch: pytest.MonkeyPatch, serve: Callable[..., Controller]
) -> None:
    mailbox = Mailbox()
    server = serve(mailbox)
    monkeypatch.setenv("PUBLISHER_SMTP__HOST", "127.0.0.1")
    monkeypatch.setenv("PUBLISHER_SMTP__PORT", str(server.port))
    monkeypatch.setenv("PUBLISHER_SMTP__SECURITY", "none")
    run("subscriber", "add", "ada@example.org", "--frequency", "daily", "--confirmed")
    run("release", "add", "--title", "Floods")
    run.wait(days=1)
    run("publish")
    (envelope,) = mailbox.envelopes
    assert envelope.rcpt_tos == ["ada@example.org"]
    assert run.ask("digest", "list")[0]["counts"]["sent"] == 1


@pytest.mark.R12
def test_who_was_refused_is_named_with_the_answer_of_the_server(
    press: CommandLine, serve: Callable[..., Controller], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(Mailbox("550 5.1.1 No such user"))
    for name, value in (("HOST", "127.0.0.1"), ("PORT", str(server.port)), ("SECURITY", "none")):
        monkeypatch.setenv(f"PUBLISHER_SMTP__{name}", value)
    press("subscriber", "add", "ada@example.org", "--frequency", "daily", "--confirmed")
    press("release", "add", "--title", "Floods")
    press.wait(days=1)
    answer = press("publish", ok=False)
    assert answer.code == 3
    assert "ada@example.org: 550 5.1.1 No such user" in answer.err
