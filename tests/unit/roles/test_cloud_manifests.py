# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role cloud applies, and what other roles do where there is a cloud."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import check_objects
from tests.support.manifests import ROOT, rendered
from tests.unit.roles.test_platform_manifests import of

SECRET = "not-for-everybody"
ACCESS: dict[str, Any] = {
    "auth_url": "https://keystone.example.com/v3",
    "region": "RegionOne",
    "interface": "public",
    "ca_certificate": "",
    "insecure": False,
    "credential": "c1",
    "provider": "amphora",
    "subnet": "s1",
    "floating_network": "n1",
}
CASES: list[dict[str, Any]] = [
    {},
    {"balancers": False},
    {"volumes": False},
    {"volume_type": "ssd", "volume_policy": "Retain", "volume_zones": True},
]


def objects(cloud: dict[str, Any], **access: Any) -> list[dict[str, Any]]:
    return rendered(
        "cloud",
        landfall_cloud=cloud,
        landfall_cloud_access={"access": {**ACCESS, **access}},
        openstack_stack="qa",
        site_network="10.60.0.0/24",
        cloud_secret=SECRET,
    )


def configuration(cloud: dict[str, Any], **access: Any) -> list[str]:
    text: str = of(objects(cloud, **access), "Secret")["stringData"]["cloud.conf"]
    return text.splitlines()


@pytest.mark.parametrize("cloud", CASES)
def test_rules(cloud: dict[str, Any]) -> None:
    found = objects(cloud)
    check_objects([(obj, "cloud") for obj in found])
    for obj in found:
        assert obj["kind"] == "Secret" or SECRET not in json.dumps(obj)
        pod = obj.get("spec", {}).get("template", {}).get("spec")
        if pod is None:
            continue
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["priorityClassName"].startswith("system-")
        assert pod["enableServiceLinks"] is False
        mounted = {mount["name"] for c in pod["containers"] for mount in c["volumeMounts"]}
        assert mounted == {volume["name"] for volume in pod["volumes"]}
        for container in pod["containers"]:
            assert container["resources"]["requests"].keys() == {"cpu", "memory"}
            assert container["resources"]["limits"].keys() == {"memory"}
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert container["image"].rpartition(":")[2] not in {"", "latest"}


def test_the_driver_on_nodes_has_no_credentials() -> None:
    pod = of(objects({}), "DaemonSet", "volume-driver")["spec"]["template"]["spec"]
    assert not [volume for volume in pod["volumes"] if "secret" in volume]
    privileged = [c["name"] for c in pod["containers"] if c["securityContext"].get("privileged")]
    assert privileged == ["driver"]


def test_new_nodes_wait_for_nothing_that_waits_for_them() -> None:
    pod = of(objects({}), "DaemonSet", "cloud-controller-manager")["spec"]["template"]["spec"]
    assert pod["hostNetwork"] is True
    keys = {toleration["key"] for toleration in pod["tolerations"]}
    assert {
        "node.cloudprovider.kubernetes.io/uninitialized",
        "node.kubernetes.io/not-ready",
    } <= keys
    env = {entry["name"]: entry["value"] for entry in pod["containers"][0]["env"]}
    assert env == {"KUBERNETES_SERVICE_HOST": "192.0.2.10", "KUBERNETES_SERVICE_PORT": "6443"}


def test_the_configuration() -> None:
    lines = configuration({})
    assert 'auth-url="https://keystone.example.com/v3"' in lines
    assert f'application-credential-secret="{SECRET}"' in lines
    assert 'subnet-id="s1"' in lines
    assert 'floating-network-id="n1"' in lines
    assert not [line for line in lines if line.startswith(("ca-file", "tls-insecure", "lb-method"))]


def test_other_clouds() -> None:
    lines = configuration({}, ca_certificate="CA\n", provider="ovn", floating_network="")
    assert {'ca-file="/etc/openstack/ca.crt"', "lb-method=SOURCE_IP_PORT", "internal-lb=true"} <= {
        *lines
    }
    assert 'tls-insecure="true"' in configuration({}, insecure=True)
    without = configuration({"balancers": False})
    assert "enabled=false" in without
    assert "create-monitor=true" not in without


def test_a_changed_configuration_replaces_the_pods() -> None:
    def marks(**access: Any) -> list[str]:
        return [
            obj["spec"]["template"]["metadata"]["annotations"]["landfall.dev/configuration"]
            for obj in objects({}, **access)
            if obj["metadata"]["name"] in ("cloud-controller-manager", "volume-controller")
            and "template" in obj.get("spec", {})
        ]

    assert len(marks()) == 2
    assert not set(marks()) & set(marks(credential="c2"))
    assert not set(marks()) & set(marks(ca_certificate="CA\n"))


def test_volumes() -> None:
    found = objects({"volume_type": "ssd", "volume_policy": "Retain", "volume_zones": True})
    storage_class = of(found, "StorageClass")
    assert storage_class["parameters"] == {"type": "ssd"}
    assert storage_class["reclaimPolicy"] == "Retain"
    assert storage_class["volumeBindingMode"] == "WaitForFirstConsumer"
    pod = of(found, "Deployment")["spec"]["template"]["spec"]
    arguments = [argument for c in pod["containers"] for argument in c["args"]]
    assert {"--with-topology=true", "--feature-gates=Topology=true", "--cluster=qa"} <= {*arguments}
    plain = of(objects({}), "Deployment")["spec"]["template"]["spec"]["containers"][0]
    assert "--with-topology=false" in plain["args"]
    assert "parameters" not in of(objects({}), "StorageClass")


def test_without_volumes_or_balancers() -> None:
    kinds = {obj["kind"] for obj in objects({"volumes": False})}
    assert not kinds & {"StorageClass", "CSIDriver", "Deployment"}
    for balancers, served in ((True, True), (False, False)):
        pod = of(objects({"balancers": balancers}), "DaemonSet", "cloud-controller-manager")
        arguments = pod["spec"]["template"]["spec"]["containers"][0]["args"]
        (controllers,) = [one for one in arguments if one.startswith("--controllers=")]
        assert ("service-lb-controller" in controllers) is served


@pytest.mark.parametrize(
    ("variables", "default"),
    [
        ({}, "true"),
        ({"landfall_cloud": {}}, "false"),
        ({"landfall_cloud": {"volumes": False}}, "true"),
    ],
)
def test_there_is_one_default_class(variables: dict[str, Any], default: str) -> None:
    local = of(rendered("storage", **variables), "StorageClass")
    assert list(local["metadata"]["annotations"].values()) == [default]


def kubernetes(**variables: Any) -> tuple[str, dict[str, Any]]:
    """Return the kubelet's unit, and what its configuration has of the node alone."""
    folder = ROOT / "roles/kubernetes"
    read = {
        **yaml.safe_load((folder / "defaults/main.yml").read_text(encoding="utf-8")),
        **yaml.safe_load((folder / "vars/main.yml").read_text(encoding="utf-8")),
    }
    names = (
        "kubernetes_cloud_provider",
        "kubernetes_kubelet_extra",
        "__kubernetes_server",
        "__kubernetes_own",
    )
    known = {name: read[name] for name in names}
    trusted = {k: trust_as_template(v) if isinstance(v, str) else v for k, v in known.items()}
    templar = Templar(DataLoader(), variables={**trusted, **variables})
    unit = (folder / "templates/kubelet.service.j2").read_text(encoding="utf-8")
    text = templar.template(trust_as_template(unit), overrides={"trim_blocks": True})
    return text, templar.template(trust_as_template("{{ __kubernetes_own }}"))


def test_kubelets_leave_it_to_the_cloud_what_a_node_is() -> None:
    unit, own = kubernetes(landfall_cloud={}, landfall_server="s1")
    assert "\n  --cloud-provider=external \\\n  $KUBELET_KUBEADM_ARGS\n" in unit
    assert own == {"providerID": "openstack:///s1"}
    assert kubernetes(landfall_cloud={})[1] == {}
    unit, own = kubernetes(landfall_server="s1", kubernetes_kubelet_extra={"maxPods": 1})
    assert "cloud-provider" not in unit
    assert "kubelet.conf.d \\\n  $KUBELET_KUBEADM_ARGS\n" in unit
    assert own == {"maxPods": 1}
