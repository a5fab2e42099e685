# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site that keeps logs: the lab with two workers, the guestbook, and a store of one node."""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client, config

from ansible_collections.landfall.platform.plugins.module_utils._logs.door import (
    Door,
    context_of,
)
from tests.support.site import ROOT, Site

NAME, NAMESPACE, PORT = "test-logging", "logging", 30943
LOGGING: dict[str, Any] = {
    "nodes": 1,
    "storage": "2Gi",
    "heap": "512m",
    "retention": {"days": 14, "size": "1GiB"},
}


@dataclass(frozen=True)
class LoggingSite(Site):
    """The site, with what tests ask its cluster and its store."""

    @property
    def state(self) -> Path:
        """The controller's cache."""
        return Path(self.inventory).parents[1] / "state" / self.name

    def say(self, **logging: Any) -> None:
        """Let the inventory have the logging, with other settings."""
        path = Path(self.inventory) / "group_vars/all/logging.yml"
        said = {"landfall_logging": {**LOGGING, **logging}, "gateway_log_connections": True}
        path.write_text(yaml.safe_dump(said))

    def api(self) -> client.ApiClient:
        """Return a client of the cluster."""
        return config.new_client_from_config(str(self.state / "kubeconfig"))

    def core(self) -> client.CoreV1Api:
        """Return the cluster's core objects."""
        return client.CoreV1Api(self.api())

    def apps(self) -> client.AppsV1Api:
        """Return what keeps pods in the cluster."""
        return client.AppsV1Api(self.api())

    def certificate(self, name: str) -> dict[str, str]:
        """Return a certificate of the site's store: ``certificate`` and ``key``, PEM."""
        return _certificates(self)[name]

    def authority(self) -> str:
        """Return the certificate of the site's authority, PEM."""
        return (self.state / "ca.crt").read_text(encoding="utf-8")

    def door(self, name: str) -> Door:
        """Return the store as the owner of a certificate sees it; without a name, as nobody."""
        own = self.certificate(name) if name else {"certificate": "", "key": ""}
        context = context_of(self.authority(), own["certificate"], own["key"])
        return Door((self.address(30),), PORT, lambda: context)


@functools.cache
def _certificates(site: LoggingSite) -> dict[str, dict[str, str]]:
    """Return all certificates of a site."""
    stored = json.loads(site.on("operator1", "cat", "/etc/landfall/site.json"))
    found: dict[str, dict[str, str]] = stored["certificates"]
    return found


def _inventory(folder: Path) -> Path:
    """Return a copy of the lab's inventory."""
    target = folder / "inventories/logging"
    shutil.copytree(ROOT / "inventories/lab", target)
    return target


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoggingSite]:
    """A site that stands, with a store of logs."""
    inventory = _inventory(tmp_path_factory.mktemp("logging"))
    site = LoggingSite(str(inventory), NAME, "10.91.0")
    site.say()
    site.play("destroy")
    try:
        site.play("site")
        yield site
    finally:
        site.play("destroy")
