# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of a cluster, as an API server would list them: a site of any size, to be looked at."""

from __future__ import annotations

import datetime
import hashlib
from typing import Any

from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import Object
from ansible_collections.landfall.platform.plugins.module_utils._release.model import (
    DEPLOYED,
    SUPERSEDED,
    History,
    Release,
)
from ansible_collections.landfall.platform.plugins.module_utils._report.facts import (
    Facts,
    PastRun,
    Served,
    Wanted,
    WantedStack,
)

NOW = datetime.datetime(2026, 1, 31, 12, 0, tzinfo=datetime.timezone.utc)
LABELS = {"landfall.dev/stack": "", "landfall.dev/environment": ""}
VERSION = "1.37.1"
GATEWAYS = {"gateway1": "10.77.0.20", "gateway2": "10.77.0.21"}
STEPS = (("Nodes", "Prepare", 3.2), ("Cluster", "Join", 2.1))


def digest(text: str) -> str:
    """Return a digest for an image."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def named(kind: str, name: str, namespace: str = "", **rest: Any) -> Object:
    """Return an object."""
    meta: Object = {"name": name, **rest.pop("metadata", {})}
    if namespace:
        meta["namespace"] = namespace
    return {"apiVersion": "v1", "kind": kind, "metadata": meta, **rest}


def node(name: str, address: str, *, control: bool = False, **status: Any) -> Object:
    """Return a node that is ready."""
    labels = {"node-role.kubernetes.io/control-plane": ""} if control else {}
    return named(
        "Node",
        name,
        metadata={"labels": labels},
        spec={},
        status={
            "conditions": [{"type": "Ready", "status": "True"}],
            "addresses": [{"type": "InternalIP", "address": address}],
            "allocatable": {"cpu": "4", "memory": "16Gi", "pods": "110"},
            "nodeInfo": {
                "kubeletVersion": f"v{VERSION}",
                "containerRuntimeVersion": "containerd://2.3.7",
                "osImage": "Debian GNU/Linux 13 (trixie)",
                "kernelVersion": "6.12.0",
            },
            **status,
        },
    )


def pod(name: str, namespace: str, on: str, image: str, **more: Any) -> Object:
    """Return a pod that runs one container."""
    resources = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}}
    return named(
        "Pod",
        name,
        namespace,
        spec={
            "nodeName": on,
            "containers": [{"name": "main", "image": image, "resources": resources}],
        },
        status={
            "phase": "Running",
            "containerStatuses": [
                {"name": "main", "image": image, "imageID": f"x@{digest(image)}", **more}
            ],
        },
    )


def deployment(name: str, namespace: str, wanted: int, ready: int | None = None) -> Object:
    """Return a Deployment."""
    there = wanted if ready is None else ready
    obj = named(
        "Deployment",
        name,
        namespace,
        spec={"replicas": wanted},
        status={
            "replicas": wanted,
            "updatedReplicas": wanted,
            "readyReplicas": there,
            "availableReplicas": there,
        },
    )
    return {**obj, "apiVersion": "apps/v1"}


def namespace(name: str, stack: str, environment: str, **labels: str) -> Object:
    """Return the namespace of a stack."""
    own = {"landfall.dev/stack": stack, "landfall.dev/environment": environment, **labels}
    return named("Namespace", name, metadata={"labels": own})


def release(stack: str, revision: int, images: dict[str, str], **more: Any) -> Release:
    """Return a release that runs, or did."""
    given: dict[str, Any] = {
        "status": DEPLOYED,
        "at": f"2026-01-{revision:02}T10:00:00Z",
        "by": "ada@control",
        "ran": True,
        "images": images,
        **more,
    }
    return Release(revision, stack, "lab", f"{stack}-lab", **given)


def site(nodes: int = 3, stacks: int = 2, pods: int = 12) -> Facts:
    """Return what was read of a site where all is well.

    Args:
        nodes: number of nodes; up to three of them are control planes.
        stacks: number of stacks.
        pods: number of pods of all stacks.
    """
    control = 1 if nodes < 10 else 3
    names = [f"control{n + 1}" for n in range(control)]
    names += [f"worker{n + 1}" for n in range(nodes - control)]
    addresses = {name: f"10.77.{n // 200}.{n % 200 + 30}" for n, name in enumerate(names)}
    titles = [f"stack{n}" if n else "guestbook" for n in range(stacks)]
    images = {title: f"landfall.internal/{title}:1.0.0" for title in titles}
    wanted = _wanted(addresses, control, titles)
    objects: dict[str, list[Object]] = {
        "Node": [node(n, addresses[n], control=n.startswith("control")) for n in names],
        "Pod": [pod(f"proxy-{n}", "kube-system", n, wanted.images["kube-proxy"]) for n in names],
        **{kind: [] for kind in ("Deployment", "Namespace", "HTTPRoute")},
    }
    for number, title in enumerate(titles):
        mine = [
            (f"web-{n}", names[control:][(n * 7 + number) % (nodes - control)])
            for n in range(pods)
            if n % stacks == number
        ]
        for kind, more in _stack(title, images[title], mine).items():
            objects[kind] += more
    return Facts(
        at=NOW,
        wanted=wanted,
        objects=objects,
        histories={f"{title}-lab": _history(title, image) for title, image in images.items()},
        usage=dict.fromkeys(names, (1.2, 5.5 * 2**30)),
        certificates=_certificates(addresses),
        outside={name: Served(name, "", NOW, genuine=True) for name in (*GATEWAYS, "operator1")},
        runs=(PastRun("site", "2026-01-31T11:00:00Z", 14.2, True, 0, STEPS),),
    )


def _stack(title: str, image: str, pods: list[tuple[str, str]]) -> dict[str, list[Object]]:
    """Return the objects of a stack; pods are names and nodes."""
    space = f"{title}-lab"
    rules = [{"matches": [{"path": {"value": "/"}}]}]
    spec = {"hostnames": [f"{title}.lab.test"], "rules": rules}
    return {
        "Namespace": [namespace(space, title, "lab")],
        "Deployment": [deployment("web", space, len(pods))],
        "Pod": [pod(name, space, on, image) for name, on in pods],
        "HTTPRoute": [named("HTTPRoute", "web", space, spec=spec)],
    }


def _history(title: str, image: str) -> History:
    """Return two releases of a stack."""
    images = {"web": f"{image}@{digest(image)}"}
    return History.of([release(title, 1, images, status=SUPERSEDED), release(title, 2, images)])


def _wanted(addresses: dict[str, str], control: int, titles: list[str]) -> Wanted:
    """Return what the inventory says."""
    nodes = list(addresses.items())
    return Wanted(
        site="lab",
        domain="lab.test",
        network="10.77.0.0/16",
        pod_cidr="10.244.0.0/16",
        service_cidr="10.96.0.0/16",
        gateway_address="10.77.0.5",
        kubernetes_version=VERSION,
        gateway_pool=("10.77.0.100-10.77.0.110",),
        groups={
            "operator": {"operator1": "10.77.0.10"},
            "depot": {"operator1": "10.77.0.10"},
            "gateways": GATEWAYS,
            "control_planes": dict(nodes[:control]),
            "workers": dict(nodes[control:]),
        },
        stacks=tuple(WantedStack(title, "lab", f"{title}-lab") for title in titles),
        versions={"containerd": "2.3.7"},
        images={"kube-proxy": f"registry.k8s.io/kube-proxy:v{VERSION}"},
    )


def _certificates(addresses: dict[str, str]) -> tuple[Served, ...]:
    """Return what the gateways and the kubelets show."""
    soon, late = (NOW + datetime.timedelta(days=days) for days in (90, 300))
    kubelets = (
        Served(f"kubelet {name}", f"{address}:10250", soon, "kubernetes")
        for name, address in addresses.items()
    )
    return (Served("applications", "10.77.0.5:443", late, "lab CA"), *kubelets)
