"""What editors do to releases, with who did it."""

from __future__ import annotations

from datetime import datetime

from pressroom.models.dates import stamp
from pressroom.models.release import Release
from pressroom.models.release_document import changes, facts_given, shortened
from pressroom.models.staff import Act
from pressroom.publishing import entering
from pressroom.staff.log import record
from pressroom.storage import Store
from pressroom.tools import Tools


class Editing:
    """What `who` does to releases now. Each act is written down in the transaction in which it is done."""

    def __init__(self, store: Store, tools: Tools, now: datetime, who: str) -> None:
        self._store, self._tools, self._now, self._who = store, tools, now, who

    def add(self, release: Release) -> Release:
        """Add a release. Raises ReleaseExistsError and TopicNotFoundError."""
        with self._store.atomic():
            pk = entering.add_release(self._store, release).pk
            added = self._store.releases.by_pk([pk])[pk]
            self._note(Act.ADD_RELEASE, added, after=facts_given(added))
            return added

    def edit(self, release: Release, facts: Release, *, quietly: bool = False) -> Release:
        """Give a release, as it was read, new facts without a word to readers; nothing is done where none is new.

        Raises ChangedMeanwhileError.
        """
        if not any(changes(release, release.with_own_facts_of(facts))):
            return release
        with self._store.atomic():
            edited = entering.edit_release(self._store, release, facts, self._now, quietly=quietly)
            return self._changed(Act.EDIT_RELEASE, release, edited)

    def revise(self, release: Release, facts: Release, note: str) -> Release:
        """Give a live release new facts and tell its readers. Raises WrongStateError, ChangedMeanwhileError."""
        with self._store.atomic():
            revised = entering.revise_release(self._store, release, facts, note, self._now)
            return self._changed(Act.REVISE_RELEASE, release, revised, note=note)

    def schedule(self, release: Release, *, at: datetime | None, embargo: datetime | None = None) -> Release:
        """Let a release that is not out go out at a time, or with the next publish, and not before its embargo."""
        with self._store.atomic():
            scheduled = entering.schedule_release(self._store, release, at=at, embargo=embargo)
            return self._changed(Act.SCHEDULE_RELEASE, release, scheduled)

    def plan(self, release: Release, *, at: datetime | None, embargo: datetime | None) -> Release:
        """Change when a release that is not out would go out; its state stays. Raises ChangedMeanwhileError."""
        if (at, embargo) == (release.publish_at, release.embargo):
            return release
        with self._store.atomic():
            planned = entering.plan_release(self._store, release, at=at, embargo=embargo)
            return self._changed(Act.EDIT_RELEASE, release, planned)

    def unschedule(self, release: Release) -> Release:
        """Make a draft of a release that is not out. Raises WrongStateError, ChangedMeanwhileError."""
        with self._store.atomic():
            kept = entering.unschedule_release(self._store, release)
            return self._changed(Act.UNSCHEDULE_RELEASE, release, kept)

    def publish(self, release: Release) -> Release:
        """Let a release go out at once. Raises EmbargoedError, WrongStateError, ChangedMeanwhileError."""
        with self._store.atomic():
            due = entering.publish_release(self._store, release, self._now)
            return self._changed(Act.PUBLISH_RELEASE, release, due)

    def withdraw(self, release: Release, reason: str, replacement: Release | None) -> Release:
        """Withdraw a live release and tell its readers. Raises WrongStateError, ChangedMeanwhileError."""
        with self._store.atomic():
            gone = entering.withdraw_release(self._store, release, reason, replacement, self._now)
            return self._changed(Act.WITHDRAW_RELEASE, release, gone)

    def undo(self, release: Release) -> Release:
        """Take back a release of which no mail has told, and return the draft that has its facts.

        Raises WrongStateError, ToldAlreadyError and ChangedMeanwhileError.
        """
        with self._store.atomic():
            draft = entering.undo_release(self._store, release, self._now)
            before, after = changes(release, self._store.releases.by_pk([release.pk])[release.pk])
            self._note(Act.UNDO_RELEASE, release, before=before, after=after | {"draft": draft.slug})
            self._note(Act.ADD_RELEASE, draft, after=facts_given(draft))
            return draft

    def _changed(self, act: Act, old: Release, new: Release, *, note: str = "") -> Release:
        before, after = changes(old, new)
        self._note(act, new, before=before, after=after | ({"note": shortened(note)} if note else {}))
        return new

    def _note(
        self, act: Act, release: Release, *, before: dict[str, object] | None = None, after: dict[str, object]
    ) -> None:
        about = release.slug or release.id or stamp(self._now)
        record(self._store, self._tools, self._now, self._who, act, about, before=before, after=after)
