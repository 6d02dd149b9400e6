"""Why mail does not leave, or a run does not go on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pressroom.errors.family import NotFoundError, PublisherError, RefusedError, SettingsError


class RunNotFoundError(NotFoundError):
    def __init__(self, reference: str) -> None:
        super().__init__("run", reference, "“publisher digest list” shows the runs")


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


class LintError(RefusedError):
    """Messages of a digest must not leave as they are. `findings` are (name, words, is a warning)."""

    def __init__(self, findings: Sequence[tuple[str, str, bool]]) -> None:
        self.findings = tuple(findings)
        said = "\n".join(f"  {name}{' (warning)' if mild else ''}: {words}" for name, words, mild in findings)
        mild_ones = sorted({name for name, _, mild in findings if mild})
        all_mild = all(mild for _, _, mild in findings)
        remedy = f", or send despite it with {' '.join(f'--despite {name}' for name in mild_ones)}" if all_mild else ""
        super().__init__(f"The digest does not leave as it is; mend this{remedy}:\n{said}")


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


class DemoMailError(RefusedError):
    def __init__(self) -> None:
        super().__init__(
            "This is a demo catalogue, which never sends by SMTP; make a site of your own with “publisher init DIR”."
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
