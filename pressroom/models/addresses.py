"""Mail addresses, checked once at the edge."""

from __future__ import annotations

from pressroom.errors import InvalidFieldError
from pressroom.models.text import clean_line, shown


def clean_mail_address(field: str, text: str) -> str:
    """Return a mail address in its normal form: domain in lower case, NFC (RFC 5321 §2.3.11)."""
    from email_validator import EmailNotValidError, validate_email  # imported late: `--help` shall not wait for it

    try:
        return validate_email(clean_line(text), check_deliverability=False, allow_smtputf8=True, strict=True).normalized
    except EmailNotValidError as error:
        problem = " ".join(str(error).split()).rstrip(".")
        raise InvalidFieldError(field, f"{shown(text)} cannot be used ({problem})", "check it for a slip") from None
