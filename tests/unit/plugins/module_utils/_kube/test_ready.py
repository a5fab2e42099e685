# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._kube.ready import (
    Facts,
    Failed,
    Ready,
    State,
    Waiting,
    facts_from,
    readiness,
)


def make(kind: str, api: str = "v1", generation: int = 1, **parts: Any) -> dict[str, Any]:
    meta = {"name": "a", "generation": generation, **parts.pop("meta", {})}
    return {"apiVersion": api, "kind": kind, "metadata": meta, "spec": {}, **parts}


def condition(name: str, status: str, **rest: Any) -> dict[str, Any]:
    return {"type": name, "status": status, **rest}


def deployment(**status: Any) -> dict[str, Any]:
    status = {"observedGeneration": 1, **status}
    return make("Deployment", "apps/v1", spec={"replicas": 2}, status=status)


def stateful(spec: dict[str, Any] | None = None, **status: Any) -> dict[str, Any]:
    spec = {"replicas": 2, **(spec or {})}
    return make("StatefulSet", "apps/v1", spec=spec, status={"observedGeneration": 1, **status})


def daemon(spec: dict[str, Any] | None = None, **status: Any) -> dict[str, Any]:
    return make("DaemonSet", "apps/v1", spec=spec or {}, status={"observedGeneration": 1, **status})


def conditioned(kind: str, api: str, *conditions: dict[str, Any]) -> dict[str, Any]:
    return make(kind, api, status={"conditions": list(conditions)})


def route(parents: list[Any], wanted: int = 1) -> dict[str, Any]:
    spec = {"parentRefs": [{"name": f"g{i}"} for i in range(wanted)]}
    return make("HTTPRoute", "gateway.networking.k8s.io/v1", spec=spec, status={"parents": parents})


GATEWAY = "gateway.networking.k8s.io/v1"
CRD = "apiextensions.k8s.io/v1"
ACCEPTED = condition("Accepted", "True", observedGeneration=1)
RESOLVED = condition("ResolvedRefs", "True")
ALL = {"updatedReplicas": 2, "replicas": 2, "availableReplicas": 2}

TABLE: list[tuple[str, dict[str, Any], State]] = [
    ("unknown kind", make("Thing", "example.com/v1"), Ready()),
    ("config", make("ConfigMap"), Ready()),
    ("not waited for", make("Pod", meta={"annotations": {"landfall.dev/wait": "false"}}), Ready()),
    ("going", make("ConfigMap", meta={"deletionTimestamp": "x"}), Waiting("it is being deleted")),
    ("deployment", deployment(**ALL), Ready()),
    (
        "no status",
        make("Deployment", "apps/v1"),
        Waiting("its controller has not seen the change yet"),
    ),
    ("few updated", deployment(updatedReplicas=1), Waiting("1 of 2 replicas updated")),
    ("old ones", deployment(**{**ALL, "replicas": 3}), Waiting("1 old replicas are ending")),
    (
        "few available",
        deployment(**{**ALL, "availableReplicas": 1}),
        Waiting("1 of 2 replicas available"),
    ),
    (
        "deadline",
        deployment(
            conditions=[
                condition("Progressing", "False", reason="ProgressDeadlineExceeded", message="m")
            ]
        ),
        Failed("Progressing is False (ProgressDeadlineExceeded: m)"),
    ),
    ("stateful", stateful(readyReplicas=2, updatedReplicas=2, updateRevision="b"), Ready()),
    ("one ready", stateful(readyReplicas=1, updatedReplicas=2), Waiting("1 of 2 replicas ready")),
    (
        "one updated",
        stateful(readyReplicas=2, updatedReplicas=1, updateRevision="b"),
        Waiting("1 of 2 replicas updated"),
    ),
    (
        "unrevised",
        stateful(readyReplicas=2, currentReplicas=2, currentRevision="a", updateRevision="a"),
        Ready(),
    ),
    (
        "partition",
        stateful(
            {"updateStrategy": {"rollingUpdate": {"partition": 1}}},
            readyReplicas=2,
            updatedReplicas=1,
        ),
        Ready(),
    ),
    ("on delete", stateful({"updateStrategy": {"type": "OnDelete"}}, readyReplicas=2), Ready()),
    (
        "daemon",
        daemon(desiredNumberScheduled=3, updatedNumberScheduled=3, numberAvailable=3),
        Ready(),
    ),
    (
        "daemon old",
        daemon(desiredNumberScheduled=3, updatedNumberScheduled=2),
        Waiting("2 of 3 pods updated"),
    ),
    (
        "daemon few",
        daemon(desiredNumberScheduled=3, updatedNumberScheduled=3, numberAvailable=1),
        Waiting("1 of 3 pods available"),
    ),
    (
        "daemon on delete",
        daemon(
            {"updateStrategy": {"type": "OnDelete"}}, desiredNumberScheduled=1, numberAvailable=1
        ),
        Ready(),
    ),
    (
        "replica set",
        make("ReplicaSet", "apps/v1", spec={"replicas": 1}, status={"observedGeneration": 1}),
        Waiting("0 of 1 replicas available"),
    ),
    (
        "replica set none",
        make("ReplicaSet", "apps/v1", spec={"replicas": 0}, status={"observedGeneration": 1}),
        Ready(),
    ),
    ("job", conditioned("Job", "batch/v1", condition("Complete", "True")), Ready()),
    (
        "job failed",
        conditioned("Job", "batch/v1", condition("Failed", "True", reason="BackoffLimitExceeded")),
        Failed("Failed is True (BackoffLimitExceeded)"),
    ),
    ("job suspended", make("Job", "batch/v1", spec={"suspend": True}), Ready()),
    (
        "job runs",
        make("Job", "batch/v1", status={"active": 1}),
        Waiting("0 of 1 completions, 1 pods active, 0 failed"),
    ),
    (
        "pod",
        make("Pod", status={"phase": "Running", "conditions": [condition("Ready", "True")]}),
        Ready(),
    ),
    ("pod done", make("Pod", status={"phase": "Succeeded"}), Ready()),
    (
        "pod failed",
        make("Pod", status={"phase": "Failed", "reason": "Evicted"}),
        Failed("phase Failed (Evicted)"),
    ),
    ("pod new", make("Pod"), Waiting("phase Pending, no condition Ready yet")),
    ("claim", make("PersistentVolumeClaim", status={"phase": "Bound"}), Ready()),
    (
        "claim none",
        make("PersistentVolumeClaim"),
        Waiting("phase Pending, storage class (no default class)"),
    ),
    (
        "claim lost",
        make("PersistentVolumeClaim", spec={"storageClassName": "c"}, status={"phase": "Lost"}),
        Failed("phase Lost, storage class c"),
    ),
    (
        "crd",
        conditioned("CustomResourceDefinition", CRD, condition("Established", "True")),
        Ready(),
    ),
    (
        "crd new",
        conditioned("CustomResourceDefinition", CRD),
        Waiting("no condition Established yet"),
    ),
    (
        "crd names",
        conditioned(
            "CustomResourceDefinition", CRD, condition("NamesAccepted", "False", reason="Taken")
        ),
        Failed("NamesAccepted is False (Taken)"),
    ),
    ("service", make("Service", spec={"type": "LoadBalancer"}), Ready()),
    ("namespace", make("Namespace"), Ready()),
    (
        "namespace going",
        make("Namespace", status={"phase": "Terminating"}),
        Failed("phase Terminating"),
    ),
    ("class", conditioned("GatewayClass", GATEWAY, ACCEPTED), Ready()),
    (
        "gateway",
        conditioned("Gateway", GATEWAY, ACCEPTED, condition("Programmed", "True")),
        Ready(),
    ),
    (
        "gateway no address",
        conditioned(
            "Gateway",
            GATEWAY,
            ACCEPTED,
            condition("Programmed", "False", reason="AddressNotAssigned"),
        ),
        Waiting("Programmed is False (AddressNotAssigned)"),
    ),
    (
        "gateway stale",
        make("Gateway", GATEWAY, generation=2, status={"conditions": [ACCEPTED]}),
        Waiting("Accepted is about generation 1 of 2"),
    ),
    ("route", route([{"conditions": [ACCEPTED, RESOLVED]}]), Ready()),
    ("route unanswered", route([], 1), Waiting("0 of 1 parents have answered")),
    (
        "route refused",
        route(
            [
                {
                    "parentRef": {"name": "g0"},
                    "conditions": [condition("Accepted", "False", reason="NoMatchingParent")],
                }
            ]
        ),
        Waiting("parent g0: Accepted is False (NoMatchingParent)"),
    ),
    (
        "api service",
        conditioned("APIService", "apiregistration.k8s.io/v1", condition("Available", "True")),
        Ready(),
    ),
]


@pytest.mark.parametrize(
    ("obj", "state"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_readiness(obj: dict[str, Any], state: State) -> None:
    assert readiness(obj) == state


def test_a_service_that_says_so_waits_for_its_address() -> None:
    meta = {"annotations": {"landfall.dev/wait": "true"}}
    service = make("Service", meta=meta, spec={"type": "LoadBalancer"})
    assert readiness(service) == Waiting("no address of a load balancer yet")
    service["status"] = {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}
    assert readiness(service) == Ready()
    assert readiness(make("Service", meta=meta)) == Ready()


def test_a_claim_of_a_late_binding_class_is_ready() -> None:
    facts = Facts(late_binding=frozenset({"local"}), default_class="local")
    assert readiness(make("PersistentVolumeClaim"), facts) == Ready()


def test_a_daemon_set_does_not_wait_for_lost_nodes() -> None:
    obj = daemon(desiredNumberScheduled=3, updatedNumberScheduled=2, numberAvailable=2)
    assert readiness(obj, Facts(lost_nodes=1)) == Ready()


def test_facts() -> None:
    default = {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}
    classes: list[Any] = [
        {"metadata": {"name": "a"}},
        {"metadata": {"name": "b", **default}, "volumeBindingMode": "WaitForFirstConsumer"},
    ]
    nodes = [
        conditioned("Node", "v1", condition("Ready", status)) for status in ("True", "Unknown")
    ]
    assert facts_from(classes, [*nodes, make("Node")]) == Facts(frozenset({"b"}), "b", 1)
    assert facts_from([], []) == Facts()
