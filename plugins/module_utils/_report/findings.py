# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person should look at, the worst first, with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from . import facts as f
from .model import (
    BAD,
    GOOD,
    NOTE,
    WARNING,
    Amounts,
    Certificate,
    Drift,
    Finding,
    Host,
    Node,
    Stack,
    Workload,
)
from .nodes import active

_SEVERITY = (BAD, WARNING, NOTE)
_FULL = 0.9
_PODS = 10
# Reasons for which a container waits that do not pass by themselves.
_STUCK = frozenset(
    {
        *("CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "InvalidImageName"),
        *("CreateContainerConfigError", "CreateContainerError", "RunContainerError"),
    }
)


def findings(
    facts: f.Facts,
    hosts: Sequence[Host],
    nodes: Sequence[Node],
    stacks: Sequence[Stack],
    platform: Sequence[Workload],
    certificates: Sequence[Certificate],
    drift: Sequence[Drift],
) -> tuple[Finding, ...]:
    """Return what the parts of a report say that is not well."""
    found = [
        *_reached(facts),
        *(
            Finding(one.state, f"host {one.name}", one.detail, "start it, or look at its console")
            for one in hosts
            if one.state == BAD
        ),
        *_nodes(nodes),
        *(
            Finding(
                one.state,
                f"{one.kind} {one.namespace}/{one.name}",
                one.detail,
                "run site.yml again; it says what the pods miss",
            )
            for one in platform
            if one.state in {WARNING, BAD}
        ),
        *(
            Finding(one.state, f"stack {one.namespace}", one.detail, _stack_remedy(one))
            for one in stacks
            if one.state in {WARNING, BAD}
        ),
        *_pods(facts),
        *_certificates(certificates),
        *_drift(drift),
        Finding(NOTE, "backups", "none is recorded"),
    ]
    return tuple(sorted(found, key=lambda one: _SEVERITY.index(one.state)))


def _reached(facts: f.Facts) -> Iterator[Finding]:
    if not facts.reached:
        yield Finding(
            BAD,
            "Kubernetes API",
            "; ".join(facts.gaps) or "it does not answer",
            "see whether a gateway and a control plane are up",
        )


def _nodes(nodes: Sequence[Node]) -> Iterator[Finding]:
    for node in nodes:
        if node.state in {WARNING, BAD}:
            yield Finding(
                node.state,
                f"node {node.name}",
                node.detail,
                "see 'systemctl status kubelet containerd' on it, then run site.yml again",
            )
        for word, amounts in (("memory", node.memory), ("processors", node.processor)):
            yield from _full(node.name, word, amounts)


def _full(name: str, word: str, amounts: Amounts) -> Iterator[Finding]:
    if not amounts.capacity:
        return
    used = (amounts.used or 0.0) / amounts.capacity
    if used > _FULL and word == "memory":
        text = f"{used:.0%} of its {word} is used"
        yield Finding(WARNING, f"node {name}", text, "add a node, or lower what pods use")
    if amounts.requests / amounts.capacity > _FULL:
        text = f"{amounts.requests / amounts.capacity:.0%} of its {word} is promised to pods"
        yield Finding(NOTE, f"node {name}", text, "new pods may not fit; add a node")


def _stack_remedy(one: Stack) -> str:
    if one.pods is None:
        return f"playbooks/deploy.yml -e stack_name={one.name}"
    return f"playbooks/history.yml -e stack_name={one.namespace} says more"


def _pods(facts: f.Facts) -> Iterator[Finding]:
    """Yield pods whose containers do not start; what a stack or workload says, too, is short."""
    shown = 0
    for pod in active(facts.of(f.PODS)):
        for one in (pod.get("status") or {}).get("containerStatuses") or ():
            waiting = (one.get("state") or {}).get("waiting") or {}
            if waiting.get("reason") in _STUCK and shown < _PODS:
                shown += 1
                meta = pod["metadata"]
                text = f"container {one.get('name')}: {waiting['reason']}, "
                text += f"started {one.get('restartCount', 0)} times again"
                yield Finding(WARNING, f"pod {meta.get('namespace')}/{meta['name']}", text)


def _certificates(certificates: Sequence[Certificate]) -> Iterator[Finding]:
    for one in certificates:
        if one.state not in {GOOD, NOTE}:
            on = f"certificate {one.name} ({one.where})"
            text = one.detail or f"valid for {one.days} more days"
            remedy = "run site.yml, which renews what it has issued"
            if one.days is None:
                remedy = "see whether the site runs, and what has its address"
            yield Finding(one.state, on, text, remedy)


def _drift(drift: Sequence[Drift]) -> Iterator[Finding]:
    if drift:
        number = len(drift)
        text = f"{number} difference{'s' if number > 1 else ''} from the inventory"
        yield Finding(WARNING, "drift", text, "site.yml --check --diff shows what a run would do")
