# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where kubeadm and Landfall keep things on a node; tests put another folder before them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Paths:
    """The files of a node below ``root``."""

    root: Path = Path("/")

    def __getattr__(self, name: str) -> Path:
        try:
            return self.root / _PATHS[name]
        except KeyError:
            raise AttributeError(name) from None


_PATHS = {
    "kubernetes": "etc/kubernetes",
    "ca": "etc/kubernetes/pki/ca.crt",
    "ca_key": "etc/kubernetes/pki/ca.key",
    "pki": "etc/kubernetes/pki",
    "kubelet_conf": "etc/kubernetes/kubelet.conf",
    "admin_conf": "etc/kubernetes/admin.conf",
    "manifests": "etc/kubernetes/manifests",
    "kubelet_pki": "var/lib/kubelet/pki",
    "etcd_member": "var/lib/etcd/member",
    "marker": "var/lib/landfall/kubeadm/marker.json",
    "records": "var/lib/landfall/units",
    "mountinfo": "proc/self/mountinfo",
    "lock": "run/lock/landfall-kubeadm.lock",
    "run": "run/landfall",
    "proc": "proc",
    "cgroup2": "sys/fs/cgroup/cgroup.controllers",
}
