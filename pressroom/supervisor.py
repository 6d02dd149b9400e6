"""What runs a service is told how it is, where it listens for that: systemd's notify protocol (sd_notify(3))."""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress


def tell(*lines: str) -> None:
    """Send lines like “READY=1” to `$NOTIFY_SOCKET`; without one, and where nobody listens, nothing happens."""
    place = os.environ.get("NOTIFY_SOCKET", "")
    if not place.startswith(("/", "@")):
        return
    address = f"\0{place[1:]}" if place.startswith("@") else place
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.sendto("\n".join(lines).encode(), address)


def moment() -> str:
    """Return the line that goes with “RELOADING=1”: the moment by the machine's own clock, in microseconds."""
    return f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1_000}"
