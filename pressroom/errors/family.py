"""The family, and its members that any part may raise."""

from __future__ import annotations

from pathlib import Path


class PublisherError(Exception):
    """Something a person can understand and act on. `exit_code` is what a command ends with.

    `unforeseen` is what is behind it where nobody has thought of that: it is told with the place where it was.
    """

    exit_code = 1
    unforeseen: BaseException | None = None


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


class WrongStateError(PublisherError):
    """The thing exists, and what was asked does not fit the state it is in."""

    def __init__(self, noun: str, reference: str, state: str, remedy: str) -> None:
        self.noun, self.reference, self.state = noun, reference, state
        super().__init__(f"The {noun} “{reference}” is {state}; {remedy}.")


class LockError(PublisherError):
    """A file that keeps two processes from doing the same work cannot be opened."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path = path
        super().__init__(
            f"The lock {path} cannot be opened: {problem}; mend its rights, or remove it while no publisher runs."
        )


_IN_ITS_WAY = frozenset({"is a directory", "not a directory", "file exists"})


class OutputError(PublisherError):
    """A published file cannot be written."""

    def __init__(self, path: Path | str, problem: str) -> None:
        self.path, self.problem = str(path), problem
        remedy = "move away what is in its way" if problem in _IN_ITS_WAY else "free space or mend the rights"
        super().__init__(f"{path} cannot be written: {problem}; {remedy}, then publish again.")


class UnwrittenError(OutputError):
    """Some published files cannot be written; all others are."""

    exit_code = 3


class LostAnswerError(PublisherError):
    """What a command did is done, and nobody could be told."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"Done, but the answer could not be written ({problem}).")


class StoppedError(PublisherError):
    """What was only tried was left off, since somebody has said to stop."""

    def __init__(self) -> None:
        super().__init__("It was stopped before it had ended; nothing has changed, and it can be tried again.")


class NothingToShowError(PublisherError):
    """No digest can be shown: nothing was announced yet that it could hold, or that a filter lets through."""

    def __init__(self, address: str, limits: str = "") -> None:
        self.address, self.limits = address, limits
        whom = f"{address} follows" if address else "anybody could follow"
        if limits:
            whom += f" and their filter lets through ({limits})"
        super().__init__(f"Nothing that {whom} was announced yet; add a release and publish it first.")
