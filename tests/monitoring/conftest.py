# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site that is watched: the lab with two workers, without applications."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.site import ROOT, Site

NAME, NAMESPACE = "test-monitoring", "monitoring"
CONTROL = "control1"
SAID: dict[str, Any] = {"landfall_monitoring": {"storage": "2Gi"}, "stack_list": []}


@dataclass(frozen=True)
class Figure:
    """A series' labels and its last value."""

    labels: dict[str, str]
    value: float


@dataclass(frozen=True)
class WatchedSite(Site):
    """The site, with what tests ask its cluster and its Prometheus."""

    @property
    def state(self) -> Path:
        """The controller's cache."""
        return Path(self.inventory).parents[1] / "state" / self.name

    def kubectl(self, *arguments: str) -> str:
        """Run kubectl on the control plane as the cluster's administrator."""
        kubeconfig = "--kubeconfig=/etc/kubernetes/admin.conf"
        return self.on(CONTROL, "/usr/local/bin/kubectl", kubeconfig, *arguments)

    def ask(self, expression: str) -> list[Figure]:
        """Return what Prometheus says to an expression; asked as docs/monitoring.md has it."""
        inside = ["--namespace", NAMESPACE, "exec", "prometheus-0", "--container", "prometheus"]
        url = "http://127.0.0.1:9090"
        query = ["/bin/promtool", "query", "--format=json", "instant", url, expression]
        found = json.loads(self.kubectl(*inside, "--", *query))
        return [Figure(one["metric"], float(one["value"][1])) for one in found or ()]

    def firing(self) -> set[str]:
        """Return the names of the alerts that fire."""
        return {one.labels["alertname"] for one in self.ask('ALERTS{alertstate="firing"}')}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchedSite]:
    """A site that stands, with Prometheus."""
    inventory = tmp_path_factory.mktemp("monitoring") / "inventories/monitoring"
    shutil.copytree(ROOT / "inventories/lab", inventory)
    # Files of a folder are read in the order of their names: this one has the last word.
    (inventory / "group_vars/all/test.yml").write_text(yaml.safe_dump(SAID))
    site = WatchedSite(str(inventory), NAME, "10.92.0")
    site.play("destroy")
    try:
        site.play("site")
        yield site
    finally:
        site.play("destroy")
