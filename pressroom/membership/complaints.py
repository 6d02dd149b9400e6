"""Complaints: logged, told to the organisation, and told again while nobody has acknowledged them."""

from __future__ import annotations

from datetime import datetime

from pressroom.errors import ComplaintNotFoundError, InvalidFieldError, TooManyRequestsError, WrongStateError
from pressroom.membership.places import Origin, is_too_often
from pressroom.models.complaints import A_DAY, FROM_A_PLACE, IN_A_DAY, LONGEST, Complaint
from pressroom.models.letters import LetterKind
from pressroom.models.runs import WAITING, DeliveryState
from pressroom.models.sign_ups import COUNTED_FOR
from pressroom.models.text import clean_line, clean_text, is_visible
from pressroom.signing import new_token
from pressroom.storage import Store
from pressroom.tools import Tools

NOT_ARRIVED = frozenset({DeliveryState.FAILED, DeliveryState.CANCELLED})


def complain(store: Store, tools: Tools, *, name: str, contact: str, text: str, place: str, now: datetime) -> Complaint:
    """Log a complaint. Raises InvalidFieldError for what is missing or too long, TooManyRequestsError for abuse."""
    told = written(name=name, contact=contact, text=text)
    if not is_visible(told["text"]):
        raise InvalidFieldError("text", "is empty", "say what you complain of")
    for field in too_long(told):
        raise InvalidFieldError(field, f"is longer than {LONGEST[field]:,} characters", "say it shorter")
    here = Origin.of(tools, place)
    with store.atomic():
        counts = store.complaints.count_from(place=here.place, network=here.network, since=now - COUNTED_FOR, now=now)
        if is_too_often(counts, FROM_A_PLACE):
            raise TooManyRequestsError(COUNTED_FOR)
        if store.complaints.count_since(now - A_DAY, now) >= IN_A_DAY:
            raise TooManyRequestsError(A_DAY)
        number = store.complaints.add(**told, place=here.place, network=here.network, now=now)
        return complaint(store, number)


def written(*, name: str, contact: str, text: str) -> dict[str, str]:
    """Return what a complaint says, cleaned, as it is logged."""
    return {"text": clean_text(text), "name": clean_line(name), "contact": clean_line(contact)}


def too_long(told: dict[str, str]) -> list[str]:
    """Return the parts of a complaint that are longer than what is taken."""
    return [field for field, most in LONGEST.items() if len(told[field]) > most]


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
    """Queue a letter to the organisation where a complaint is new, or waits for 20 and 27 days, and every week after.

    One in 24 hours at most, however many come: it says how many wait when it leaves. One that was refused, or that
    could not leave, is followed by another.
    """
    if not _is_due(store, now):
        return False
    with store.atomic():
        if not _is_due(store, now):  # another process was first
            return False
        for one in store.complaints.unacknowledged():
            store.complaints.mark_told(one.number, one.come(now))
        to = tools.settings.mail.hears_complaints
        store.letters.add(None, LetterKind.COMPLAINT, new_token(), now, address=to)
        return True


def _is_due(store: Store, now: datetime) -> bool:
    """Whether there is something to tell, and no letter waits or has ended within 24 hours."""
    waiting = store.complaints.unacknowledged()
    if not waiting:
        return False
    has_news = any(one.come(now) > one.told for one in waiting)
    last = store.letters.newest_about_complaints()
    if last is None:
        return has_news
    may_write = last.state not in WAITING and now - (last.finished_at or last.made_at) >= A_DAY
    return may_write and (has_news or last.state in NOT_ARRIVED)
