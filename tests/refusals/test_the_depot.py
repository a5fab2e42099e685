# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A depot out of reach, or with damaged content: refused before a file is replaced."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.refusals.conftest import put
from tests.support.site import Run, Site
from tests.support.store import store_file

REGISTRY = "/var/lib/landfall-depot/docker/registry/v2"
PROFILE = ["kubernetes", "depot"]
SMALL = ("-e", json.dumps({"bundle_profile": PROFILE, "depot_profile": PROFILE}))
CLOSED = (
    "table inet closed { chain out { "
    "type filter hook output priority 0; tcp dport 5000 reject; }; }"
)


def digest(entry: str, file: str) -> str:
    """Return the digest of a file of the bundle's store."""
    found = store_file(entry, file)
    if found is None:
        pytest.skip(f"the bundle's store has no {entry}: run playbooks/bundle.yml")
    return found.name


def blob(sha256: str) -> str:
    """Return the folder of a blob on the depot's host."""
    return f"{REGISTRY}/blobs/sha256/{sha256[:2]}/{sha256}"


@pytest.fixture(scope="module")
def damaged(hosts: Site) -> Site:
    """A depot with a truncated and a falsified program, and a host that cannot reach it."""
    hosts.play("infrastructure", "playbooks/nodes.yml", "--limit=operator1", *SMALL)
    containerd, crictl = digest("containerd", "containerd"), digest("crictl", "crictl")
    hosts.on("operator1", "truncate", "--size=-1000", f"{blob(containerd)}/data")
    write = f"printf x | dd of={blob(crictl)}/data bs=1 seek=4096 conv=notrunc"
    hosts.on("operator1", "sh", "-c", write)
    whole = store_file("containerd", "containerd")
    target = f"{hosts.container('worker1')}:/usr/local/bin/containerd"
    subprocess.run(["podman", "cp", str(whole), target], check=True)
    put(hosts, "worker1", "/usr/local/bin/crictl", "the old one\n", "0755")
    hosts.on("worker2", "nft", CLOSED)
    return hosts


@pytest.fixture(scope="module")
def refused(damaged: Site) -> Run:
    """One run that meets all three."""
    return damaged.play("site", "--limit=operator1,control1,worker1,worker2", *SMALL, expect=2)


def message(run: Run, host: str) -> str:
    """Return the error of a host in one line."""
    text = run.output.partition(f"fatal: [{host}]")[2].partition("fatal: ")[0]
    return " ".join(text.split()).replace("''", "'")  # as YAML writes it


@pytest.mark.parametrize(
    ("host", "parts"),
    [
        (
            "control1",
            (
                "a corrupt artifact was refused: containerd/containerd from https://10.84.0.10",
                "expected: sha256:",
                "bytes; remedy: it will be published anew",
            ),
        ),
        (
            "worker1",
            (
                "a corrupt artifact was refused: crictl/crictl from https://10.84.0.10",
                "found: sha256:",
                "remove docker/registry/v2/repositories/landfall/crictl",
            ),
        ),
        (
            "worker2",
            (
                "the depot did not deliver an artifact: containerd/containerd",
                "expected: https://10.84.0.10:5000/",
                "found: [Errno 111] Connection refused",
                "remedy: see 'systemctl status landfall-depot' on the depot's host",
            ),
        ),
    ],
)
def test_each_host_says_what_it_met(refused: Run, host: str, parts: tuple[str, ...]) -> None:
    for part in parts:
        assert part in message(refused, host)


def test_no_file_was_replaced(damaged: Site, refused: Run) -> None:
    assert refused.recap["control1"].failed == 1
    assert damaged.on("worker1", "cat", "/usr/local/bin/crictl") == "the old one\n"
    assert damaged.on("control1", "ls", "-A", "/usr/local/bin") == ""
    assert damaged.on("worker2", "ls", "-A", "/usr/local/bin") == ""


def test_the_remedy_helps(damaged: Site, refused: Run) -> None:
    names = {"containerd": digest("containerd", "containerd"), "crictl": digest("crictl", "crictl")}
    for name, sha256 in names.items():
        paths = (f"{REGISTRY}/repositories/landfall/{name}", blob(sha256))
        damaged.on("operator1", "rm", "-r", *paths)
    damaged.play("infrastructure", "playbooks/nodes.yml", "--limit=operator1", *SMALL)
    for sha256 in names.values():
        found = damaged.on("operator1", "sha256sum", f"{blob(sha256)}/data")
        assert found.split()[0] == sha256
