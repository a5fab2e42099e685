# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stack in an environment of its own, for tests of its life against a real API server."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.landfall.platform.plugins.module_utils._core.plan import Change, Plan
from ansible_collections.landfall.platform.plugins.module_utils._kube.client import KubeClient
from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import (
    Gvk,
    Key,
    Object,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.wait import Clock
from ansible_collections.landfall.platform.plugins.module_utils._release.model import History
from ansible_collections.landfall.platform.plugins.module_utils._release.operations import Context
from ansible_collections.landfall.platform.plugins.module_utils._release.recorder import Author
from ansible_collections.landfall.platform.plugins.module_utils._release.rollback import Ways
from ansible_collections.landfall.platform.plugins.module_utils._release.store import ReleaseStore
from ansible_collections.landfall.platform.plugins.module_utils._release.target import Target
from ansible_collections.landfall.platform.plugins.module_utils._stack.deploy import (
    Deployed,
    Options,
    deploy,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.load import Loader
from ansible_collections.landfall.platform.plugins.module_utils._stack.verify import Answer
from ansible_collections.landfall.platform.plugins.plugin_utils.promoted import Entries

STACK = {
    "name": "shop",
    "components": {
        "web": {
            "type": "service",
            "image": "r.test/web:1",
            "ports": {"http": 80},
            "environment": {"COLOUR": "red", "PASSWORD": "${secret.own.password}"},
        },
        "db": {
            "type": "stateful",
            "image": "r.test/db:1",
            "ports": {"sql": 3306},
            "environment": {"TOKEN": "${secret.mail.token}"},
            "volumes": {"data": {"path": "/data", "size": "1Gi"}},
        },
        "load": {"type": "job", "image": "r.test/load:1"},
        "nightly": {"type": "schedule", "image": "r.test/load:1", "schedule": "0 3 * * *"},
    },
    "secrets": {"own": {"password": "generate"}, "mail": {"token": "environment"}},
}
SETTINGS = {"secrets": {"mail": {"token": "t0"}}}
WEB_2 = {"components": {"web": {"version": "2"}}}
CATALOGUE = {name: f"r.test/{name}:1" for name in ("haproxy", "content-fetcher")}
KINDS = {
    "Deployment": Gvk("apps", "v1", "Deployment"),
    "StatefulSet": Gvk("apps", "v1", "StatefulSet"),
    "PersistentVolumeClaim": Gvk("", "v1", "PersistentVolumeClaim"),
    "Pod": Gvk("", "v1", "Pod"),
    "Secret": Gvk("", "v1", "Secret"),
    "Service": Gvk("", "v1", "Service"),
    "Namespace": Gvk("", "v1", "Namespace"),
    "Job": Gvk("batch", "v1", "Job"),
    "CronJob": Gvk("batch", "v1", "CronJob"),
}


class Hurried:
    """A clock on which 20 s pass in one."""

    def now(self) -> float:
        return time.monotonic() * 20

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / 20)


@dataclass
class Shop:
    """One environment of a stack, with controllers at work in it.

    Attributes:
        broken: images that cannot be pulled.
        busy: images whose jobs are at work and do not end.
        stack: its definition.
        settings: of each deployment.
        directory: where the files of its manifests are.
        timeout: seconds that a roll-out may take, on a hurried clock.
    """

    api: KubeClient
    environment: str
    broken: set[str] = field(default_factory=set)
    busy: set[str] = field(default_factory=set)
    stack: Mapping[str, Any] = field(default_factory=lambda: STACK)
    settings: Mapping[str, Any] = field(default_factory=lambda: SETTINGS)
    directory: Path = Path()
    timeout: float = 400

    @property
    def namespace(self) -> str:
        return f"shop-{self.environment}"

    @property
    def target(self) -> Target:
        return Target("shop", self.environment, self.namespace)

    def _loader(self) -> Loader:
        return Loader(self.directory, "lab", lambda: CATALOGUE)

    def deploy(
        self,
        check: bool = False,
        promotions: Mapping[str, Any] | None = None,
        clock: Clock | None = None,
        **settings: Any,
    ) -> Deployed:
        """Deploy it with settings, and with what ``promotions`` say was promoted."""
        entry = {
            "definition": self.stack,
            "environment": self.environment,
            **self.settings,
            **settings,
        }
        entries = Entries(self._loader(), self.directory, [entry], "lab", promotions or {})
        loaded = entries.load({self.namespace: self.history})
        (one,), (merged,) = loaded.check(), loaded.merged
        author = Author("ann@desk", "42")
        options = Options(timeout=self.timeout, check=check, author=author)
        options = options.with_promotion(merged.pins, merged.source)
        found: list[Deployed] = []
        deploy(self.api, one, options, lambda _: Answer(), clock or Hurried(), found.append)
        return found[0]

    def context(self, check: bool = False) -> Context:
        decided: list[Plan[Change]] = []
        ways = Ways(timeout=self.timeout, check=check)
        author = Author("bob@desk")
        return Context(self.api, self.target, ways, Hurried(), author, decided.append)

    @property
    def history(self) -> History:
        return ReleaseStore(self.api).history(self.namespace)

    def statuses(self) -> list[str]:
        return [f"{one.revision} {one.status}" for one in self.history.releases]

    def all(self, kind: str) -> list[Object]:
        resource = self.api.resource(KINDS[kind])
        assert resource
        return self.api.list(resource, namespace=self.namespace)

    def get(self, kind: str, name: str) -> Object:
        resource = self.api.resource(KINDS[kind])
        assert resource
        gvk = KINDS[kind]
        namespace = self.namespace if resource.namespaced else ""
        found = self.api.get(resource, Key(gvk.group, kind, namespace, name))
        assert found
        return found

    def pods(self, component: str) -> dict[str, str]:
        return {
            pod["metadata"]["uid"]: pod["spec"]["containers"][0]["image"]
            for pod in self.all("Pod")
            if pod["metadata"]["labels"]["app.kubernetes.io/component"] == component
        }
