"""What a mail server may say at each step of a transaction, with PIPELINING and without (RFC 5321, RFC 2920)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from pressroom.delivery import conversation as conversation_module
from pressroom.delivery.queue import Answer, Verdict, hand_over
from pressroom.delivery.smtp import SmtpTransport
from pressroom.models.bodies import Body
from pressroom.models.runs import Message
from pressroom.settings import Smtp
from tests.delivery.handing import send, send_once
from tests.delivery.scripted import HANGS_UP, SILENCE, Answers, ScriptedServer, scripted

NOTHING = Body.whole("")
ADA = Message(
    "<1@example.org>", "digest@example.org", "ada@example.org", (("From", "digest@example.org"),), NOTHING, NOTHING
)
CONTENT = b"From: digest@example.org\r\n\r\nRivers\r\n"
PIPELINING = ("PIPELINING",)
both_ways = pytest.mark.parametrize("offers", [(), PIPELINING], ids=["one at a time", "pipelined"])


def transport_to(server: ScriptedServer, *, timeout: float = 5, connections: int = 4) -> SmtpTransport:
    wanted = Smtp(host="127.0.0.1", port=server.port, security="none", connections=connections)
    return SmtpTransport(wanted.model_copy(update={"timeout_seconds": timeout}))


def hand_all(transport: SmtpTransport, *messages: Message, content: bytes = CONTENT) -> list[Answer]:
    """Hand messages over, as many at once as the transport takes."""
    waiting, answers = list(enumerate(messages)), dict[int, Answer]()
    while len(answers) < len(messages):
        while waiting and transport.room_for(len(waiting)):
            ticket, message = waiting.pop(0)
            transport.begin(ticket, message, content)
        for ticket, answer in transport.answers(5):
            if answer.verdict is Verdict.UNSENT:
                waiting.append((ticket, messages[ticket]))
            else:
                answers[ticket] = answer
    return [answers[ticket] for ticket in range(len(messages))]


@both_ways
@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ({"CONNECT": HANGS_UP}, Verdict.CLOSED),
        ({"CONNECT": "554 go away"}, Verdict.CLOSED),
        ({"CONNECT": "421 too busy"}, Verdict.CLOSED),
        ({"EHLO": HANGS_UP}, Verdict.CLOSED),
        ({"EHLO": "502 what?"}, Verdict.TAKEN),
        ({"EHLO": "502 what?", "HELO": "502 what?"}, Verdict.CLOSED),
        ({"MAIL": HANGS_UP}, Verdict.LATER),
        ({"MAIL": "421 closing"}, Verdict.CLOSED),
        ({"MAIL": "451 not now"}, Verdict.CLOSED),
        ({"MAIL": "530 authentication required"}, Verdict.CLOSED),
        ({"MAIL": "552 too big"}, Verdict.NEVER),
        ({"MAIL": "good day"}, Verdict.LATER),
        ({"RCPT": HANGS_UP}, Verdict.LATER),
        ({"RCPT": "251 will forward"}, Verdict.TAKEN),
        ({"RCPT": "421 closing"}, Verdict.LATER),
        ({"RCPT": "452 too many"}, Verdict.LATER),
        ({"RCPT": "354 what?"}, Verdict.LATER),
        ({"RCPT": "553 no"}, Verdict.NEVER),
        ({"RCPT": "550 5.1.1 no such user"}, Verdict.NEVER),
        ({"RCPT": "550 5.1.1 no such user", "DATA": "503 no recipients"}, Verdict.NEVER),
        ({"RCPT": "530 5.7.0 authentication required"}, Verdict.CLOSED),
        ({"RCPT": "554 5.1.8 sender address rejected"}, Verdict.CLOSED),
        ({"RCPT": "554 5.7.1 <ada@example.org>: Relay access denied"}, Verdict.CLOSED),
        ({"DATA": HANGS_UP}, Verdict.LATER),
        ({"DATA": "451 not now"}, Verdict.LATER),
        ({"DATA": "554 no"}, Verdict.NEVER),
        ({"DATA": "250 what?"}, Verdict.LATER),
        ({"DATA": "421 closing"}, Verdict.LATER),
        ({".": "250-taken\r\n250 as ABC"}, Verdict.TAKEN),
        ({".": "451 disk full"}, Verdict.LATER),
        ({".": "552 too big"}, Verdict.NEVER),
        ({".": "421 closing"}, Verdict.LATER),
        ({".": HANGS_UP}, Verdict.SILENCE),
        ({".": "good day"}, Verdict.SILENCE),
    ],
)
def test_a_server_that_ends_or_refuses_at_any_step_is_understood(
    answers: Answers, verdict: Verdict, offers: tuple[str, ...]
) -> None:
    with scripted(answers, offers=offers) as server:
        transport = transport_to(server)
        assert send(transport, ADA).verdict is verdict
        transport.close()
        is_taken = verdict in (Verdict.TAKEN, Verdict.SILENCE) or "." in answers
        assert len([one for one in server.messages if one]) == is_taken


@both_ways
@pytest.mark.parametrize(
    ("step", "verdict"),
    [
        ("CONNECT", Verdict.CLOSED),
        ("EHLO", Verdict.CLOSED),
        ("MAIL", Verdict.LATER),
        ("RCPT", Verdict.LATER),
        ("DATA", Verdict.LATER),
        (".", Verdict.SILENCE),
    ],
)
def test_a_server_that_falls_silent_keeps_nobody_for_ever(
    step: str, verdict: Verdict, offers: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation_module, "LONGER_AT_THE_END", 1)
    with scripted({step: SILENCE}, offers=offers) as server:
        transport = transport_to(server, timeout=0.2)
        answer = send(transport, ADA)
        assert answer.verdict is verdict
        assert "0.2 seconds" in answer.reply or "timed out" in answer.reply
        transport.close()


@both_ways
def test_a_connection_lost_in_the_middle_of_a_message_says_that_it_was_not_taken(offers: tuple[str, ...]) -> None:
    """Up to the last dot nothing is taken (RFC 5321 §4.1.1.4), so that it may be sent again."""
    with scripted({"…": "1000"}, offers=offers) as server:
        transport = transport_to(server)
        answer = hand_over(transport, ADA, b"Subject: long\r\n\r\n" + b"0123456789abcde\r\n" * 1_000_000)
        assert answer.verdict is Verdict.LATER
        assert server.messages == []
        transport.close()


def test_commands_go_together_only_where_the_server_offers_it() -> None:
    for offers, most in (((), 1), (PIPELINING, 3)):
        with scripted({}, offers=offers) as server:
            transport = transport_to(server)
            assert send(transport, ADA).verdict is Verdict.TAKEN
            transport.close()
            (session,) = server.sessions
            assert session.verbs == ["EHLO", "MAIL", "RCPT", "DATA"]
            assert max(session.together) == most


@pytest.mark.R6
@pytest.mark.parametrize("end", ["554 no valid recipients", "250 taken, for nobody", "421 closing"])
def test_a_refused_recipient_and_a_server_that_awaits_the_message_all_the_same(end: str) -> None:
    """RFC 2920 §3.1: then a lone dot is sent, and whatever is said of it, the recipient was refused."""
    with scripted({"RCPT": "550 5.1.1 no such user", ".": end}, {}, offers=PIPELINING) as server:
        transport = transport_to(server)
        assert send(transport, ADA) == Answer(Verdict.NEVER, "550 5.1.1 no such user")
        assert server.messages == [b""]
        transport.close()


@both_ways
def test_a_refused_message_is_followed_by_the_next_on_the_same_connection(offers: tuple[str, ...]) -> None:
    class ForBen(dict[str, str | None]):
        """Refuses the first recipient only."""

        def get(self, verb: str, default: str | None = None) -> str | None:  # type: ignore[override]
            is_first = len([one for one in server.sessions[0].verbs if one == "RCPT"]) == 1
            return "550 no" if verb == "RCPT" and is_first else "503 no recipients" if (
                verb == "DATA" and is_first) else default  # fmt: skip

    with scripted(ForBen(), offers=offers) as server:
        transport = transport_to(server)
        assert send(transport, ADA).verdict is Verdict.NEVER
        assert send(transport, ADA).verdict is Verdict.TAKEN
        transport.close()
        (session,) = server.sessions
        first_try = ["MAIL", "RCPT", "DATA"] if offers else ["MAIL", "RCPT"]
        assert session.verbs == ["EHLO", *first_try, "RSET", "MAIL", "RCPT", "DATA"]


@both_ways
def test_as_many_messages_are_on_their_way_as_there_are_connections(offers: tuple[str, ...]) -> None:
    all_there = threading.Barrier(3, timeout=10)

    class Together(dict[str, str | None]):
        """Answers no message before three are there."""

        def get(self, verb: str, default: str | None = None) -> str | None:  # type: ignore[override]
            if verb == ".":
                all_there.wait()
            return default

    with scripted(Together(), offers=offers) as server:
        transport = transport_to(server, connections=3)
        assert [answer.verdict for answer in hand_all(transport, *[ADA] * 9)] == [Verdict.TAKEN] * 9
        transport.close()
        assert [len(session.messages) for session in server.sessions] == [3, 3, 3]


@pytest.mark.R6
@pytest.mark.parametrize("refusal", ["421 4.7.0 too many connections from you", HANGS_UP])
def test_where_a_server_allows_fewer_connections_the_others_carry_everything(refusal: str | None) -> None:
    with scripted({}, {}, {"CONNECT": refusal}) as server:
        transport = transport_to(server, connections=4)
        assert [answer.verdict for answer in hand_all(transport, *[ADA] * 10)] == [Verdict.TAKEN] * 10
        transport.close()
        assert sum(len(session.messages) for session in server.sessions[:2]) == 10
        assert len(server.sessions) <= 4, "it is asked for more again and again"


@both_ways
@pytest.mark.parametrize("answer", ["421 closing", HANGS_UP])
def test_a_connection_that_the_server_ends_between_two_messages_is_opened_anew(
    answer: str | None, offers: tuple[str, ...]
) -> None:
    class AtTheSecond(dict[str, str | None]):
        def get(self, verb: str, default: str | None = None) -> str | None:  # type: ignore[override]
            is_second = len([one for one in server.sessions[0].verbs if one == "MAIL"]) == 2
            return answer if verb == "MAIL" and is_second else default

    with scripted(AtTheSecond(), {}, offers=offers) as server:
        transport = transport_to(server, connections=1)
        assert [one.verdict for one in hand_all(transport, ADA, ADA)] == [Verdict.TAKEN] * 2
        transport.close()
        assert [len(session.messages) for session in server.sessions] == [1, 1]


@both_ways
@pytest.mark.parametrize("answer", ["421 closing", HANGS_UP])
def test_who_comes_behind_one_that_was_refused_is_not_held_up_when_the_server_ends_the_connection(
    answer: str | None, offers: tuple[str, ...]
) -> None:
    class OnceRefused(dict[str, str | None]):
        def get(self, verb: str, default: str | None = None) -> str | None:  # type: ignore[override]
            return "550 no" if verb == "RCPT" else answer if verb == "RSET" else default

    with scripted(OnceRefused(), {}, offers=offers) as server:
        transport = transport_to(server, connections=1)
        assert [one.verdict for one in hand_all(transport, ADA, ADA)] == [Verdict.NEVER, Verdict.TAKEN]
        transport.close()


def test_a_connection_that_is_never_greeted_keeps_no_other_waiting() -> None:
    with scripted({}, {"CONNECT": SILENCE}) as server:
        transport = transport_to(server, timeout=60, connections=2)
        answers = hand_all(transport, *[ADA] * 5)
        assert [one.verdict for one in answers] == [Verdict.TAKEN] * 5
        transport.close()
        assert len(server.sessions[0].messages) == 5


def test_who_gives_up_on_a_server_that_never_greets_has_sent_nothing() -> None:
    with scripted({"CONNECT": SILENCE}) as server:
        transport = transport_to(server, timeout=60)
        assert transport.room_for(1) == 0
        assert transport.answers(0.1) == []
        transport.begin(1, ADA, CONTENT)
        assert transport.give_up() == [(1, Answer(Verdict.UNSENT, ""))]
        transport.close()


@pytest.mark.R12
@pytest.mark.parametrize(
    ("user", "password", "host", "challenge"),
    [
        ("ada", "pässwort", "127.0.0.1", "334 "),
        ("ada", "secret", "127.0.0.1", "334 Login:"),
        ("", "", "mail..example.org", ""),
        ("", "", f"{'x' * 64}.example.org", ""),
    ],
)
def test_a_login_or_a_host_that_cannot_be_used_is_said_in_words(
    user: str, password: str, host: str, challenge: str
) -> None:
    with scripted({"AUTH": challenge}, offers=("AUTH LOGIN",)) as server:
        wanted = Smtp(
            host="127.0.0.1", port=server.port, security="none", user=user, password=SecretStr(password)
        ).model_copy(update={"host": host})
        answer = send_once(SmtpTransport(wanted), ADA)
        assert answer.verdict is Verdict.CLOSED
        assert answer.reply.startswith(f"{host}:{server.port}: ")
        assert "secret" not in answer.reply


def test_what_the_server_offers_is_used() -> None:
    message = replace(ADA, sender="bounces+ab=c@example.org", envelope_id="17.k+=x")
    with scripted({}, offers=("SIZE 100000", "8BITMIME", "DSN")) as server:
        transport = transport_to(server)
        hand_over(transport, message, "Subject: Zürich\r\n\r\n".encode())
        transport.close()
        mail, rcpt = server.sessions[0].commands[1:3]
        assert mail == "MAIL FROM:<bounces+ab=c@example.org> SIZE=20 BODY=8BITMIME RET=HDRS ENVID=17.k+2B+3Dx"
        assert rcpt == "RCPT TO:<ada@example.org> NOTIFY=FAILURE,DELAY ORCPT=rfc822;ada@example.org"


def test_what_the_server_does_not_offer_is_not_asked_for() -> None:
    with scripted({}) as server:
        transport = transport_to(server)
        hand_over(transport, replace(ADA, envelope_id="17"), CONTENT)
        transport.close()
        assert server.sessions[0].commands[1:3] == ["MAIL FROM:<digest@example.org>", "RCPT TO:<ada@example.org>"]


def test_a_message_larger_than_the_server_takes_is_not_sent_at_all() -> None:
    with scripted({}, offers=("SIZE 30",)) as server:
        transport = transport_to(server)
        answer = hand_over(transport, ADA, CONTENT)
        assert answer == Answer(Verdict.NEVER, f"not sent: it has {len(CONTENT)} bytes, and the server takes 30")
        transport.close()
        assert server.sessions[0].verbs == ["EHLO"]


def test_a_server_without_a_limit_says_so_with_a_nought() -> None:
    with scripted({}, offers=("SIZE 0",)) as server:
        transport = transport_to(server)
        assert hand_over(transport, ADA, CONTENT).verdict is Verdict.TAKEN
        transport.close()


@pytest.mark.R12
@pytest.mark.parametrize("address", ["ada@example.org>\r\nRCPT TO:<eve@example.org", "a b@example.org", "<a@b.org>"])
def test_an_address_that_would_be_another_command_is_never_said(address: str) -> None:
    with scripted({}, offers=PIPELINING) as server:
        transport = transport_to(server)
        assert hand_over(transport, replace(ADA, recipient=address), CONTENT).verdict is Verdict.NEVER
        assert hand_over(transport, replace(ADA, sender=address), CONTENT).verdict is not Verdict.TAKEN
        transport.close()
        assert not [command for command in server.sessions[0].commands if "@" in command]


def test_a_reply_without_end_is_let_go() -> None:
    with scripted({"MAIL": "250-" + "and so on " * 100 + ("\r\n250-more" * 5000)}) as server:
        transport = transport_to(server)
        assert send(transport, ADA).verdict is Verdict.LATER
        transport.close()


@pytest.fixture(scope="module")
def patient() -> Iterator[tuple[ScriptedServer, SmtpTransport]]:
    """A server that takes everything, and a transport to it."""
    with scripted({}, offers=PIPELINING) as server:
        transport = transport_to(server)
        yield server, transport
        transport.close()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from([b".", b"..", b".a", b"a", b"", b"a.", b"=2E", b". ."]), max_size=12))
def test_every_message_arrives_as_it_was_whatever_its_lines_begin_with(
    patient: tuple[ScriptedServer, SmtpTransport], lines: list[bytes]
) -> None:
    server, transport = patient
    content = b"".join(line + b"\r\n" for line in [b"X: y", *lines])
    assert hand_over(transport, ADA, content).verdict is Verdict.TAKEN
    assert server.messages[-1] == content
