# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stacks cost that are as they shall be: one of 30 objects, and a site of 50 such stacks.

The role is run by ansible-playbook against a real API server. No cluster is behind it, so that its
objects are made ready by a stand-in for the controllers before anything is measured.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.landfall.platform.plugins.module_utils._kube.client import KubeClient
from ansible_collections.landfall.platform.plugins.module_utils._stack.compile import compile_stack
from ansible_collections.landfall.platform.plugins.module_utils._stack.load import Loader
from ansible_collections.landfall.platform.plugins.module_utils._stack.secrets import settle
from tests.bench.measure import Measured, run
from tests.bench.simulation import SSH
from tests.support import apiserver
from tests.support.controllers import Controllers

OBJECTS, STACKS = 30, 50
TASK = "Deploy the stacks"
_TIER: dict[str, Any] = {"type": "service", "ports": {"http": 8080}, "replicas": 2}
STACK: dict[str, Any] = {
    "name": "bench",
    "components": {
        "web": {
            **_TIER,
            "image": "r.test/web:1",
            "environment": {"API": "http://${api.host}:${api.port}", "COLOUR": "red"},
        },
        "api": {
            **_TIER,
            "image": "r.test/api:1",
            "environment": {"DB": "${db.host}", "PASSWORD": "${secret.own.password}"},
            "environment_from": [{"config": "shared"}],
        },
        "search": {**_TIER, "image": "r.test/search:1", "environment": {"HEAP": "512m"}},
        "db": {
            "type": "stateful",
            "image": "r.test/db:1",
            "ports": {"sql": 3306},
            "environment": {"PASSWORD": "${secret.own.password}"},
            "volumes": {"data": {"path": "/data", "size": "1Gi"}},
        },
        "load": {"type": "job", "image": "r.test/load:1", "environment": {"DB": "${db.host}"}},
    },
    "configs": {"shared": {"LEVEL": "info", "SEARCH": "${search.host}"}},
    "secrets": {"own": {"password": "generate"}},
}
# Of the API server: how many requests it answered and how long it took; a watch takes for ever.
_ANSWERED = re.compile(
    r'^apiserver_request_duration_seconds_(sum|count)\{.*verb="(?!WATCH)\w+".*\} (\S+)$', re.M
)


@dataclass(frozen=True)
class Unchanged:
    """A deployment that changed nothing.

    Attributes:
        calls: of modules and action plugins.
        seconds: that the task took.
        requests: to the API server.
        served: seconds that the API server took for them together.
    """

    calls: int
    seconds: float
    requests: int
    served: float


@dataclass(frozen=True)
class Figures:
    """What was measured.

    Attributes:
        compiled: seconds from a stack's file to its objects.
        one: that stack alone.
        at_once: the site, as many stacks at once as the role deploys by itself.
        in_turn: the site, one stack after another.
    """

    compiled: float
    one: Unchanged
    at_once: Unchanged
    in_turn: Unchanged


@dataclass(frozen=True)
class _Site:
    """Environments of one stack on an API server."""

    folder: Path
    kubeconfig: Path
    api: KubeClient

    def deploy(self, number: int, **variables: Any) -> Measured:
        """Deploy the stack to a number of environments."""
        entries = [{"name": STACK["name"], "environment": f"e{one}"} for one in range(number)]
        given = {
            "site_name": "bench",
            "site_state": str(self.folder),
            "gateway_address": "192.0.2.1",
            "stack_kubeconfig": str(self.kubeconfig),
            "stack_directory": str(self.folder),
            "stack_list": entries,
            "ansible_connection": "local",
            **variables,
        }
        role = {"name": "landfall.platform.stack", "rolespec_validate": False}
        task = {"name": "Deploy", "ansible.builtin.import_role": role}
        play = {"name": "Stacks", "hosts": "operator1", "gather_facts": False, "tasks": [task]}
        playbook = self.folder / "playbook.yml"
        playbook.write_text(yaml.safe_dump([play]), encoding="utf-8")
        program = str(Path(sys.executable).with_name("ansible-playbook"))
        command = [program, "-i", "operator1,", str(playbook), "-e", json.dumps(given)]
        return run(command, SSH, {})

    def stand_up(self, number: int) -> None:
        """Bring the stack into a number of environments, ready and recorded."""
        self.deploy(number, stack_wait=False)
        for one in range(number):
            controllers = Controllers(self.api, f"{STACK['name']}-e{one}", lambda image: False)
            # A Deployment that is given its revision has changed, and is looked at again.
            controllers.reconcile()
            controllers.reconcile()
        self.deploy(number)

    def unchanged(self, number: int, **variables: Any) -> Unchanged:
        """Deploy what is there already, and measure it."""
        before = self._answered()
        measured = self.deploy(number, **variables)
        requests, served = (
            after - earlier for after, earlier in zip(self._answered(), before, strict=True)
        )
        if measured.changed:
            raise SystemExit(f"deploying {number} stacks again changed something")
        (seconds,) = (took for name, took in measured.seconds.items() if name.endswith(TASK))
        return Unchanged(measured.tasks["operator1"], seconds, round(requests), served)

    def _answered(self) -> tuple[float, float]:
        text = str(self.api._call("GET", "/metrics", "metrics", accept="text/plain").body)
        found = _ANSWERED.findall(text)
        count, total = (
            sum(float(number) for what, number in found if what == wanted)
            for wanted in ("count", "sum")
        )
        return count, total


def _seconds(act: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def compiled(folder: Path) -> float:
    """Return the seconds from a stack's file to its objects; the first time does not count."""

    def once() -> None:
        (one,) = Loader(folder, "e0", dict).all([{"name": STACK["name"]}])
        found = len(compile_stack(one, settle(one, {})))
        if found != OBJECTS:
            raise SystemExit(f"the stack has {found} objects and not {OBJECTS}")

    once()
    return statistics.median(_seconds(once) for _ in range(9))


def measure() -> Figures:
    """Measure all of it."""
    programs = apiserver.programs()
    if programs is None:
        raise SystemExit(apiserver.LACKING)
    with (
        tempfile.TemporaryDirectory(prefix="landfall-bench-") as name,
        apiserver.serving(*programs) as kubeconfig,
        KubeClient.connect(str(kubeconfig)) as api,
    ):
        folder = Path(name)
        text = yaml.safe_dump(STACK, sort_keys=False)
        (folder / f"{STACK['name']}.yml").write_text(text, encoding="utf-8")
        site = _Site(folder, kubeconfig, api)
        site.stand_up(STACKS)
        return Figures(
            compiled(folder),
            site.unchanged(1),
            site.unchanged(STACKS),
            site.unchanged(STACKS, stack_at_once=1),
        )
