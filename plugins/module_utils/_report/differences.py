# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs from the inventory and the catalogue, as far as reading the cluster tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from .._kube.objects import Object
from . import facts as f
from .model import GOOD, NOTE, WARNING, Drift, Node, Stack, Version

KUBERNETES, RUNTIME = "kubernetes", "containerd"


def split(image: str) -> tuple[str, str]:
    """Return repository and tag of a reference; its digest does not count."""
    plain = image.partition("@")[0]
    repository, colon, tag = plain.rpartition(":")
    return (repository, tag) if colon and "/" not in tag else (plain, "")


def versions(
    facts: f.Facts, nodes: Sequence[Node], platform: Iterable[Object]
) -> tuple[Version, ...]:
    """Return the versions of nodes and of what the platform runs, against the catalogue.

    Args:
        facts: what was read.
        nodes: the nodes of the report.
        platform: pods that belong to no stack.
    """
    wanted = facts.wanted
    seen = {
        KUBERNETES: {node.version for node in nodes if node.version},
        RUNTIME: {node.runtime for node in nodes if node.runtime},
    }
    expected = {
        KUBERNETES: wanted.kubernetes_version,
        RUNTIME: wanted.versions.get(RUNTIME, ""),
    }
    known = {}
    for name, reference in wanted.images.items():
        repository, tag = split(reference)
        known[repository] = (name, tag)
    tags: dict[str, set[str]] = {}
    for pod in platform:
        for container in _containers(pod):
            repository, tag = split(str(container.get("image", "")))
            name, wanted_tag = known.get(repository, (repository, ""))
            title = f"{name} (image)"
            tags.setdefault(title, set()).add(tag)
            expected[title] = wanted_tag
    return tuple(
        _version(name, expected[name], found)
        for name, found in [*seen.items(), *sorted(tags.items())]
        if found
    )


def _containers(pod: Object) -> list[Object]:
    spec = pod.get("spec") or {}
    return [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]


def _version(name: str, wanted: str, found: set[str]) -> Version:
    if not wanted:
        return Version(name, wanted, tuple(sorted(found)), NOTE)
    state = GOOD if found == {wanted} else WARNING
    return Version(name, wanted, tuple(sorted(found)), state)


def differences(
    facts: f.Facts,
    nodes: Sequence[Node],
    stacks: Sequence[Stack],
    checked: Sequence[Version],
    on_the_fly: Callable[[str], bool],
) -> tuple[Drift, ...]:
    """Return what is not as the inventory says; nothing when the cluster could not be read.

    Args:
        facts: what was read.
        nodes: nodes of the report.
        stacks: stacks of the report.
        checked: versions of the report.
        on_the_fly: tells of a namespace that it is an environment that no inventory has.
    """
    if not facts.reached:
        return ()
    return (
        *_nodes(facts, nodes),
        *_stacks(facts, stacks, on_the_fly),
        *(_of_version(one) for one in checked if one.state == WARNING),
    )


def _of_version(one: Version) -> Drift:
    return Drift(one.name, f"version {one.wanted}", ", ".join(one.found))


def _nodes(facts: f.Facts, nodes: Sequence[Node]) -> Iterator[Drift]:
    present = {obj["metadata"]["name"] for obj in facts.of(f.NODES)}
    wanted = facts.wanted.nodes
    for node in nodes:
        if node.name not in present:
            yield Drift(f"node {node.name}", "a node of the cluster", "the cluster has it not")
        elif node.name not in wanted:
            yield Drift(f"node {node.name}", "no such node", "the cluster has it")
        elif node.address and node.address != wanted[node.name]:
            yield Drift(f"node {node.name}", f"address {wanted[node.name]}", node.address)
    for obj in facts.of(f.NODES):
        if (obj.get("spec") or {}).get("unschedulable"):
            yield Drift(f"node {obj['metadata']['name']}", "takes pods", "is cordoned")


def _stacks(
    facts: f.Facts, stacks: Sequence[Stack], on_the_fly: Callable[[str], bool]
) -> Iterator[Drift]:
    listed = {one.namespace for one in facts.wanted.stacks}
    for stack in stacks:
        on = f"stack {stack.namespace}"
        if stack.pods is None:
            yield Drift(on, "deployed", "the cluster has it not")
        elif stack.namespace not in listed and not on_the_fly(stack.namespace):
            yield Drift(on, "not listed", "the cluster has it")
        for text in stack.by_hand:
            yield Drift(on, "the inventory's number", text)
        for image in stack.images:
            others = set(image.running) - {image.digest}
            if image.digest and others:
                wanted = f"{image.container}: {image.digest}"
                yield Drift(on, wanted, ", ".join(sorted(others)))
