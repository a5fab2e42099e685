# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pods of a component: what makes them be replaced, where they run, what is in them."""

from __future__ import annotations

from .container_objects import delay, init_containers, main_container, pod_security
from .context import Context
from .model import Pods, Service, Stateful, Task
from .naming import (
    CONFIGS,
    CONFIGURATION,
    FILES,
    SECRETS,
    Object,
    labels,
    selector,
    short_hash,
)
from .volumes import file_volume, plain_files, volumes

# A name server on a node that just died must not cost every look-up the resolver's 5 s: it is
# given 1 s, and the next question usually goes to another one.
DNS_OPTIONS = (("timeout", "1"), ("attempts", "3"))
_HOST = "kubernetes.io/hostname"
_CONTROL_PLANE = "node-role.kubernetes.io/control-plane"


def dns_config() -> Object:
    """Return how pods look up names."""
    return {"options": [{"name": name, "value": value} for name, value in DNS_OPTIONS]}


def pod_template(context: Context, name: str, component: Pods) -> Object:
    """Return the pod template of component ``name``."""
    meta: Object = {"labels": labels(context.instance, name)}
    annotations = _annotations(context, component)
    if annotations:
        meta["annotations"] = annotations
    spec: Object = {
        "serviceAccountName": name,
        "automountServiceAccountToken": bool(component.access),
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": delay(component) + component.stop.grace,
        "securityContext": pod_security(component.security),
        "dnsConfig": dns_config(),
        **_placement(context, name, component),
        "initContainers": init_containers(context, component),
        "containers": [main_container(context, name, component)],
        "volumes": [*volumes(component), *file_volume(name, component)],
    }
    if isinstance(component, Task):
        # A failed try keeps its pod and with it the log; the next one is a new pod.
        spec["restartPolicy"] = "Never"
    return {"metadata": meta, "spec": {k: v for k, v in spec.items() if v not in ([], {})}}


def _annotations(context: Context, component: Pods) -> dict[str, str]:
    """Return what makes pods be replaced when the configuration that they use changed."""
    plain, files = context.plain(component.environment), plain_files(context, component)
    configs, used = context.used_configs(component), context.used_secrets(component)
    found = {}
    if plain:
        found[CONFIGURATION] = short_hash(plain)
    if files:
        found[FILES] = short_hash(files)
    if configs:
        hashes = {one: short_hash(context.configs[one]) for one in configs}
        found[CONFIGS] = ",".join(f"{one}={text}" for one, text in hashes.items())
    if used:
        found[SECRETS] = ",".join(f"{one}={context.secrets[one].revision}" for one in used)
    return found


# where ------------------------------------------------------------------------------------------


def _placement(context: Context, name: str, component: Pods) -> Object:
    found: Object = {"nodeSelector": dict(component.nodes.selector)}
    if component.nodes.everywhere:
        found["tolerations"] = [{"key": _CONTROL_PLANE, "operator": "Exists"}]
    if isinstance(component, (Service, Stateful)):
        # Always there, whatever the number of replicas: scaling must not replace pods.
        found["topologySpreadConstraints"] = [spread(context, name, component)]
    if isinstance(component, Stateful):
        found["affinity"] = {"podAntiAffinity": _apart(context, name)}
    return found


def spread(context: Context, name: str, component: object) -> Object:
    """Return the wish that pods are spread over the nodes."""
    found: Object = {
        "maxSkew": 1,
        "topologyKey": _HOST,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": selector(context.instance, name)},
    }
    if not isinstance(component, Stateful):
        # During a roll-out the old pods must not push the new ones onto one node.
        found["matchLabelKeys"] = ["pod-template-hash"]
    return found


def _apart(context: Context, name: str) -> Object:
    """Members of one set keep copies of each other's data: one node must not take two of them."""
    term = {
        "topologyKey": _HOST,
        "labelSelector": {"matchLabels": selector(context.instance, name)},
    }
    return {
        "preferredDuringSchedulingIgnoredDuringExecution": [
            {"weight": 100, "podAffinityTerm": term}
        ]
    }
