# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the facts of one node from its disk and from its own API server."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Callable, Optional

from .._core.errors import CommandError
from .._core.process import Runner, run
from . import marker, pem
from .api import health
from .observation import Api, Marker, Observation
from .paths import Paths

_IMAGE = re.compile(r"^[\s-]*image:\s*\S*kube-apiserver:v?([0-9.]+)\S*\s*$", re.MULTILINE)
_VERSION = re.compile(r"v(\d+\.\d+\.\d+)")


def observe(
    paths: Paths,
    *,
    wait: float = 0.0,
    runner: Runner = run,
    probe: Callable[[], str] = lambda: "",
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Observation:
    """Return what this node is.

    Args:
        paths: where to look.
        wait: seconds that a complete control plane has to become healthy (it may just start).
        runner: starts the kubelet for its version.
        probe: says why the API server is not ready; empty when it is.
        clock, sleep: time.
    """
    seen = _on_disk(paths, runner)
    if "kube-apiserver" not in seen.manifests:
        return seen
    patience = wait if seen.marker in (Marker.NONE, Marker.MEMBER) else 0.0
    detail = _wait(probe, clock() + patience, clock, sleep)
    return replace(seen, api=Api.UNHEALTHY if detail else Api.HEALTHY, api_detail=detail)


def _on_disk(paths: Paths, runner: Runner) -> Observation:
    """Return what the node's files say; of its API server nothing yet."""
    note = marker.read(paths)
    kubelet_conf = paths.kubelet_conf.exists()
    return Observation(
        cluster_ca=_fingerprint(paths),
        ca_key=paths.ca_key.exists(),
        kubelet_conf=kubelet_conf,
        admin_conf=paths.admin_conf.exists(),
        manifests=tuple(sorted(path.stem for path in paths.manifests.glob("*.yaml"))),
        etcd_data=paths.etcd_member.exists(),
        api_version=_api_version(paths),
        kubelet_version=_kubelet_version(runner) if kubelet_conf else "",
        marker=note.state,
        cluster_id=note.cluster_id,
        configuration=note.configuration,
        certificates=_certificates(paths),
        cgroup_version=2 if paths.cgroup2.exists() else 1,
    )


def local_probe(paths: Paths) -> Callable[[], str]:
    """Return a probe of this node's API server."""
    return lambda: health(paths.ca)


def _wait(
    probe: Callable[[], str],
    end: float,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> str:
    while True:
        detail = probe()
        if not detail or clock() >= end:
            return detail
        sleep(0.5)


def _fingerprint(paths: Paths) -> str:
    text = _read(paths, "ca")
    if text is None:
        return ""
    try:
        return pem.sha256(text)
    except ValueError:
        return "unreadable"


def _api_version(paths: Paths) -> str:
    try:
        text = (paths.manifests / "kube-apiserver.yaml").read_text(encoding="utf-8")
    except OSError:
        return ""
    found = _IMAGE.search(text)
    return found.group(1) if found else ""


def _kubelet_version(runner: Runner) -> str:
    try:
        found = _VERSION.search(runner(["kubelet", "--version"]).stdout)
    except CommandError:
        return ""
    return found.group(1) if found else ""


def _certificates(paths: Paths) -> dict[str, str]:
    names = ("kubelet-client-current.pem", "kubelet-server-current.pem")
    kubelet = [paths.kubelet_pki / name for name in names if (paths.kubelet_pki / name).exists()]
    files = [*paths.pki.glob("*.crt"), *paths.pki.glob("etcd/*.crt"), *kubelet]
    return {str(path): _end(path) for path in sorted(files)}


def _end(path: Path) -> str:
    try:
        return pem.not_after(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "unreadable"


def _read(paths: Paths, name: str) -> Optional[str]:
    try:
        text: str = getattr(paths, name).read_text(encoding="utf-8")
    except OSError:
        return None
    return text
