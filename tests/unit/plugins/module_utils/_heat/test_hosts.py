# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts from a stack's outputs, their SSH host keys, and the way to them."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    NotReadyError,
)
from ansible_collections.landfall.platform.plugins.module_utils._heat.hostkeys import (
    METADATA,
    key_on,
    record_keys,
)
from ansible_collections.landfall.platform.plugins.module_utils._heat.hosts import Host, Hosts
from ansible_collections.landfall.platform.plugins.module_utils._heat.ssh import Login, variables

from .fake import Clock

ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPz2"
ECDSA = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY="
RSA = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ=="
OUTPUTS: dict[str, Any] = {
    "hosts": {
        "operator1": {
            "id": "s-op",
            "groups": ["operator", "depot"],
            "address": "10.60.0.10",
            "floating": "203.0.113.7",
            "volumes": {},
        },
        "worker1": {
            "id": "s-w1",
            "groups": ["workers", "kubernetes"],
            "address": "10.60.0.41",
            "floating": "",
            "volumes": {"data": "0123456789abcdefghijklmnop"},
            "mounts": {"data": "/srv"},
        },
    },
    "jump": "operator1",
}


def console(*keys: str, prefix: str = "") -> str:
    lines = ["[   12.3] boot", "-----BEGIN SSH HOST KEY FINGERPRINTS-----", "256 SHA256:x root@a"]
    lines += ["-----END SSH HOST KEY FINGERPRINTS-----", "-----BEGIN SSH HOST KEY KEYS-----"]
    lines += [f"{prefix}{key} root@worker1" for key in keys]
    return "\n".join([*lines, "-----END SSH HOST KEY KEYS-----", "login:"])


CONSOLES = {
    "all kinds": (console(RSA, ECDSA, ED25519), ED25519),
    "in a journal": (console(ED25519, prefix="Nov 21 10:00:01 worker1 ec2[99]: "), ED25519),
    "with the newlines of a serial line": (console(ED25519).replace("\n", "\r\n"), ED25519),
    "no better one": (console(RSA, ECDSA), ECDSA),
    "too long for metadata": (console(RSA), ""),
    "the last block counts": (console(f"{ED25519}old") + console(ED25519), ED25519),
    "not done yet": ("-----BEGIN SSH HOST KEY KEYS-----\n" + ED25519, ""),
    "a key that somebody else wrote": (f"GET /?{ED25519} HTTP/1.1\n", ""),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("text", "key"), CONSOLES.values(), ids=CONSOLES.keys())
def test_the_key_on_a_console(text: str, key: str) -> None:
    assert key_on(text) == key


class FakeServers:
    """Servers that print their key after some looks at their consoles."""

    def __init__(self, after: int = 2) -> None:
        self.after = after
        self.data: dict[str, dict[str, str]] = {"s-op": {METADATA: ED25519}, "s-w1": {"a": "b"}}

    def metadata(self) -> Mapping[str, Mapping[str, str]]:
        return self.data

    def console(self, server: str) -> str:
        assert server == "s-w1", "the other's key is known"
        self.after -= 1
        return console(ED25519) if self.after < 0 else "booting"

    def record(self, server: str, key: str, value: str) -> None:
        self.data[server][key] = value


def hosts() -> Hosts:
    return Hosts.from_outputs("qa", OUTPUTS)


def test_a_key_is_recorded_once() -> None:
    servers = FakeServers()
    plan = record_keys(servers, hosts().hosts, check=True, timeout=60, clock=Clock())
    assert plan.summary() == ["record host key of worker1"]
    assert METADATA not in servers.data["s-w1"]
    plan = record_keys(servers, hosts().hosts, check=False, timeout=60, clock=Clock())
    assert plan.summary() == ["record host key of worker1"]
    assert servers.data["s-w1"][METADATA] == ED25519
    assert not record_keys(servers, hosts().hosts, check=False, timeout=60, clock=Clock())


def test_a_console_without_a_key() -> None:
    with pytest.raises(NotReadyError, match=r"worker1 \(s-w1\).*within 9 s.*openstack server set"):
        record_keys(FakeServers(99), hosts().hosts, check=False, timeout=9, clock=Clock())


def test_hosts_of_a_stack() -> None:
    found = hosts()
    assert found.jump_host == found.hosts[0]
    assert found.hosts[1] == Host(
        "worker1",
        "s-w1",
        ("workers", "kubernetes"),
        "10.60.0.41",
        "",
        {"data": "0123456789abcdefghijklmnop"},
        {"data": "/srv"},
    )


@pytest.mark.parametrize(
    ("outputs", "text"),
    [
        ({}, "no outputs"),
        ({"url": "x"}, "found: url"),
        ({"hosts": None}, "an output hosts"),
        ({"hosts": {"a": {"id": "x"}}}, "'groups'"),
        ({"hosts": {"a": None}}, "cannot be read"),
    ],
)
def test_a_stack_of_somebody_else(outputs: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidInputError, match=text):
        Hosts.from_outputs("qa", outputs)


def test_the_way_to_a_host() -> None:
    found = variables(hosts(), {"s-op": ED25519, "s-w1": ECDSA}, Login("debian", "/k/id"))
    jump, worker = found["operator1"], found["worker1"]
    assert (jump["ansible_host"], jump["node_address"]) == ("203.0.113.7", "10.60.0.10")
    assert (worker["ansible_host"], worker["node_address"]) == ("10.60.0.41", "10.60.0.41")
    assert worker["ansible_user"] == "debian"
    assert worker["ansible_ssh_private_key_file"] == "/k/id"
    assert worker["landfall_volumes"] == {
        "data": {
            "id": "0123456789abcdefghijklmnop",
            "device": "/dev/disk/by-id/virtio-0123456789abcdefghij",
        }
    }
    assert worker["node_volumes"] == [
        {"path": "/srv", "device": "/dev/disk/by-id/virtio-0123456789abcdefghij"}
    ]
    assert "node_volumes" not in jump, "what an inventory says itself counts"
    assert "ProxyCommand" not in str(jump["ansible_ssh_common_args"])


def effective(arguments: str, host: str) -> dict[str, str]:
    """Return what OpenSSH makes of arguments, as Ansible splits them."""
    done = subprocess.run(
        ["ssh", "-F", "none", "-G", *shlex.split(arguments), host],
        check=True,
        capture_output=True,
        text=True,
    )
    return dict(line.partition(" ")[::2] for line in done.stdout.splitlines())


def test_ssh_accepts_one_key_alone() -> None:
    found = variables(hosts(), {"s-op": ED25519, "s-w1": ECDSA}, Login("debian"))
    options = effective(str(found["worker1"]["ansible_ssh_common_args"]), "10.60.0.41")
    assert options["stricthostkeychecking"] == "true"
    assert options["userknownhostsfile"] == options["globalknownhostsfile"] == "/dev/null"
    assert options["knownhostscommand"] == f"/bin/echo %H {ECDSA}"
    words = shlex.split(options["proxycommand"])
    assert words[-3:] == ["-W", "[%h]:%p", "203.0.113.7"]
    assert f"KnownHostsCommand=/bin/echo %%H {ED25519}" in words
    inner = effective(shlex.join(w.replace("%%", "%") for w in words[1:-3]), "203.0.113.7")
    assert inner["knownhostscommand"] == f"/bin/echo %H {ED25519}"
    assert (inner["stricthostkeychecking"], inner["user"]) == ("true", "debian")


def test_without_its_key_no_host_is_accepted() -> None:
    found = variables(hosts(), {}, Login("debian"))
    options = effective(str(found["operator1"]["ansible_ssh_common_args"]), "203.0.113.7")
    assert options["stricthostkeychecking"] == "true"
    assert "knownhostscommand" not in options


def test_metadata_that_is_no_key_is_not_run() -> None:
    with pytest.raises(InvalidInputError, match="not an SSH host key"):
        variables(hosts(), {"s-op": "x y; rm -rf /"}, Login("debian"))
