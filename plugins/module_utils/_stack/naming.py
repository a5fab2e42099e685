# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and labels of a stack's objects."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from .settings import Instance

Object = dict[str, Any]

# The shared Gateway, where its proxies run, and what marks them there (role ingress).
GATEWAY = {"name": "landfall", "namespace": "ingress"}
PROXY_NAMESPACE = "envoy-gateway-system"
PROXY_LABELS = {"landfall.dev/part": "ingress"}
# Namespaces with this label may attach routes to the Gateway.
ROUTES_LABEL = "landfall.dev/ingress"
# On pods: what replaces them when it changes.
CONFIGURATION = "landfall.dev/configuration"
FILES = "landfall.dev/files"
CONFIGS = "landfall.dev/configs"
SECRETS = "landfall.dev/secrets"
# On the pods of charts and manifests, whose own labels nobody knows.
COMPONENT = "landfall.dev/component"
# On a Service of type LoadBalancer: whether it may share its address with others.
ADDRESS = "landfall.dev/address"

_NAME, _INSTANCE = "app.kubernetes.io/name", "app.kubernetes.io/instance"


def selector(instance: Instance, component: str) -> dict[str, str]:
    """Return the labels that find a component's pods; they never change."""
    return {_NAME: component, _INSTANCE: instance.namespace}


def labels(instance: Instance, component: str = "") -> dict[str, str]:
    """Return the labels of an object, of one component or of the whole stack."""
    own = {"app.kubernetes.io/component": component} if component else {}
    return {
        **selector(instance, component or instance.stack.name),
        **own,
        "app.kubernetes.io/part-of": instance.stack.name,
        "app.kubernetes.io/managed-by": "landfall",
    }


def metadata(instance: Instance, name: str, component: str = "") -> Object:
    """Return the metadata of an object in the stack's namespace."""
    return {
        "name": name,
        "namespace": instance.namespace,
        "labels": labels(instance, component),
    }


def short_hash(content: object) -> str:
    """Return a hash that tells two contents apart."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
