"""Where a container or systemd lets the service run: one folder to write into, no home, a user without a name."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.needs import need_program, need_root

USER = "10001"
# In a name space of its own, all is mounted to be read only, and then what may be written on top of it.
CONFINE = """
mount --bind "$1" "$1"
for place in / "$2"; do mount -o remount,bind,ro "$place"; done
cd "$1"
shift 2
exec "$@"
"""


class Confined:
    """Runs programs as a user that owns `site` and nothing else, where nothing but `site` can be written."""

    def __init__(self, site: Path, environment: dict[str, str]) -> None:
        need_root("mounts file systems")
        self.site, self._environment = site, environment
        site.mkdir()
        os.chown(site, int(USER), int(USER))

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a program; what it says comes through pipes."""
        return subprocess.Popen(
            [*self._confinement(), *words],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, code: int = 0) -> str:
        """Run a program to its end and return what it said."""
        with self.start(*words) as process:
            said, told = process.communicate()
        assert process.returncode == code, said + told
        return said

    def _confinement(self) -> list[str]:
        # Environments of tests lie in folders of their maker: to read them takes the one right that is left.
        rights = "-all,+dac_read_search"
        return [
            *(need_program("unshare"), "--mount", "--propagation", "private"),
            *("sh", "-euc", CONFINE, "sh", str(self.site), _mount_of(self.site)),
            *(need_program("setpriv"), f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs"),
            *(f"--inh-caps={rights}", f"--ambient-caps={rights}", f"--bounding-set={rights}"),
        ]


def _mount_of(path: Path) -> str:
    """Return where the file system is mounted that holds a path."""
    return next(str(place) for place in (path, *path.parents) if place.is_mount())
