"""Checks, each within its own time, so that none keeps another waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from time import monotonic

from pressroom.errors import PublisherError
from pressroom.operations.doctor.diagnosis import Diagnosis, problem, problem_of


@dataclass(frozen=True, slots=True)
class Check:
    """A look at one thing, by name. `seconds` is how long it may take; 0 is for what needs no network."""

    name: str
    look: Callable[[], Iterable[Diagnosis]]
    seconds: float = 0


def examine(checks: Sequence[Check]) -> Iterator[Diagnosis]:
    """Yield what each check finds, in their order; those that have a limit are begun together."""
    begun = [_Begun(check) for check in checks]
    for one in begun:
        for found in one.result():
            yield replace(found, check=one.check.name)


class _Begun:
    """A check that is under way."""

    def __init__(self, check: Check) -> None:
        self.check = check
        self._found: list[Diagnosis] = []
        self._until = monotonic() + check.seconds
        # Whoever is still kept waiting when the command is over ends with it.
        self._thread = threading.Thread(target=self._look, name=f"doctor-{check.name}", daemon=True)
        if check.seconds:
            self._thread.start()

    def result(self) -> list[Diagnosis]:
        if not self.check.seconds:
            self._look()
            return self._found
        self._thread.join(max(self._until - monotonic(), 0))
        if self._thread.is_alive():
            words = f"could not be looked at within {self.check.seconds:g} seconds"
            return [problem(words, "see whether the network of this machine works, or leave it out with --offline")]
        return self._found

    def _look(self) -> None:
        try:
            self._found = list(self.check.look())
        except PublisherError as error:
            self._found = [problem_of(error)]
        except OSError as error:
            words = f"{error.filename or 'this'} cannot be looked at: {(error.strerror or str(error)).lower()}"
            self._found = [problem(words, "mend its rights, or run this as the site's user")]
        except Exception as error:  # noqa: BLE001 – one check that goes wrong stops no other
            words = f"could not be looked at ({type(error).__name__}: {error})"
            self._found = [problem(words, "tell us of it, with what you see here")]
