"""A real nginx on loopback, for as long as a test or a benchmark needs it."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 20
KINDS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
SETTINGS = """{user}
worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/errors;
events {{ worker_connections 1024; }}
http {{
access_log off; {temporary}
{http}
}}
"""


@contextmanager
def running_nginx(folder: Path, port: int, http: str, program: str = "nginx") -> Iterator[int]:
    """Run nginx with one worker until it listens on `port`, and yield the number of its process.

    `http` is what stands in the block of that name; all that it writes goes into `folder`.
    """
    temporary = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in KINDS)
    # Where this runs as root, the worker would be a user who may not read the folders of tests.
    user = "user root;" if os.geteuid() == 0 else ""
    settings = folder / "nginx.conf"
    settings.write_text(SETTINGS.format(user=user, folder=folder, temporary=temporary, http=http))
    command = [program, "-p", str(folder), "-c", str(settings), "-e", str(folder / "errors")]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process, folder / "errors")
        yield process.pid
    finally:
        process.terminate()
        process.wait(PATIENCE)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def listening(port: int, more: str = "") -> str:
    """Return the lines that let nginx listen at `port` on loopback, by IPv6 too where the machine has it."""
    places = [f"127.0.0.1:{port}", f"[::1]:{port}"][: 1 + has_ipv6()]
    return " ".join(f"listen {place}{more};" for place in places)


def _wait_for(port: int, process: subprocess.Popen[bytes], errors: Path) -> None:
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError(f"nginx did not start: {errors.read_text() if errors.exists() else process.returncode}")
