# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs from the inventory and the catalogue."""

from __future__ import annotations

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._release.model import (
    Scaled,
)
from ansible_collections.landfall.platform.plugins.module_utils._report.build import build
from ansible_collections.landfall.platform.plugins.module_utils._report.facts import (
    WantedStack,
)
from ansible_collections.landfall.platform.plugins.module_utils._report.model import (
    Drift,
)
from tests.support import cluster

from .changes import Change, adding, findings, first_node, released, status, wanting

IMAGE = "landfall.internal/guestbook:1.0.0"
OTHER = f"x@sha256:{'0' * 64}"
DRIFT: list[tuple[Change, list[Drift]]] = [
    (
        first_node(spec={"unschedulable": True}),
        [Drift("node worker1", "takes pods", "is cordoned")],
    ),
    (
        status(addresses=[{"type": "InternalIP", "address": "10.9.9.9"}]),
        [Drift("node worker1", "address 10.77.0.31", "10.9.9.9")],
    ),
    (
        adding("Node", cluster.node("stranger", "10.77.0.99")),
        [Drift("node stranger", "no such node", "the cluster has it")],
    ),
    (
        wanting(groups={"workers": {"worker9": "10.77.0.9"}}),
        [
            Drift("node control1", "no such node", "the cluster has it"),
            Drift("node worker1", "no such node", "the cluster has it"),
            Drift("node worker2", "no such node", "the cluster has it"),
            Drift("node worker9", "a node of the cluster", "the cluster has it not"),
        ],
    ),
    (
        wanting(kubernetes_version="1.38.0"),
        [Drift("kubernetes", "version 1.38.0", "1.37.1")],
    ),
    (
        wanting(images={"kube-proxy": "registry.k8s.io/kube-proxy:v1.38.0"}),
        [Drift("kube-proxy (image)", "version v1.38.0", "v1.37.1")],
    ),
    (
        wanting(stacks=(WantedStack("shop", "lab", "shop-lab"),)),
        [
            Drift("stack guestbook-lab", "not listed", "the cluster has it"),
            Drift("stack shop-lab", "deployed", "the cluster has it not"),
            Drift("stack stack1-lab", "not listed", "the cluster has it"),
        ],
    ),
    (
        adding(
            "Namespace",
            cluster.namespace("try-1", "guestbook", "try-1", **{"landfall.dev/on-the-fly": "true"}),
        ),
        [],
    ),
    (
        released(scaled={"web": Scaled(4, 2)}),
        [
            Drift(
                "stack guestbook-lab",
                "the inventory's number",
                "web has 4 replicas; the inventory says 2",
            )
        ],
    ),
    (
        adding("Pod", cluster.pod("odd", "guestbook-lab", "worker1", IMAGE, imageID=OTHER)),
        [
            Drift(
                "stack guestbook-lab",
                f"web: {cluster.digest(IMAGE)}",
                OTHER.partition("@")[2],
            )
        ],
    ),
]


@pytest.mark.parametrize(("change", "found"), DRIFT)
def test_drift(change: Change, found: list[Drift]) -> None:
    report = build(change(cluster.site()))
    assert list(report.drift) == found
    number = len(found)
    text = f"{number} difference{'s' if number > 1 else ''} from the inventory"
    assert (("warning", "drift", text) in findings(report)) == bool(found)


def test_an_image_that_no_catalogue_has_is_named_without_a_verdict() -> None:
    pod = cluster.pod("odd", "kube-system", "worker1", "registry.example:5000/odd@sha256:0")
    report = build(adding("Pod", pod)(cluster.site()))
    (version,) = [one for one in report.versions if "odd" in one.name]
    assert (version.name, version.wanted, version.state) == (
        "registry.example:5000/odd (image)",
        "",
        "note",
    )
    assert report.drift == ()
