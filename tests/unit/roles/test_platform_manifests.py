# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the platform roles apply: rules that hold for all of them, and what is special to each."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import check_objects
from tests.support.manifests import ROLES, ROOT, rendered

CERTIFICATE = {"certificate": "SERVING\n", "key": "KEY\n"}
CASES: list[tuple[str, dict[str, Any]]] = [
    *((role, {}) for role in ROLES),
    ("ingress", {"ingress_replicas": 1, "ingress_controller_replicas": 2}),
    ("ingress", {"ingress_proxy_protocol": True}),
    ("metrics", {"metrics_certificate": CERTIFICATE}),
]


def of(objects: list[dict[str, Any]], kind: str, name: str = "") -> dict[str, Any]:
    found = [o for o in objects if o["kind"] == kind and name in ("", o["metadata"]["name"])]
    assert len(found) == 1, f"{kind} {name}: {len(found)}"
    return found[0]


def pods(objects: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for obj in objects:
        if "template" in obj.get("spec", {}):
            yield obj["spec"]["template"]["spec"]


@pytest.mark.parametrize(("role", "variables"), CASES)
def test_rules_for_all(role: str, variables: dict[str, Any]) -> None:
    objects = rendered(role, **variables)
    check_objects([(obj, role) for obj in objects])
    for obj in objects:
        if obj["kind"] == "Namespace":
            assert "pod-security.kubernetes.io/enforce" in obj["metadata"]["labels"]
    for pod in pods(objects):
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["priorityClassName"].startswith("system-")
        assert pod["enableServiceLinks"] is False
        for container in pod["containers"]:
            assert container["resources"]["requests"].keys() == {"cpu", "memory"}
            assert container["resources"]["limits"].keys() == {"memory"}
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert container["securityContext"]["capabilities"]["drop"] == ["ALL"]
            assert container["image"].rpartition(":")[2] not in {"", "latest"}
        if role != "network":
            assert pod["securityContext"]["runAsNonRoot"] is True


def test_flannel_finds_the_api_without_services() -> None:
    objects = rendered("network", network_direct_routing=True)
    config = json.loads(of(objects, "ConfigMap")["data"]["net-conf.json"])
    assert config == {
        "Network": "10.244.0.0/16",
        "EnableNFTables": True,
        "Backend": {"Type": "vxlan", "Port": 8472, "DirectRouting": True},
    }
    flannel = of(objects, "DaemonSet")["spec"]["template"]["spec"]["containers"][0]
    env = {entry["name"]: entry.get("value") for entry in flannel["env"]}
    assert env["KUBERNETES_SERVICE_HOST"] == "192.0.2.10"
    assert env["KUBERNETES_SERVICE_PORT"] == "6443"


@pytest.mark.parametrize(
    ("address", "subnet"),
    [("10.244.3.1/24", "10.244.3.0/24"), ("10.1.2.129/25", "10.1.2.128/25")],
)
def test_the_node_configuration_follows_flannel(tmp_path: Path, address: str, subnet: str) -> None:
    source, target = tmp_path / "subnet.env", tmp_path / "10-landfall.conflist"
    source.write_text(
        f"FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET={address}\nFLANNEL_MTU=1450\n"
    )
    text = of(rendered("network"), "ConfigMap")["data"]["cni.sh"]
    text = text.replace("/run/flannel", str(tmp_path)).replace("/etc/cni/net.d", str(tmp_path))
    # The functions alone, called twice: the second time nothing is to be written.
    text = text[: text.index("trap ")] + "write\nwrite\n"
    done = subprocess.run(["sh", "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout.count("wrote") == 1
    bridge, portmap = json.loads(target.read_text())["plugins"]
    assert bridge["ipam"]["ranges"] == [[{"subnet": subnet}]]
    assert bridge["ipam"]["routes"] == [{"dst": "10.244.0.0/16"}]
    assert bridge["mtu"] == 1450
    assert portmap["type"] == "portmap"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["10-landfall.conflist", "subnet.env"]


def test_storage_binds_late_and_is_the_default() -> None:
    objects = rendered("storage", storage_path="/data", storage_reclaim_policy="Retain")
    storage_class = of(objects, "StorageClass")
    assert storage_class["volumeBindingMode"] == "WaitForFirstConsumer"
    assert storage_class["reclaimPolicy"] == "Retain"
    assert list(storage_class["metadata"]["annotations"].values()) == ["true"]
    config = json.loads(of(objects, "ConfigMap")["data"]["config.json"])
    assert config["nodePathMap"][0]["paths"] == ["/data"]


def test_the_gateway_is_shared_and_its_ports_are_fixed() -> None:
    objects = rendered("ingress", ingress_http_node_port=31080)
    listeners = of(objects, "Gateway", "landfall")["spec"]["listeners"]
    assert [(one["name"], one["port"]) for one in listeners] == [("http", 80), ("https", 443)]
    for listener in listeners:
        assert listener["allowedRoutes"]["namespaces"]["selector"]["matchLabels"] == {
            "landfall.dev/ingress": "true"
        }
        assert "hostname" not in listener
    kubernetes = of(objects, "EnvoyProxy")["spec"]["provider"]["kubernetes"]
    ports = kubernetes["envoyService"]["patch"]["value"]["spec"]["ports"]
    assert ports == [{"port": 80, "nodePort": 31080}, {"port": 443, "nodePort": 30443}]
    assert kubernetes["envoyPDB"] == {"minAvailable": 1}
    assert of(objects, "Secret")["stringData"] == {"tls.crt": "INGRESS\n", "tls.key": "KEY\n"}
    single = rendered("ingress", ingress_replicas=1)
    assert "envoyPDB" not in of(single, "EnvoyProxy")["spec"]["provider"]["kubernetes"]


def test_metrics_are_verified_where_a_certificate_allows_it() -> None:
    plain = of(rendered("metrics"), "APIService")["spec"]
    assert plain["insecureSkipTLSVerify"] is True
    objects = rendered("metrics", metrics_certificate=CERTIFICATE)
    verified = of(objects, "APIService")["spec"]
    assert base64.b64decode(verified["caBundle"]) == b"CA\n"
    assert "insecureSkipTLSVerify" not in verified
    server = of(objects, "Deployment")["spec"]["template"]["spec"]["containers"][0]
    assert "--kubelet-certificate-authority=/var/run/cluster-ca/ca.crt" in server["args"]
    assert not [arg for arg in server["args"] if "insecure" in arg]


def test_templates_name_no_version() -> None:
    for role in ROLES:
        for template in (ROOT / "roles" / role / "templates").iterdir():
            assert "image: docker" not in template.read_text(encoding="utf-8")


def test_every_node_has_a_name_server_at_the_address_that_kubelets_know() -> None:
    objects = rendered("dns", dns_zones={"corp.example": ["10.0.0.53", "10.0.0.54"]})
    service = of(objects, "Service")["spec"]
    assert service["clusterIP"] == "10.96.0.10"
    assert service["trafficDistribution"] == "PreferSameNode"
    daemon = of(objects, "DaemonSet")["spec"]
    assert daemon["template"]["spec"]["tolerations"] == [{"operator": "Exists"}]
    assert daemon["updateStrategy"]["rollingUpdate"]["maxUnavailable"] == 0
    corefile = of(objects, "ConfigMap")["data"]["Corefile"]
    assert "forward . /etc/resolv.conf {" in corefile
    assert "corp.example:53 {" in corefile
    assert "forward . 10.0.0.53 10.0.0.54" in corefile


@pytest.mark.parametrize("network", ["10.96.0.0/30", "nonsense"])
def test_a_range_without_a_tenth_address_is_refused(network: str) -> None:
    with pytest.raises(InvalidInputError, match="no address 10"):
        rendered("dns", dns_service_cidr=network)
