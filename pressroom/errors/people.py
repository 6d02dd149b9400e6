"""What cannot be done for a subscriber, or by a user of the desk."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pressroom.errors.family import NotFoundError, PublisherError, RefusedError


class SubscriberNotFoundError(NotFoundError):
    def __init__(self, address: str) -> None:
        super().__init__("subscriber", address, "“publisher subscriber list” shows the addresses")


class ComplaintNotFoundError(NotFoundError):
    def __init__(self, reference: str) -> None:
        super().__init__("complaint", reference, "“publisher complaint list” shows the numbers")


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


class UserExistsError(PublisherError):
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"There is a user “{name}” already; “publisher user reset” gives them a new link.")


class LastAdminError(RefusedError):
    """Nobody could manage users any more."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"“{name}” is the only admin who can sign in; make somebody else one first.")


class SignInError(RefusedError):
    """Who wants to sign in, or to set up how, is not let in. `problem` tells not more than anybody may know."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(f"{problem}; try again, or ask an admin for a new link.")
