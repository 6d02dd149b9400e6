"""Import of people from a CSV: subscribers with a stated lawful basis, and opt-outs of the system they come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from pressroom.accounts import begin_afresh
from pressroom.errors import InvalidFieldError, PublisherError, SubscriberExistsError, SuppressedAddressError
from pressroom.membership import (
    DEFAULT_FREQUENCY,
    Wish,
    chosen_by,
    must_not_be_mailed,
    parse_frequency,
    subscribe,
    suppress,
)
from pressroom.models.addresses import clean_mail_address
from pressroom.models.consent import How
from pressroom.models.dates import PartialDate
from pressroom.models.people import CONFIRMED, Choice, Subscriber, SubscriberState
from pressroom.models.text import clean_language, clean_line
from pressroom.storage import Store
from pressroom.tables import Refusal, Row, Table
from pressroom.tools import Tools

IMPORT_COLUMNS = ("address", "name", "language", "frequency", "topics", "source", "date")
ROWS_A_TRANSACTION = 1_000


@dataclass(slots=True)
class PeopleReport:
    """What an import of people did. `broken_off` says why the file could not be read to its end."""

    added: int = 0
    known: int = 0
    suppressed: int = 0
    refused: list[Refusal] = field(default_factory=list)
    broken_off: str = ""


def import_people(store: Store, tools: Tools, path: Path, basis: str, now: datetime) -> PeopleReport:
    """Import subscribers with a stated lawful basis (UK GDPR art. 6); nobody is mailed by it."""
    basis = clean_line(basis)
    if not basis:
        raise InvalidFieldError(
            "basis", "is missing", "state why these people may be mailed, like “members since 2024”"
        )

    def add(row: Row, report: PeopleReport) -> None:
        _import_person(store, tools, row, basis, now)
        report.added += 1

    return _import_rows(store, path, IMPORT_COLUMNS, add)


def import_suppressed(store: Store, tools: Tools, path: Path, now: datetime) -> PeopleReport:
    """Import addresses that must never be mailed; subscribers among them are suppressed at once."""

    def add(row: Row, report: PeopleReport) -> None:
        address = clean_mail_address("address", str(row.fields.get("address") or ""))
        reason = clean_line(str(row.fields.get("reason") or "")) or "opted out elsewhere"
        if store.suppressions.add(tools.signer.address_hash(address), reason, now):
            report.suppressed += 1
        else:
            report.known += 1
        subscriber = store.subscribers.find(address)
        if subscriber is not None and subscriber.state is not SubscriberState.SUPPRESSED:
            suppress(store, subscriber, now, How.OPT_OUTS)

    return _import_rows(store, path, (*IMPORT_COLUMNS, "reason"), add)


def _import_person(store: Store, tools: Tools, row: Row, basis: str, now: datetime) -> None:
    fields = {name: clean_line(str(value or "")) for name, value in row.fields.items()}
    person = Subscriber(
        address=clean_mail_address("address", fields.get("address", "")),
        name=fields.get("name", "")[:200],
        language=fields.get("language", ""),
    )
    frequency = parse_frequency(fields["frequency"]) if fields.get("frequency") else DEFAULT_FREQUENCY
    wishes = [Wish.parse(text) for text in fields.get("topics", "").split(";") if text.strip()]
    # When and where the person gave the address, if the row says so, as evidence (UK GDPR art. 7(1)).
    given_on = PartialDate.parse("date", fields.get("date", ""))
    how = ", ".join(filter(None, [How.IMPORT, str(given_on or ""), fields.get("source", "")[:200]]))
    known = store.subscribers.find(person.address)
    is_pending = known is not None and known.state is SubscriberState.PENDING
    if known and (known.state is SubscriberState.ENDED or (is_pending and store.consents.has_left(known.pk))):
        raise SuppressedAddressError(known.address, "unsubscribed here")
    if known and is_pending:
        held = [replace(one, frequency=frequency) if fields.get("frequency") else one for one in known.choices]
        _take_up(store, tools, known, person, chosen_by(store, wishes, frequency) or held, now, how, basis)
        return
    subscribe(store, tools, person, wishes, now, frequency=frequency, confirmed=True, how=how, basis=basis)


def _take_up(
    store: Store,
    tools: Tools,
    known: Subscriber,
    person: Subscriber,
    choices: Sequence[Choice],
    now: datetime,
    how: str,
    basis: str,
) -> None:
    """Let somebody who has asked for digests, and not confirmed it, have them; what the row says nothing of stays."""
    if reason := store.suppressions.reason(tools.signer.address_hash(known.address)):
        raise must_not_be_mailed(known.address, reason)
    language = clean_language("language", person.language) or known.language
    store.subscribers.set_state(known.pk, SubscriberState.ACTIVE)
    store.subscribers.set_person(known.pk, name=person.name or known.name, language=language)
    begin_afresh(store, known, choices, now)
    changed = []
    if list(choices) != list(known.choices):
        changed.append(", ".join(f"{choice.slug}={choice.frequency}" for choice in choices))
    if language != known.language:
        changed.append(f"language {language}")
    if changed:
        store.consents.add(known.pk, now=now, what=f"changed: {'; '.join(changed)}", how=how, basis=basis)
    store.consents.add(known.pk, now=now, what=CONFIRMED, how=how, basis=basis)


def _import_rows(
    store: Store, path: Path, columns: Sequence[str], add: Callable[[Row, PeopleReport], None]
) -> PeopleReport:
    """Call `add` for every row of the file, 1,000 a transaction; a row that cannot be used is refused alone."""
    report = PeopleReport()
    with Table(path) as table:
        for batch in table.batches(columns, ("address",), ROWS_A_TRANSACTION):
            with store.atomic():
                for row in batch:
                    _import_row(store, row, report, add)
        report.broken_off = table.damage
    return report


def _import_row(store: Store, row: Row, report: PeopleReport, add: Callable[[Row, PeopleReport], None]) -> None:
    try:
        if row.fault:
            raise PublisherError(row.fault)
        with store.atomic():
            add(row, report)
    except SubscriberExistsError:
        report.known += 1
    except PublisherError as error:
        report.refused.append(Refusal(row.line, str(error)))
