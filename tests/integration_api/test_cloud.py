# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of a cloud's controllers against a real API server, and the controller itself.

openstack-cloud-controller-manager runs with the role's own arguments, configuration and rights; the
cloud is one that answers as a real one was recorded.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
import yaml
from kubernetes import client
from kubernetes import config as kubernetes_config

from ansible_collections.landfall.platform.plugins.module_utils._cloud.leftovers import (
    ADDRESS_TEXT,
    BALANCER_TEXT,
    claim,
)
from ansible_collections.landfall.platform.plugins.module_utils._heat.kept import CSI
from ansible_collections.landfall.platform.plugins.module_utils._kube.apply import apply_objects
from ansible_collections.landfall.platform.plugins.module_utils._kube.client import KubeClient
from tests.support.apiserver import executable, free_port
from tests.support.openstack import SERVICES, Cloud, cloud
from tests.support.store import store_file
from tests.support.waiting import eventually
from tests.unit.roles.test_cloud_manifests import objects
from tests.unit.roles.test_platform_manifests import of

TAINT = "node.cloudprovider.kubernetes.io/uninitialized"
PROVIDED = "alpha.kubernetes.io/provided-node-ip"
ADDRESS = "10.60.0.41"
LIMIT = 40
SERVER = {
    "id": "s1",
    "name": "worker1",
    "status": "ACTIVE",
    "flavor": {"original_name": "k8s.small"},
    "OS-EXT-AZ:availability_zone": "nova",
    "addresses": {"qa": [{"addr": ADDRESS, "version": 4, "OS-EXT-IPS:type": "fixed"}]},
}
PORT = {"id": "p1", "fixed_ips": [{"subnet_id": "s1", "ip_address": ADDRESS}]}
BALANCER = {
    "id": "b1",
    "name": "kube_service_qa_default_balanced",
    "vip_port_id": "p2",
    "vip_address": "10.60.0.200",
    "vip_subnet_id": "s1",
    "provisioning_status": "ACTIVE",
    "operating_status": "ONLINE",
    "listeners": [],
}
FLOATING = {"id": "f1", "floating_ip_address": "192.0.2.7", "port_id": "p2"}


def test_the_controllers_are_accepted_and_stable(api: KubeClient) -> None:
    wanted = objects({})
    done = apply_objects(api, "cloud", wanted, wait=False, force=True)
    assert len(done.plan.changes) == len(wanted)
    assert not apply_objects(api, "cloud", wanted, check=True).plan


def _versions(url: str, name: str) -> dict[str, Any]:
    links = [{"rel": "self", "href": url}]
    return {"versions": [{"id": name, "status": "CURRENT", "links": links}]}


@pytest.fixture
def openstack() -> Iterator[Cloud]:
    with cloud() as one:
        one.services = {**SERVICES, "identity": "/v3", "load-balancer": "/lb"}
        one.answers |= {
            "GET /network/": _versions(f"{one.url}/network/v2.0/", "v2.0"),
            "GET /lb/": _versions(f"{one.url}/lb/v2.0/", "v2.0"),
            "GET /compute/v2.1/servers/s1": {"server": SERVER},
            "GET /network/v2.0/ports": {"ports": [PORT]},
            "GET /network/v2.0/floatingips": {"floatingips": []},
            "POST /network/v2.0/floatingips": (201, {"floatingip": FLOATING}),
            "GET /lb/v2.0/lbaas/loadbalancers": {"loadbalancers": []},
            "POST /lb/v2.0/lbaas/loadbalancers": (201, {"loadbalancer": BALANCER}),
            "GET /lb/v2.0/lbaas/loadbalancers/b1": {"loadbalancer": BALANCER},
            "GET /lb/v2.0/lbaas/listeners": {"listeners": []},
        }
        yield one


@pytest.fixture
def controller(
    api: KubeClient, api_kubeconfig: Path, openstack: Cloud, tmp_path: Path
) -> Iterator[Path]:
    """The controller at work; its log."""
    program = store_file("cloud-provider-openstack", "openstack-cloud-controller-manager")
    if program is None:
        pytest.skip("the bundle's store has no openstack-cloud-controller-manager")
    wanted = objects({}, auth_url=f"{openstack.url}/v3")
    apply_objects(api, "cloud", wanted, wait=False, force=True)
    configuration = of(wanted, "Secret")["stringData"]["cloud.conf"]
    (tmp_path / "cloud.conf").write_text(configuration, encoding="utf-8")
    kubeconfig = _as_itself(api, "cloud-controller-manager", api_kubeconfig, tmp_path)
    pod = of(wanted, "DaemonSet", "cloud-controller-manager")["spec"]["template"]["spec"]
    arguments = [
        one.replace("/etc/openstack", str(tmp_path)) for one in pod["containers"][0]["args"]
    ]
    log = tmp_path / "log"
    command = [str(executable(program, tmp_path)), *arguments]
    command += [f"--kubeconfig={kubeconfig}", f"--secure-port={free_port()}"]
    with log.open("w") as stream, _running(command, stream):
        yield log
    print(log.read_text(encoding="utf-8")[-6000:])  # noqa: T201 (shown when a test fails)


def _as_itself(api: KubeClient, account: str, administrator: Path, folder: Path) -> Path:
    """Write the kubeconfig of an account of the controllers."""
    token, _ = api.token("openstack", account, 3600)
    config = yaml.safe_load(administrator.read_text(encoding="utf-8"))
    config["users"][0]["user"] = {"token": token}
    cluster = config["clusters"][0]["cluster"]
    authority = administrator.parent / cluster.pop("certificate-authority")
    cluster["certificate-authority"] = str(authority)
    written = folder / "kubeconfig"
    written.write_text(yaml.safe_dump(config), encoding="utf-8")
    return written


@pytest.fixture
def core(api_kubeconfig: Path) -> Iterator[client.CoreV1Api]:
    """The API; a node that has just joined, as its kubelet describes it."""
    found = client.CoreV1Api(kubernetes_config.new_client_from_config(str(api_kubeconfig)))
    metadata = {"name": "worker1", "annotations": {PROVIDED: ADDRESS}}
    taint = {"key": TAINT, "value": "true", "effect": "NoSchedule"}
    spec = {"providerID": "openstack:///s1", "taints": [taint]}
    found.create_node({"metadata": metadata, "spec": spec})
    status = {
        "addresses": [{"type": "InternalIP", "address": ADDRESS}],
        "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}],
    }
    found.patch_node_status("worker1", {"status": status})
    yield found
    found.delete_node("worker1")


VOLUME = {
    "id": "v1",
    "name": "pvc-u1",
    "size": 1,
    "status": "in-use",
    "metadata": {},
    "attachments": [{"server_id": "s1", "device": "/dev/vdb", "volume_id": "v1"}],
    "availability_zone": "nova",
}
CLAIM = {
    "metadata": {
        "name": "data",
        # what the scheduler and the controller manager would say
        "annotations": {
            "volume.kubernetes.io/selected-node": "worker1",
            "volume.kubernetes.io/storage-provisioner": "cinder.csi.openstack.org",
        },
    },
    "spec": {
        "storageClassName": "cinder",
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
    },
}


@pytest.fixture
def volumes(
    api: KubeClient, api_kubeconfig: Path, openstack: Cloud, tmp_path: Path
) -> Iterator[Path]:
    """The driver, the provisioner, the attacher and the resizer at work; their log."""
    wanted = objects({}, auth_url=f"{openstack.url}/v3")
    apply_objects(api, "cloud", wanted, wait=False, force=True)
    configuration = of(wanted, "Secret")["stringData"]["cloud.conf"]
    (tmp_path / "cloud.conf").write_text(configuration, encoding="utf-8")
    kubeconfig = _as_itself(api, "volume-controller", api_kubeconfig, tmp_path)
    log = tmp_path / "log"
    with ExitStack() as running, log.open("w") as stream:
        for container in of(wanted, "Deployment")["spec"]["template"]["spec"]["containers"]:
            program = _run_of(container, tmp_path)
            places = {"/etc/openstack": str(tmp_path), "/csi/": f"{tmp_path}/"}
            arguments = [_replaced(one, places) for one in container["args"]]
            own = [] if container["name"] == "driver" else [f"--kubeconfig={kubeconfig}"]
            command = [program, *arguments, *own]
            running.enter_context(_running(command, stream))
        yield log
    print(log.read_text(encoding="utf-8")[-9000:])  # noqa: T201 (shown when a test fails)


def _run_of(container: dict[str, Any], folder: Path) -> str:
    name = container["command"][0].rpartition("/")[2]
    entry = "cloud-provider-openstack" if container["name"] == "driver" else name
    found = store_file(entry, name)
    if found is None:
        pytest.skip(f"the bundle's store has no {name}")
    return str(executable(found, folder))


def _replaced(text: str, places: dict[str, str]) -> str:
    for old, new in places.items():
        text = text.replace(old, new)
    return text


@contextmanager
def _running(command: list[str], stream: IO[str]) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def test_a_claim_and_its_attachment(
    core: client.CoreV1Api, openstack: Cloud, volumes: Path
) -> None:
    openstack.answers |= {
        "GET /volume/v3/p1/volumes/detail": {"volumes": []},
        "POST /volume/v3/p1/volumes": (202, {"volume": VOLUME}),
        "GET /volume/v3/p1/volumes/v1": {"volume": VOLUME},
    }
    storage = client.StorageV1Api(core.api_client)
    driver = {"name": "cinder.csi.openstack.org", "nodeID": "s1", "topologyKeys": None}
    storage.create_csi_node({"metadata": {"name": "worker1"}, "spec": {"drivers": [driver]}})
    core.create_namespaced_persistent_volume_claim("default", CLAIM)
    (volume,) = eventually(lambda: core.list_persistent_volume().items, LIMIT, every=0.2)
    assert volume.spec.csi.volume_handle == "v1"
    assert volume.spec.csi.fs_type == "ext4"
    assert volume.spec.node_affinity is None, "it follows its pod to any node"
    (made,) = [body["volume"] for method, _, body in openstack.asked if method == "POST"]
    assert made["metadata"][CSI] == "qa"
    assert claim(made["metadata"]) == "default/data"

    source = {"persistentVolumeName": volume.metadata.name}
    spec = {"attacher": "cinder.csi.openstack.org", "nodeName": "worker1", "source": source}
    storage.create_volume_attachment({"metadata": {"name": "a1"}, "spec": spec})

    def attached() -> bool:
        status = storage.read_volume_attachment("a1").status
        return bool(status and status.attached)

    assert eventually(attached, LIMIT, every=0.2)
    assert "forbidden" not in volumes.read_text(encoding="utf-8")


def asked(openstack: Cloud, method: str) -> list[str]:
    return [path.partition("?")[0] for each, path, _ in openstack.asked if each == method]


def asked_for(openstack: Cloud) -> dict[str, Any]:
    """Check the load balancer that was asked for; return what was asked for as its address."""
    (made,) = [
        body["loadbalancer"]
        for method, path, body in openstack.asked
        if (method, path) == ("POST", "/lb/v2.0/lbaas/loadbalancers")
    ]
    assert made["name"] == BALANCER["name"]
    assert BALANCER_TEXT.fullmatch(made["description"]).groups() == ("default/balanced", "qa")
    assert (made["provider"], made["vip_subnet_id"]) == ("amphora", "s1")
    member = made["listeners"][0]["default_pool"]["members"][0]
    assert member["address"] == ADDRESS
    (floating,) = [
        body["floatingip"] for _, path, body in openstack.asked if body and "floating" in path
    ]
    assert ADDRESS_TEXT.fullmatch(floating["description"]).groups() == ("default/balanced", "qa")
    assert floating["floating_network_id"] == "n1"
    return floating


def test_a_node_and_a_service(core: client.CoreV1Api, openstack: Cloud, controller: Path) -> None:
    def taints() -> set[str]:
        return {taint.key for taint in core.read_node("worker1").spec.taints or ()}

    eventually(lambda: TAINT not in taints(), LIMIT, every=0.2)
    labels = core.read_node("worker1").metadata.labels
    assert labels["node.kubernetes.io/instance-type"] == "k8s.small"
    assert labels["topology.kubernetes.io/zone"] == "nova"
    assert labels["topology.kubernetes.io/region"] == "RegionOne"

    ports = [{"port": 80, "targetPort": 8080}]
    spec = {"type": "LoadBalancer", "selector": {"app": "balanced"}, "ports": ports}
    core.create_namespaced_service("default", {"metadata": {"name": "balanced"}, "spec": spec})

    def address() -> str:
        status = core.read_namespaced_service("balanced", "default").status.load_balancer
        return status.ingress[0].ip if status.ingress else ""

    assert eventually(address, LIMIT, every=0.2) == FLOATING["floating_ip_address"]
    floating = asked_for(openstack)
    openstack.answers |= {
        "GET /network/v2.0/floatingips": {
            "floatingips": [{**FLOATING, "description": floating["description"]}]
        },
        "DELETE /network/v2.0/floatingips/f1": (204, ""),
        "DELETE /lb/v2.0/lbaas/loadbalancers/b1": (204, ""),
    }
    core.delete_namespaced_service("balanced", "default")
    eventually(lambda: "/lb/v2.0/lbaas/loadbalancers/b1" in asked(openstack, "DELETE"), LIMIT)
    assert "/network/v2.0/floatingips/f1" in asked(openstack, "DELETE")
    openstack.answers["GET /lb/v2.0/lbaas/loadbalancers/b1"] = (404, {})

    def left() -> set[str]:
        return {one.metadata.name for one in core.list_namespaced_service("default").items}

    eventually(lambda: "balanced" not in left(), LIMIT, every=0.2)
    assert "forbidden" not in controller.read_text(encoding="utf-8")
