# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster that OpenStack serves: load balancers of Services, volumes that follow their pods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from kubernetes import client
from openstack.connection import Connection

from tests.support.waiting import eventually

from .conftest import NAME, Site, inventory

SPACE = "landfall-test"
IMAGE = "docker.io/library/busybox:1.37.0"
CREDENTIAL = f"landfall-{NAME}"
LIMIT = 300


@pytest.fixture(scope="module")
def served(project: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site of inventories/qa with its cloud, standing."""
    one = Site(inventory(tmp_path_factory.mktemp("served") / "qa", landfall_cloud={}))
    try:
        one.play("openstack")
        one.play("../tests/openstack/metadata")
        one.play("site")
        one.core().create_namespace(client.V1Namespace(metadata={"name": SPACE}))
        yield one
    finally:
        one.play("destroy", "-e", f"openstack_removable={NAME}")


def pod(name: str, command: str, **spec: Any) -> dict[str, Any]:
    container = {"name": "it", "image": IMAGE, "command": ["sh", "-c", command], **spec}
    return {
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"containers": [container], "terminationGracePeriodSeconds": 0},
    }


def with_claim(name: str, node: str, command: str) -> dict[str, Any]:
    """Return a pod on a node, with the claim at /data."""
    found = pod(name, command, volumeMounts=[{"name": "data", "mountPath": "/data"}])
    found["spec"] |= {
        "nodeSelector": {"kubernetes.io/hostname": node},
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}],
    }
    return found


def running(site: Site, name: str) -> client.V1Pod:
    """Return a pod as soon as it is ready."""
    core = site.core()

    def ready() -> client.V1Pod | None:
        found = core.read_namespaced_pod(name, SPACE)
        states = found.status.container_statuses or []
        return found if states and all(each.ready for each in states) else None

    found = eventually(ready, LIMIT, every=1)
    assert found
    return found


def logs(site: Site, name: str) -> str:
    text: str = site.core().read_namespaced_pod_log(name, SPACE)
    return text


def gone(site: Site, name: str) -> None:
    """Delete a pod and wait until its volume may go elsewhere."""
    core = site.core()
    core.delete_namespaced_pod(name, SPACE)
    eventually(
        lambda: name not in {each.metadata.name for each in core.list_namespaced_pod(SPACE).items},
        LIMIT,
        every=1,
    )


def test_nodes_know_their_servers(project: Connection, served: Site) -> None:
    servers = {each.name: each.id for each in project.compute.servers()}
    nodes = served.core().list_node().items
    assert {node.metadata.name for node in nodes} == {"control1", "worker1", "worker2"}
    for node in nodes:
        name = node.metadata.name
        assert node.spec.provider_id == f"openstack:///{servers[name]}"
        assert node.metadata.labels["node.kubernetes.io/instance-type"].startswith("k8s.")
        taints = {taint.key for taint in node.spec.taints or ()}
        assert "node.cloudprovider.kubernetes.io/uninitialized" not in taints


def credentials(project: Connection) -> list[Any]:
    listed = project.identity.application_credentials(project.current_user_id)
    return [each for each in listed if each.name == CREDENTIAL]


def test_the_controllers_have_the_least_rights(project: Connection, served: Site) -> None:
    (made,) = credentials(project)
    roles = {role["name"] for role in made.roles}
    assert roles <= {"member", "load-balancer_member", "reader"}, "member implies the last one"
    assert "member" in roles
    assert made.unrestricted is False


def test_a_service_answers_at_its_load_balancer(project: Connection, served: Site) -> None:
    core = served.core()
    core.create_namespaced_pod(
        SPACE, pod("web", "echo hello > /tmp/index.html; exec httpd -f -p 8080 -h /tmp")
    )
    spec = {
        "type": "LoadBalancer",
        "selector": {"app": "web"},
        "ports": [{"port": 80, "targetPort": 8080}],
    }
    core.create_namespaced_service(SPACE, {"metadata": {"name": "web"}, "spec": spec})
    running(served, "web")

    def address() -> str:
        status = core.read_namespaced_service("web", SPACE).status.load_balancer
        return status.ingress[0].ip if status.ingress else ""

    found = eventually(address, LIMIT, every=0.5)
    (balancer,) = [
        each
        for each in project.load_balancer.load_balancers()
        if each.name == f"kube_service_{NAME}_{SPACE}_web"
    ]
    (floating,) = project.network.ips(port_id=balancer.vip_port_id)
    assert found == floating.floating_ip_address

    def answer() -> str:
        with requests.Session() as session:
            session.trust_env = False
            reply = session.get(f"http://{found}/", timeout=5)
        return reply.text if reply.status_code == 200 else ""

    text = eventually(answer, LIMIT, every=0.5, ignoring=(requests.RequestException,))
    assert text == "hello\n"


def test_a_volume_follows_its_pod(project: Connection, served: Site) -> None:
    core = served.core()
    claim = {
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    core.create_namespaced_persistent_volume_claim(SPACE, claim)
    write = "echo kept > /data/file; sync; exec sleep 1000000"
    core.create_namespaced_pod(SPACE, with_claim("writer", "worker1", write))
    running(served, "writer")
    bound = core.read_namespaced_persistent_volume_claim("data", SPACE)
    assert bound.spec.storage_class_name == "cinder"
    handle = core.read_persistent_volume(bound.spec.volume_name).spec.csi.volume_handle
    servers = {each.id: each.name for each in project.compute.servers()}
    (attached,) = project.block_storage.get_volume(handle).attachments
    assert servers[attached["server_id"]] == "worker1"

    gone(served, "writer")
    read = "cat /data/file; df -T /data | tail -1; exec sleep 1000000"
    core.create_namespaced_pod(SPACE, with_claim("reader", "worker2", read))
    running(served, "reader")
    assert eventually(lambda: logs(served, "reader"), LIMIT, every=1).startswith("kept\n")
    (attached,) = project.block_storage.get_volume(handle).attachments
    assert servers[attached["server_id"]] == "worker2"


def test_a_second_run_and_a_check_change_nothing(served: Site) -> None:
    assert served.play("site").changed == {}
    assert served.play("site", "--check").changed == {}


def leftovers(project: Connection) -> list[str]:
    """Return what the cloud has of the cluster that is not the stack's."""
    text = f"from cluster {NAME}"
    own = {"cinder.csi.openstack.org/cluster": NAME}
    made = [*project.load_balancer.load_balancers(), *project.network.ips()]
    found = [each.id for each in made if text in (each.description or "")]
    found += [v.name for v in project.block_storage.volumes() if own.items() <= v.metadata.items()]
    return found + [each.id for each in credentials(project)]


def test_deleting_leaves_nothing(project: Connection, served: Site) -> None:
    there = leftovers(project)
    assert len(there) == 5, "load balancer, address, credential, two volumes with the guestbook's"
    refused = served.play("destroy", expect=2)
    assert f"load balancer kube_service_{NAME}_{SPACE}_web would be deleted" in refused.output
    assert leftovers(project) == there
    named = ("-e", f"openstack_removable={NAME}")
    predicted = served.play("destroy", "--check", *named, expect=2)
    assert predicted.changed == {"localhost": 2}, "credential and load balancers"
    assert "a load balancer that the stack did not make is in its network" in predicted.output
    assert leftovers(project) == there
    served.play("destroy", *named)
    assert leftovers(project) == []
    assert not list(project.orchestration.stacks(name=NAME))
