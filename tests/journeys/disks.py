"""Disks that are small or may not be written, mounted where nothing but one test sees them."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from subprocess import DEVNULL, PIPE
from tempfile import TemporaryFile

from pressroom import commands
from tests.conftest import Answer, CommandLine
from tests.needs import need_own_mounts

ROOT = Path(__file__).parent.parent.parent
FILLER = "filler"


class Mounts:
    """A name space of mounts (mount_namespaces(7)), in which everybody may mount; it ends with its shell."""

    def __init__(self, shell: subprocess.Popen[str]) -> None:
        self._spaces = [f"/proc/{shell.pid}/ns/{name}" for name in (["mnt"] if os.geteuid() == 0 else ["user", "mnt"])]
        self.root = Path(f"/proc/{shell.pid}/root")
        """What lies there, for who looks from outside."""

    def enter(self) -> None:
        """Let this process see what lies there, and no other any more: call it in a child."""
        libc = ctypes.CDLL(None, use_errno=True)
        root, *spaces = [os.open(path, os.O_RDONLY) for path in [str(self.root), *self._spaces]]
        for space in spaces:
            assert libc.setns(space, 0) == 0, os.strerror(ctypes.get_errno())
        os.fchdir(root)  # who runs all this in a chroot is outside of it now
        os.chroot(".")

    def do(self, command: str, *, is_sure: bool = True) -> None:
        """Have a shell there do something; `is_sure` says that it must go well."""
        done = subprocess.run(["sh", "-c", command], preexec_fn=self.enter, check=False)
        assert done.returncode == 0 or not is_sure

    def small_disk(self, folder: Path, kilobytes: int) -> None:
        """Have a disk of that size lie at `folder`, with what is in that folder."""
        new = folder.with_name(f"{folder.name}-new")
        new.mkdir()
        self.do(f"mount -t tmpfs -o size={kilobytes}k tmpfs {new} && cp -a {folder}/. {new}")
        self.do(f"mount --bind {new} {folder}")

    def fill(self, folder: Path) -> None:
        """Leave no byte free on the disk at `folder`."""
        self.do(f"head -c 100M /dev/zero > {folder}/{FILLER} 2> /dev/null", is_sure=False)

    def make_room(self, folder: Path) -> None:
        self.do(f"rm {folder}/{FILLER}")

    def make_read_only(self, folder: Path) -> None:
        self.do(f"mount --bind {folder} {folder} && mount -o remount,bind,ro {folder}")

    def make_writable(self, folder: Path) -> None:
        self.do(f"umount {folder}")


@contextmanager
def own_mounts() -> Iterator[Mounts]:
    """Give a name space of mounts; the test skips where the system lets nobody have one."""
    words = [*need_own_mounts(), "sh", "-c", "echo ready; read end"]
    with subprocess.Popen(words, stdin=PIPE, stdout=PIPE, text=True) as shell:
        assert shell.stdin
        assert shell.stdout
        assert shell.stdout.readline() == "ready\n"
        yield Mounts(shell)
        shell.stdin.close()


class There(CommandLine):
    """The command line on a site as it is within a name space of mounts; each command is a process.

    `within` is the site's folder for who is in there, `site` the same for who looks from outside.
    """

    def __init__(self, mounts: Mounts, press: CommandLine) -> None:
        self.mounts, self.within, self.now = mounts, press.site, press.now
        self.site = mounts.root / press.site.relative_to("/")

    def __call__(self, *words: str, ok: bool = True) -> Answer:
        with TemporaryFile() as said:
            child = os.fork()
            if child == 0:
                try:
                    said.write(json.dumps(self._answer(words)).encode())
                    said.flush()
                finally:
                    os._exit(0)
            os.waitpid(child, 0)
            said.seek(0)
            answer = Answer(*json.load(said))
        assert not ok or answer.code == 0, answer.err
        assert "Traceback" not in answer.err
        return answer

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Let a command run, by the machine's clock."""
        program = [sys.executable, str(ROOT / "publisher.py"), "-C", str(self.within), *words]
        return subprocess.Popen(program, preexec_fn=self.mounts.enter, stdout=DEVNULL, stderr=DEVNULL)

    def _answer(self, words: tuple[str, ...]) -> tuple[int, str, str]:
        self.mounts.enter()
        with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
            code = commands.run(["-C", str(self.within), "--clock", self.now.isoformat(), *words])
        return code, out.getvalue(), err.getvalue()
