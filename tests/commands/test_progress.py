"""What a terminal shows while much is published, and nobody else sees."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

from tests.conftest import CommandLine


def publish_on_a_terminal(site: Path) -> tuple[str, str]:
    """Return what a person sees and what a program gets (standard output) of a publish."""
    terminal, end = pty.openpty()
    words = [sys.executable, "-m", "publisher", "-C", str(site), "publish"]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=end, env=environment, text=True) as process:
        os.close(end)
        seen = b""
        while True:
            try:
                part = os.read(terminal, 4_096)
            except OSError:  # Linux says so when the other end is closed
                break
            if not part:
                break
            seen += part
        said = process.stdout.read() if process.stdout else ""
    os.close(terminal)
    assert process.returncode == 0
    return seen.decode(), said


def test_writing_feeds_shows_a_bar_on_a_terminal_and_no_sign_of_it_elsewhere(run: CommandLine) -> None:
    run("init")
    for number in range(3):
        run("release", "add", "--title", f"Report {number}")
    seen, said = publish_on_a_terminal(run.site)
    assert "Writing feeds" in seen
    assert "100%" in seen
    assert said.startswith("3 release(s) went live")
    assert "Writing feeds" not in said
