# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report says of what was read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import Object
from ansible_collections.landfall.platform.plugins.module_utils._release.model import (
    FAILED,
    PENDING,
    ROLLED_BACK,
)
from ansible_collections.landfall.platform.plugins.module_utils._report.build import build
from ansible_collections.landfall.platform.plugins.module_utils._report.facts import (
    PastRun,
    Served,
)
from ansible_collections.landfall.platform.plugins.module_utils._report.model import (
    natural,
)
from tests.support import cluster

from .changes import Change, adding, conditions, findings, having, released, showing, status


def test_a_site_where_all_is_well() -> None:
    report = build(cluster.site())
    assert report.verdict == "All is well"
    assert report.state == "note"
    assert findings(report) == []
    assert [(one.on, one.what) for one in report.findings] == [("backups", "none is recorded")]
    assert report.drift == ()
    assert [node.name for node in report.nodes] == ["control1", "worker1", "worker2"]
    assert [(one.name, one.roles) for one in report.hosts] == [
        ("operator1", ("operator", "depot")),
        ("gateway1", ("gateway",)),
        ("gateway2", ("gateway",)),
    ]
    guestbook = report.stacks[0]
    assert (guestbook.name, guestbook.revision, guestbook.status) == ("guestbook", 2, "deployed")
    assert guestbook.urls == ("http://guestbook.lab.test/",)
    assert sum((guestbook.pods or {}).values()) == 6
    assert [one.revision for one in guestbook.history] == [2, 1]
    (image,) = guestbook.images
    assert image.running == (image.digest,)
    assert report.platform_pods == {"control1": 1, "worker1": 1, "worker2": 1}


WEB = "stack guestbook-lab"
CASES: list[tuple[Change, tuple[str, str, str]]] = [
    (conditions(Ready="False"), ("bad", "node worker1", "not ready: why")),
    (conditions(), ("bad", "node worker1", "not ready: its kubelet has said nothing yet")),
    (
        conditions(Ready="True", DiskPressure="True", MemoryPressure="True"),
        ("warning", "node worker1", "MemoryPressure, DiskPressure"),
    ),
    (
        lambda facts: replace(facts, usage={"worker1": (1.0, 15.5 * 2**30)}),
        ("warning", "node worker1", "97% of its memory is used"),
    ),
    (
        status(allocatable={"cpu": "1", "memory": "16Gi", "pods": "110"}),
        ("note", "node worker1", "130% of its processors is promised to pods"),
    ),
    (
        showing(Served("gateway2", "x", connected=False)),
        ("bad", "host gateway2", "does not answer"),
    ),
    (
        showing(Served("gateway2", "x", cluster.NOW, "a proxy", genuine=False)),
        (
            "bad",
            "host gateway2",
            "something else answers there, with a certificate of a proxy",
        ),
    ),
    (
        having(Deployment=[cluster.deployment("web", "guestbook-lab", 6, 4)]),
        ("warning", WEB, "web: 4 of 6 replicas available"),
    ),
    (
        having(Deployment=[cluster.deployment("web", "guestbook-lab", 6, 0)]),
        ("bad", WEB, "web: 0 of 6 replicas available"),
    ),
    (
        adding("Deployment", cluster.deployment("dns", "kube-system", 2, 1)),
        ("warning", "Deployment kube-system/dns", "1 of 2 replicas available"),
    ),
    (
        released(status=FAILED, cause="cause: image\nmore"),
        ("bad", WEB, "the last roll-out failed: cause: image"),
    ),
    (released(status=PENDING), ("warning", WEB, "a roll-out has not ended")),
    (released(status=ROLLED_BACK), ("warning", WEB, "the last roll-out was taken back")),
    (
        lambda facts: replace(facts, histories={}),
        ("warning", WEB, "no release is recorded"),
    ),
    (
        adding(
            "Pod",
            cluster.pod(
                "job",
                "guestbook-lab",
                "worker1",
                "x:1",
                state={"waiting": {"reason": "CrashLoopBackOff"}},
                restartCount=7,
            ),
        ),
        (
            "warning",
            "pod guestbook-lab/job",
            "container main: CrashLoopBackOff, started 7 times again",
        ),
    ),
]


@pytest.mark.parametrize(("change", "finding"), CASES)
def test_what_needs_attention(change: Change, finding: tuple[str, str, str]) -> None:
    report = build(change(cluster.site()))
    assert finding in findings(report)
    # what is worse comes first
    states = [one.state for one in report.findings]
    assert states == sorted(states, key=["bad", "warning", "note"].index)


@pytest.mark.parametrize(
    ("days", "state", "what"),
    [
        (30.5, "good", ""),
        (29.0, "warning", "valid for 29 more days"),
        (6.9, "bad", "valid for 6 more days"),
        (-0.5, "bad", "expired"),
    ],
)
def test_certificates(days: float, state: str, what: str) -> None:
    one = Served("applications", "x:443", cluster.NOW + timedelta(days=days), "lab CA")
    report = build(replace(cluster.site(), certificates=(one,)))
    assert report.certificates[0].state == state
    found = [f[2] for f in findings(report)]
    assert found == ([what] if what else [])


def test_a_certificate_of_a_stranger() -> None:
    one = Served("depot", "x:5000", cluster.NOW, "a proxy", genuine=False)
    report = build(replace(cluster.site(), certificates=(one,)))
    assert (report.certificates[0].state, report.certificates[0].days) == ("bad", None)
    assert [one[2] for one in findings(report)] == [
        "not of this site: signed by a proxy; something else answers there"
    ]


def test_hosts_are_not_judged_by_what_is_not_known() -> None:
    shown = {
        "gateway1": Served("gateway1", "x", cluster.NOW, "who knows"),
        "gateway2": Served("gateway2", "x", problem="not read: no TLS"),
    }
    report = build(replace(cluster.site(), outside=shown))
    assert {one.name: one.state for one in report.hosts} == {
        "operator1": "note",
        "gateway1": "note",
        "gateway2": "good",
    }


def test_a_certificate_that_cannot_be_read_is_no_fault() -> None:
    one = Served("etcd", "x:2379", problem="not read: timed out")
    report = build(replace(cluster.site(), certificates=(one,)))
    assert (report.certificates[0].days, report.certificates[0].detail) == (None, one.problem)
    assert findings(report) == []


def test_a_site_whose_api_does_not_answer() -> None:
    facts = replace(cluster.site(), objects={}, histories={}, reached=False, gaps=("no answer",))
    report = build(facts)
    assert ("bad", "Kubernetes API", "no answer") in findings(report)
    assert {node.detail for node in report.nodes} == {"not known"}
    assert {stack.detail for stack in report.stacks} == {"not known"}
    # what is not known is no difference
    assert report.drift == ()


def test_a_listed_stack_and_a_node_that_are_missing() -> None:
    change = having(Node=[], Namespace=[])
    report = build(change(cluster.site()))
    assert ("bad", "node control1", "not in the cluster") in findings(report)
    assert ("bad", "stack guestbook-lab", "not in the cluster") in findings(report)


def test_capacity_counts_pods_as_the_scheduler_does() -> None:
    def container(cpu: str, **more: Any) -> Object:
        return {"name": cpu, "image": "x:1", "resources": {"requests": {"cpu": cpu}}, **more}

    pods = [
        cluster.named(
            "Pod",
            "p",
            "x",
            spec={
                "nodeName": "worker1",
                "overhead": {"cpu": "10m"},
                "initContainers": [container("100m", restartPolicy="Always"), container("1")],
                "containers": [container("200m"), container("300m")],
            },
        ),
        cluster.named(
            "Pod",
            "done",
            "x",
            spec={"nodeName": "worker1", "containers": [container("3")]},
            status={"phase": "Succeeded"},
        ),
    ]
    node = build(having(Pod=pods)(cluster.site())).nodes[1]
    assert (node.name, node.pods) == ("worker1", 1)
    assert node.processor.requests == pytest.approx(1.11)


EVENT = {"involvedObject": {"kind": "Pod", "namespace": "x", "name": "p"}, "reason": "BackOff"}
EVENTS = [
    {**EVENT, "message": "old", "lastTimestamp": "2026-01-31T10:00:00Z"},
    {**EVENT, "message": "new", "count": 3, "lastTimestamp": "2026-01-31T11:00:00Z"},
    {**EVENT, "message": "new", "lastTimestamp": "2026-01-31T11:30:00Z"},
]


def test_services_claims_routes_and_warnings() -> None:
    facts = cluster.site()
    service = {"type": "LoadBalancer", "ports": [{"port": 80}, {"port": 443}]}
    placed = {"loadBalancer": {"ingress": [{"ip": "10.77.0.100"}]}}
    route = {
        "hostnames": ["a.test"],
        "rules": [{"matches": [{"path": {"value": "/api/v1"}}, {"path": {"value": "/api"}}]}, {}],
    }
    claim = cluster.named(
        "PersistentVolumeClaim",
        "data",
        "guestbook-lab",
        spec={"resources": {"requests": {"storage": "1Gi"}}},
    )
    report = build(
        having(
            Service=[
                cluster.named("Service", "a", "x", spec=service, status=placed),
                cluster.named("Service", "b", "x", spec=service),
                cluster.named("Service", "c", "x", spec={"type": "ClusterIP"}),
            ],
            HTTPRoute=[cluster.named("HTTPRoute", "r", "guestbook-lab", spec=route)],
            PersistentVolumeClaim=[claim],
            Event=EVENTS,
        )(facts)
    )
    assert report.services == (
        ("x/a", "10.77.0.100:80, 10.77.0.100:443"),
        ("x/b", "no address yet"),
    )
    assert report.stacks[0].urls == ("http://a.test/",)
    assert report.stacks[0].claims == (("data", "1Gi", "Pending"),)
    assert report.notices == (
        ("Pod x/p", "BackOff", "new", 4),
        ("Pod x/p", "BackOff", "old", 1),
    )


def test_runs() -> None:
    steps = tuple(("Nodes", f"step {n}", n / 10) for n in range(15))
    past = (
        PastRun("site", "b", 20.0, None, 0, steps),
        PastRun("site", "a", 9.0, True, 2),
        PastRun("deploy", "a", 9.0, False),
    )
    found = build(replace(cluster.site(), runs=past)).runs
    assert [one.outcome for one in found] == ["not ended", "done", "failed"]
    assert found[0].steps[0] == ("Nodes", "step 14", 1.4)
    assert len(found[0].steps) == 10


def test_the_document_is_json() -> None:
    report = build(cluster.site())
    document = json.loads(json.dumps(report.document()))
    assert document["format"] == "landfall.dev/report/v1"
    assert document["stacks"][0]["pods"] == dict(report.stacks[0].pods or {})


@pytest.mark.parametrize(
    ("names", "ordered"),
    [(["worker10", "worker2"], ["worker2", "worker10"]), (["b1", "a", "1"], ["a", "b1", "1"])],
)
def test_names_are_ordered_as_people_do(names: list[str], ordered: list[str]) -> None:
    assert sorted(names, key=natural) == ordered
