"""`publisher digest`: looking at what comes, runs by hand, and runs so far."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pressroom.commands.door import Door, confirm, in_good_order, table
from pressroom.commands.looking import open_page, tell_rehearsal, write_page
from pressroom.commands.publish import DESPITE, as_document, exit_code, tell_tally
from pressroom.errors import InvalidFieldError
from pressroom.models.dates import in_utc, in_zone

if TYPE_CHECKING:
    from pressroom.models.people import Frequency
    from pressroom.models.runs import DigestRun
    from pressroom.publishing.outlook import Scheduled

A_MONTH = timedelta(days=31)
NOTHING_SENT = "0 items: nothing sent"


@click.group("digest")
def command() -> None:
    """Rehearse, preview, test and send digests; list, pause, resume and cancel their runs."""


FREQUENCY = click.Choice(["immediate", "daily", "weekly", "monthly"])
RUN = click.IntRange(1, 2**63 - 1)


@command.command("send")
@click.option("--frequency", multiple=True, type=FREQUENCY, help="Whose digest; all frequencies if not given.")
@DESPITE
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def send(door: Door, frequency: tuple[str, ...], despite: tuple[str, ...], yes: bool) -> int:
    """Run a digest now, without waiting for its due time. Nobody gets anything twice by it."""
    from pressroom.acts.digests import send_now
    from pressroom.models.people import Frequency
    from pressroom.staff.log import BY_COMMAND

    wanted = [Frequency(name) for name in frequency] or list(Frequency)
    with door.store(heeds_stops=False) as store:
        confirm(f"Send the {', '.join(wanted)} digest now?", yes)
        with in_good_order(door):
            report = send_now(store, door.tools, door.now, BY_COMMAND, wanted, despite=despite)

    def tell() -> None:
        for run in report.runs:
            gone = f" {run.counts.cancelled:,} were cancelled meanwhile." if run.counts.cancelled else ""
            door.say(f"Digest run {run.pk}: {run.counts.enlisted:,} enlisted.{gone}" if run.counts.enlisted else
                     "Nobody is owed anything: no mail was made.")  # fmt: skip
        tell_tally(door, report.tally)

    door.answer(as_document(report)["digests"], tell)
    return exit_code(door, report.tally, report.trouble)


@command.command("rehearse")
@click.option("--frequency", multiple=True, type=FREQUENCY, help="The digest that “send --frequency” would send now.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Where to write the rarest mail.")
@click.pass_obj
def rehearse(door: Door, frequency: tuple[str, ...], html: Path | None) -> int:
    """Say exactly what the next run would do, and change nothing; ends with 3 where lint would stop it."""
    from pressroom.models.people import Frequency
    from pressroom.publishing.rehearsing import rehearse as rehearse_run

    with door.store() as store:
        rehearsal = rehearse_run(store, door.tools, door.now, [Frequency(name) for name in frequency])
    if html and rehearsal.rarest:
        write_page(door, html, rehearsal.rarest.html)
    door.answer(rehearsal.as_dict(), lambda: tell_rehearsal(door, rehearsal))
    return 3 if rehearsal.findings else 0


@command.command("preview")
@click.option("--subscriber", metavar="ADDRESS", help="Whose digest; else that of a reader of everything.")
@click.option("--frequency", type=FREQUENCY, help="Which digest; else the reader's next one, or the weekly one.")
@click.option("--language", help="The language of the words around, without --subscriber.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Where to write the formatted part.")
@click.option("--text", is_flag=True, help="Print the plain text; what happens anyway without --html and --open.")
@click.option("--open", "show", is_flag=True, help="Open the formatted part in a browser.")
@click.pass_obj
def preview(
    door: Door,
    subscriber: str | None,
    frequency: str | None,
    language: str | None,
    html: Path | None,
    text: bool,
    show: bool,
) -> None:
    """Show a reader's next digest as it will be. Nothing is changed and nothing is sent."""
    from pressroom.publishing.previewing import preview as preview_one

    _refuse_empty(subscriber=subscriber, language=language)
    with door.store() as store:
        shown = preview_one(
            store, door.tools, door.now, address=subscriber or "", frequency=_parsed(frequency), language=language or ""
        )
    if html:
        write_page(door, html, shown.message.html)
    if show:
        open_page(shown.message.html)

    def tell() -> None:
        when = f"due {door.local(shown.at)}"
        if not shown.is_owed:
            when = f"not due: {shown.why_not or 'nothing waits'}; this was announced last"
        if shown.live:
            door.say(f"Goes live before: {'; '.join(shown.live)}.")
        for name, words, is_warning in shown.findings:
            door.warn(f"{'Lint warns' if is_warning else 'Lint would stop it'} ({name}): {words}")
        whom = shown.message.recipient if subscriber else "somebody who follows everything"
        door.say(f"To {whom}, {when}.\nSubject: {dict(shown.message.headers)['Subject']}")
        if text or not (html or show):
            click.echo(f"\n{shown.message.text}")

    door.answer(shown.as_dict(), tell)


@command.command("test")
@click.option("--to", required=True, metavar="ADDRESS", help="Who gets it.")
@click.option("--subscriber", metavar="ADDRESS", help="Whose digest; else that of a reader of everything.")
@click.option("--frequency", type=FREQUENCY, help="Which digest; else the reader's next one, or the weekly one.")
@click.option("--language", help="The language of the words around, without --subscriber.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def send_a_test(
    door: Door, to: str, subscriber: str | None, frequency: str | None, language: str | None, yes: bool
) -> int:
    """Send one mail, as “preview” shows it, to one address. It counts for nobody, and its links belong to nobody."""
    from pressroom.acts.digests import send_a_test as send_test
    from pressroom.delivery.queue import Verdict
    from pressroom.staff.log import BY_COMMAND

    _refuse_empty(subscriber=subscriber, language=language)
    with door.store() as store:
        confirm(f"Send a test to {to}?", yes)
        message, answer = send_test(
            store, door.tools, door.now, BY_COMMAND, to,
            address=subscriber or "", frequency=_parsed(frequency), language=language or "",
        )  # fmt: skip
    subject = dict(message.headers)["Subject"]
    is_sent = answer.verdict is Verdict.TAKEN
    words = f"“{subject}” is on its way to {message.recipient}." if is_sent else f"It was not taken: {answer.reply}"
    document = {"to": message.recipient, "subject": subject, "sent": is_sent, "answer": answer.reply}
    door.answer(document, lambda: door.say(words))
    return 0 if is_sent else 1


@command.command("note")
@click.argument("text", required=False)
@click.option("--frequency", type=FREQUENCY, default="weekly", help="At the head of which digest. [default: weekly]")
@click.option("--signed", metavar="NAME", help="Who signs it.")
@click.option("--lead", metavar="ID", help="The release that leads; else the newest collection or report.")
@click.option("--drop", is_flag=True, help="Take back the note that waits.")
@click.pass_obj
def note(door: Door, text: str | None, frequency: str, signed: str | None, lead: str | None, drop: bool) -> None:
    """Say something at the head of the next digest, or choose its lead; without TEXT and --lead, show what waits."""
    from pressroom.models.people import Frequency
    from pressroom.publishing.notes import set_note

    says = any(one is not None for one in (text, signed, lead))
    if drop and says:
        raise click.UsageError("Give either --drop, or a note.")
    with door.store() as store:
        if drop:
            store.notes.drop([Frequency(frequency)])
        elif says:
            set_note(store, Frequency(frequency), door.now, text=text, signed=signed, lead=lead)
        waiting = store.notes.waiting()
        leads = store.releases.by_pk(note.lead for note in waiting.values() if note.lead)
    notes = [
        {
            "frequency": pace,
            "text": one.text,
            "signed": one.signed,
            "lead": leads[one.lead].slug or leads[one.lead].title if one.lead else None,
            "lead_state": leads[one.lead].state if one.lead else None,
        }
        for pace, one in waiting.items()
    ]
    door.answer(notes, lambda: _tell_notes(door, notes))


@command.command("status")
@click.argument("run", type=RUN, required=False)
@click.option("--watch", is_flag=True, help="Stay, and show it go on until nothing waits.")
@click.pass_obj
def status(door: Door, run: int | None, watch: bool) -> None:
    """Say how a run stands (the newest, if none is named): what was sent, what waits, how fast, what went wrong."""
    from pressroom.commands import watching
    from pressroom.publishing.outlook import progress_of

    with door.store() as store:
        runs = [store.runs.get(run)] if run else store.runs.all()[-1:]
        if not runs:
            door.answer(None, lambda: click.echo("There has been no digest yet."))
            return
        found = runs[0].pk
        progress = watching.watch(door, store, found) if watch else progress_of(store, door.tools, runs[0], door.now)
    document = progress.run.as_dict() | {"a_minute": progress.a_minute}
    pace = "" if watch or progress.is_over else f"{watching.in_words(door, progress)}."
    door.answer(document, lambda: door.say(" ".join(filter(None, [_in_words(door, progress.run), pace]))))


@command.command("schedule")
@click.option("--until", metavar="DATE", help="The last day, or moment, to list; a month from now if not given.")
@click.option("--since", metavar="DATE", help="List from then on, with what became of each due time; now if not given.")
@click.pass_obj
def schedule(door: Door, until: str | None, since: str | None) -> None:
    """List when digests are due, in the site's own time, and what became of those that were."""
    from pressroom.publishing.outlook import schedule_of

    end = _last_moment(door, "--until", until) if until else door.now + A_MONTH
    begin = _moment(door, "--since", since) if since else door.now
    if end < begin:
        raise click.UsageError(f"{door.local(end)} is before {door.local(begin)}; give --until a later day.")
    with door.store() as store:
        moments = schedule_of(store, door.tools, begin, end, door.now)
    zone = door.tools.settings.site.zone
    door.answer([one.as_dict(zone) for one in moments], lambda: _tell_schedule(door, moments))


@command.command("pause")
@click.argument("run", type=RUN)
@click.pass_obj
def pause(door: Door, run: int) -> None:
    """Let nothing more of a run leave until “digest resume”."""
    from pressroom.acts.digests import pause as pause_run
    from pressroom.staff.log import BY_COMMAND

    with door.store() as store:
        paused = pause_run(store, door.tools, run, door.now, BY_COMMAND)
    _answer(door, paused, f"Nothing more of run {run} leaves until “digest resume {run}”.")


@command.command("resume")
@click.argument("run", type=RUN)
@click.pass_obj
def resume(door: Door, run: int) -> None:
    """Let a paused run go on."""
    from pressroom.acts.digests import resume as resume_run
    from pressroom.staff.log import BY_COMMAND

    with door.store() as store:
        resumed = resume_run(store, door.tools, run, door.now, BY_COMMAND)
    _answer(door, resumed, f"Run {run} goes on. Next: publisher deliver.")


@command.command("cancel")
@click.argument("run", type=RUN)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def cancel(door: Door, run: int, yes: bool) -> None:
    """Cancel what waits in a run. What it told of is owed again and comes with the next digest."""
    from pressroom.acts.digests import cancel as cancel_run
    from pressroom.staff.log import BY_COMMAND

    with door.store() as store:
        waiting = store.runs.get(run).counts.waiting
        if waiting:
            confirm(f"Cancel the {waiting:,} message(s) that wait in run {run}?", yes)
        cancelled = cancel_run(store, door.tools, run, door.now, BY_COMMAND)
    words = "What they told of is owed again; withdraw a release that shall not go out at all."
    if left := cancelled.counts.waiting:
        words = f"{left:,} are being handed over by another process at this very moment, and may arrive. {words}"
    _answer(door, cancelled, words)


@command.command("list")
@click.pass_obj
def list_runs(door: Door) -> None:
    """List the runs, oldest first, with what became of their deliveries."""
    with door.store() as store:
        runs = store.runs.all()
    rows = []
    for run in runs:
        counts = run.counts.as_dict()
        due = door.local(run.due) if run.due else "by hand" if run.frequencies else "at once (urgent)"
        rows.append(
            (str(run.pk), due, ", ".join(run.frequencies), run.state.value, *(f"{n:,}" for n in counts.values()))
        )
    heads = (
        "run",
        "due",
        "frequencies",
        "state",
        "enlisted",
        "sent",
        "failed",
        "suppressed",
        "cancelled",
        "unknown",
        "waiting",
    )
    door.answer(
        [run.as_dict() for run in runs],
        lambda: click.echo(table(rows, heads) if rows else "There has been no digest yet."),
    )


def _moment(door: Door, option: str, text: str) -> datetime:
    from pressroom.models.dates import parse_moment

    try:
        return parse_moment(option, text, door.tools.settings.site.zone)
    except InvalidFieldError as error:
        raise click.UsageError(str(error)) from error


def _last_moment(door: Door, option: str, text: str) -> datetime:
    """Return the moment that is meant; of a day, its last second."""
    begin = _moment(door, option, text)
    local = in_zone(begin, door.tools.settings.site.zone)
    is_day = len(text.strip()) == len("2026-01-28")
    return in_utc(local + timedelta(days=1, seconds=-1)) if is_day else begin


def _tell_schedule(door: Door, moments: Sequence[Scheduled]) -> None:
    zone, rows = door.tools.settings.site.zone, []
    for one in moments:
        local = in_zone(one.at, zone)
        names = ", ".join([*(filled.frequency for filled in one.filled), *one.frequencies])
        rows.append((f"{local:%a} {local.day:2} {local:%b %Y %H:%M %Z}", names, _what_became(one, door.now)))
    click.echo(table(rows, ("when", "digests", "what became of it")) if rows else "Nothing is due in that time.")


def _what_became(one: Scheduled, now: datetime) -> str:
    """Return what became of a due time, nothing of one that is to come."""
    words = []
    for filled in {filled.run.pk: filled for filled in one.filled}.values():
        run, counts = filled.run.pk, filled.run.counts
        paid = f"{counts.enlisted:,} enlisted, {counts.sent:,} sent" if counts.enlisted else NOTHING_SENT
        words.append(f"missed; run {run:,} made up for it ({paid})" if filled.missed else f"run {run:,}: {paid}")
    if one.frequencies and one.at <= now:
        words.append("due now" if words else "due")
    return "; ".join(words)


def _refuse_empty(*, subscriber: str | None, language: str | None) -> None:
    """Refuse an option that is given and says nothing, as a variable of a script that is not set, or one too many."""
    if subscriber == "" or language == "":
        raise click.UsageError(
            f"--{'subscriber' if subscriber == '' else 'language'} is empty; give a value, or leave it out."
        )
    if subscriber and language:
        raise click.UsageError("A subscriber's digest is in the subscriber's own language: leave --language out.")


def _parsed(frequency: str | None) -> Frequency | None:
    from pressroom.models.people import Frequency

    return Frequency(frequency) if frequency else None


def _tell_notes(door: Door, notes: list[dict[str, Any]]) -> None:
    for one in notes:
        signed = f" ({one['signed']})" if one["signed"] else ""
        said = f"“{one['text']}”{signed}" if one["text"] else "no words"
        lead = ""
        if one["lead"]:
            states = {"draft": ", which is a draft yet", "withdrawn": ", which is withdrawn", "live": ""}
            state = states.get(one["lead_state"], ", which is not out yet")
            lead = f"; it leads with “{one['lead']}”{state}"
        door.say(f"At the head of the next {one['frequency']} digest: {said}{lead}.")
    if not notes:
        door.say("No note waits.")


def _answer(door: Door, run: DigestRun, words: str) -> None:
    door.answer(run.as_dict(), lambda: door.say(" ".join(filter(None, [_in_words(door, run), words]))))


def _in_words(door: Door, run: DigestRun) -> str:
    """Return the accounting of R6 as a sentence: “Run 7 (weekly, due …) is closed: 12 enlisted = 12 sent.”"""
    names = ", ".join(run.frequencies) or "urgent"
    due = f", due {door.local(run.due)}" if run.due else ""
    counts = run.counts.as_dict()
    if not run.counts.enlisted:
        return f"Run {run.pk} ({names}{due}) is {run.state}: {NOTHING_SENT}."
    enlisted = counts.pop("enlisted")
    parts = " + ".join(f"{number:,} {name}" for name, number in counts.items() if number) or "0 sent"
    return f"Run {run.pk} ({names}{due}) is {run.state}: {enlisted:,} enlisted = {parts}."
