# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What podman is told, with a podman that only remembers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    CommandError,
    NotReadyError,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.process import Completed
from ansible_collections.landfall.platform.plugins.module_utils._lab import podman as adapter
from ansible_collections.landfall.platform.plugins.module_utils._lab.model import Host, Lab
from ansible_collections.landfall.platform.plugins.module_utils._lab.plan import (
    plan_absent,
    plan_present,
)

LAB = Lab("try", "10.9.0.0/24", (Host("one", "10.9.0.11", "trixie"),), {"trixie": "image"})
LABELS = {
    "landfall.lab.host": "one",
    "landfall.lab.address": "10.9.0.11",
    "landfall.lab.suite": "trixie",
}


class Fake:
    """Answers as podman does and keeps what it was asked."""

    def __init__(
        self, folder: Path, *, there: bool = False, fail: str = "", failures: int = 99
    ) -> None:
        self.folder = folder
        self.there = there
        self.fail = fail
        self.failures = failures
        self.asked: list[list[str]] = []

    def __call__(self, argv: Sequence[str], **options: Any) -> Completed:
        self.asked.append(list(argv))
        if self.fail and self.fail in argv and self.failures:
            self.failures -= 1
            raise CommandError("program failed", on=" ".join(argv))
        return Completed(0, self._answer(list(argv)), "")

    def _answer(self, argv: list[str]) -> str:
        if "inspect" in argv:
            return f"{self.folder}\n"
        if "ssh_host_ed25519_key.pub" in argv[-1]:
            return "ssh-ed25519 AAAA root@one"
        if not self.there:
            return ""
        if "ps" in argv:
            return json.dumps([{"Labels": LABELS, "State": "running"}])
        if "network" in argv:
            return json.dumps([{"subnets": [{"subnet": "10.9.0.0/24"}]}])
        return json.dumps([{"Name": "landfall-try-access"}])

    def verbs(self) -> list[str]:
        """The podman commands that change something."""
        words = [[w for w in argv if not w.startswith("-")] for argv in self.asked]
        return [w[1] for w in words if w[1] in {"create", "start", "rm"}] + [
            " ".join(w[1:3]) for w in words if w[2:3] in (["create"], ["rm"])
        ]


@pytest.fixture(autouse=True)
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    inotify = tmp_path / "inotify"
    inotify.write_text("128\n")
    monkeypatch.setattr(adapter, "INOTIFY", inotify)
    return inotify


@pytest.mark.parametrize("unified", [True, False])
def test_hosts_on_both_kinds_of_machine(unified: bool) -> None:
    arguments = adapter.create_arguments(LAB, LAB.hosts[0], Path("/key.pub"), unified=unified)
    assert ("--systemd=always" in arguments) is unified
    assert ("--tmpfs=/run" in arguments) is not unified
    assert arguments[-2:] == ["image", "/sbin/init"]
    assert "--ip=10.9.0.11" in arguments


def test_a_lab_is_made(tmp_path: Path, kernel: Path) -> None:
    fake = Fake(tmp_path)
    podman = adapter.Podman(LAB, fake, unified=True)
    podman.apply(plan_present(LAB, podman.observe()))
    assert kernel.read_text() == "8192\n"
    assert fake.verbs() == ["create", "start", "network create", "volume create"]


def test_a_standing_lab_is_seen_and_removed(tmp_path: Path) -> None:
    (tmp_path / "id_ed25519").write_text("private")
    fake = Fake(tmp_path, there=True)
    podman = adapter.Podman(LAB, fake, unified=False)
    seen = podman.observe()
    assert (seen.network, seen.access, seen.hosts["one"].running) == ("10.9.0.0/24", True, True)
    assert podman.access() == ("private", "10.9.0.11 ssh-ed25519 AAAA\n")
    podman.apply(plan_absent(LAB, seen))
    assert fake.verbs() == ["rm", "network rm", "volume rm"]


def test_a_host_that_does_not_start_is_removed_again(tmp_path: Path) -> None:
    fake = Fake(tmp_path, fail="start")
    podman = adapter.Podman(LAB, fake, unified=False)
    with pytest.raises(CommandError):
        podman.apply(plan_present(LAB, podman.observe()))
    assert "rm" in fake.verbs()


@pytest.mark.parametrize(("failures", "removed"), [(2, True), (3, False)])
def test_a_host_that_ends_slowly_is_removed(tmp_path: Path, failures: int, removed: bool) -> None:
    (tmp_path / "id_ed25519").write_text("private")
    fake = Fake(tmp_path, there=True, fail="rm", failures=failures)
    podman = adapter.Podman(LAB, fake, unified=False)
    if removed:
        podman.apply(plan_absent(LAB, podman.observe()))
        assert fake.verbs()[-2:] == ["network rm", "volume rm"]
    else:
        with pytest.raises(CommandError):
            podman.apply(plan_absent(LAB, podman.observe()))


def test_a_host_without_ssh_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "_ssh_answers", lambda address: False)
    with pytest.raises(NotReadyError, match="SSH does not answer: one"):
        adapter.Podman(LAB, Fake(tmp_path), unified=True).wait(timeout=0.01)


def test_mtu_of_the_default_route(tmp_path: Path) -> None:
    routes = tmp_path / "route"
    routes.write_text("Iface Destination Gateway\neth9 0000000A 0\neth0 00000000 0100000A\n")
    (tmp_path / "eth0").mkdir()
    (tmp_path / "eth0/mtu").write_text("1400\n")
    assert adapter.route_mtu(tmp_path, routes) == 1400
    routes.write_text("Iface Destination Gateway\n")
    assert adapter.route_mtu(tmp_path, routes) == 1500


def test_kind_of_cgroups(tmp_path: Path) -> None:
    assert not adapter.unified_cgroups(tmp_path)
    (tmp_path / "cgroup.controllers").touch()
    assert adapter.unified_cgroups(tmp_path)
