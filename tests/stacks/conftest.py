# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small site of its own: one control plane, one worker, and a page in two environments."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client, config

from tests.support.site import ROOT, Site

PAGE: dict[str, Any] = {
    "name": "page",
    "components": {
        "web": {
            "type": "service",
            "image": "${catalogue.guestbook-ui}",
            "ports": {"http": 8080},
            "probes": {"ready": "/live", "live": "/live"},
            "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
            "scratch": ["/tmp"],  # noqa: S108 (in the container)
            "security": {"user": 33},
        }
    },
    "expose": {"web": {"paths": {"/": "web"}}},
    "checks": [{"path": "/", "contains": "Guestbook"}],
}


class LifeSite(Site):
    """The site, whose inventory is a copy that tests may change."""

    @property
    def state(self) -> Path:
        """The controller's cache."""
        return Path(self.inventory).parents[1] / "state" / self.name

    @property
    def variables(self) -> Path:
        """The inventory's variables."""
        return Path(self.inventory) / "group_vars/all"

    def host(self, environment: str) -> str:
        """Return the host name of the page in an environment."""
        return f"page-{environment}.{self.domain}"

    def say(self, *others: dict[str, Any], **settings: Any) -> None:
        """Let the inventory have the page in ``test``, with settings, and in ``qa``; and others."""
        entries = [
            {
                "name": "page",
                "definition": PAGE,
                "environment": name,
                "rollback": True,
                "hosts": {"web": self.host(name)},
                **(settings if name == "test" else {}),
            }
            for name in ("test", "qa")
        ]
        text = yaml.safe_dump({"stack_list": [*entries, *others]})
        (self.variables / "stacks.yml").write_text(text)

    @contextmanager
    def having(self, entry: dict[str, Any]) -> Iterator[None]:
        """Have another stack in the inventory; nothing of it is left afterwards."""
        self.say(entry)
        try:
            yield
        finally:
            self.say()
            found = (f"stack_name={entry['name']}", "stack_remove_claims=true")
            if self.has(entry["name"]):
                self.play("remove_stack", *(part for one in found for part in ("-e", one)))

    def has(self, stack: str) -> bool:
        """Tell whether the cluster has a stack."""
        found = self.core().list_namespace(label_selector=f"landfall.dev/stack={stack}")
        return bool(found.items)

    def core(self, name: str = "kubeconfig") -> client.CoreV1Api:
        """Return a client of the cluster with one of the controller's kubeconfigs."""
        return client.CoreV1Api(config.new_client_from_config(str(self.state / name)))


def _inventory(folder: Path) -> Path:
    """Return a copy of the lab's inventory with one worker."""
    target = folder / "inventories/life"
    shutil.copytree(ROOT / "inventories/lab", target)
    hosts = yaml.safe_load((target / "hosts.yml").read_text())
    children = hosts["all"]["children"]
    del children["lab"]["hosts"]["worker2"]
    del children["kubernetes"]["children"]["workers"]["hosts"]["worker2"]
    (target / "hosts.yml").write_text(yaml.safe_dump(hosts))
    return target


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LifeSite]:
    """A site that stands, with the page in both environments."""
    inventory = _inventory(tmp_path_factory.mktemp("life"))
    site = LifeSite(str(inventory), "test-life", "10.81.0")
    site.say()
    site.play("destroy")
    try:
        site.play("site")
        yield site
    finally:
        site.play("destroy")
