# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of nodes in, who initialises, joins and is refused out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    LandfallError,
    RefusedError,
)
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.cluster import (
    Action,
    Desired,
    Node,
    Role,
    Step,
    plan,
)
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.observation import (
    Api,
    Kind,
    Marker,
    Observation,
)

CA, OTHER = "a" * 64, "b" * 64
VERSION = "1.37.1"
VIRGIN = Observation()
LEADER = Observation(
    cluster_ca=CA,
    ca_key=True,
    kubelet_conf=True,
    admin_conf=True,
    manifests=("etcd", "kube-apiserver"),
    etcd_data=True,
    api=Api.HEALTHY,
    api_version=VERSION,
    kubelet_version=VERSION,
    marker=Marker.MEMBER,
    cluster_id="one",
)
SICK = replace(LEADER, api=Api.UNHEALTHY, api_detail="connection refused")
WORKER = Observation(
    cluster_ca=CA,
    kubelet_conf=True,
    kubelet_version=VERSION,
    marker=Marker.MEMBER,
    cluster_id="one",
)
HALF_INIT = replace(SICK, marker=Marker.INITIALISING)
HALF_JOIN = replace(WORKER, marker=Marker.JOINING, kubelet_conf=False)
NODES = (
    Node("c1", "10.0.0.1", Role.CONTROL_PLANE),
    Node("c2", "10.0.0.2", Role.CONTROL_PLANE),
    Node("c3", "10.0.0.3", Role.CONTROL_PLANE),
    Node("w1", "10.0.0.4", Role.WORKER),
)
NAMES = tuple(node.name for node in NODES)


def site(limit: str = "") -> Desired:
    chosen = limit.split() or NAMES
    nodes = tuple(replace(node, selected=node.name in chosen) for node in NODES)
    return Desired(nodes, VERSION, CA)


def outcome(observations: Mapping[str, Observation], limit: str = "") -> str:
    made = plan(site(limit), observations)
    steps = [
        f"{step.name}:{'problem' if step.problem else step.action.value}"
        f"{'+reset' if step.reset else ''}"
        for step in made.deeds
    ]
    return " ".join([f"via {made.sponsor}", *steps])


def seen(c1: object, c2: object, c3: object, w1: object) -> dict[str, Observation]:
    pairs = zip(NAMES, (c1, c2, c3, w1))
    return {name: fact for name, fact in pairs if isinstance(fact, Observation)}


PLANS = {
    "virgin site": (
        seen(VIRGIN, VIRGIN, VIRGIN, VIRGIN),
        "",
        "via c1 c1:initialise c2:join c3:join w1:join",
    ),
    "virgin site, worker down": (
        seen(VIRGIN, VIRGIN, VIRGIN, None),
        "",
        "via c1 c1:initialise c2:join c3:join",
    ),
    "virgin site, limited": (
        seen(VIRGIN, VIRGIN, VIRGIN, None),
        "c2",
        "via c2 c2:initialise",
    ),
    "initialisation cut off": (
        seen(HALF_INIT, VIRGIN, VIRGIN, VIRGIN),
        "",
        "via c1 c1:initialise+reset c2:join c3:join w1:join",
    ),
    "two initialisations cut off": (
        seen(HALF_INIT, HALF_INIT, VIRGIN, VIRGIN),
        "",
        "via c1 c1:initialise+reset c2:join+reset c3:join w1:join",
    ),
    "complete": (seen(LEADER, LEADER, LEADER, WORKER), "", "via c1"),
    "first control plane is new": (
        seen(VIRGIN, LEADER, LEADER, WORKER),
        "",
        "via c2 c1:join",
    ),
    "joins cut off": (
        seen(LEADER, HALF_JOIN, LEADER, HALF_JOIN),
        "",
        "via c1 c2:join+reset w1:join+reset",
    ),
    "control plane down": (seen(None, LEADER, LEADER, VIRGIN), "", "via c2 w1:join"),
    "limited to a new worker": (seen(LEADER, LEADER, None, VIRGIN), "w1", "via c1 w1:join"),
    "limited sponsor is preferred": (seen(LEADER, LEADER, LEADER, None), "c2", "via c2"),
    "one sick": (seen(LEADER, SICK, LEADER, WORKER), "", "via c1 c2:problem"),
    "worker of another CA": (
        seen(LEADER, LEADER, LEADER, replace(WORKER, cluster_ca=OTHER)),
        "",
        "via c1 w1:problem",
    ),
    "worker of an earlier cluster": (
        seen(LEADER, LEADER, LEADER, replace(WORKER, cluster_id="two")),
        "",
        "via c1 w1:problem",
    ),
    "worker with traces": (
        seen(LEADER, LEADER, LEADER, Observation(cluster_ca=CA)),
        "",
        "via c1 w1:problem",
    ),
    "worker that is a control plane": (
        seen(LEADER, LEADER, LEADER, LEADER),
        "",
        "via c1 w1:problem",
    ),
    "worker with an old kubelet": (
        seen(LEADER, LEADER, LEADER, replace(WORKER, kubelet_version="1.36.3")),
        "",
        "via c1 w1:problem",
    ),
    "initialisation cut off beside a cluster": (
        seen(HALF_INIT, LEADER, LEADER, WORKER),
        "",
        "via c2 c1:join+reset",
    ),
}


@pytest.mark.parametrize("name", PLANS)
def test_plans(name: str) -> None:
    observations, limit, expected = PLANS[name]
    assert outcome(observations, limit) == expected


REFUSALS = {
    "silent control plane": (seen(VIRGIN, None, VIRGIN, VIRGIN), "", "every control plane"),
    "no control plane selected": (seen(VIRGIN, VIRGIN, VIRGIN, VIRGIN), "w1", "--limit"),
    "API down": (seen(SICK, SICK, SICK, WORKER), "", "connection refused"),
    "survivor without quorum": (seen(None, None, SICK, WORKER), "", "start the hosts"),
    "only a worker remembers": (seen(VIRGIN, VIRGIN, VIRGIN, WORKER), "", "w1"),
    "half a join remembers": (seen(VIRGIN, HALF_JOIN, VIRGIN, VIRGIN), "", "c2"),
    "etcd data remembers": (
        seen(VIRGIN, Observation(etcd_data=True), VIRGIN, VIRGIN),
        "",
        "etcd data",
    ),
    "marker remembers": (
        seen(VIRGIN, Observation(marker=Marker.JOINING), VIRGIN, VIRGIN),
        "",
        "marker",
    ),
    "control plane of another CA": (
        seen(LEADER, replace(LEADER, cluster_ca=OTHER), LEADER, WORKER),
        "",
        "another CA",
    ),
    "two clusters of one CA": (
        seen(LEADER, replace(LEADER, cluster_id="two"), LEADER, WORKER),
        "",
        "different clusters",
    ),
    "upgrade": (
        seen(replace(LEADER, api_version="1.36.3"), LEADER, LEADER, WORKER),
        "",
        "set kubernetes_version to 1.36.3; a cluster that runs cannot be upgraded yet",
    ),
    "downgrade": (
        seen(replace(LEADER, api_version="1.38.0"), LEADER, LEADER, WORKER),
        "",
        "set kubernetes_version to 1.38.0",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals(name: str) -> None:
    observations, limit, expected = REFUSALS[name]
    with pytest.raises(RefusedError) as caught:
        plan(site(limit), observations)
    assert expected in str(caught.value)
    assert caught.value.remedy


def test_site_without_control_planes() -> None:
    with pytest.raises(InvalidInputError, match="control_planes"):
        plan(Desired((NODES[3],), VERSION, CA), {})


def test_step_travels() -> None:
    step = Step("w1", "10.0.0.4", Role.WORKER, Action.JOIN, True, "why", 1)
    assert Step.from_params(step.to_result()) == step


ANY = st.builds(
    Observation,
    cluster_ca=st.sampled_from(["", CA, OTHER]),
    ca_key=st.booleans(),
    kubelet_conf=st.booleans(),
    admin_conf=st.booleans(),
    manifests=st.sampled_from([(), ("etcd", "kube-apiserver")]),
    etcd_data=st.booleans(),
    api=st.sampled_from(Api),
    api_version=st.sampled_from([VERSION, "1.36.3"]),
    kubelet_version=st.sampled_from(["", VERSION, "1.36.3"]),
    marker=st.sampled_from(Marker),
    cluster_id=st.sampled_from(["", "one", "two"]),
)
TYPICAL = st.sampled_from([VIRGIN, LEADER, SICK, WORKER, HALF_INIT, HALF_JOIN])


@given(
    st.dictionaries(st.sampled_from(NAMES), TYPICAL | ANY),
    st.sets(st.sampled_from(NAMES)),
)
def test_a_cluster_is_made_only_on_a_clean_site(
    observations: dict[str, Observation], selected: set[str]
) -> None:
    desired = Desired(
        tuple(replace(node, selected=node.name in selected) for node in NODES), VERSION, CA
    )
    refused, made = "", None
    try:
        made = plan(desired, observations)
    except LandfallError as error:
        refused = error.remedy
    assert bool(refused) != bool(made)
    if made is None:
        return
    first = [step for step in made if step.action is Action.INITIALISE]
    assert len(first) <= 1
    assert {step.name for step in made} <= selected & set(observations)
    for step in made:
        whole = observations[step.name].kind in (Kind.MEMBER, Kind.TRACES)
        assert not (whole and step.action is not Action.NONE), "never touches a whole member"
        assert not (step.problem and step.action is not Action.NONE)
    if first:
        assert set(NAMES[:3]) <= set(observations)
        kinds = {one.kind for one in observations.values()}
        assert kinds <= {Kind.VIRGIN, Kind.HALF_INITIALISED}
        assert made.sponsor == first[0].name
    else:
        assert observations[made.sponsor].serves
