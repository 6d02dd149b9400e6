"""Whether the mail server lets us in: greeting, TLS and login, and no mail."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import suppress

from pressroom.delivery.smtp import open_session, said_by
from pressroom.operations.doctor.diagnosis import Diagnosis, ok, problem
from pressroom.settings import Smtp


def look_at_server(smtp: Smtp, seconds: float) -> Iterator[Diagnosis]:
    """Log in as the sending of mail does, do nothing (RFC 5321 §4.1.1.9), and take leave."""
    place = f"{smtp.host}:{smtp.effective_port}"
    try:
        # Each step may take so long, and all of them together no longer than the check.
        session = open_session(smtp.model_copy(update={"timeout_seconds": seconds}))
    except (OSError, ValueError, smtplib.SMTPException) as error:
        yield _why_not(place, smtp, error)
        return
    try:
        code, text = session.noop()
    except (OSError, smtplib.SMTPException) as error:
        yield problem(f"{place} hangs up after the login: {said_by(error)}", "ask whoever runs it")
        return
    finally:
        with suppress(OSError, smtplib.SMTPException):
            session.quit()
    if code == 250:
        yield ok(f"{place} {_let_in(smtp)}")
    else:
        yield problem(f"{place} does not serve us: {said_by(smtplib.SMTPResponseException(code, text))}", "ask there")


def _let_in(smtp: Smtp) -> str:
    line = {"starttls": "is encrypted by STARTTLS", "tls": "is encrypted by TLS", "none": "is on this machine"}
    return f"{line[smtp.security]}, and {f'lets {smtp.user} in' if smtp.user else 'asks for no login'}"


def _why_not(place: str, smtp: Smtp, error: Exception) -> Diagnosis:
    said = said_by(error)
    match error:
        case ssl.SSLCertVerificationError():
            said = error.verify_message or said
            words = f"{place} has a certificate that cannot be trusted: {said.rstrip('.').lower()}"
            return problem(words, "set [smtp] host to the name in its certificate, or have that renewed")
        case ssl.SSLError():
            remedy = "set [smtp] security to what the server speaks on that port: starttls on 587, tls on 465"
            return problem(f"{place} does not speak TLS: {said}", remedy)
        case smtplib.SMTPNotSupportedError() if "STARTTLS" in said.upper():
            return problem(f"{place} does not offer STARTTLS", "set [smtp] security to tls, with the port for that")
        case smtplib.SMTPAuthenticationError():
            return problem(f"{place} does not let {smtp.user} in: {said}", "mend [smtp] user and password")
        case smtplib.SMTPNotSupportedError():
            return problem(
                f"{place} takes no login here: {said.rstrip('.')}", "take out [smtp] user, or choose another port"
            )
        case smtplib.SMTPResponseException():
            return problem(f"{place} sends us away: {said}", "try again later; if it stays so, ask whoever runs it")
        case _ if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):  # smtplib wraps it
            return problem(f"{place} does not answer", "mend [smtp] host and port, and see that no firewall is between")
    said = str(getattr(error, "strerror", None) or said).lower()
    return problem(f"{place} cannot be used: {said}", "mend [smtp] host and port, or start that server")
