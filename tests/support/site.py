# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site that tests stand up, look at and remove: a lab with a name and addresses of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

ROOT = Path(__file__).resolve().parents[2]
RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.M)


@dataclass(frozen=True)
class Counts:
    """One host's line of the recap."""

    ok: int
    changed: int
    unreachable: int
    failed: int


@dataclass(frozen=True)
class Run:
    """A finished run of ansible-playbook."""

    returncode: int
    output: str

    @property
    def recap(self) -> dict[str, Counts]:
        """The counts by host."""
        return {m[1]: Counts(*map(int, m.groups()[1:])) for m in RECAP.finditer(self.output)}

    @property
    def changed(self) -> dict[str, int]:
        """The hosts with changes and their number."""
        return {name: c.changed for name, c in self.recap.items() if c.changed}


@dataclass(frozen=True)
class Site:
    """A lab for tests.

    Attributes:
        inventory: directory of the inventory.
        name: the lab's and the site's name.
        octets: the first three numbers of its network.
        checkout: the checkout that runs it.
        more: inventories that are laid over the first.
    """

    inventory: str
    name: str
    octets: str
    checkout: Path = ROOT
    more: tuple[str, ...] = ()

    @property
    def state(self) -> Path:
        """The controller's cache."""
        return self.checkout / "state" / self.name

    @property
    def domain(self) -> str:
        """The suffix of the applications' host names."""
        return f"{self.name}.landfall.test"

    def command(self, playbook: str, *arguments: str) -> list[str]:
        """Return the command line of a run."""
        return [
            str(Path(sys.executable).with_name("ansible-playbook")),
            "-i",
            self.inventory,
            *(argument for path in self.more for argument in ("-i", path)),
            "-e",
            f"lab_name={self.name}",
            "-e",
            f"lab_octets={self.octets}",
            f"playbooks/{playbook}.yml",
            *arguments,
        ]

    def start(self, playbook: str, *arguments: str) -> subprocess.Popen[str]:
        """Start a run in a process group of its own."""
        return subprocess.Popen(
            self.command(playbook, *arguments),
            cwd=self.checkout,
            env={**os.environ, "ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_NOCOLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def play(self, playbook: str, *arguments: str, expect: int = 0) -> Run:
        """Run a playbook to its end, showing its output; its exit code must be ``expect``."""
        process = self.start(playbook, *arguments)
        assert process.stdout
        lines = []
        for line in process.stdout:
            print(line, end="")  # noqa: T201 (pytest shows it when a test fails)
            lines.append(line)
        run = Run(process.wait(), "".join(lines))
        assert run.returncode == expect, "".join(lines[-60:])
        return run

    def kill(self, process: subprocess.Popen[str]) -> None:
        """End a run at once, as when its machine loses power."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def address(self, last: int) -> str:
        """Return an address of the lab's network."""
        return f"{self.octets}.{last}"

    @property
    def gateway(self) -> str:
        """The address that clients use: that of the only gateway, or the virtual one."""
        return self.address(5 if "ha" in Path(self.inventory).name else 20)

    def container(self, host: str) -> str:
        """Return the container of a host."""
        return f"landfall-{self.name}-{host}"

    def on(self, host: str, *command: str) -> str:
        """Run a command on a host as root, past SSH."""
        done = subprocess.run(
            ["podman", "exec", self.container(host), *command],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.stdout

    def succeeds(self, host: str, *command: str) -> bool:
        """Tell whether a command on a host succeeds."""
        try:
            self.on(host, *command)
        except subprocess.CalledProcessError:
            return False
        return True

    def stop(self, host: str) -> None:
        """End a host at once, as when its power fails."""
        subprocess.run(["podman", "kill", self.container(host)], check=True, capture_output=True)

    def restart(self, host: str) -> None:
        """Start a host that was stopped."""
        subprocess.run(["podman", "start", self.container(host)], check=True, capture_output=True)

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        """Send a request to the gateway, whatever host the URL names."""
        with requests.Session() as session:
            session.trust_env = False
            session.mount("http://", PinnedAdapter(self.gateway))
            session.mount("https://", PinnedAdapter(self.gateway))
            return session.request(method, url, timeout=10, **options)


class PinnedAdapter(HTTPAdapter):
    """Sends every request to one address; what is asked for, and TLS, keep the URL's host name."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address

    def add_headers(self, request: requests.PreparedRequest, **kwargs: Any) -> None:
        """Say which host is meant."""
        request.headers["Host"] = urlsplit(str(request.url)).netloc

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> Any:
        """Connect to the address, and expect the host's certificate."""
        found: tuple[Any, Any] = super().build_connection_pool_key_attributes(request, verify, cert)
        host, pool = found
        if host["scheme"] == "https":
            pool["server_hostname"] = host["host"]
        return {**host, "host": self._address}, pool


def unit_starts(site: Site, hosts: Mapping[str, list[str]]) -> dict[tuple[str, str], str]:
    """Return when each unit of each host was started last."""
    return {
        (host, unit): site.on(
            host, "systemctl", "show", "--property=ActiveEnterTimestampMonotonic", unit
        ).strip()
        for host, units in hosts.items()
        for unit in units
    }
