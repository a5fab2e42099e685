# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page, its drawing and the terminal's lines."""

from __future__ import annotations

import copy
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._report import page, text
from ansible_collections.landfall.platform.plugins.module_utils._report.build import build
from ansible_collections.landfall.platform.plugins.module_utils._report.drawing import (
    Box,
    colours,
    draw,
    fit,
)
from ansible_collections.landfall.platform.plugins.module_utils._report.facts import Facts
from tests.support import cluster
from tests.support.site import ROOT

TEMPLATES = ROOT / "roles/report/templates"
HOSTILE = """<script>alert(1)</script>"><img src=x onerror='alert(2)'>{{ 7*7 }}&lt;"""


class Structure(HTMLParser):
    """The elements of a page with the names of their attributes, and what links to."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, ...]] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, *(name for name, _ in attrs)))
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.text += data


def rendered(facts: Facts) -> Structure:
    return Structure(page.render(build(facts), TEMPLATES))


def eventful(word: str) -> Facts:
    """Return a site that has all parts of a report, with a word wherever a cluster may have one."""
    facts = cluster.site()
    first, *others = facts.histories["guestbook-lab"].releases
    first = replace(first, by=word, at=word, run=word, images={**first.images, word: word})
    failed = replace(first, revision=3, status="failed", cause=word)
    history = replace(facts.histories["guestbook-lab"], releases=(failed, first, *others))
    return replace(
        facts,
        objects=_named_everywhere(facts, word),
        histories={**facts.histories, "guestbook-lab": history},
        certificates=tuple(replace(one, issuer=word) for one in facts.certificates),
        runs=tuple(replace(run, playbook=word, steps=((word, word, 1.0),)) for run in facts.runs),
        gaps=(word,),
    )


def _named_everywhere(facts: Facts, word: str) -> dict[str, list[Any]]:
    objects: dict[str, list[Any]] = copy.deepcopy({k: list(v) for k, v in facts.objects.items()})
    labels = {"landfall.dev/stack": word, "landfall.dev/environment": word}
    objects["Namespace"][0]["metadata"]["labels"] = labels
    objects["Deployment"][0]["metadata"]["name"] = word
    objects["Deployment"][0]["status"]["availableReplicas"] = 1
    objects["Node"][1]["status"]["nodeInfo"] = dict.fromkeys(
        ("kubeletVersion", "containerRuntimeVersion", "osImage", "kernelVersion"), word
    )
    objects["Node"][1]["status"]["conditions"] = [{"type": "Ready", "message": word}]
    objects["Node"].append(cluster.node(word, word))
    waits = {"waiting": {"reason": "CrashLoopBackOff"}}
    objects["Pod"] += [
        cluster.pod(word, "kube-system", "control1", f"{word}/x:{word}", state=waits),
        cluster.pod(
            word,
            "guestbook-lab",
            "worker1",
            "landfall.internal/guestbook:1.0.0",
            imageID=f"x@sha256:{word}",
        ),
    ]
    route = {"hostnames": [word], "rules": [{"matches": [{"path": {"value": word}}]}]}
    objects["HTTPRoute"].append(cluster.named("HTTPRoute", word, "guestbook-lab", spec=route))
    objects["Event"] = [
        {"involvedObject": {"kind": word, "name": word}, "reason": word, "message": word}
    ]
    lent = {"type": "LoadBalancer", "ports": [{"port": 80}]}
    placed = {"loadBalancer": {"ingress": [{"hostname": word}]}}
    objects["Service"] = [cluster.named("Service", word, word, spec=lent, status=placed)]
    objects["PersistentVolumeClaim"] = [
        cluster.named("PersistentVolumeClaim", word, "guestbook-lab", status={"phase": word})
    ]
    return objects


def test_text_from_the_cluster_stays_text() -> None:
    safe, hostile = rendered(eventful("harmless")), rendered(eventful(HOSTILE))
    assert hostile.elements == safe.elements
    assert not {tag for tag, *_ in hostile.elements} & {"script", "img", "iframe", "object", "link"}
    names = {name for _, *attributes in hostile.elements for name in attributes}
    assert not [name for name in names if name.startswith("on") or name in {"src", "srcset"}]
    assert hostile.text.count("<script>alert(1)</script>") > 30
    assert "49" not in hostile.text


def test_links_lead_to_the_stacks_and_within_the_page() -> None:
    links = rendered(eventful("javascript:alert(1)")).links
    assert all(link.startswith(("http://", "#")) for link in links)
    assert "http://guestbook.lab.test/" in links


def test_nothing_is_fetched_and_nothing_runs() -> None:
    content = page.render(build(cluster.site()), TEMPLATES)
    assert "default-src 'none'; style-src 'unsafe-inline'" in content
    for word in ("url(", "@import", "<script", "src=", "<link"):
        assert word not in content


def test_all_parts_are_on_the_page() -> None:
    shown = rendered(eventful("harmless")).text
    for part in (
        *("worker1", "gateway2", "operator, depot", "release 2 (failed)", "kube-proxy (image)"),
        *("http://guestbook.lab.test/", "10.244.0.0/16", "not ready: harmless", "no such node"),
        *("None is recorded.", "differs", "14.2 s", "not read: harmless", "kubelet control1"),
    ):
        assert part in shown, part


def test_a_large_site_stays_small() -> None:
    content = page.render(build(cluster.site(100, 50, 2000)), TEMPLATES)
    assert len(content.encode()) < 1024 * 1024


def test_an_empty_site() -> None:
    facts = cluster.site()
    bare = replace(facts.wanted, groups={}, stacks=())
    shown = rendered(Facts(cluster.NOW, bare, reached=False)).text
    assert "The cluster has none" in shown
    assert "1 thing needs attention" in shown


# the drawing ------------------------------------------------------------------------------------


def apart(boxes: list[Box]) -> bool:
    """Tell whether no two boxes have a place in common."""

    def touch(a: Box, b: Box) -> bool:
        beside = a.x + a.width <= b.x or b.x + b.width <= a.x
        above = a.y + a.height <= b.y or b.y + b.height <= a.y
        return not beside and not above

    return not any(touch(a, b) for n, a in enumerate(boxes) for b in boxes[n + 1 :])


@pytest.mark.parametrize(
    ("nodes", "stacks", "pods"), [(1, 1, 0), (3, 2, 12), (5, 20, 200), (14, 3, 9), (100, 50, 2000)]
)
def test_boxes_are_apart_and_within_the_drawing(nodes: int, stacks: int, pods: int) -> None:
    facts = cluster.site(max(nodes, 2), stacks, pods)
    found = draw(build(facts))
    boxes = list(found.boxes)
    assert len(boxes) == max(nodes, 2) + 4
    assert apart(boxes)
    inner = found.frames[1]
    for box in boxes:
        assert box.x >= 0
        assert box.x + box.width <= found.width
        assert box.y + box.height <= found.height
        for chip in box.chips:
            assert box.x <= chip.x
            assert chip.x + chip.width <= box.x + box.width
            assert chip.y + 20 <= box.y + box.height
    for box in boxes[4:]:
        assert inner.x <= box.x
        assert box.x + box.width <= inner.x + inner.width
        assert box.y + box.height <= inner.y + inner.height


def test_many_gateways_take_several_rows() -> None:
    facts = cluster.site()
    gateways = {f"gateway{n}": f"10.77.0.{n}" for n in range(7)}
    groups = {**facts.wanted.groups, "gateways": gateways}
    found = draw(build(replace(facts, wanted=replace(facts.wanted, groups=groups))))
    assert apart(list(found.boxes))


def test_a_node_shows_which_stacks_it_runs() -> None:
    report = build(cluster.site())
    worker = next(box for box in draw(report).boxes if box.name == "worker1")
    known = colours(report.stacks)
    assert [(chip.label, chip.title, chip.colour) for chip in worker.chips] == [
        ("guestbook-lab · 6", "guestbook-lab: 6 pods", known["guestbook-lab"]),
        ("stack1-lab · 6", "stack1-lab: 6 pods", known["stack1-lab"]),
        ("platform · 1", "platform: 1 pod", "platform"),
    ]


def test_what_does_not_fit_a_node_is_counted() -> None:
    report = build(cluster.site(3, 20, 40))
    worker = next(box for box in draw(report).boxes if box.name == "worker1")
    assert len(worker.chips) == 7
    assert worker.chips[-1].label.startswith("15 more · ")


@pytest.mark.parametrize(
    ("word", "width", "shown"), [("abc", 30, "abc"), ("abcdef", 30, "abc…"), ("abc", 1, "…")]
)
def test_fit(word: str, width: float, shown: str) -> None:
    assert fit(word, width) == shown


# for people -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1536, "1.5 KiB"),
        (200 * 2**20, "200 MiB"),
        (2**60, "1024 PiB"),
    ],
)
def test_memory(value: float, shown: str) -> None:
    assert page.memory(value) == shown


def test_other_figures() -> None:
    assert [page.processors(value) for value in (4.0, 0.25, 1.5)] == ["4", "0.25", "1.5"]
    assert [page.percent(*pair) for pair in ((1, 4), (None, 4), (9, 4), (1, 0))] == [25, 0, 100, 0]
    assert page.digest("sha256:" + "ab" * 32) == "sha256:abababababab…"
    assert page.digest("odd") == "odd"
    assert [page.seconds(value) for value in (5.04, 65.0)] == ["5.0 s", "1:05 min"]


def test_lines_for_a_terminal() -> None:
    lines = text.lines(build(cluster.site()))
    assert lines[0] == "lab: All is well (2026-01-31T12:00:00Z)"
    assert "  -  backups: none is recorded" in lines
    worker = next(line.split() for line in lines if "worker1" in line)
    assert worker[:5] == ["ok", "worker1", "worker", "1.37.1", "13/110"]
    assert worker[5:11] == ["30%", "used,", "32%", "promised", "of", "4"]
    assert any(line.endswith("http://guestbook.lab.test/") for line in lines)
    assert lines[-2] == "Last run: site at 2026-01-31T11:00:00Z, 14 s, done"
    assert lines[-1].startswith("First certificate to expire: kubelet control1 on 2026-05-01")


def test_lines_do_not_steer_a_terminal() -> None:
    lines = text.lines(build(eventful("\x1b]0;mine\x07\n\r")))
    assert all(line.isprintable() for line in lines)


def test_lines_of_a_large_site_are_few() -> None:
    lines = text.lines(build(cluster.site(100, 50, 2000)))
    assert len(lines) < 90
    assert "  … and 70 more nodes; the page has all" in lines


def test_lines_of_a_site_that_does_not_answer() -> None:
    facts = replace(cluster.site(), objects={}, histories={}, reached=False, gaps=("no answer",))
    lines = [line.split() for line in text.lines(build(facts))]
    assert ["-", "worker1", "worker", "-", "-", "-", "-", "not", "known"] in lines
    assert ["-", "guestbook", "lab", "-", "-", "-"] in lines


def test_lines_without_figures() -> None:
    facts = cluster.site()
    blank = cluster.node("worker1", "10.77.0.31", allocatable={})
    objects = {**facts.objects, "Node": [facts.of("Node")[0], blank]}
    lines = text.lines(build(replace(facts, objects=objects, usage={}, certificates=(), runs=())))
    assert any("use unknown" in line for line in lines)
    assert not any(line.startswith(("Last run", "First certificate")) for line in lines)
