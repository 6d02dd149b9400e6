"""Templates are looked at in a process of its own: one that never ends, or takes all memory, keeps nobody waiting."""

from __future__ import annotations

import ctypes
import json
import logging
import os
import resource
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
from pressroom.models.text import clean_line
from pressroom.operations.doctor.diagnosis import Diagnosis, Verdict, problem, problem_in
from pressroom.operations.doctor.templates import look_at_templates, own_files
from pressroom.rendering.folders import Content, fingerprint_of
from pressroom.settings.loading import SETTINGS_FILE
from pressroom.tools import Tools
from pressroom.web.tour import PREFIX, faults_of_pages

LONGEST_SECONDS = 30.0
PR_SET_PDEATHSIG = 1
"""Of prctl(2): the signal that a process gets when the thread that has begun it ends."""
LARGEST_BYTES = 2**30
"""Of memory that a trial may take: a template that wants more is told, and nothing else has to make room."""
_NOT_FILLED = "the templates could not be filled for a trial"
_BEGINS = "import sys; from pressroom.web.template_trial import tell; tell(*sys.argv[1:])"


def look_at_templates_apart(tools: Tools, now: datetime) -> Iterator[Diagnosis]:
    """Yield what `look_at_templates` does of what `tools` have read by now, or that it has come to no end within half a
    minute.
    """
    if not (own := own_files(tools)):
        yield from look_at_templates(tools, now, lambda *_: ())  # the pages are as they were when they were tested
        return
    as_it_was = _fingerprint(tools)
    _sweep()
    try:
        process = _begun(tools, now)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        yield problem(f"{_NOT_FILLED}: {why}", "see that another process can be begun, and try again")
        return
    with process:
        try:
            said, wrong = process.communicate(timeout=LONGEST_SECONDS)
            found = [*_heard(process.returncode, said, wrong, as_it_was)]
        except subprocess.TimeoutExpired:
            process.kill()
            found = [
                problem(
                    f"the {len(own)} file(s) of {tools.site / 'templates'} are not filled within "
                    f"{LONGEST_SECONDS:.0f} seconds",
                    "look for a loop in them that does not end",
                )
            ]
    _sweep()
    yield from found


def _begun(tools: Tools, now: datetime) -> subprocess.Popen[bytes]:
    """Begin a process that looks at the templates of a site. Raises OSError."""
    places = [place or str(Path.cwd()) for place in sys.path]
    return subprocess.Popen(
        [sys.executable, "-P", "-c", _BEGINS, str(tools.site), now.isoformat()],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(places)},  # it must find what this one has found
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # what is sent to all processes of a terminal is for the one that has begun it
    )


def _fingerprint(tools: Tools) -> str:
    """Return by what settings and the site's own templates and words, as they were read, are known again."""
    own = tools.site / "templates"
    files = tools.templates.files | tools.translations.files
    read: dict[Path, Content] = {path: content for path, content in files.items() if path.is_relative_to(own)}
    return fingerprint_of(read | {tools.site / SETTINGS_FILE: tools.settings.model_dump_json().encode()})


def _sweep() -> None:
    """Remove the folders of trials that were killed, with those whom they were for perhaps."""
    with suppress(OSError):  # there is no place for temporary files: the trial says so
        for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
            number = left.name.removeprefix(PREFIX).partition("-")[0]
            if number.isdecimal() and not is_running(int(number)):
                shutil.rmtree(left, ignore_errors=True)


def _heard(code: int, said: bytes, wrong: bytes, as_it_was: str) -> Iterator[Diagnosis]:
    """Yield what a trial has found; also, where it did not look at what was read here, that it did not."""
    try:
        heard = json.loads(said)
    except ValueError:
        yield _why_unsaid(code, wrong)
        return
    has_changed = heard["fingerprint"] not in ("", as_it_was)
    for one in heard["found"]:
        if not (has_changed and one["verdict"] == Verdict.OK):
            yield Diagnosis(Verdict(one["verdict"]), one["words"], one["remedy"])
    if has_changed:
        yield problem(
            "settings or templates were changed while these were filled for a trial", "try again when all is saved"
        )


def _why_unsaid(code: int, wrong: bytes) -> Diagnosis:
    """Return why a trial has said nothing: it was killed, or has met what nobody had thought of."""
    if code == -signal.SIGKILL:
        return problem(f"{_NOT_FILLED}: its process was killed", "see whether memory is short, and try again")
    last = (wrong.decode("utf-8", "replace").split("\n") if wrong else [])[-2:-1]
    why = clean_line(last[0]) if last else f"its process ended with code {code}"
    return problem(f"{_NOT_FILLED}: {why}", "tell whoever looks after Pressroom")


def _end_with_who_has_begun_it() -> None:
    """Let this process be killed when its parent has ended, and by itself when nobody waits for it any longer."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.alarm(2 * int(LONGEST_SECONDS))
    for one in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):  # sent to all of a service; it ends with its parent
        signal.signal(one, signal.SIG_IGN)


def tell(site: str, now: str) -> None:
    """Look at the templates of a site, and say in JSON on standard output what was found."""
    _end_with_who_has_begun_it()
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (LARGEST_BYTES, LARGEST_BYTES))
    logging.disable()
    fingerprint = ""
    try:
        tools = Tools.of(Path(site))
        fingerprint = _fingerprint(tools)
        found = [*look_at_templates(tools, datetime.fromisoformat(now), faults_of_pages)]
    except SettingsError as error:
        found = [problem_in(sentence) for sentence in error.problems]
    except MemoryError:
        found = [
            problem(
                f"the templates of {site}, with what they make, take more than {LARGEST_BYTES // 10**9} GB of memory",
                "look for a loop in them that grows, or a large file among them",
            )
        ]
    print(json.dumps({"fingerprint": fingerprint, "found": [asdict(one) for one in found]}))
