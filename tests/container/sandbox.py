"""A clean root directory, and the namespaces in which commands run in it as in a container.

The root holds what a slim Python image holds: the host's /usr, read-only, an /etc of a few files,
and an interpreter as /usr/local/bin/python. Mounts are made in a namespace of their own, so that
nothing of them is seen outside and nothing is left to undo.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_TOOLS = ("unshare", "nsenter", "chroot", "setpriv", "mount")
# root's own tools are not on everyone's PATH
_ENV = {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/bin:/bin"}
_NAMESPACES = ("--mount", "--pid", "--fork", "--kill-child")
_DIRECTORIES = ("dev", "home", "opt", "proc", "root", "run", "srv", "sys", "usr", "var/lib")
_LINKS_INTO_USR = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_ETC = (
    "alternatives",
    "hosts",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "login.defs",
    "nsswitch.conf",
    "pip.conf",
    "resolv.conf",
    "ssl/certs",
    "ssl/openssl.cnf",
)
_DEVICES = ("null", "zero", "full", "random", "urandom")
# SIOCSIFFLAGS: a new network namespace starts with its loopback down.
_LOOPBACK_UP = (
    "import fcntl, socket, struct; "
    "fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh14x', b'lo', 0x41))"
)


def missing() -> str:
    """Return what keeps a sandbox from being made here, or an empty string."""
    if os.geteuid() != 0:
        return "the rehearsal needs root, to make namespaces and to change user"
    lacking = [tool for tool in _TOOLS if not shutil.which(tool, path=_ENV["PATH"])]
    if lacking:
        return f"the rehearsal needs {', '.join(lacking)}"
    trial = subprocess.run(
        ["unshare", *_NAMESPACES, "--net", "true"], env=_ENV, check=False, capture_output=True
    )
    return "" if trial.returncode == 0 else "namespaces may not be made here"


@dataclass(frozen=True)
class Interpreter:
    """A Python of the host: the file, the prefix it lives in, its version as in ``3.13``."""

    executable: Path
    prefix: Path
    version: str

    @classmethod
    def find(cls, wanted: str) -> Interpreter:
        """Return a Python of the version wanted, else the one that runs this."""
        pyenv = Path.home() / ".pyenv" / "versions"
        candidates = (f"python{wanted}", *map(str, pyenv.glob(f"{wanted}*/bin/python{wanted}")))
        script = "import sys; print(sys.base_prefix, '%d.%d' % sys.version_info[:2])"
        for candidate in (*candidates, sys.executable):
            try:
                told = subprocess.run(
                    [candidate, "-c", script], capture_output=True, text=True, check=True
                ).stdout
            except (OSError, subprocess.CalledProcessError):
                continue
            prefix, version = told.rsplit(maxsplit=1)
            executable = Path(prefix, "bin", f"python{version}")
            if executable.exists():
                return cls(executable, Path(prefix), version)
        raise RuntimeError(f"no Python can stand in for {wanted} here")


@dataclass(frozen=True)
class Limits:
    """What a running container may not do; ``tmpfs`` stays writable under a read-only root."""

    read_only: bool = False
    tmpfs: tuple[str, ...] = ()
    no_new_privileges: bool = False
    drop_capabilities: bool = False

    def setpriv_flags(self) -> list[str]:
        """Return what setpriv is told of them."""
        flags = ["--no-new-privs"] if self.no_new_privileges else []
        return [*flags, "--bounding-set=-all"] if self.drop_capabilities else flags


@dataclass(frozen=True)
class Settings:
    """How a command runs in the root: its environment, (uid, gid), directory and limits."""

    env: Mapping[str, str]
    user: tuple[int, int] = (0, 0)
    directory: str = "/"
    limits: Limits = Limits()

    def wrap(self, words: Sequence[str]) -> list[str]:
        """Return the command that changes user and directory and becomes ``words``."""
        uid, gid = self.user
        variables = [f"{name}={value}" for name, value in self.env.items()]
        return [
            *["env", "-i", "PATH=/usr/sbin:/usr/bin"],
            *["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"],
            # a change of user clears what --kill-child had asked for
            "--pdeathsig=KILL",
            *self.limits.setpriv_flags(),
            *["env", "-i", *variables],
            *["/bin/sh", "-c", 'cd "$0" && exec "$@"', self.directory],
            *words,
        ]


@dataclass(frozen=True)
class Root:
    """A root directory and the interpreter it shows as /usr/local/bin/python."""

    path: Path
    python: Interpreter

    @classmethod
    def create(cls, path: Path, python: Interpreter) -> Root:
        """Lay out a clean root at ``path``, which must not exist."""
        for name in _DIRECTORIES:
            (path / name).mkdir(parents=True)
        for name in ("tmp", "var/tmp"):
            (path / name).mkdir(parents=True)
            (path / name).chmod(0o1777)
        for name in _LINKS_INTO_USR:
            if Path("/", name).is_symlink():
                (path / name).symlink_to(f"usr/{name}")
        (path / "etc").mkdir()
        (path / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n", encoding="utf-8")
        (path / "etc/group").write_text("root:x:0:\n", encoding="utf-8")
        for name in _ETC:
            copy(Path("/etc", name), path / "etc" / name)
        return cls(path, python)

    def run(self, words: Sequence[str], settings: Settings) -> int:
        """Run a command to its end, its output shown, and return its exit status."""
        lines = self._mounts(settings.limits)
        command = self._enter(lines, words, settings)
        return subprocess.run(command, env=_ENV, check=False).returncode

    def start(self, words: Sequence[str], settings: Settings) -> Running:
        """Start a command as process 1 of a container that reaches no network but its own."""
        loopback_up = shlex.join([str(self.python.executable), "-c", _LOOPBACK_UP])
        lines = [loopback_up, *self._mounts(settings.limits)]
        outer = subprocess.Popen(self._enter(lines, words, settings, "--net"), env=_ENV)
        children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children")
        deadline = time.monotonic() + 10
        while not (inner := children.read_text(encoding="ascii").split()):
            if outer.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the container's first process did not start")
            time.sleep(0.01)
        return Running(outer, int(inner[0]), settings)

    def _enter(
        self, lines: list[str], words: Sequence[str], settings: Settings, *flags: str
    ) -> list[str]:
        last = shlex.join(["exec", "chroot", str(self.path), *settings.wrap(words)])
        return ["unshare", *_NAMESPACES, *flags, "sh", "-ec", "\n".join([*lines, last])]

    def _mounts(self, limits: Limits) -> list[str]:
        root, prefix = self.path, self.python.prefix
        lines = [f"mount --bind {root} {root}"]
        lines += _bind(Path("/usr"), root / "usr")
        if not prefix.is_relative_to("/usr"):
            lines += _bind(prefix, root / prefix.relative_to("/"))
        lines += [f"mount -t tmpfs -o mode=755 tmpfs {root}/usr/local"]
        lines += [f"mkdir {root}/usr/local/bin {root}/usr/local/lib"]
        # Python looks for its library upwards from its executable: here, before the host's /usr.
        library = f"lib/python{self.python.version}"
        lines += [f"ln -s {prefix}/{library} {root}/usr/local/{library}"]
        for name in ("python", "python3", f"python{self.python.version}"):
            lines += [f"ln -s {self.python.executable} {root}/usr/local/bin/{name}"]
        lines += [f"mount -o remount,ro {root}/usr/local"]
        lines += [f"mount -t proc proc {root}/proc"]
        lines += [f"mount -t tmpfs -o mode=755 tmpfs {root}/dev", f"mkdir {root}/dev/shm"]
        lines += [f"mount -t tmpfs -o size=64m,mode=1777 tmpfs {root}/dev/shm"]
        for name in _DEVICES:
            lines += [f"touch {root}/dev/{name}", f"mount --bind /dev/{name} {root}/dev/{name}"]
        if limits.read_only:
            lines += [f"mount -o remount,bind,ro {root}"]
        for mount in limits.tmpfs:
            place, _, options = mount.partition(":")
            lines += [f"mount -t tmpfs -o {options or 'mode=1777'} tmpfs {root}{place}"]
        return lines


@dataclass(frozen=True)
class Running:
    """A container that runs: ``pid`` is its first process, seen from outside."""

    outer: subprocess.Popen[bytes]
    pid: int
    settings: Settings

    def execute(self, words: Sequence[str], timeout: float) -> subprocess.CompletedProcess[str]:
        """Run one more command in the container, as its user."""
        enter = ["nsenter", f"--target={self.pid}", "--mount", "--net", "--pid", "--root", "--wd"]
        return subprocess.run(
            [*enter, *self.settings.wrap(words)],
            env=_ENV,
            check=False,
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    def kill(self) -> None:
        """End the container at once, with all its processes."""
        self.outer.kill()
        self.outer.wait()
        deadline = time.monotonic() + 5
        while Path(f"/proc/{self.pid}").exists() and time.monotonic() < deadline:
            time.sleep(0.01)

    def status(self, field: str) -> list[str]:
        """Return the words of one line of the first process's /proc status."""
        text = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        return next(line.split()[1:] for line in text.splitlines() if line.startswith(f"{field}:"))


def copy(source: Path, target: Path, copied: Callable[[str, str], object] = shutil.copy2) -> None:
    """Copy a file, a link or a whole directory, links kept; nothing where there is no source.

    ``copied`` does this for a single file: ``linked`` takes no time for its content.
    """
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True, copy_function=copied)
    elif source.is_symlink():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target, follow_symlinks=False)
    elif source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        copied(str(source), str(target))


def linked(source: str, target: str) -> None:
    """Give a file a second name, in place of what has that name."""
    Path(target).unlink(missing_ok=True)
    os.link(source, target)


def _bind(source: Path, target: Path) -> list[str]:
    return [
        f"mkdir -p {target}",
        f"mount --bind {source} {target}",
        f"mount -o remount,bind,ro {target}",
    ]
