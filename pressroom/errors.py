"""Every error that a person may meet: one family, each worded once and carrying the id it is about.

Errors are raised where the fact is known and caught only at the doors (`commands/`, `web/`, `schedule`), which
print `str(error)` and end with `exit_code`. `docs/commands.md` lists the codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path


class PublisherError(Exception):
    """Something a person can understand and act on. `exit_code` is what a command ends with."""

    exit_code = 1


class RefusedError(PublisherError):
    """Refused for safety: it could be done, and must not be."""

    exit_code = 4


class SettingsError(PublisherError):
    """The settings cannot be used as they are; `problems` are sentences, one for each thing that is wrong."""

    exit_code = 2

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__(f"{'; '.join(problem.removesuffix('.') for problem in problems)}.")


class InvalidFieldError(PublisherError):
    """A value does not fit its field. `remedy` says what would fit."""

    def __init__(self, field: str, problem: str, remedy: str) -> None:
        self.field, self.problem, self.remedy = field, problem, remedy
        super().__init__(f"{field}: {problem}; {remedy}.")


class UnreadableFileError(PublisherError):
    """A file given by a person cannot be read at all."""

    def __init__(self, path: Path | str, problem: str, remedy: str) -> None:
        self.path = str(path)
        super().__init__(f"{path}: {problem}; {remedy}.")


class NotFoundError(PublisherError):
    """Nothing in the catalogue answers to that name."""

    def __init__(self, noun: str, reference: str, remedy: str) -> None:
        self.noun, self.reference = noun, reference
        super().__init__(f"There is no {noun} “{reference}”; {remedy}.")


class ReleaseNotFoundError(NotFoundError):
    def __init__(self, reference: str) -> None:
        super().__init__("release", reference, "“publisher release list” shows ids and slugs")


class TopicNotFoundError(NotFoundError):
    def __init__(self, reference: str) -> None:
        super().__init__("topic", reference, "“publisher topic list” shows the slugs, “topic add” makes one")


class SubscriberNotFoundError(NotFoundError):
    def __init__(self, address: str) -> None:
        super().__init__("subscriber", address, "“publisher subscriber list” shows the addresses")


class RunHaltedError(PublisherError):
    """A digest run was paused, since what its messages are refused for is ours to mend."""

    exit_code = 3

    def __init__(self, run: int, number: int, handed: int, said: str) -> None:
        self.run = run
        super().__init__(
            f"Digest run {run} is halted: {number:,} of {handed:,} message(s) were refused because of us and not of "
            f"the address, the last with “{said.rstrip('.')}”; mend that (SPF, DKIM, DMARC, the server's name, a "
            f"blocklist), then “publisher digest resume {run}”."
        )


class RunNotFoundError(NotFoundError):
    def __init__(self, reference: str) -> None:
        super().__init__("run", reference, "“publisher digest list” shows the runs")


class ComplaintNotFoundError(NotFoundError):
    def __init__(self, reference: str) -> None:
        super().__init__("complaint", reference, "“publisher complaint list” shows the numbers")


class ReleaseExistsError(PublisherError):
    def __init__(self, slug: str) -> None:
        self.slug = slug
        super().__init__(
            f"This release is in the catalogue already, as “{slug}”; use “release edit” to change it or "
            "“release revise” to change it and tell readers."
        )


class IdTakenError(PublisherError):
    def __init__(self, release_id: str, slug: str) -> None:
        self.id, self.slug = release_id, slug
        super().__init__(f"The id “{release_id}” belongs to “{slug}” already; an id is given once and never moves.")


class TopicExistsError(PublisherError):
    def __init__(self, slug: str) -> None:
        self.slug = slug
        super().__init__(f"The topic “{slug}” exists already (perhaps as an alias); use it, or choose another name.")


class SubscriberExistsError(PublisherError):
    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__(
            f"{address} is a subscriber already; use “subscriber set {address} …” to change topics or frequency."
        )


class SuppressedAddressError(RefusedError):
    """`by_asking`: the address is mailed again once somebody has signed up there, and confirmed it.

    `by_clearing`: it is once the operator says that the person wants it.
    """

    def __init__(self, address: str, reason: str, *, by_asking: bool = False, by_clearing: bool = False) -> None:
        self.address, self.reason = address, reason
        remedy = "only who signs up there undoes that" if by_asking else "nobody undoes another's opt-out"
        if by_clearing:
            remedy = f"if the person has asked for mail, “bounce clear {address} --asked --reason TEXT” undoes that"
        super().__init__(f"{address} must not be mailed ({reason}); leave the address out: {remedy}.")


class ReportedAsSpamError(RefusedError):
    """Who has called our mail spam is not mailed again unless they want it."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__(f"Mail to {address} was reported there as spam; give --asked if the person wants mail again.")


class NothingToClearError(PublisherError):
    """Nothing that came back is held against an address."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__(f"Nothing that came back is held against {address}; “bounce list {address}” shows what did.")


class LetterLimitError(RefusedError):
    """Somebody has had as many letters of a kind as are sent: more would fill the mailbox of who never asked."""

    def __init__(self, address: str, kind: str) -> None:
        self.address, self.kind = address, kind
        limits = {"confirmation": "one in 24 hours and three for a request", "preferences": "one an hour and six a day"}
        super().__init__(f"{address} has had a {kind} letter: at most {limits[kind]}; wait, or do it by command.")


class TooManyRequestsError(RefusedError):
    """A form was sent more often than people send it: from one place, by one person, or by all together."""

    def __init__(self, wait: timedelta) -> None:
        self.wait = wait
        when = "in an hour" if wait <= timedelta(hours=1) else "tomorrow"
        super().__init__(f"There have been too many requests of this kind; try again {when}.")


class WrongStateError(PublisherError):
    """The thing exists, and what was asked does not fit the state it is in."""

    def __init__(self, noun: str, reference: str, state: str, remedy: str) -> None:
        self.noun, self.reference, self.state = noun, reference, state
        super().__init__(f"The {noun} “{reference}” is {state}; {remedy}.")


class ChangedMeanwhileError(PublisherError):
    """Somebody else has changed the thing between its being read and its being written."""

    def __init__(self, noun: str, reference: str) -> None:
        self.noun, self.reference = noun, reference
        super().__init__(f"The {noun} “{reference}” has been changed by somebody else meanwhile; look, and try again.")


class UnusableRowError(PublisherError):
    """A row that another program wrote cannot be used as it is; the others are. `fate` is that of one that is out."""

    exit_code = 3

    def __init__(self, table: str, row: int | str, problem: str, fate: str = "") -> None:
        self.table, self.row = table, row
        remedy = "mend it there" if fate else "mend it there, or make it a draft"
        super().__init__(f"Row {row} of the table {table} {fate or 'cannot go out'}: {problem}; {remedy}.")


class EmbargoedError(RefusedError):
    def __init__(self, slug: str, until: str) -> None:
        self.slug, self.until = slug, until
        super().__init__(
            f"“{slug}” is under embargo until {until}; it goes out by itself then, or set another embargo first."
        )


class NewTopicsError(PublisherError):
    """`--strict-topics` was given and a file brings topics that the catalogue does not know."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        super().__init__(f"Unknown topics: {', '.join(self.names)}; add them first with “topic add”.")


class CatalogueMissingError(PublisherError):
    exit_code = 2

    def __init__(self, path: Path, remedy: str = "make one with “publisher init”, or name the site with -C") -> None:
        self.path = path
        super().__init__(f"There is no catalogue at {path}; {remedy}.")


class NoCatalogueError(PublisherError):
    """The file at the catalogue's place is a database, and none that Pressroom made."""

    exit_code = 2

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(
            f"The catalogue {path} is empty (or is another program's); restore the newest backup, or move it away "
            "and run “publisher init”."
        )


class CatalogueBehindError(PublisherError):
    exit_code = 2

    def __init__(self, path: Path, missing: int) -> None:
        self.path, self.missing = path, missing
        super().__init__(f"The catalogue {path} lacks {missing} migration(s); run “publisher db migrate” first.")


class CatalogueNewerError(RefusedError):
    def __init__(self, path: Path, unknown: str) -> None:
        self.path, self.unknown = path, unknown
        super().__init__(
            f"The catalogue {path} was made by a newer Pressroom (migration “{unknown}”); install that version."
        )


class CatalogueTroubleError(PublisherError):
    """SQLite refused: locked, full, read-only or damaged."""

    def __init__(self, path: Path | str, problem: str, remedy: str) -> None:
        self.path = str(path)
        super().__init__(f"The catalogue {path} cannot be used: {problem}; {remedy}.")


class CatalogueDamagedError(CatalogueTroubleError):
    """What is in the file cannot be read, and waiting does not help."""


class DkimKeyError(SettingsError):
    """A key that mail is to be signed with cannot be used; no mail leaves without its signature."""

    def __init__(self, path: Path, problem: str, remedy: str) -> None:
        self.path = path
        super().__init__(f"The DKIM key {path} {problem}; {remedy}.")


class DnsError(PublisherError):
    """The DNS says nothing of a name, not even that there is no such name."""

    def __init__(self, name: str, problem: str, remedy: str) -> None:
        self.name = name
        super().__init__(f"The DNS {problem}, asked for {name}; {remedy}.")


class TemplateBrokenError(SettingsError):
    def __init__(self, name: str, line: int | None, problem: str) -> None:
        self.name, self.line = name, line
        where = name if line is None else f"{name}, line {line}"
        super().__init__(f"The template {where} is broken: {problem}; mend it, or delete it to use the built-in one.")


class OutputError(PublisherError):
    """A published file cannot be written."""

    def __init__(self, path: Path | str, problem: str) -> None:
        self.path = str(path)
        super().__init__(f"{path} cannot be written: {problem}; free space or mend the rights, then publish again.")


class NoStopError(PublisherError):
    """A file among the unsubscribes that wait beside the catalogue asks for nothing."""

    exit_code = 3

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} is no unsubscribe that can be read; delete it.")


class StopTroubleError(PublisherError):
    """It cannot be seen, kept or removed what readers have asked to stop; `problem` follows on the path."""

    exit_code = 3

    def __init__(self, path: Path, problem: str, remedy: str) -> None:
        self.path = path
        super().__init__(f"{path} {problem}; {remedy}.")


class LockError(PublisherError):
    """A file that keeps two processes from doing the same work cannot be opened."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path = path
        super().__init__(
            f"The lock {path} cannot be opened: {problem}; mend its rights, or remove it while no publisher runs."
        )


class LostAnswerError(PublisherError):
    """What a command did is done, and nobody could be told."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"Done, but the answer could not be written ({problem}).")


class DemoMailError(RefusedError):
    def __init__(self) -> None:
        super().__init__(
            "This is a demo catalogue, which never sends by SMTP; make a site of your own with “publisher init DIR”."
        )


class NothingToShowError(PublisherError):
    """No digest can be shown: nothing was announced yet that it could hold, or that a filter lets through."""

    def __init__(self, address: str, limits: str = "") -> None:
        self.address, self.limits = address, limits
        whom = f"{address} follows" if address else "anybody could follow"
        if limits:
            whom += f" and their filter lets through ({limits})"
        super().__init__(f"Nothing that {whom} was announced yet; add a release and publish it first.")


class LintError(RefusedError):
    """Messages of a digest must not leave as they are. `findings` are (name, words, is a warning)."""

    def __init__(self, findings: Sequence[tuple[str, str, bool]]) -> None:
        self.findings = tuple(findings)
        said = "\n".join(f"  {name}{' (warning)' if mild else ''}: {words}" for name, words, mild in findings)
        mild_ones = sorted({name for name, _, mild in findings if mild})
        all_mild = all(mild for _, _, mild in findings)
        remedy = f", or send despite it with {' '.join(f'--despite {name}' for name in mild_ones)}" if all_mild else ""
        super().__init__(f"The digest does not leave as it is; mend this{remedy}:\n{said}")


class BackupError(PublisherError):
    """A backup cannot be written to this file, or not be restored from it."""

    def __init__(self, path: Path, problem: str, remedy: str) -> None:
        self.path = path
        super().__init__(f"{path} {problem}; {remedy}.")


class SiteInUseError(RefusedError):
    """Somebody works with the catalogue that is to be replaced."""

    def __init__(self, site: Path, who: str) -> None:
        self.site = site
        super().__init__(f"{who} works on {site}; stop it, let no other command run, then restore.")


class UnarmedError(RefusedError):
    """The catalogue was restored or copied (R11). `rest_is_done`: only the mail stays, of all that was asked for."""

    def __init__(self, path: Path, *, rest_is_done: bool = False) -> None:
        self.path = path
        if rest_is_done:
            self.exit_code = 3
        super().__init__(
            f"No mail leaves: the catalogue {path} was restored or copied. Look at what would go with “publisher "
            "digest rehearse”, see to it that no other copy sends, then “publisher db arm”."
        )


class OverdueError(RefusedError):
    """Something is overdue in a catalogue that is to be armed, and nobody has said what becomes of it."""

    def __init__(self, overdue: str) -> None:
        super().__init__(
            f"{overdue} Nobody knows what of it went out after the copy was made: give --overdue skip to mail none of "
            "it, or --overdue send to mail all of it."
        )


class FixedClockError(RefusedError):
    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(
            f"--clock is set and mail would leave for {host}; leave --clock out, or use a mail host on this machine."
        )


class InsecureSiteError(RefusedError):
    def __init__(self, host: str, url: str) -> None:
        self.host, self.url = host, url
        super().__init__(
            f"Mail to {host} needs an https address in [site] url (it is {url or 'not set'}): "
            "mailbox providers only honour one-click unsubscribe over https."
        )
