"""The mail server as the doctor meets it: let in, turned away, or met with silence; and never handed a mail."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr

from pressroom.operations.doctor.diagnosis import Diagnosis, Verdict
from pressroom.operations.doctor.smtp import look_at_server
from pressroom.settings import Smtp
from tests.delivery.scripted import SILENCE, Answers, scripted
from tests.delivery.test_smtp import Mailbox, certificate, check_login, serve, server_context

__all__ = ["certificate", "serve"]  # the fixtures of the transport's own tests

PATIENCE = 5.0


def looked(smtp: Smtp, seconds: float = PATIENCE) -> Diagnosis:
    (found,) = look_at_server(smtp, seconds)
    return found


def at(answers: Answers, *offers: str, user: str = "", seconds: float = PATIENCE) -> tuple[Diagnosis, list[str]]:
    """Look at a scripted server without TLS; return what was found, and the commands that it saw."""
    with scripted(answers, offers=offers) as server:
        smtp = Smtp(host="127.0.0.1", port=server.port, security="none", user=user, password=SecretStr("secret"))
        found = looked(smtp, seconds)
        return found, [command for session in server.sessions for command in session.commands]


@pytest.mark.parametrize("password", ["secret", "wrong"])
def test_starttls_with_login(
    serve: Callable[..., Controller], certificate: Path, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    mailbox = Mailbox()
    server = serve(mailbox, tls_context=server_context(certificate), authenticator=check_login, auth_required=True)
    found = looked(Smtp(host="localhost", port=server.port, user="digest", password=SecretStr(password)))
    if password == "secret":
        said = f"localhost:{server.port} is encrypted by STARTTLS, and lets digest in"
        assert (found.verdict, found.words) == (Verdict.OK, said)
    else:
        assert found.verdict is Verdict.PROBLEM
        assert found.words.startswith(f"localhost:{server.port} does not let digest in: 535 ")
        assert found.remedy == "mend [smtp] user and password"
        assert "wrong" not in found.sentence
    assert mailbox.envelopes == []


def test_implicit_tls(serve: Callable[..., Controller], certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    server = serve(Mailbox(), ssl_context=server_context(certificate), server_hostname="localhost")
    assert looked(Smtp(host="localhost", port=server.port, security="tls")).verdict is Verdict.OK


def test_a_certificate_that_nobody_vouches_for_is_a_problem(
    serve: Callable[..., Controller], certificate: Path
) -> None:
    server = serve(Mailbox(), tls_context=server_context(certificate))
    found = looked(Smtp(host="localhost", port=server.port))
    assert found.verdict is Verdict.PROBLEM
    assert "has a certificate that cannot be trusted: self-signed certificate" in found.words


def test_a_certificate_of_another_name_is_a_problem(
    serve: Callable[..., Controller], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    server = serve(Mailbox(), tls_context=server_context(certificate))
    found = looked(Smtp(host="127.0.0.1", port=server.port))
    assert found.verdict is Verdict.PROBLEM
    assert "set [smtp] host to the name in its certificate" in found.remedy


def test_starttls_that_is_not_offered_is_a_problem_and_no_password_leaves() -> None:
    with scripted({}) as server:
        found = looked(Smtp(host="127.0.0.1", port=server.port, user="digest", password=SecretStr("secret")))
        assert [command[:4] for session in server.sessions for command in session.commands] == ["ehlo"]
    assert found.words == f"127.0.0.1:{server.port} does not offer STARTTLS"


def test_tls_on_a_port_that_speaks_plain_first_is_a_problem() -> None:
    with scripted({}) as server:
        found = looked(Smtp(host="127.0.0.1", port=server.port, security="tls"))
    assert "does not speak TLS" in found.words
    assert "starttls on 587, tls on 465" in found.remedy


def test_nothing_but_a_greeting_and_a_leave_is_said() -> None:
    found, commands = at({})
    assert found.verdict is Verdict.OK
    assert [command.split()[0].upper() for command in commands] == ["EHLO", "NOOP", "QUIT"]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"CONNECT": "421 4.3.2 too many"}, "sends us away: 421 4.3.2 too many"),
        ({"CONNECT": "554 go away"}, "sends us away: 554 go away"),
        ({"CONNECT": None}, "cannot be used: "),
        ({"NOOP": "421 4.4.2 good bye"}, "does not serve us: 421 4.4.2 good bye"),
        ({"NOOP": None}, "hangs up after the login: "),
    ],
)
def test_a_server_that_sends_us_away_is_quoted(answers: Answers, said: str) -> None:
    found, _ = at(answers)
    assert found.verdict is Verdict.PROBLEM
    assert said in found.words
    assert found.remedy


def test_a_login_that_is_not_offered_is_a_problem() -> None:
    found, commands = at({}, user="digest")
    assert "takes no login here" in found.words
    assert not any("AUTH" in command for command in commands)


def test_a_port_that_never_answers_is_a_problem() -> None:
    found, _ = at({"CONNECT": SILENCE}, seconds=0.2)
    assert found.words.endswith("does not answer")
    assert found.verdict is Verdict.PROBLEM


def test_a_port_that_nobody_listens_at_is_a_problem() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found = looked(Smtp(host="127.0.0.1", port=probe.getsockname()[1], security="none"))
    assert "cannot be used: connection refused" in found.words
