# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that are not fit for a site, and hosts that cannot be reached: all found in one run."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from tests.refusals.conftest import NAME, authority, inventory, put, snapshot
from tests.support.site import Run, Site

# As for real machines: nobody looks after hosts and their keys.
REAL = {
    "lab_name": "",
    "site_name": NAME,
    "site_domain": f"{NAME}.landfall.test",
    "preflight_minimums": {"operator": {"free": 10**9}, "gateways": {"memory": 10**8}},
}
LATE = 90
"""Seconds that one host's clock is behind. All hosts share this machine's, so its Python lies."""
CLOCK = f"import time\nreal = time.time\ntime.time = lambda: real() - {LATE}\n"
ANSWERING = ("operator1", "gateway1", "control1", "worker1", "worker3")


@pytest.fixture(scope="module")
def spoilt(hosts: Site) -> Iterator[Site]:
    """The hosts, each with a fault of its own."""
    hosts.on("gateway1", "systemd-run", "--unit=stranger", "python3", "-m", "http.server", "80")
    put(hosts, "control1", "/etc/kubernetes/pki/ca.crt", authority())
    put(hosts, "control1", "/var/lib/etcd/member/wal/0.wal", "data\n")
    put(hosts, "worker1", "/opt/late/sitecustomize.py", CLOCK)
    wrapper = '#!/bin/sh\nPYTHONPATH=/opt/late exec /usr/bin/python3 "$@"\n'
    put(hosts, "worker1", "/opt/late/python", wrapper, "0755")
    subprocess.run(["podman", "stop", "-t", "1", hosts.container("worker2")], check=True)
    hosts.on("worker3", "sh", "-c", "rm /etc/ssh/ssh_host_*; ssh-keygen -A; systemctl restart ssh")
    yield hosts
    hosts.on("gateway1", "systemctl", "stop", "stranger")
    hosts.on("control1", "rm", "-r", "/etc/kubernetes", "/var/lib/etcd/member")
    hosts.play("lab")


@pytest.fixture(scope="module")
def before(spoilt: Site) -> Mapping[str, set[str]]:
    """What is on the hosts before the run."""
    return {host: snapshot(spoilt, host) for host in ANSWERING}


@pytest.fixture(scope="module")
def refused(
    spoilt: Site, before: Mapping[str, set[str]], tmp_path_factory: pytest.TempPathFactory
) -> Run:
    """One run that meets all of it."""
    late = {"hosts": {"worker1": {"ansible_python_interpreter": "/opt/late/python"}}}
    more = inventory(tmp_path_factory.mktemp("late") / "late", late)
    site = replace(spoilt, more=(*spoilt.more, more))
    return site.play("site", "-e", json.dumps(REAL), expect=4)


@pytest.mark.parametrize(
    ("what", "expected", "found", "remedy"),
    [
        (
            "too little free space for group operator: host operator1",
            "at least 1000000000 MiB in /var/lib",
            "MiB in /var/lib",
            "use a bigger host",
        ),
        (
            "too little memory for group gateways: host gateway1",
            "at least 100000000 MiB",
            "MiB",
            "use a bigger host",
        ),
        ("port 80 is occupied: host gateway1", "haproxy", "python3 on 0.0.0.0", "stop it"),
        (
            "the clock differs from that of other hosts: host worker1",
            "at most 2 s between any two",
            "s ahead of worker1",
            "synchronise their time",
        ),
        (
            "the host belongs to another cluster: host control1",
            "no cluster, or this site's",
            "another authority in /etc/kubernetes/pki/ca.crt",
            "playbooks/reset.yml",
        ),
        (
            "the host does not answer: host worker2 (10.84.0.42)",
            "an SSH server",
            "port 22",
            "start it or correct ansible_host",
        ),
        (
            "the host has another SSH key than the known one: host worker3 (10.84.0.43)",
            "the key in known_hosts",
            f"Offending ED25519 key in {{}}/state/{NAME}/known_hosts",
            "-R 10.84.0.43'",
        ),
    ],
)
def test_each_problem_is_named(
    refused: Run, what: str, expected: str, found: str, remedy: str
) -> None:
    lines = [line for line in refused.output.splitlines() if what in line]
    assert lines, refused.output
    tail = lines[0].partition(what)[2]
    assert expected in tail.partition("expected: ")[2]
    assert found.partition("{}")[0] in tail.partition("found: ")[2]
    assert found.partition("{}")[2] in tail.partition("found: ")[2]
    assert remedy in tail.partition("remedy: ")[2]


def test_all_problems_of_hosts_are_reported_at_once(refused: Run) -> None:
    assert "hosts are not fit for this site (5):" in refused.output
    assert "Hosts that did not answer and are not checked: worker2, worker3" in refused.output
    assert sorted(name for name, seen in refused.recap.items() if seen.unreachable) == [
        "worker2",
        "worker3",
    ]


def test_nothing_was_changed(spoilt: Site, before: Mapping[str, set[str]], refused: Run) -> None:
    assert refused.changed == {}
    for host in ANSWERING:
        assert snapshot(spoilt, host) ^ before[host] == set()
