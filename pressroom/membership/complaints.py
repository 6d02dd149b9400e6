"""Complaints: logged, told to the organisation, and told again while nobody has acknowledged them."""

from __future__ import annotations

from datetime import datetime

from pressroom.errors import ComplaintNotFoundError, InvalidFieldError, TooManyRequestsError, WrongStateError
from pressroom.models.complaints import REMIND_AFTER, Complaint
from pressroom.models.letters import LetterKind
from pressroom.models.sign_ups import COUNTED_FOR
from pressroom.models.text import clean_line, clean_text, is_visible
from pressroom.signing import new_token
from pressroom.storage import Store
from pressroom.tools import Tools

LONGEST_NAME, LONGEST_TEXT = 200, 5_000
FROM_A_PLACE = 5
"""How many complaints an hour are taken from one network address."""


def complain(store: Store, tools: Tools, *, name: str, contact: str, text: str, place: str, now: datetime) -> Complaint:
    """Log a complaint. Raises InvalidFieldError for what is missing, TooManyRequestsError where a form is abused."""
    told = clean_text(text)
    if not is_visible(told):
        raise InvalidFieldError("text", "is empty", "say what you complain of")
    if len(told) > LONGEST_TEXT:
        raise InvalidFieldError("text", f"is longer than {LONGEST_TEXT:,} letters", "say it shorter")
    here = tools.signer.place_hash(place)
    with store.atomic():
        if store.complaints.count_from(here, now - COUNTED_FOR) >= FROM_A_PLACE:
            raise TooManyRequestsError(COUNTED_FOR)
        number = store.complaints.add(
            name=clean_line(name)[:LONGEST_NAME],
            contact=clean_line(contact)[:LONGEST_NAME],
            text=told,
            place=here,
            now=now,
        )
        return complaint(store, number)


def complaint(store: Store, number: int) -> Complaint:
    found = store.complaints.get(number)
    if found is None:
        raise ComplaintNotFoundError(str(number))
    return found


def acknowledge(store: Store, number: int, now: datetime) -> Complaint:
    """Record that a complaint was acknowledged to who made it."""
    with store.atomic():
        if complaint(store, number).acknowledged_at is not None:
            raise WrongStateError("complaint", str(number), "acknowledged already", "there is nothing to do")
        store.complaints.mark_acknowledged(number, now)
        return complaint(store, number)


def close(store: Store, number: int, outcome: str, now: datetime) -> Complaint:
    """Record how a complaint ended."""
    said = clean_line(outcome)
    if not said:
        raise InvalidFieldError("outcome", "is empty", "say how the complaint ended")
    with store.atomic():
        if complaint(store, number).closed_at is not None:
            raise WrongStateError("complaint", str(number), "closed already", "there is nothing to do")
        store.complaints.mark_closed(number, said, now)
        return complaint(store, number)


def remind(store: Store, tools: Tools, now: datetime) -> bool:
    """Queue a letter to the organisation where a complaint is new, or waits for 20 and for 27 days."""
    to = tools.settings.mail.complaints_to or tools.settings.mail.reply_to
    if not to or not _is_due(store, now):
        return False
    with store.atomic():
        if not _is_due(store, now):  # another process was first
            return False
        store.letters.add(None, LetterKind.COMPLAINT, new_token(), now, address=to)
        return True


def _is_due(store: Store, now: datetime) -> bool:
    """Whether a moment to remind has come since the last letter."""
    marks = [one.at + after for one in store.complaints.unacknowledged() for after in REMIND_AFTER]
    come = [mark for mark in marks if mark <= now]
    if not come:
        return False
    told = store.letters.newest(LetterKind.COMPLAINT)
    return told is None or told < max(come)
