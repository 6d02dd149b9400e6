"""Templates are looked at in a process of its own: one that never ends, or takes all memory, keeps nobody waiting."""

from __future__ import annotations

import ctypes
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from pressroom.errors import SettingsError
from pressroom.files import is_running
from pressroom.operations.doctor.diagnosis import Diagnosis, Verdict, problem, problem_in, warning
from pressroom.operations.doctor.templates import has_own, look_at_templates
from pressroom.tools import Tools
from pressroom.web.tour import PREFIX, faults_of_pages

LONGEST_SECONDS = 30.0
PR_SET_PDEATHSIG = 1
"""Of prctl(2): the signal that a process gets when the thread that has begun it ends."""
_BEGINS = "import sys; from pressroom.web.template_trial import tell; tell(*sys.argv[1:])"


def look_at_templates_apart(tools: Tools, now: datetime) -> Iterator[Diagnosis]:
    """Yield what `look_at_templates` does, or that it has come to no end within half a minute."""
    if not has_own(tools):
        yield from look_at_templates(tools, now, lambda *_: ())  # the pages are as they were when they were tested
        return
    _sweep()
    places = [place or str(Path.cwd()) for place in sys.path]
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", _BEGINS, str(tools.site), now.isoformat()],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(places)},  # it must find what this one has found
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        yield warning(f"the templates could not be filled for a trial: {why}", "let another process be begun")
        return
    with process:
        try:
            said, _ = process.communicate(timeout=LONGEST_SECONDS)
            found = [*_heard(said)]
        except subprocess.TimeoutExpired:
            process.kill()
            found = [
                problem(
                    f"the templates of {tools.site / 'templates'} are not filled within {LONGEST_SECONDS:.0f} seconds",
                    "look for a loop in them that does not end",
                )
            ]
    _sweep()
    yield from found


def _sweep() -> None:
    """Remove the folders of trials that were killed, with those whom they were for perhaps."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        number = left.name.removeprefix(PREFIX).partition("-")[0]
        if number.isdecimal() and not is_running(int(number)):
            shutil.rmtree(left, ignore_errors=True)


def _heard(said: bytes) -> Iterator[Diagnosis]:
    try:
        lines = json.loads(said)
    except ValueError:  # it was killed, or has met what nobody had thought of
        yield problem("the templates could not be filled for a trial", "see whether memory is short, and try again")
        return
    for one in lines:
        yield Diagnosis(Verdict(one["verdict"]), one["words"], one["remedy"])


def _end_with_who_has_begun_it() -> None:
    """Let this process be killed when its parent has ended, and by itself when nobody waits for it any longer."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.alarm(2 * int(LONGEST_SECONDS))


def tell(site: str, now: str) -> None:
    """Look at the templates of a site, and say in JSON on standard output what was found."""
    _end_with_who_has_begun_it()
    logging.disable()
    try:
        found = [*look_at_templates(Tools.of(Path(site)), datetime.fromisoformat(now), faults_of_pages)]
    except SettingsError as error:
        found = [problem_in(sentence) for sentence in error.problems]
    print(json.dumps([asdict(one) for one in found]))
