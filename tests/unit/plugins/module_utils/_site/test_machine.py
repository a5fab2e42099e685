# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine that is a folder, with the files that the kernel would show."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import CommandError
from ansible_collections.landfall.platform.plugins.module_utils._core.process import Completed
from ansible_collections.landfall.platform.plugins.module_utils._site import sockets
from ansible_collections.landfall.platform.plugins.module_utils._site.machine import (
    Machine,
    fingerprint,
)

TCP = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid
   0: 00000000:192B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0
   1: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1 0
   2: 0100007F:0051 00000000:0000 01 00000000:00000000 00:00000000 00000000     0        0 333 1 0
   3: short line
"""
TCP6 = """  sl  local_address
   0: 00000000000000000000000000000000:01BB 0:0 0A 0:0 00:0 0 0 0 444 1 0
   1: 0000000000000000FFFF00000100007F:01BC 0:0 0A 0:0 00:0 0 0 0 555 1 0
"""


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def runner(interfaces: Any) -> Any:
    def run(argv: Sequence[str], **_options: Any) -> Completed:
        if interfaces is None:
            raise CommandError("program not found", on=argv[0])
        text = interfaces if isinstance(interfaces, str) else json.dumps(interfaces)
        return Completed(0, text, "")

    return run


def process(root: Path, pid: int, name: str, *inodes: int) -> None:
    folder = root / "proc" / str(pid) / "fd"
    folder.mkdir(parents=True)
    (folder.parent / "comm").write_text(name + "\n")
    for number, inode in enumerate(inodes):
        (folder / str(number)).symlink_to(f"socket:[{inode}]")


def test_listening_sockets_and_their_processes(tmp_path: Path) -> None:
    write(tmp_path, {"proc/net/tcp": TCP, "proc/net/tcp6": TCP6})
    process(tmp_path, 10, "haproxy", 1, 111)
    process(tmp_path, 11, "haproxy", 111, 444)
    process(tmp_path, 12, "nginx", 222)
    assert sockets.listening(tmp_path) == [
        {"port": 80, "address": "127.0.0.1", "process": "nginx"},
        {"port": 443, "address": "::", "process": "haproxy"},
        {"port": 444, "address": "127.0.0.1", "process": ""},
        {"port": 6443, "address": "0.0.0.0", "process": "haproxy"},  # noqa: S104
    ]


def test_processes_that_may_not_be_looked_at(tmp_path: Path) -> None:
    write(tmp_path, {"proc/net/tcp": TCP})
    (tmp_path / "proc/10").mkdir()
    process(tmp_path, 11, "x", 111)
    (tmp_path / "proc/11/comm").unlink()
    (tmp_path / "proc/11/fd/file").write_text("")
    found = sockets.listening(tmp_path)
    assert [each["process"] for each in found] == ["", ""]


def test_search_ends_when_all_are_found(tmp_path: Path) -> None:
    line = TCP.splitlines()[1]
    write(tmp_path, {"proc/net/tcp": f"header\n{line}\n"})
    process(tmp_path, 9, "first", 111)
    process(tmp_path, 10, "second", 111)
    assert sockets.listening(tmp_path)[0]["process"] == "first"


def test_no_sockets(tmp_path: Path) -> None:
    assert sockets.listening(tmp_path) == []


INTERFACES = [
    {"ifname": "lo", "addr_info": [{"local": "127.0.0.1"}]},
    {"ifname": "eth0", "addr_info": [{"local": "10.77.0.30"}, {"local": "fe80::1"}]},
    {},
]


def test_description(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "etc/os-release": 'ID=debian\nVERSION_ID="13"\n\n# comment\n',
            "etc/machine-id": "abc\n",
            "proc/meminfo": "MemTotal:  4194304 kB\nSwapTotal: 2048 kB\nHugePages: 0\n",
            "proc/sys/kernel/hostname": "control1\n",
            "etc/kubernetes/kubelet.conf": "",
            "usr/bin/dockerd": "",
            "run/systemd/system/x": "",
            "sys/fs/cgroup/cgroup.controllers": "",
            "var/lib/x": "",
        },
    )
    facts = Machine(tmp_path, runner(INTERFACES), lambda: 5.0).describe("10.77.0.30")
    expected = {
        "system": "debian",
        "system_version": "13",
        "machine_id": "abc",
        "hostname": "control1",
        "memory": 4096,
        "swap": 2,
        "systemd": True,
        "cgroup": 2,
        "interface": "eth0",
        "addresses": {"lo": ["127.0.0.1"], "eth0": ["10.77.0.30", "fe80::1"]},
        "cluster_traces": ["/etc/kubernetes/kubelet.conf"],
        "foreign_traces": ["/usr/bin/dockerd"],
        "cluster_ca": "",
        "missing_modules": [],
        "epoch": 5.0,
    }
    assert {name: facts[name] for name in expected} == expected
    assert facts["free"]["/var/lib"] > 0


def test_a_machine_that_shows_nothing(tmp_path: Path) -> None:
    facts = Machine(tmp_path / "none", runner(None)).describe("10.77.0.30")
    assert facts["addresses"] == {}
    assert facts["interface"] == ""
    assert facts["cgroup"] == 1
    assert facts["free"] == {"/": None, "/var/lib": None}


def test_output_of_ip_that_is_no_json(tmp_path: Path) -> None:
    assert Machine(tmp_path, runner("garbage")).addresses() == {}
    assert Machine(tmp_path, runner("")).addresses() == {}


def test_this_machine_for_real() -> None:
    facts = Machine().describe("127.0.0.1")
    assert facts["memory"] > 0
    assert facts["python"] == platform.python_version()
    assert json.dumps(facts)


@pytest.mark.parametrize(
    ("files", "lacks"),
    [
        ({}, False),
        ({"modules.dep": "kernel/fs/ext4/ext4.ko.xz:\n"}, True),
        ({"modules.dep": "kernel/fs/overlayfs/overlay.ko.xz:\n"}, False),
        ({"modules.dep": "x.ko:\n", "modules.builtin": "kernel/fs/overlayfs/overlay.ko\n"}, False),
        ({"modules.dep": "x.ko:\n", "/sys/module/overlay/x": ""}, False),
        ({"modules.dep": "x.ko:\n", "/proc/filesystems": "nodev\toverlay\n"}, False),
    ],
)
def test_modules(tmp_path: Path, files: dict[str, str], lacks: bool) -> None:
    folder = f"lib/modules/{platform.release()}"
    write(
        tmp_path,
        {name[1:] if name[0] == "/" else f"{folder}/{name}": text for name, text in files.items()},
    )
    assert Machine(tmp_path, runner([])).lacks_module("overlay") == lacks


def test_fingerprint() -> None:
    pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    assert len(fingerprint(pem)) == 64
    assert fingerprint(pem + "\n\n") == fingerprint(pem)
    assert fingerprint("") == ""


def test_descriptors_of_this_process() -> None:
    assert list(sockets._descriptors(Path(f"/proc/{os.getpid()}/fd")))
