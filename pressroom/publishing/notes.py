"""What editors say at the head of digests."""

from __future__ import annotations

from datetime import datetime

from pressroom.errors import InvalidFieldError
from pressroom.models.people import Frequency
from pressroom.models.release import State
from pressroom.models.runs import EditorsNote
from pressroom.models.text import clean_line, clean_text, is_visible, limited
from pressroom.storage import Store

LONGEST_NOTE = 1_000


def set_note(
    store: Store,
    frequency: Frequency,
    now: datetime,
    *,
    text: str | None = None,
    signed: str | None = None,
    lead: str | None = None,
) -> EditorsNote:
    """Let a note, or a lead (the id or slug of a release), wait for the next digest of `frequency` that goes to anyone.

    What is given takes the place of what waits already; what is None stays as it is, and an empty lead is taken back.
    """
    with store.atomic():
        waiting = store.notes.waiting().get(frequency, EditorsNote())
        note = EditorsNote(
            text=waiting.text if text is None else _text(text),
            signed=waiting.signed if signed is None else limited("signed", clean_line(signed), 200),
            lead=waiting.lead if lead is None else _lead(store, lead) if lead else None,
        )
        if not note.text and (note.signed or note.lead is None):
            raise InvalidFieldError("note", "is empty", "write a sentence, name a lead, or take it back with --drop")
        store.notes.set(frequency, note, now)
    return note


def _text(text: str) -> str:
    clean = limited("note", clean_text(text), LONGEST_NOTE)
    if not is_visible(clean):
        raise InvalidFieldError("note", "is empty", "write a sentence, or take it back with --drop")
    return clean


def _lead(store: Store, reference: str) -> int:
    release = store.releases.get(reference)
    if release.state is State.WITHDRAWN:
        raise InvalidFieldError("lead", f"“{release.slug}” is withdrawn", "choose one that is live or will be")
    return release.pk
