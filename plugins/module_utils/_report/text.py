# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from .model import BAD, GOOD, NOTE, WARNING, Amounts, Node, Report, Stack
from .page import memory, processors

_MARKS = {GOOD: "ok", NOTE: "-", WARNING: "!", BAD: "!!"}
# Of the tables; who wants the rest opens the page.
_MOST_NODES, _MOST_STACKS = 30, 30
_URLS = 2


def lines(report: Report) -> list[str]:
    """Return the report as lines, the most important first."""
    found = [
        f"{report.site.name}: {report.verdict} ({report.at})",
        *_findings(report),
        "",
        *_table(("", "host", "what it is", "address", ""), _hosts(report)),
        "",
        *_limited(_table(_NODE_HEAD, map(_node, report.nodes)), _MOST_NODES, "nodes"),
        "",
        *_limited(_table(_STACK_HEAD, map(_stack, report.stacks)), _MOST_STACKS, "stacks"),
        "",
        *_last(report),
    ]
    return [_plain(line) for line in found]


def _findings(report: Report) -> Iterator[str]:
    for one in report.findings:
        mark = {BAD: "!!", WARNING: "! ", NOTE: "- "}[one.state]
        yield f"  {mark} {one.on}: {one.what}" + (f" -> {one.remedy}" if one.remedy else "")
    for gap in report.gaps:
        yield f"  -  not read: {gap}"


_NODE_HEAD = ("", "node", "what it is", "version", "pods", "processors", "memory", "")
_STACK_HEAD = ("", "stack", "environment", "revision", "pods", "since", "answers at")


def _hosts(report: Report) -> list[tuple[str, ...]]:
    return [
        (_MARKS[one.state], one.name, ", ".join(one.roles), one.address, one.detail)
        for one in report.hosts
    ]


def _node(node: Node) -> tuple[str, ...]:
    return (
        _MARKS[node.state],
        node.name,
        ", ".join(node.roles),
        node.version or "-",
        f"{node.pods}/{node.most_pods}" if node.most_pods else "-",
        _share(node.processor, processors),
        _share(node.memory, memory),
        "" if node.state == GOOD else node.detail,
    )


def _share(amounts: Amounts, shown: Callable[[float], str]) -> str:
    if not amounts.capacity:
        return "-"
    used = "use unknown"
    if amounts.used is not None:
        used = f"{amounts.used / amounts.capacity:.0%} used"
    promised = f"{amounts.requests / amounts.capacity:.0%} promised"
    return f"{used}, {promised} of {shown(amounts.capacity)}"


def _stack(stack: Stack) -> tuple[str, ...]:
    more = f" and {len(stack.urls) - _URLS} more" if len(stack.urls) > _URLS else ""
    ready = sum(one.ready for one in stack.workloads)
    wanted = sum(one.wanted for one in stack.workloads)
    return (
        _MARKS[stack.state],
        stack.name,
        stack.environment,
        f"{stack.revision} {stack.status}" if stack.revision else "-",
        f"{ready}/{wanted}" if stack.pods is not None else "-",
        stack.at or "-",
        ", ".join(stack.urls[:_URLS]) + more,
    )


def _table(head: Sequence[str], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Return rows with columns of the same width; nothing when there are none."""
    cells = list(rows)
    if not cells:
        return []
    cells.insert(0, tuple(head))
    widths = [max(len(row[number]) for row in cells) for number in range(len(head))]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
        for row in cells
    ]


def _plain(text: str) -> str:
    """Return a text without what would steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _limited(table: list[str], most: int, what: str) -> list[str]:
    if len(table) <= most + 1:
        return table
    return [*table[: most + 1], f"  … and {len(table) - 1 - most} more {what}; the page has all"]


def _last(report: Report) -> Iterator[str]:
    for run in report.runs[:1]:
        yield f"Last run: {run.playbook} at {run.at}, {run.seconds:.0f} s, {run.outcome}"
    soon = [one for one in report.certificates if one.days is not None]
    if soon:
        first = min(soon, key=lambda one: one.days or 0)
        yield f"First certificate to expire: {first.name} on {first.until}, in {first.days} days"
