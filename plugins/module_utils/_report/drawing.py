# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drawing of a site: what stands where, as boxes, frames and lines with coordinates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .model import GOOD, Host, Node, Report, Stack
from .nodes import CONTROL_PLANE

WIDTH = 1000.0
COLOURS = 10
PLATFORM = "platform"
_MARGIN, _GAP = 16.0, 12.0
# Up to so many nodes in a row group have wide boxes with the names of what runs there.
_WIDE_NODES = 12
_WIDE_CHIPS, _NARROW_CHIPS = 7, 6
_CHIP = 20.0
# Of the page's font at 13 px; a text that is cut is rather too short than too long.
_LETTER = 7.0


@dataclass(frozen=True)
class Chip:
    """Pods of one stack on a node."""

    x: float
    y: float
    width: float
    label: str
    title: str
    colour: str


@dataclass(frozen=True)
class Box:
    """A machine, or who uses the site; ``kind`` says which, for its looks."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    name: str
    detail: str
    state: str
    title: str
    chips: tuple[Chip, ...] = ()


@dataclass(frozen=True)
class Frame:
    """A network, around what is in it."""

    x: float
    y: float
    width: float
    height: float
    label: str
    label_y: float


@dataclass(frozen=True)
class Line:
    """A way that requests or images take."""

    x1: float
    y1: float
    x2: float
    y2: float
    label: str
    kind: str


@dataclass(frozen=True)
class Drawing:
    """All of it; lines are drawn first."""

    width: float
    height: float
    frames: tuple[Frame, ...]
    lines: tuple[Line, ...]
    boxes: tuple[Box, ...]


def colours(stacks: Sequence[Stack]) -> dict[str, str]:
    """Return the colour of each stack by its namespace, as a class of the page."""
    return {stack.namespace: f"c{number % COLOURS}" for number, stack in enumerate(stacks)}


def fit(text: str, width: float) -> str:
    """Return a text that is not wider than so many pixels."""
    most = max(1, int(width / _LETTER))
    return text if len(text) <= most else text[: most - 1] + "…"


def draw(report: Report) -> Drawing:
    """Return the drawing of a report."""
    gateways = [host for host in report.hosts if "gateway" in host.roles]
    others = [host for host in report.hosts if "gateway" not in host.roles]
    users = Box(WIDTH / 2 - 150, 8, 300, 46, "user", *_users(report), GOOD, "who uses the site")
    top = 84.0
    gates = list(_row(gateways, top + 30, "gateway", _MARGIN + 14, WIDTH - 290))
    aside = [
        Box(WIDTH - 250, top + 30 + number * 66, 220, 54, "operator", *_host(host, 220))
        for number, host in enumerate(others)
    ]
    cluster_top = max([box.y + box.height for box in (*gates, *aside)], default=top) + 46
    nodes, bottom = _nodes(report, cluster_top + 34)
    inner, outer = bottom - cluster_top, bottom + 34 - top
    frames = (
        # its label is at the bottom, where no line crosses it
        Frame(8, top, WIDTH - 16, outer, _network(report), bottom + 22),
        Frame(22, cluster_top, WIDTH - 44, inner, _cluster(report), cluster_top + 18),
    )
    lines = tuple(_lines(users, gates, aside, cluster_top))
    return Drawing(WIDTH, bottom + 42, frames, lines, (users, *gates, *aside, *nodes))


def _cluster(report: Report) -> str:
    return f"cluster: pods {report.site.pod_cidr}, Services {report.site.service_cidr}"


def _users(report: Report) -> tuple[str, str]:
    return "browsers and clients", fit(f"*.{report.site.domain}", 280)


def _network(report: Report) -> str:
    pool = ", ".join(report.site.gateway_pool)
    more = f", for Services: {pool}" if pool else ""
    return f"network {report.site.network}: gateway {report.site.gateway_address}{more}"


def _host(host: Host, width: float) -> tuple[str, str, str, str]:
    detail = f"{', '.join(host.roles)} · {host.address}"
    title = f"{host.name}: {detail}, {host.detail}"
    return fit(host.name, width - 40), fit(detail, width - 24), host.state, title


def _row(hosts: Sequence[Host], y: float, kind: str, left: float, right: float) -> Iterator[Box]:
    """Yield boxes beside each other in the middle, in several rows when there are many."""
    width, most = 200.0, max(1, int((right - left) // (200 + _GAP)))
    for begin in range(0, len(hosts), most):
        row = hosts[begin : begin + most]
        x = (left + right - len(row) * (width + _GAP) + _GAP) / 2
        for number, host in enumerate(row):
            yield Box(
                x + number * (width + _GAP),
                y + begin // most * 66,
                width,
                54,
                kind,
                *_host(host, width),
            )


def _lines(
    users: Box, gates: Sequence[Box], aside: Sequence[Box], cluster: float
) -> Iterator[Line]:
    for gate in gates:
        middle = gate.x + gate.width / 2
        yield Line(users.x + users.width / 2, users.y + users.height, middle, gate.y, "", "way")
        yield Line(middle, gate.y + gate.height, middle, cluster, "6443, 80, 443", "way")
    for number, box in enumerate(aside):
        if number == len(aside) - 1:
            middle = box.x + box.width / 2
            yield Line(middle, box.y + box.height, middle, cluster, "images, packages", "supply")


def _nodes(report: Report, y: float) -> tuple[list[Box], float]:
    """Return the boxes of all nodes, and where they end."""
    known = colours(report.stacks)
    here: dict[str, list[tuple[Stack, int]]] = {}
    for stack in report.stacks:
        for node, number in (stack.pods or {}).items():
            here.setdefault(node, []).append((stack, number))
    boxes: list[Box] = []
    for control in (True, False):
        group = [node for node in report.nodes if (CONTROL_PLANE in node.roles) == control]
        grid = _Grid(len(group) <= _WIDE_NODES, known, here, report.platform_pods)
        added, y = grid.boxes(group, y)
        boxes += added
        y += _GAP if group else 0
    return boxes, y


@dataclass(frozen=True)
class _Grid:
    """Nodes in rows, wide or narrow boxes."""

    wide: bool
    colours: Mapping[str, str]
    here: Mapping[str, Sequence[tuple[Stack, int]]]
    platform: Mapping[str, int]

    def boxes(self, nodes: Sequence[Node], y: float) -> tuple[list[Box], float]:
        """Return the boxes, and where the next row would begin."""
        columns = min(3, max(1, len(nodes))) if self.wide else 10
        left, right = 2 * _MARGIN, WIDTH - 2 * _MARGIN
        width = min(300.0, (right - left + _GAP) / columns - _GAP)
        found: list[Box] = []
        for begin in range(0, len(nodes), columns):
            row = nodes[begin : begin + columns]
            used = len(row) if self.wide else columns
            x = (left + right - used * (width + _GAP) + _GAP) / 2
            made = [self._box(node, x + n * (width + _GAP), y, width) for n, node in enumerate(row)]
            height = max(box.height for box in made)
            found += [_tall(box, height) for box in made]
            y += height + _GAP
        return found, y

    def _box(self, node: Node, x: float, y: float, width: float) -> Box:
        head = 48.0 if self.wide else 28.0
        kind = "control" if CONTROL_PLANE in node.roles else "worker"
        detail = fit(f"{node.address} {node.version}", width - 24) if self.wide else ""
        chips = tuple(self._chips(node, x, y + head, width))
        bottom = max([chip.y + _CHIP for chip in chips], default=y + head - 4)
        title = f"{node.name}: {', '.join(node.roles)}, {node.address}, {node.detail}"
        name = fit(node.name, width - (40 if self.wide else 24))
        return Box(x, y, width, bottom + 6 - y, kind, name, detail, node.state, title, chips)

    def _chips(self, node: Node, x: float, y: float, width: float) -> Iterator[Chip]:
        parts = [
            (stack.namespace, number, self.colours[stack.namespace])
            for stack, number in self.here.get(node.name, ())
        ]
        if self.platform.get(node.name):
            parts.append((PLATFORM, self.platform[node.name], PLATFORM))
        most = _WIDE_CHIPS if self.wide else _NARROW_CHIPS
        shown = parts if len(parts) <= most else parts[: most - 1]
        rest = parts[len(shown) :]
        labels = [
            (f"{name} · {n}" if self.wide else str(n), f"{name}: {_pods(n)}", colour)
            for name, n, colour in shown
        ]
        if rest:
            title = ", ".join(f"{name}: {_pods(n)}" for name, n, _ in rest)
            text = f"{len(rest)} more · {sum(n for _, n, _ in rest)}" if self.wide else "…"
            labels.append((text, title, PLATFORM))
        columns = 1 if self.wide else 3
        each = (width - 16 - (columns - 1) * 4) / columns
        for number, (label, title, colour) in enumerate(labels):
            row, column = divmod(number, columns)
            place = x + 8 + column * (each + 4), y + row * (_CHIP + 2)
            yield Chip(*place, each, fit(label, each - 8), title, colour)


def _pods(number: int) -> str:
    return f"{number} pod{'' if number == 1 else 's'}"


def _tall(box: Box, height: float) -> Box:
    return Box(
        box.x,
        box.y,
        box.width,
        height,
        box.kind,
        box.name,
        box.detail,
        box.state,
        box.title,
        box.chips,
    )
