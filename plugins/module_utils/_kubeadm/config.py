# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documents that kubeadm reads (kubeadm.k8s.io/v1beta4), as pure functions.

They are emitted as JSON, which is YAML. The kubelet's configuration is not here: each node has its
own in /etc/kubernetes/kubelet.conf.d, see docs/decisions/0002.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._core.errors import InvalidInputError
from .cluster import Role
from .member import CRI_SOCKET, DISCOVERY_FILE

API_VERSION = "kubeadm.k8s.io/v1beta4"
SETTINGS = "/etc/kubernetes/landfall"
AUDIT_LOG = "/var/log/kubernetes/audit"
API_PORT = 6443
CREDENTIALS_TTL = "30m0s"
# The API serves when a join begins; a gateway needs seconds, not kubeadm's five minutes.
DISCOVERY_TTL = "1m0s"

Document = dict[str, Any]


@dataclass(frozen=True)
class Image:
    """An image's reference, taken apart: repository without the name, name, tag."""

    repository: str
    name: str
    tag: str

    @classmethod
    def parse(cls, reference: str) -> Image:
        """Take a reference such as ``registry.k8s.io/etcd:3.7.3-0`` apart.

        Raises:
            InvalidInputError: it has no tag or no repository.
        """
        path, colon, tag = reference.rpartition(":")
        repository, slash, name = path.rpartition("/")
        if not colon or not slash or "/" in tag:
            raise InvalidInputError(
                "not an image reference with a repository and a tag",
                on=reference,
                expected="registry.k8s.io/etcd:3.7.3-0, for example",
                remedy="correct the catalogue",
            )
        return cls(repository, name, tag)


@dataclass(frozen=True)
class ClusterConfig:
    """What is the same for the whole cluster.

    Attributes:
        name: the site's name.
        version: Kubernetes without a leading v.
        endpoint: address of the gateway that the API is reached at.
        extra_sans: further names and addresses in the API server's certificate.
        images: catalogue name → reference; etcd and kube-apiserver are used.
        etcd_args, api_args, controller_manager_args, scheduler_args: flags without leading dashes,
            laid over ours.
        kube_proxy: KubeProxyConfiguration laid over ours.
        schedule_on_control_planes: control planes take ordinary pods as well.
    """

    name: str
    version: str
    endpoint: str
    pod_cidr: str
    service_cidr: str
    dns_domain: str = "cluster.local"
    images: Mapping[str, str] = field(default_factory=dict)
    extra_sans: Sequence[str] = ()
    tls_cipher_suites: Sequence[str] = ()
    audit: Mapping[str, int] = field(default_factory=dict)
    etcd_args: Mapping[str, str] = field(default_factory=dict)
    api_args: Mapping[str, str] = field(default_factory=dict)
    controller_manager_args: Mapping[str, str] = field(default_factory=dict)
    scheduler_args: Mapping[str, str] = field(default_factory=dict)
    kube_proxy: Mapping[str, Any] = field(default_factory=dict)
    schedule_on_control_planes: bool = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> ClusterConfig:
        """Build it from an action's parameters; what is not given keeps its default."""
        return cls(**{key: value for key, value in params.items() if value is not None})


@dataclass(frozen=True)
class NodeConfig:
    """What differs from node to node; ``cgroup_version`` 1 lets one preflight check pass."""

    name: str
    address: str
    role: Role
    cgroup_version: int = 2


def init_documents(cluster: ClusterConfig, node: NodeConfig) -> list[Document]:
    """Return the documents for ``kubeadm init``, and for what an existing member uploads.

    The credentials are put in on the node, see ``credentials.fill``.
    """
    return [
        {
            "apiVersion": API_VERSION,
            "kind": "InitConfiguration",
            "bootstrapTokens": [
                {
                    "ttl": CREDENTIALS_TTL,
                    "description": "made by Landfall for nodes that join",
                    "usages": ["signing", "authentication"],
                    "groups": ["system:bootstrappers:kubeadm:default-node-token"],
                }
            ],
            "localAPIEndpoint": {"advertiseAddress": node.address, "bindPort": API_PORT},
            "nodeRegistration": _registration(cluster, node),
        },
        cluster_configuration(cluster),
        kubelet_configuration(),
        kube_proxy_configuration(cluster),
    ]


def join_documents(cluster: ClusterConfig, node: NodeConfig) -> list[Document]:
    """Return the document for ``kubeadm join``.

    The cluster is found through a kubeconfig file that has the CA and the token: nothing has to
    be readable without authentication.
    """
    document: Document = {
        "apiVersion": API_VERSION,
        "kind": "JoinConfiguration",
        "discovery": {"file": {"kubeConfigPath": DISCOVERY_FILE}},
        "timeouts": {"discovery": DISCOVERY_TTL},
        "nodeRegistration": _registration(cluster, node),
    }
    if node.role is Role.CONTROL_PLANE:
        document["controlPlane"] = {
            "localAPIEndpoint": {"advertiseAddress": node.address, "bindPort": API_PORT}
        }
    return [document]


def discovery_kubeconfig(cluster: ClusterConfig, ca_certificate: str) -> Document:
    """Return the kubeconfig that a joining node finds and trusts the cluster with.

    Args:
        cluster: for the endpoint.
        ca_certificate: the cluster CA's, PEM.
    """
    name = "landfall-join"
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": name,
                "cluster": {
                    "server": server(cluster.endpoint),
                    "certificate-authority-data": base64.b64encode(
                        ca_certificate.encode()
                    ).decode(),
                },
            }
        ],
        "users": [{"name": name, "user": {}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }


def server(endpoint: str) -> str:
    """Return the URL of the API behind an address."""
    host = f"[{endpoint}]" if ":" in endpoint else endpoint
    return f"https://{host}:{API_PORT}"


def cluster_configuration(cluster: ClusterConfig) -> Document:
    """Return the ClusterConfiguration, hardened."""
    api_server = Image.parse(cluster.images["kube-apiserver"])
    etcd = Image.parse(cluster.images["etcd"])
    return {
        "apiVersion": API_VERSION,
        "kind": "ClusterConfiguration",
        "clusterName": cluster.name,
        "kubernetesVersion": f"v{cluster.version}",
        "controlPlaneEndpoint": server(cluster.endpoint).removeprefix("https://"),
        "imageRepository": api_server.repository,
        "networking": {
            "podSubnet": cluster.pod_cidr,
            "serviceSubnet": cluster.service_cidr,
            "dnsDomain": cluster.dns_domain,
        },
        # The role dns brings CoreDNS: one on each node, and not two wherever they fit.
        "dns": {"disabled": True},
        "etcd": {
            "local": {
                "dataDir": "/var/lib/etcd",
                "imageRepository": etcd.repository,
                "imageTag": etcd.tag,
                "extraArgs": _arguments(cluster.etcd_args),
            }
        },
        "apiServer": {
            "certSANs": ["localhost", "127.0.0.1", *cluster.extra_sans],
            "extraArgs": _arguments(_api_arguments(cluster)),
            "extraVolumes": [
                _volume("landfall-settings", SETTINGS, read_only=True),
                _volume("audit-log", AUDIT_LOG, read_only=False),
            ],
        },
        "controllerManager": _controller(cluster, cluster.controller_manager_args),
        "scheduler": _controller(cluster, cluster.scheduler_args),
    }


def _controller(cluster: ClusterConfig, own: Mapping[str, str]) -> Document:
    return {"extraArgs": _arguments({**_tls(cluster), "profiling": "false", **own})}


def kubelet_configuration() -> Document:
    """Return the part of the kubelet's configuration that kubeadm itself has to know."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "cgroupDriver": "systemd",
        "rotateCertificates": True,
        "serverTLSBootstrap": True,
    }


def kube_proxy_configuration(cluster: ClusterConfig) -> Document:
    """Return kube-proxy's configuration: nftables, health and metrics as upstream has them."""
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clusterCIDR": cluster.pod_cidr,
        **cluster.kube_proxy,
    }


def fingerprint(cluster: ClusterConfig) -> str:
    """Return a hash of what the cluster was configured with; it has no secret in it."""
    documents = [cluster_configuration(cluster), kube_proxy_configuration(cluster)]
    return hashlib.sha256(json.dumps(documents, sort_keys=True).encode()).hexdigest()


def _registration(cluster: ClusterConfig, node: NodeConfig) -> Document:
    registration: Document = {
        "name": node.name,
        "criSocket": CRI_SOCKET,
        "imagePullPolicy": "IfNotPresent",
        "imagePullSerial": False,
        "kubeletExtraArgs": _arguments({"node-ip": node.address}),
    }
    if cluster.schedule_on_control_planes and node.role is Role.CONTROL_PLANE:
        registration["taints"] = []
    if node.cgroup_version == 1:
        registration["ignorePreflightErrors"] = ["SystemVerification"]
    return registration


def _api_arguments(cluster: ClusterConfig) -> dict[str, str]:
    audit = {"maxage": 30, "maxbackup": 10, "maxsize": 100, **cluster.audit}
    return {
        **_tls(cluster),
        "profiling": "false",
        "authentication-config": f"{SETTINGS}/authentication.json",
        "encryption-provider-config": f"{SETTINGS}/encryption.json",
        "encryption-provider-config-automatic-reload": "true",
        "audit-policy-file": f"{SETTINGS}/audit-policy.json",
        "audit-log-path": f"{AUDIT_LOG}/audit.log",
        **{f"audit-log-{key}": str(value) for key, value in audit.items()},
        "enable-admission-plugins": "NodeRestriction",
        "kubelet-certificate-authority": "/etc/kubernetes/pki/ca.crt",
        **cluster.api_args,
    }


def _tls(cluster: ClusterConfig) -> dict[str, str]:
    tls = {"tls-min-version": "VersionTLS12"}
    if cluster.tls_cipher_suites:
        tls["tls-cipher-suites"] = ",".join(cluster.tls_cipher_suites)
    return tls


def _arguments(arguments: Mapping[str, str]) -> list[Document]:
    return [{"name": name, "value": str(value)} for name, value in sorted(arguments.items())]


def _volume(name: str, path: str, *, read_only: bool) -> Document:
    return {
        "name": name,
        "hostPath": path,
        "mountPath": path,
        "readOnly": read_only,
        "pathType": "DirectoryOrCreate",
    }
