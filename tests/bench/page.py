# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page with the figures: each row of the budget, what was measured, and how."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from tests.bench.infrastructure import SERVERS
from tests.bench.measure import Measured
from tests.bench.reporting import NODES, PODS
from tests.bench.reporting import STACKS as REPORTED
from tests.bench.reporting import Figures as Report
from tests.bench.scenes import Lab
from tests.bench.stacks import OBJECTS, STACKS
from tests.bench.stacks import Figures as Stacks

Row = tuple[str, str, str]

HOW = """\
## How it is measured

The lab is five containers that behave like servers, with a real cluster. A simulated site is
`inventories/prod` with more workers: playbooks, roles, action plugins, connections, the depot
with all artifacts, the site's lock and its secrets are real; instead of `ssh` a small program
starts and answers what a host of a finished site answers (`tests/bench/simulated_ssh.py`; it takes
some 5 ms of CPU more than `ssh`). Platform and stacks are left out there: their tasks run once, for
the operator host, and cost the same for any number of hosts; the lab shows how much.

Stacks are deployed by their role to a real kube-apiserver with etcd; a stand-in for the controllers
has made their objects ready. A time "in all" is that of the task, from its start to its result;
API time is what the server took for all requests together, by its own metrics.

CPU is user and system time of all processes that the run started and that ended in it; memory is
the most that they held at a time, what they share counted once. A remote call is a start of `ssh`.
"Whole run" holds Ansible's start and what is done once for a site; "each node more" is the
difference of runs of two sizes, without them. CPU seconds grow, too, when other programs keep the
processors busy at the same time: what a task that is skipped takes, before and after the rest was
measured, shows by how much.
"""


@dataclass
class Figures:
    """What was measured; what was not is left out of the page.

    Attributes:
        lab: the two runs of the lab.
        sites: runs of simulated sites that change nothing, by number of hosts.
        added: the runs that bring one host more into a simulated site, by its number of hosts.
        touched: hosts that are asked to be something else when a worker is added.
        template: seconds for the Heat template of a big site.
        report: what the report of a big site takes.
        objects: the figures of 300 objects.
        stacks: what stacks cost that are as they shall be.
        skipped: CPU seconds of a skipped task, before and after the rest was measured.
    """

    lab: Lab | None = None
    sites: dict[int, Measured] = field(default_factory=dict)
    added: dict[int, Measured] = field(default_factory=dict)
    touched: set[str] | None = None
    template: float | None = None
    report: Report | None = None
    objects: str = ""
    stacks: Stacks | None = None
    skipped: tuple[float, ...] = ()


def rows(figures: Figures) -> Iterable[Row]:
    """Yield the budget's rows: measure, target, measured."""
    yield from _runs(figures)
    yield from _additions(figures)
    if figures.lab:
        first = figures.lab.first
        yield "first run, artifacts built: all nodes Ready", "≤ 60 s", f"{figures.lab.ready:.0f} s"
        serving = first.moments.get("Stacks", first.wall)
        yield "first run: platform and first stack serve", "≤ 150 s", f"{serving:.0f} s"
    if figures.template is not None:
        what = f"Heat template of {SERVERS} servers"
        yield what, "≤ 200 ms", f"{1000 * figures.template:.0f} ms"
    yield from _seen(figures)
    if figures.objects:
        yield "300 objects, real API server", "unchanged ≤ 0.5 s, new ≤ 3 s", figures.objects
    if figures.stacks:
        yield from _stacks(figures.stacks)
    if figures.skipped:
        times = ", ".join(f"{1000 * seconds:.0f} ms" for seconds in figures.skipped)
        yield "for comparison: CPU of a skipped task", "8 to 12 ms on an idle machine", times


def _runs(figures: Figures) -> Iterable[Row]:
    """Yield the rows of whole runs that change nothing."""
    runs: dict[str, Measured] = {f"{n} hosts": run for n, run in figures.sites.items()}
    if figures.lab:
        runs = {"lab": figures.lab.second, **runs}
    yield "remote calls of the busiest host", "≤ 8", _each(runs, lambda r: max(r.calls.values()))
    yield "task-hosts of a worker", "≤ 15", _each(runs, lambda r: r.tasks["worker1"])
    yield (
        "task-hosts of the operator host, all that is done once for the site included",
        "",
        _each(runs, lambda r: r.tasks["operator1"]),
    )
    yield (
        "controller CPU per node, whole run",
        "≤ 0.3 s",
        _each(runs, lambda r: f"{r.cpu / r.hosts:.2f} s"),
    )
    yield "controller CPU of each node more", "≤ 0.3 s", _slopes(figures.sites)
    yield (
        "`site.yml`",
        "lab ≤ 20 s, 100 hosts ≤ 60 s, 1000 hosts ≤ 600 s",
        _each(runs, lambda r: f"{r.wall:.1f} s"),
    )
    yield (
        "part of the CPU that the callback takes",
        "≤ 2 %",
        _each(runs, lambda r: f"{100 * r.showing / r.cpu:.1f} %"),
    )
    yield (
        "memory of the controller",
        "100 hosts ≤ 500 MB, 1000 hosts ≤ 1.5 GB",
        _each(runs, lambda r: f"{r.memory:.0f} MB"),
    )


def _additions(figures: Figures) -> Iterable[Row]:
    """Yield the rows of a worker more."""
    added = {f"to {n - 1} hosts": run for n, run in figures.added.items()}
    yield (
        "adding one worker (`--limit`): CPU, time",
        "the same for any number",
        _each(added, lambda r: f"{r.cpu:.1f} s, {r.wall:.0f} s"),
    )
    if figures.touched is not None:
        names = ", ".join(sorted(figures.touched)) or "none"
        yield "other hosts whose files change then", "gateways (127.10.0.2x) at most", names


def _seen(figures: Figures) -> Iterable[Row]:
    """Yield the row of the report."""
    if figures.report:
        yield (
            f"report of {NODES} nodes, {REPORTED} stacks, {PODS} pods, data at hand",
            "≤ 3 s, page ≤ 1 MB",
            f"{figures.report.seconds:.2f} s, {figures.report.page / 1e6:.2f} MB",
        )


def _stacks(found: Stacks) -> Iterable[Row]:
    """Yield the rows of stacks."""
    what, one = f"a stack of {OBJECTS} objects", found.one
    yield f"{what}: from its file to its objects", "≤ 50 ms", f"{1000 * found.compiled:.0f} ms"
    yield (
        f"{what}, deployed again",
        "≤ 2 module calls, ≤ 1 s of API time",
        f"{one.calls} call, {one.served:.2f} s of API time in {one.requests} requests, "
        f"{one.seconds:.2f} s in all",
    )
    yield (
        f"{STACKS} of them ({STACKS * OBJECTS} objects), deployed again",
        "≤ 10 s",
        f"{found.at_once.seconds:.1f} s; one after another {found.in_turn.seconds:.1f} s "
        f"({found.in_turn.requests} requests)",
    )


def _each(runs: Mapping[str, Measured], value: Callable[[Measured], object]) -> str:
    return "; ".join(f"{name}: {value(run)}" for name, run in runs.items())


def _slopes(sites: Mapping[int, Measured]) -> str:
    sizes = sorted(sites)
    pairs = zip(sizes, sizes[1:], strict=False)
    return "; ".join(
        f"{less} → {more} hosts: {(sites[more].cpu - sites[less].cpu) / (more - less):.2f} s"
        for less, more in pairs
    )


def _once(lab: Lab) -> str:
    """Say what of the lab's second run is Ansible's platform and stacks part."""
    moments = lab.second.moments
    begin = max(moments.get("Lock", 0.0), moments.get("Cluster", 0.0))
    return (
        f"In the lab's run that changes nothing, platform and stacks took "
        f"{moments.get('Stacks', begin) - begin:.1f} s of {lab.second.wall:.1f} s."
    )


def page(figures: Figures, load: float) -> str:
    """Return the page.

    Args:
        figures: what was measured.
        load: the machine's load average before anything was measured.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    busy = f" Other programs used the machine meanwhile (load average {load:.0f})." * (load > 1)
    return "\n".join(
        [
            "# Speed",
            "",
            f"Written by `make bench` on {datetime.date.today()}: {os.cpu_count()} cores, "
            f"{memory:.0f} GiB, Linux {platform.release()}.{busy}",
            "",
            "Runs that change nothing, unless it says otherwise:",
            "",
            "| measure | target | measured |",
            "|---|---|---|",
            *(f"| {what} | {target} | {value} |" for what, target, value in rows(figures) if value),
            "",
            *([_once(figures.lab), ""] if figures.lab else []),
            HOW,
        ]
    )
