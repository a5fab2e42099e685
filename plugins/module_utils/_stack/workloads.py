# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs a component's pods: Deployment, StatefulSet, DaemonSet, Job or CronJob."""

from __future__ import annotations

from typing import Any

from .context import Context
from .model import (
    Component,
    Daemon,
    Job,
    Pods,
    Schedule,
    Service,
    Stateful,
    Task,
    files_name,
    members_name,
)
from .naming import Object, metadata, selector, short_hash
from .pods import pod_template
from .volumes import claim_name, plain_files

# A roll-out counts as stuck when no pod got ready for as long as one may start, and this.
STUCK_AFTER_S = 180
# A run that could not be started in time (the controller was away) is still started this late.
LATE_S = 3600
_OVERLAP = {"forbid": "Forbid", "allow": "Allow", "replace": "Replace"}


def kind(api_version: str, name: str, meta: Object, **content: Any) -> Object:
    """Return an object."""
    return {"apiVersion": api_version, "kind": name, "metadata": meta, **content}


def configuration(context: Context, name: str, component: Pods) -> list[Object]:
    """Return the ConfigMaps with a component's variables and files."""
    found = []
    for own, data in (
        (name, context.plain(component.environment)),
        (files_name(name), plain_files(context, component)),
    ):
        if data:
            meta = metadata(context.instance, own, name)
            found.append(kind("v1", "ConfigMap", meta, data=data))
    return found


def account(context: Context, name: str, component: Component) -> list[Object]:
    """Return a component's service account, and its rights when it declares some."""
    meta = metadata(context.instance, name, name)
    found = [kind("v1", "ServiceAccount", meta, automountServiceAccountToken=False)]
    access = component.access if isinstance(component, Pods) else ()
    if access:
        group = "rbac.authorization.k8s.io"
        rules: list[Object] = []
        for one in access:
            rule: Object = {
                "apiGroups": list(one.groups),
                "resources": list(one.resources),
                "verbs": list(one.verbs),
            }
            rules.append({**rule, "resourceNames": list(one.names)} if one.names else rule)
        found.append(kind(f"{group}/v1", "Role", dict(meta), rules=rules))
        subject = {"kind": "ServiceAccount", "name": name, "namespace": context.instance.namespace}
        role = {"apiGroup": group, "kind": "Role", "name": name}
        found.append(
            kind(f"{group}/v1", "RoleBinding", dict(meta), roleRef=role, subjects=[subject])
        )
    return found


def workload(context: Context, name: str, component: Pods) -> list[Object]:
    """Return what runs a component's pods, and what limits and scales it."""
    template = pod_template(context, name, component)
    if isinstance(component, Stateful):
        found = [*budget(context, name, component.replicas)]
        return [*found, _stateful_set(context, name, component, template)]
    if isinstance(component, Service):
        replicas = component.scale.least if component.scale else component.replicas
        found = [*budget(context, name, replicas), *_scaler(context, name, component)]
        return [*found, deployment(context, name, component, template)]
    if isinstance(component, Daemon):
        return [_daemon_set(context, name, template)]
    if isinstance(component, Schedule):
        return [_cron_job(context, name, component, template)]
    return [_job(context, name, component, template)] if isinstance(component, Job) else []


def budget(context: Context, name: str, replicas: int) -> list[Object]:
    """Return the disruption budget of a component with several pods."""
    if replicas < 2:
        return []
    spec = {
        "maxUnavailable": 1,
        # A pod that does not work anyway must not keep a node from being drained.
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
        "selector": {"matchLabels": selector(context.instance, name)},
    }
    meta = metadata(context.instance, name, name)
    return [kind("policy/v1", "PodDisruptionBudget", meta, spec=spec)]


def _scaler(context: Context, name: str, component: Service) -> list[Object]:
    scale = component.scale
    if scale is None:
        return []
    target = {"type": "Utilization", "averageUtilization": scale.cpu}
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
        "minReplicas": scale.least,
        "maxReplicas": scale.most,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
    }
    meta = metadata(context.instance, name, name)
    return [kind("autoscaling/v2", "HorizontalPodAutoscaler", meta, spec=spec)]


def deployment(context: Context, name: str, component: Service, template: Object) -> Object:
    """Return a Deployment; with an autoscaler the number of replicas is not ours to say."""
    number = {} if component.scale else {"replicas": component.replicas}
    return rolling(context, name, number, component.probes.start_within, template)


def rolling(
    context: Context, name: str, number: Object, start_within: int, template: Object
) -> Object:
    """Return a Deployment whose new pods are ready before old ones end."""
    spec = {
        **number,
        "revisionHistoryLimit": 5,
        "progressDeadlineSeconds": start_within + STUCK_AFTER_S,
        "strategy": {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1},
        },
        "selector": {"matchLabels": selector(context.instance, name)},
        "template": template,
    }
    return kind("apps/v1", "Deployment", metadata(context.instance, name, name), spec=spec)


def _stateful_set(context: Context, name: str, component: Stateful, template: Object) -> Object:
    spec: Object = {
        "replicas": component.replicas,
        "revisionHistoryLimit": 5,
        "serviceName": members_name(name),
        "podManagementPolicy": "Parallel" if component.start == "parallel" else "OrderedReady",
        "selector": {"matchLabels": selector(context.instance, name)},
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
        meta = {"name": claim_name(volume), "labels": selector(context.instance, name)}
        claims.append(kind("v1", "PersistentVolumeClaim", meta, spec=claim))
    if claims:
        spec["volumeClaimTemplates"] = claims
        spec["persistentVolumeClaimRetentionPolicy"] = {
            "whenDeleted": "Retain",
            "whenScaled": "Retain",
        }
    return kind("apps/v1", "StatefulSet", metadata(context.instance, name, name), spec=spec)


def _daemon_set(context: Context, name: str, template: Object) -> Object:
    spec = {
        "revisionHistoryLimit": 5,
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
        "selector": {"matchLabels": selector(context.instance, name)},
        "template": template,
    }
    return kind("apps/v1", "DaemonSet", metadata(context.instance, name, name), spec=spec)


def _run(component: Task, template: Object) -> Object:
    # No time to live: a Job that is gone would be run again.
    return {
        "backoffLimit": component.retries,
        "activeDeadlineSeconds": component.limit,
        "template": template,
    }


def job_name(component: str, template: Object) -> str:
    """Return the name of a component's Job.

    It is another Job when its template, which cannot be changed, is another.
    """
    return f"{component}-{short_hash(template)[:10]}"


def _job(context: Context, name: str, component: Job, template: Object) -> Object:
    meta = metadata(context.instance, job_name(name, template), name)
    return kind("batch/v1", "Job", meta, spec=_run(component, template))


def _cron_job(context: Context, name: str, component: Schedule, template: Object) -> Object:
    spec = {
        "schedule": component.schedule,
        "timeZone": component.time_zone,
        "concurrencyPolicy": _OVERLAP[component.overlap],
        "suspend": component.suspended,
        "startingDeadlineSeconds": LATE_S,
        "successfulJobsHistoryLimit": 3,
        "failedJobsHistoryLimit": 3,
        "jobTemplate": {
            "metadata": {"labels": template["metadata"]["labels"]},
            "spec": _run(component, template),
        },
    }
    return kind("batch/v1", "CronJob", metadata(context.instance, name, name), spec=spec)
