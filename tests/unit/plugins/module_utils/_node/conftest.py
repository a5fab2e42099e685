# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine to try on: a temporary root directory with programs that behave like the real ones."""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import urllib.error
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import CommandError
from ansible_collections.landfall.platform.plugins.module_utils._core.plan import Plan
from ansible_collections.landfall.platform.plugins.module_utils._core.process import Completed
from ansible_collections.landfall.platform.plugins.module_utils._node.accounts import Accounts
from ansible_collections.landfall.platform.plugins.module_utils._node.desired import Desired
from ansible_collections.landfall.platform.plugins.module_utils._node.node import Node
from ansible_collections.landfall.platform.plugins.module_utils._node.planner import plan
from ansible_collections.landfall.platform.plugins.module_utils._node.steps import NodeChange


class Killed(BaseException):
    """The run was killed here."""


class Depot:
    """Serves artifacts; ``faults`` are used up one for each request."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self.faults: list[str] = []
        self.requests: list[tuple[str, str]] = []
        self.ranges = True

    def index(self, **files: bytes) -> dict[str, Any]:
        self.contents.update({f"https://depot/{name}": body for name, body in files.items()})
        entries = {
            name: {
                "sha256": hashlib.sha256(body).hexdigest(),
                "size": len(body),
                "url": f"https://depot/{name}",
            }
            for name, body in files.items()
        }
        return {"tools": {"version": "1", "files": entries}}

    def open(self, request: Any) -> Any:
        url, start = request.full_url, request.headers.get("Range", "")
        self.requests.append((url, start))
        fault = self.faults.pop(0) if self.faults else ""
        if fault.isdigit():
            raise urllib.error.HTTPError(url, int(fault), "fault", {}, None)  # type: ignore[arg-type]
        if fault == "refused":
            raise urllib.error.URLError("connection refused")
        body, status = self.contents[url], 200
        if start and self.ranges:
            body, status = body[int(start[6:-1]) :], 206
        length = len(body)  # a connection that breaks has announced all of it
        if fault == "truncated":
            body = body[: len(body) // 2]
        if fault == "corrupt":
            body = bytes(len(body))
        if fault == "longer":
            body += b"more"
        answer = io.BytesIO(body)
        answer.status = status  # type: ignore[attr-defined]
        answer.headers = {"Content-Length": str(length)}  # type: ignore[attr-defined]
        return answer


class Machine:
    """Programs, accounts and systemd of a machine whose files are below ``root``.

    ``fuse`` is the number of changes after which the run is killed; -1 never.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.fuse = -1
        self.log: list[str] = []
        self.depot = Depot()
        self.installed: set[str] = set()
        self.users: dict[str, dict[str, str]] = {}
        self.groups: set[str] = {"root"}
        self.running: dict[str, str] = {}
        self.started_at: dict[str, float] = {}
        self.enabled: set[str] = set()
        self.masked: set[str] = set()
        self.loaded: dict[str, str] = {}
        self.broken: set[str] = set()
        self.dying: set[str] = set()
        self.failed: set[str] = set()
        self.reads: dict[str, list[str]] = {}
        self.package_files: dict[str, dict[str, str]] = {}
        self.read_only: set[str] = set()
        for path in ("etc/systemd/system", "usr/lib/systemd/system", "proc/sys/net", "var/lib"):
            (root / path).mkdir(parents=True)
        self.put("/proc/modules", "overlay 1 0 - Live 0x0\n")

    def put(self, path: str, content: str) -> Path:
        real = self.root / path.lstrip("/")
        real.parent.mkdir(parents=True, exist_ok=True)
        real.write_text(content)
        return real

    def text(self, path: str) -> str:
        return (self.root / path.lstrip("/")).read_text()

    # --- accounts: everybody is the user that runs the tests
    def getpwnam(self, name: str) -> Any:
        if name != "root" and name not in self.users:
            raise KeyError(name)
        entry = {"group": "root", "home": "/root", "shell": "/bin/sh", **self.users.get(name, {})}
        return SimpleNamespace(
            pw_name=name,
            pw_uid=os.getuid(),
            pw_gid=f"number of {entry['group']}",
            pw_dir=entry["home"],
            pw_shell=entry["shell"],
        )

    def getpwuid(self, uid: int) -> Any:
        if uid != os.getuid():
            raise KeyError(uid)
        return SimpleNamespace(pw_name="root")

    def getgrnam(self, name: str) -> Any:
        if name not in self.groups:
            raise KeyError(name)
        return SimpleNamespace(gr_gid=os.getgid())

    def getgrgid(self, gid: Any) -> Any:
        if isinstance(gid, str):
            return SimpleNamespace(gr_name=gid.removeprefix("number of "))
        if gid != os.getgid():
            raise KeyError(gid)
        return SimpleNamespace(gr_name="root")

    # --- programs
    def __call__(
        self,
        argv: Sequence[str],
        *,
        timeout: float = 60.0,
        check: bool = True,
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Completed:
        program = argv[0]
        reads = program in ("dpkg-query", "journalctl", "blkid") or argv[1:2] == ["show"]
        if not reads:
            self.burn()
            self.log.append(" ".join(argv))
        handler: Callable[[list[str]], Any] = getattr(
            self, "_" + re.sub(r"\W", "_", program), lambda _words: None
        )
        fuse, self.fuse = self.fuse, -1  # a program does its own changes at once
        try:
            out = handler(list(argv[1:]))
        except CommandError:
            if check:
                raise
            return Completed(1, "", "failed")
        finally:
            self.fuse = fuse
        return out if isinstance(out, Completed) else Completed(0, out or "", "")

    def burn(self) -> None:
        if self.fuse == 0:
            raise Killed
        self.fuse = max(self.fuse - 1, -1)

    def _dpkg_query(self, words: list[str]) -> str:
        return "".join(f"{n} installed\n" for n in words[2:] if n in self.installed)

    def _apt_get(self, words: list[str]) -> None:
        if "update" in words:
            self.put("/var/lib/apt/lists/depot_index", "")
            return
        for name in words[words.index("--no-install-recommends") + 1 :]:
            if name == "unknown-package":
                raise CommandError("program failed", on="apt-get")
            for path, content in self.package_files.get(name, {}).items():
                if not (self.root / path.lstrip("/")).exists():
                    self.put(path, content)
                if path.startswith("/usr/lib/systemd/system/") and path.endswith(".service"):
                    unit = Path(path).name
                    self._systemctl(["daemon-reload"])
                    self.enabled.add(unit)
                    if unit not in self.running:
                        self._start(unit)
            self.installed.add(name)

    def _groupadd(self, words: list[str]) -> None:
        self.groups.add(words[-1])

    def _useradd(self, words: list[str]) -> None:
        self.users[words[-1]] = {"home": "/home/x", "shell": "/bin/sh"}
        self._usermod(words)

    def _usermod(self, words: list[str]) -> None:
        names = {"--gid": "group", "--home-dir": "home", "--home": "home", "--shell": "shell"}
        for option, value in zip(words, words[1:], strict=False):
            if option in names:
                self.users[words[-1]][names[option]] = value

    def _modprobe(self, words: list[str]) -> None:
        name = words[-1].replace("-", "_")
        self.put("/proc/modules", self.text("/proc/modules") + f"{name} 1 0 - Live 0x0\n")
        if name == "br_netfilter":
            self.put("/proc/sys/net/bridge/bridge-nf-call-iptables", "0\n")

    def _refuse(self, words: list[str]) -> None:
        raise CommandError("program failed", on="refuse", found="line 1: " + self.text_of(words))

    def text_of(self, words: list[str]) -> str:
        return Path(words[-1]).read_text()

    def _journalctl(self, words: list[str]) -> str:
        return "last words\n"

    # --- systemd
    def unit_file(self, name: str) -> Path | None:
        folders = ("etc/systemd/system", "usr/lib/systemd/system")
        found = (self.root / folder / name for folder in folders)
        return next((path for path in found if path.exists()), None)

    def drop_ins(self, name: str) -> list[Path]:
        return sorted((self.root / f"etc/systemd/system/{name}.d").glob("*.conf"))

    def definition(self, name: str) -> str:
        file = self.unit_file(name)
        parts = [file.read_text()] if file else []
        return "|".join(parts + [path.read_text() for path in self.drop_ins(name)])

    def configuration(self, name: str) -> str:
        """Return what a unit would be started with now."""
        parts = [self.loaded.get(name, "")]
        for path in self.reads.get(name, []):
            real = self.root / path.lstrip("/")
            files = sorted(real.glob("*")) if real.is_dir() else [real]
            parts += [f.read_text() if f.exists() else "-" for f in files]
        return "|".join(parts)

    def _start(self, name: str) -> None:
        if name in self.broken or self.unit_file(name) is None:
            raise CommandError("program failed", on=f"systemctl {name}", found="exit code 1")
        self.loaded.setdefault(name, self.definition(name))
        self.running[name] = self.configuration(name)

    def _systemctl(self, words: list[str]) -> str:
        verb, name = words[0], words[-1]
        if verb == "show":
            return "\n".join(self._show(name) for name in words[words.index("--") + 1 :])
        if verb == "daemon-reload":
            self.loaded = {name: self.definition(name) for name in self.loaded}
        elif verb in ("restart", "reload-or-restart"):
            self._start(name)
        elif verb == "stop":
            self.running.pop(name, None)
        elif verb in ("enable", "disable"):
            (self.enabled.add if verb == "enable" else self.enabled.discard)(name)
        elif verb in ("mask", "unmask"):
            (self.masked.add if verb == "mask" else self.masked.discard)(name)
        return ""

    def _show(self, name: str) -> str:
        file = self.unit_file(name)
        if file:
            self.loaded.setdefault(name, self.definition(name))
        stale = file is not None and self.loaded[name] != self.definition(name)
        load = "loaded" if file else "not-found"
        inside = [f"/{path.relative_to(self.root)}" for path in self.drop_ins(name)]
        shown = {
            "LoadState": "masked" if name in self.masked else load,
            "ActiveState": self._active_state(name),
            "SubState": "running" if name in self.running else "dead",
            "UnitFileState": "enabled" if name in self.enabled else "disabled",
            "NeedDaemonReload": "yes" if stale else "no",
            "Type": "simple",
            "RemainAfterExit": "no",
            "FragmentPath": f"/{file.relative_to(self.root)}" if file else "",
            "DropInPaths": " ".join(inside),
            "InactiveExitTimestampMonotonic": "0",
        }
        return "".join(f"{key}={value}\n" for key, value in shown.items())

    def _active_state(self, name: str) -> str:
        if name in self.failed:
            return "failed"
        return "active" if name in self.running else "inactive"

    # --- time
    def sleep(self, seconds: float) -> None:
        """Let time pass, in which some programs end."""
        self.failed |= self.dying & set(self.running)

    # --- runs
    def node(self) -> Node:
        accounts = Accounts(self, self, self)
        return Node(self.root, self, accounts, self.depot.open, self.sleep)

    def check(self, desired: Desired) -> Plan[NodeChange]:
        return plan(desired, self.node().observe(desired), check=True)

    def run(self, desired: Desired) -> Plan[NodeChange]:
        node = self.node()
        return node.converge(desired, plan(desired, node.observe(desired)))

    def state(self) -> dict[str, Any]:
        """Return everything that counts as the machine's state after a run."""
        files: dict[str, str] = {}
        for path in sorted(self.root.rglob("*")):
            info = path.lstat()
            name = str(path.relative_to(self.root))
            if name == "var/lib/landfall/artifacts.json":
                continue
            content = "" if path.is_dir() else path.read_bytes().hex()
            files[name] = f"{stat.filemode(info.st_mode)} {content}"
        return {
            "files": files,
            "running": dict(self.running),
            "enabled": sorted(self.enabled),
            "masked": sorted(self.masked),
            "loaded": dict(self.loaded),
            "installed": sorted(self.installed),
            "users": dict(self.users),
            "groups": sorted(self.groups),
        }


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    root = tmp_path / "root"
    root.mkdir()
    return Machine(root)


@pytest.fixture
def new_machine(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Machine]:
    """Return a function that makes machines, for tests that need many."""
    return lambda: Machine(tmp_path_factory.mktemp("root"))


@pytest.fixture
def killer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Machine], None]]:
    """Return a function that makes a machine's fuse burn with each change of a file, too."""
    target: list[Machine] = []

    def wrap(name: str) -> None:
        real = getattr(os, name)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            changes = name != "open" or (args[1] & (os.O_CREAT | os.O_TRUNC))
            if target and changes:
                if target[0].fuse == 0 and name == "write":
                    real(args[0], bytes(args[1])[: len(args[1]) // 2])
                target[0].burn()
            return real(*args, **kwargs)

        monkeypatch.setattr(os, name, wrapped)

    names = ("open", "write", "fchmod", "fchown", "replace", "unlink", "mkdir", "symlink", "chmod",
             "chown")  # fmt: skip
    for name in names:
        wrap(name)

    def arm(machine: Machine) -> None:
        target[:] = [machine]

    yield arm
    target.clear()
