# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configuration of kubeadm by shape, and the orders of nodes that carry it."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.cluster import (
    Action,
    ClusterPlan,
    Role,
    Step,
)
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.config import (
    ClusterConfig,
    Image,
    NodeConfig,
    cluster_configuration,
    fingerprint,
    init_documents,
    join_documents,
    kube_proxy_configuration,
    server,
)
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.credentials import (
    Credentials,
    fill,
    read_key,
)
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.dispatch import (
    Brief,
    Secrets,
    join_order,
    lead_order,
)
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.order import (
    ORDER_SPEC,
    Order,
)

IMAGES = {
    "kube-apiserver": "registry.k8s.io/kube-apiserver:v1.37.1",
    "etcd": "registry.k8s.io/etcd:3.7.3-0",
}
CLUSTER = ClusterConfig.from_params(
    {
        "name": "lab",
        "version": "1.37.1",
        "endpoint": "10.0.0.9",
        "pod_cidr": "10.244.0.0/16",
        "service_cidr": "10.96.0.0/16",
        "images": IMAGES,
        "audit": {"maxage": 7},
        "tls_cipher_suites": ["A", "B"],
        "kube_proxy": {"conntrack": {"maxPerCore": 0}},
        "dns_domain": None,
    }
    | {"dns_domain": "cluster.local"}
)
LEADER = NodeConfig("c1", "10.0.0.1", Role.CONTROL_PLANE)
WORKER = NodeConfig("w1", "10.0.0.4", Role.WORKER, cgroup_version=1)
SECRETS = Secrets("CERTIFICATE", "KEY", b"k" * 32)


def arguments(part: dict[str, Any]) -> dict[str, str]:
    return {pair["name"]: pair["value"] for pair in part["extraArgs"]}


def test_cluster_configuration_is_hardened() -> None:
    document = cluster_configuration(CLUSTER)
    api = arguments(document["apiServer"])
    assert document["controlPlaneEndpoint"] == "10.0.0.9:6443"
    assert document["dns"] == {"disabled": True}
    assert document["etcd"]["local"]["imageTag"] == "3.7.3-0"
    assert api["profiling"] == "false"
    assert api["audit-log-maxage"] == "7"
    assert api["audit-log-maxbackup"] == "10"
    assert api["kubelet-certificate-authority"] == "/etc/kubernetes/pki/ca.crt"
    assert "anonymous-auth" not in api, "excluded by authentication-config"
    mounted = [volume["mountPath"] for volume in document["apiServer"]["extraVolumes"]]
    for key in ("encryption-provider-config", "audit-policy-file", "audit-log-path"):
        assert any(api[key].startswith(path) for path in mounted)
    for part in ("apiServer", "controllerManager", "scheduler"):
        assert arguments(document[part])["tls-cipher-suites"] == "A,B"


def test_without_cipher_suites_the_defaults_stay() -> None:
    bare = ClusterConfig("lab", "1.37.1", "fd00::9", "10.244.0.0/16", "10.96.0.0/16", images=IMAGES)
    assert "tls-cipher-suites" not in arguments(cluster_configuration(bare)["scheduler"])
    assert server(bare.endpoint) == "https://[fd00::9]:6443"


def test_kube_proxy_takes_more() -> None:
    document = kube_proxy_configuration(CLUSTER)
    assert document["mode"] == "nftables"
    assert document["conntrack"] == {"maxPerCore": 0}


def test_registration() -> None:
    worker = join_documents(CLUSTER, WORKER)[0]
    assert worker["nodeRegistration"]["ignorePreflightErrors"] == ["SystemVerification"]
    assert "controlPlane" not in worker
    leader = join_documents(CLUSTER, LEADER)[0]
    assert "ignorePreflightErrors" not in leader["nodeRegistration"]
    assert "taints" not in leader["nodeRegistration"]
    assert leader["controlPlane"]["localAPIEndpoint"]["advertiseAddress"] == "10.0.0.1"


def test_control_planes_may_take_pods() -> None:
    small = ClusterConfig.from_params({**CLUSTER.__dict__, "schedule_on_control_planes": True})
    assert init_documents(small, LEADER)[0]["nodeRegistration"]["taints"] == []
    assert "taints" not in join_documents(small, WORKER)[0]["nodeRegistration"]


@pytest.mark.parametrize("reference", ["etcd", "etcd:1", "registry/etcd", "host:5000/etcd"])
def test_bad_image(reference: str) -> None:
    with pytest.raises(InvalidInputError, match="image reference"):
        Image.parse(reference)


def test_fingerprint_tells_configurations_apart() -> None:
    other = ClusterConfig.from_params(
        {**CLUSTER.__dict__, "etcd_args": {"heartbeat-interval": 200}}
    )
    assert fingerprint(CLUSTER) == fingerprint(ClusterConfig.from_params({**CLUSTER.__dict__}))
    assert fingerprint(other) != fingerprint(CLUSTER)


def test_credentials_belong_to_a_nonce() -> None:
    one, two = Credentials.derive(b"k" * 32, "1"), Credentials.derive(b"k" * 32, "2")
    assert one == Credentials.derive(b"k" * 32, "1")
    assert one.token != two.token
    name, secret = one.token.split(".")
    assert (len(name), len(secret), len(one.certificate_key)) == (6, 16, 64)
    assert set(name + secret) <= set("abcdefghijklmnopqrstuvwxyz0123456789")


@pytest.mark.parametrize("text", ["", "nonsense!", base64.b64encode(b"short").decode()])
def test_bad_key_is_not_shown(text: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_key(text)
    assert not text or text not in str(caught.value)


def test_good_key() -> None:
    assert read_key(base64.b64encode(b"k" * 32).decode()) == b"k" * 32


def test_documents_hold_no_credentials_until_filled() -> None:
    made = Credentials("token", "certificate key")
    plain = init_documents(CLUSTER, LEADER) + join_documents(CLUSTER, LEADER)
    plain += join_documents(CLUSTER, WORKER)
    filled = fill(plain, made)
    assert "certificate key" not in str(plain)
    assert filled[0]["bootstrapTokens"][0]["token"] == "token"
    assert filled[0]["certificateKey"] == "certificate key"
    assert filled[4]["controlPlane"]["certificateKey"] == "certificate key"
    assert filled[5]["discovery"]["tlsBootstrapToken"] == "token"


def brief(*steps: Step) -> Brief:
    return Brief.of(ClusterPlan("c1", "10.0.0.1", steps, "one"), "nonce")


INIT = Step("c1", "10.0.0.1", Role.CONTROL_PLANE, Action.INITIALISE, reset=True)
JOIN = Step("w1", "10.0.0.4", Role.WORKER, Action.JOIN, cgroup_version=1)
IDLE = Step("w2", "10.0.0.5", Role.WORKER)
FAULTY = Step("w3", "10.0.0.6", Role.WORKER, problem="another cluster")


def order(params: dict[str, Any] | None) -> Order:
    assert params is not None
    assert set(params) <= set(ORDER_SPEC)
    return Order.from_params(
        {**{key: spec.get("default") for key, spec in ORDER_SPEC.items()}, **params}
    )


def test_brief_travels_without_idle_nodes() -> None:
    made = brief(JOIN, IDLE, FAULTY)
    assert set(made.steps) == {"w1", "w3"}
    assert Brief.from_params(made.to_result()) == made


def test_nothing_to_do() -> None:
    idle = brief(IDLE, FAULTY)
    assert idle.nonce == ""
    assert lead_order(idle, CLUSTER, SECRETS) is None
    assert join_order("w2", idle, CLUSTER, SECRETS) is None
    assert join_order("w3", idle, CLUSTER, SECRETS) is None


def test_new_cluster_has_the_nonce_as_its_identity() -> None:
    made = Brief.of(ClusterPlan("c1", "10.0.0.1", (INIT,)), "nonce")
    assert made.cluster_id == "nonce"


def test_order_to_initialise() -> None:
    made = order(lead_order(brief(INIT, JOIN), CLUSTER, SECRETS))
    assert made.step == "initialise"
    assert (made.ca_certificate, made.ca_key) == ("CERTIFICATE", "KEY")
    assert [one.name for one in made.candidates] == ["c1", "w1"]
    assert made.plan().summary() == ["reset half-made node c1", "initialise cluster on c1"]


def test_order_to_admit_has_no_ca_key() -> None:
    made = order(lead_order(brief(JOIN), CLUSTER, SECRETS))
    assert made.step == "admit"
    assert made.ca_key == ""
    assert not made.reset
    assert made.plan().summary() == ["admit node w1"]


def test_order_to_join() -> None:
    made = order(join_order("w1", brief(INIT, JOIN), CLUSTER, SECRETS))
    assert made.plan().summary() == ["join node w1"]
    cluster = made.discovery["clusters"][0]["cluster"]
    assert base64.b64decode(cluster["certificate-authority-data"]) == b"CERTIFICATE"
    assert fill([made.discovery], made.credentials)[0]["users"][0]["user"] == {
        "token": made.credentials.token
    }
