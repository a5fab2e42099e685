# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and labels of a stack's objects, and what its references mean."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from .references import SECRET, STACK, Reference, parse, resolve
from .settings import Instance

Object = dict[str, Any]

# The shared Gateway and where its proxies run (role ingress).
GATEWAY = {"name": "landfall", "namespace": "ingress"}
GATEWAY_NAMESPACES = ("envoy-gateway-system", "ingress")
# Namespaces with this label may attach routes to the Gateway.
ROUTES_LABEL = "landfall.dev/ingress"
CONFIGURATION = "landfall.dev/configuration"
SECRETS = "landfall.dev/secrets"

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


def _meaning(instance: Instance, reference: Reference) -> str:
    attribute = ".".join(reference.words[1:])
    if reference.target == STACK:
        return {
            "name": instance.stack.name,
            "namespace": instance.namespace,
            "environment": instance.environment,
        }[attribute]
    if attribute == "host":
        return reference.target
    ports = instance.stack.components[reference.target].ports
    name = attribute.partition(".")[2] or next(iter(ports))
    return str(ports[name])


def plain_environment(instance: Instance, component: str) -> dict[str, str]:
    """Return a component's variables that are no secrets, with their references resolved."""
    return {
        name: resolve(text, lambda reference: _meaning(instance, reference))
        for name, text in instance.stack.components[component].environment.items()
        if _secret(text) is None
    }


def secret_environment(
    environment: Mapping[str, str],
) -> dict[str, tuple[str, str]]:
    """Return the variables that are secrets: name of the Secret and its key."""
    found = {name: _secret(text) for name, text in environment.items()}
    return {name: place for name, place in found.items() if place}


def _secret(text: str) -> tuple[str, str] | None:
    parts = parse(text)
    if len(parts) == 1 and isinstance(parts[0], Reference) and parts[0].target == SECRET:
        return parts[0].words[1], parts[0].words[2]
    return None
