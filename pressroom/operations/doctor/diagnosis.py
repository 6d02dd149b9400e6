"""What a look at one thing finds: whether it is in order, and if not, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pressroom.errors import PublisherError


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "warning"
    """Works, and can be better; or works today."""
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One line of the doctor. `words` and `remedy` have no full stop; what is in order has no remedy.

    `check` names what was looked at; a look leaves it to whoever has called it.
    """

    verdict: Verdict
    words: str
    remedy: str = ""
    check: str = ""

    @property
    def sentence(self) -> str:
        return f"{self.words}; {self.remedy}." if self.remedy else f"{self.words}."


def ok(words: str) -> Diagnosis:
    return Diagnosis(Verdict.OK, words)


def warning(words: str, remedy: str) -> Diagnosis:
    return Diagnosis(Verdict.WARNING, words, remedy)


def problem(words: str, remedy: str) -> Diagnosis:
    return Diagnosis(Verdict.PROBLEM, words, remedy)


def problem_of(error: PublisherError) -> Diagnosis:
    """Return an error as a problem; its sentence tells the remedy behind its last semicolon."""
    return problem_in(str(error))


def problem_in(sentence: str) -> Diagnosis:
    words, semicolon, remedy = sentence.removesuffix(".").rpartition("; ")
    return problem(words, remedy) if semicolon else problem(remedy, "")
