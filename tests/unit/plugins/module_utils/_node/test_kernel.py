# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules and parameters of a kernel that is a directory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.module_utils._node.kernel import (
    Kernel,
    sysctl_path,
)
from ansible_collections.landfall.platform.plugins.module_utils._node.observed import SysctlFact


@pytest.fixture
def kernel(machine: Any) -> Kernel:
    return Kernel(machine.root, machine)


def test_modules(machine, kernel):
    names = ["overlay", "br-netfilter", "tun", "dummy"]
    machine.put("/proc/modules", "overlay 1 0\nbr_netfilter 1 0\n")
    assert kernel.present_modules(names) == frozenset({"overlay", "br-netfilter"})
    (machine.root / "sys/module/tun").mkdir(parents=True)
    release = os.uname().release
    machine.put(f"/lib/modules/{release}/modules.builtin", "kernel/drivers/net/dummy.ko\n")
    assert kernel.present_modules(names) == frozenset(names)
    assert kernel.present_modules(["overlay"]) == frozenset({"overlay"})
    assert kernel.present_modules([]) is None
    (machine.root / "proc/modules").unlink()
    assert kernel.present_modules(names) is None


def test_load(machine, kernel):
    kernel.load("dummy")
    assert machine.log == ["modprobe -- dummy"]


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("net.ipv4.ip_forward", "net/ipv4/ip_forward"),
        ("net.ipv4.conf.eth0/100.forwarding", "net/ipv4/conf/eth0.100/forwarding"),
        ("net/ipv4/conf/eth0.100/forwarding", "net/ipv4/conf/eth0.100/forwarding"),
        ("net/ipv4", "net/ipv4"),
        ("swap", "swap"),
    ],
)
def test_paths(key, path):
    assert sysctl_path(key) == path


def test_values(machine, kernel):
    machine.put("/proc/sys/a/b", "1\t2  3\n")
    assert kernel.sysctl("a.b") == SysctlFact("1 2 3", writable=True)
    assert kernel.sysctl("a.none") == SysctlFact()
    kernel.set_sysctl("a.b", "4")
    assert machine.text("/proc/sys/a/b").startswith("4\n")
    (machine.root / "proc/sys/a/d").mkdir()
    assert kernel.sysctl("a.d").value == ""


def test_a_refused_value_names_the_parameter(machine, kernel):
    (machine.root / "proc/sys/a").mkdir()
    with pytest.raises(LandfallError, match=r"sysctl a\.x; expected: 1; found: No such file"):
        kernel.set_sysctl("a.x", "1")
    assert not Path(machine.root, "proc/sys/a/x").exists()
