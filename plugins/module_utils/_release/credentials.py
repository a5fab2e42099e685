# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials of an environment on the fly, as a kubeconfig."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from typing import Any

import yaml

from .target import Target


def kubeconfig(cluster: Mapping[str, Any], target: Target, token: str) -> str:
    """Return a kubeconfig that can do nothing but work in one namespace.

    Args:
        cluster: server and certificate authority, from the administrator's kubeconfig.
        target: the environment.
        token: of its service account.
    """
    name = target.namespace
    kept = ("server", "certificate-authority-data", "tls-server-name")
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {k: cluster[k] for k in kept if k in cluster}}],
        "users": [{"name": name, "user": {"token": token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": name}}],
        "current-context": name,
    }
    text: str = yaml.safe_dump(document, sort_keys=False)
    return text


def valid_for(text: str, server: str, now: float) -> float:
    """Return for how many seconds a kubeconfig that :func:`kubeconfig` made is still valid.

    Args:
        text: the kubeconfig; anything else is not valid.
        server: the cluster that it must be for.
        now: seconds since the epoch.
    """
    try:
        config = yaml.safe_load(text)
        if config["clusters"][0]["cluster"]["server"] != server:
            return 0.0
        body = config["users"][0]["user"]["token"].split(".")[1]
        padded = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        return max(0.0, float(json.loads(padded)["exp"]) - now)
    except (yaml.YAMLError, ValueError, KeyError, IndexError, TypeError, AttributeError):
        return 0.0


def remaining(text: str, server: str) -> float:
    """Return for how many seconds a kubeconfig is still valid."""
    return valid_for(text, server, time.time())


def is_for(text: str, namespace: str) -> bool:
    """Tell whether a text is a kubeconfig that :func:`kubeconfig` made for a namespace."""
    try:
        config = yaml.safe_load(text)
    except yaml.YAMLError:
        return False
    return isinstance(config, dict) and config.get("current-context") == namespace
