# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a stack in an environment to the Kubernetes objects that it is."""

from __future__ import annotations

from collections.abc import Mapping

from .model import Component, Stateful, members_name
from .naming import ROUTES_LABEL, Object, labels, metadata, plain_environment, selector
from .network import policy, routes, services
from .pods import claim_name, is_restricted, pod_template
from .secrets import REVISION, Settled
from .settings import Instance
from .validate import order

# A roll-out counts as stuck when no pod got ready for as long as one may start, and this.
STUCK_AFTER_S = 180
_SECURITY = "pod-security.kubernetes.io"


def compile_stack(instance: Instance, secrets: Mapping[str, Settled]) -> list[Object]:
    """Return all objects of a stack, what is used before what uses it.

    Args:
        instance: a stack in an environment.
        secrets: the settled values of all secrets that the stack declares.
    """
    objects = [_namespace(instance)]
    objects += [_secret(instance, name, settled) for name, settled in secrets.items()]
    for name in order(instance.stack):
        objects += _component(instance, name, secrets)
    return [*objects, *routes(instance)]


def _namespace(instance: Instance) -> Object:
    marks = {f"{_SECURITY}/enforce": "baseline"}
    if all(is_restricted(component) for component in instance.stack.components.values()):
        marks[f"{_SECURITY}/warn"] = "restricted"
    if instance.stack.expose:
        marks[ROUTES_LABEL] = "true"
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": instance.namespace,
            "labels": {
                **labels(instance),
                **marks,
                "landfall.dev/stack": instance.stack.name,
                "landfall.dev/environment": instance.environment,
            },
        },
    }


def _secret(instance: Instance, name: str, settled: Settled) -> Object:
    meta = metadata(instance, name)
    meta["annotations"] = {REVISION: settled.revision}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": meta,
        "type": "Opaque",
        "stringData": dict(settled.values),
    }


def _component(instance: Instance, name: str, secrets: Mapping[str, Settled]) -> list[Object]:
    component = instance.stack.components[name]
    plain = plain_environment(instance, name)
    objects: list[Object] = [
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": metadata(instance, name, name),
            "automountServiceAccountToken": False,
        }
    ]
    if plain:
        objects.append(
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": metadata(instance, name, name),
                "data": plain,
            }
        )
    objects += [*services(instance, name), policy(instance, name)]
    if component.replicas > 1:
        objects.append(_budget(instance, name))
    template = pod_template(instance, name, secrets)
    if isinstance(component, Stateful):
        objects.append(_stateful_set(instance, name, component, template))
    else:
        objects.append(_deployment(instance, name, component, template))
    return objects


def _budget(instance: Instance, name: str) -> Object:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata(instance, name, name),
        "spec": {
            "maxUnavailable": 1,
            # A pod that does not work anyway must not keep a node from being drained.
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": {"matchLabels": selector(instance, name)},
        },
    }


def _deployment(instance: Instance, name: str, component: Component, template: Object) -> Object:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(instance, name, name),
        "spec": {
            "replicas": component.replicas,
            "revisionHistoryLimit": 5,
            "progressDeadlineSeconds": component.probes.start_within + STUCK_AFTER_S,
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1},
            },
            "selector": {"matchLabels": selector(instance, name)},
            "template": template,
        },
    }


def _stateful_set(instance: Instance, name: str, component: Stateful, template: Object) -> Object:
    spec: Object = {
        "replicas": component.replicas,
        "revisionHistoryLimit": 5,
        "serviceName": members_name(name),
        "selector": {"matchLabels": selector(instance, name)},
        "template": template,
    }
    claims = []
    for volume, declared in component.volumes.items():
        claim: Object = {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": declared.size}},
        }
        if declared.storage_class:
            claim["storageClassName"] = declared.storage_class
        meta = {"name": claim_name(volume), "labels": selector(instance, name)}
        claims.append(
            {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": claim}
        )
    if claims:
        spec["volumeClaimTemplates"] = claims
        spec["persistentVolumeClaimRetentionPolicy"] = {
            "whenDeleted": "Retain",
            "whenScaled": "Retain",
        }
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": metadata(instance, name, name),
        "spec": spec,
    }
