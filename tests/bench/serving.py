"""Running servers, for benchmarks of them."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.nginx import free_port, running_nginx

ROOT = Path(__file__).parent.parent.parent
CONNECTIONS, SECONDS = 16, 1
NGINX = """
  sendfile on; tcp_nopush on; gzip_static on; gzip_vary on; keepalive_requests 1000000000;
  open_file_cache max=100; types {{ application/atom+xml atom; text/html html; }}
  server {{ listen 127.0.0.1:{port}; root {folder}/files; }}
"""


@dataclass(frozen=True)
class Server:
    """A server on loopback; `pid` is the process that answers."""

    port: int
    pid: int

    def get(self, path: str, headers: Mapping[str, str]) -> tuple[int, dict[str, str], bytes]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        line.request("GET", path, headers=dict(headers))
        answer = line.getresponse()
        content = answer.read()
        line.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, content

    def rate(self, path: str, headers: Mapping[str, str]) -> tuple[float, float]:
        """Return requests a second, and microseconds of processor for each, over connections that stay open."""
        given = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}", *given, f"http://127.0.0.1:{self.port}{path}"]
        before = _processor_seconds(self.pid)
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        seconds = _processor_seconds(self.pid) - before
        found = re.search(r"(\d+) requests in", said)
        assert found, said
        assert "Socket errors" not in said, said
        return int(found[1]) / SECONDS, seconds / int(found[1]) * 1_000_000


def missing() -> list[str]:
    """Return which of the programs that a comparison needs are not there."""
    return [name for name in ("nginx", "wrk") if shutil.which(name) is None]


@contextmanager
def serving(site: Path, *words: str) -> Iterator[Server]:
    """Run `publisher serve` on a site."""
    command = [sys.executable, str(ROOT / "publisher.py"), "-C", str(site), "serve", "--port", "0", *words]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr
        found = None
        while found is None and (said := process.stderr.readline()):
            found = re.search(r"http://127\.0\.0\.1:(\d+)/", said)
        assert found, "the service did not start"
        yield Server(int(found[1]), process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@contextmanager
def nginx(folder: Path, files: Mapping[str, bytes]) -> Iterator[Server]:
    """Run nginx with one worker on files, given by their place below its root."""
    for name, content in files.items():
        path = folder / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    port = free_port()
    with running_nginx(folder, port, NGINX.format(folder=folder, port=port)) as process:
        (worker,) = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        yield Server(port, int(worker))


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
