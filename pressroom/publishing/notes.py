"""What editors say at the head of digests."""

from __future__ import annotations

from datetime import datetime

from pressroom.errors import InvalidFieldError
from pressroom.models.people import Frequency
from pressroom.models.release import State
from pressroom.models.runs import EditorsNote
from pressroom.models.text import clean_line, clean_text, is_visible, limited
from pressroom.storage import Store

LONGEST_NOTE = 2_000


def set_note(store: Store, frequency: Frequency, text: str, signed: str, lead: str, now: datetime) -> EditorsNote:
    """Let a note, or a lead (the id or slug of a release), wait for the next digest of `frequency` that goes to anyone.

    It takes the place of one that waits already.
    """
    text = limited("note", clean_text(text), LONGEST_NOTE)
    if text and not is_visible(text):
        raise InvalidFieldError(
            "note", "holds nothing that can be seen", "write a sentence, or take it back with --drop"
        )
    release = store.releases.get(lead) if lead else None
    if release is not None and release.state is State.WITHDRAWN:
        raise InvalidFieldError("lead", f"“{release.slug}” is withdrawn", "choose one that is live or will be")
    note = EditorsNote(text, limited("signed", clean_line(signed), 200), release.pk if release else None)
    with store.atomic():
        store.notes.set(frequency, note, now)
    return note
