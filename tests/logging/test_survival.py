# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counted lines of a pod, while the store, the router and the pod's node are killed."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kubernetes import client

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from tests.support.waiting import eventually

from .conftest import NAMESPACE, LoggingSite

NODE = "worker1"
AT_ONCE = client.V1DeleteOptions(grace_period_seconds=0)
_WRITE = """
import sys, time
for number in range(int(sys.argv[2])):
    print(sys.argv[1], "line", number, flush=True)
    time.sleep(0.005)
"""
PAGE = 5000


@dataclass(frozen=True)
class Writer:
    """A pod that writes numbered lines with a word that no others have."""

    site: LoggingSite
    word: str

    def running(self) -> bool:
        """Tell whether it still writes."""
        pod = self.site.core().read_namespaced_pod(self.word, "default")
        return bool(pod.status.phase in ("Pending", "Running"))

    def on_disk(self) -> list[str]:
        """Return its lines as they are on the disk of its node; those that have an end."""
        logs = f"/var/log/pods/default_{self.word}_*/app"
        text = self.site.on(NODE, "sh", "-c", f"cat {logs}/*.log*")
        whole = text[: text.rfind("\n") + 1].splitlines()
        return [line.split(" ", 3)[3] for line in whole if line.split(" ", 3)[2:3] == ["F"]]

    def stored(self) -> Counter[str]:
        """Return how often each line is in the store; nothing while that does not answer."""
        found: Counter[str] = Counter()
        body = {
            "size": PAGE,
            "query": {"term": {"pod": self.word}},
            "sort": [{"@timestamp": "asc"}, {"id": "asc"}],
        }
        door = self.site.door("log-reader")
        try:
            while hits := door.call("POST", "/logs-*/_search", body)["hits"]["hits"]:
                found.update(hit["_source"]["message"] for hit in hits)
                body["search_after"] = hits[-1]["sort"]
        except LandfallError:
            return Counter()
        return found


@contextmanager
def writing(site: LoggingSite, lines: int) -> Iterator[Writer]:
    """Have a pod on a worker write lines, about 200 a second, until the block ends."""
    keeper = client.BatchV1Api(site.api()).read_namespaced_cron_job("keeper", NAMESPACE)
    # An image that is there and has Python.
    image = keeper.spec.job_template.spec.template.spec.containers[0].image
    word = f"writer-{uuid.uuid4().hex[:8]}"
    container = client.V1Container(
        name="app", image=image, command=["python3", "-c", _WRITE, word, str(lines)]
    )
    spec = client.V1PodSpec(containers=[container], node_name=NODE, restart_policy="Never")
    pod = client.V1Pod(metadata=client.V1ObjectMeta(name=word), spec=spec)
    site.core().create_namespaced_pod("default", pod)
    try:
        yield Writer(site, word)
    finally:
        site.core().delete_namespaced_pod(word, "default", body=AT_ONCE)


def router_on(site: LoggingSite, node: str) -> client.V1Pod:
    """Return the router's pod on a node."""
    pods = site.core().list_namespaced_pod(
        NAMESPACE,
        label_selector="app.kubernetes.io/name=router",
        field_selector=f"spec.nodeName={node}",
    )
    (pod,) = [one for one in pods.items if one.metadata.deletion_timestamp is None]
    return pod


def test_store_and_router_killed(site: LoggingSite) -> None:
    lines = 9000
    with writing(site, lines) as writer:
        eventually(lambda: len(writer.stored()) > 500, 120, every=1)
        router = router_on(site, NODE)
        site.core().delete_namespaced_pod("store-0", NAMESPACE, body=AT_ONCE)
        time.sleep(3)
        site.core().delete_namespaced_pod(router.metadata.name, NAMESPACE, body=AT_ONCE)
        time.sleep(3)
        assert writer.running(), "it was over before anything was killed"
        eventually(lambda: not writer.running(), 180, every=1)
        eventually(lambda: len(writer.stored()) >= lines, 300, every=2)
        assert router_on(site, NODE).metadata.uid != router.metadata.uid
        found = writer.stored()
    assert found == Counter(f"{writer.word} line {number}" for number in range(lines))
    print(f"\nstore and router killed: {lines} lines written, {found.total()} found, each once")  # noqa: T201


def test_a_node_that_dies(site: LoggingSite) -> None:
    """Its pod dies with it; what it had written is on the disk and comes when the node is back."""
    with writing(site, 100_000) as writer:
        eventually(lambda: len(writer.stored()) > 1000, 120, every=1)
        site.stop(NODE)
        try:
            time.sleep(5)
        finally:
            site.restart(NODE)
        ignoring = (client.ApiException, OSError)
        eventually(lambda: not writer.running(), 300, every=2, ignoring=ignoring)
        written = Counter(writer.on_disk())
        assert 1000 < written.total() < 100_000
        eventually(lambda: writer.stored() >= written, 300, every=2)
        found = writer.stored()
    assert found == written
    print(f"\nnode killed: {written.total()} lines on its disk, {found.total()} found, each once")  # noqa: T201


def test_a_store_that_was_away(site: LoggingSite) -> None:
    """What was written meanwhile waits on the node's disk, and is found soon after it is back."""
    lines = 5000
    site.apps().patch_namespaced_stateful_set_scale("store", NAMESPACE, {"spec": {"replicas": 0}})
    try:
        with writing(site, lines) as writer:
            eventually(lambda: not writer.running(), 180, every=1)
            assert not writer.stored()
            site.apps().patch_namespaced_stateful_set_scale(
                "store", NAMESPACE, {"spec": {"replicas": 1}}
            )
            eventually(lambda: len(writer.stored()) >= lines, 300, every=2)
            assert writer.stored() == Counter(f"{writer.word} line {n}" for n in range(lines))
    finally:
        site.apps().patch_namespaced_stateful_set_scale(
            "store", NAMESPACE, {"spec": {"replicas": 1}}
        )
