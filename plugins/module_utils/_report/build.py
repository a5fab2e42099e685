# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the report of what was read: a function of facts, without a clock or a network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from . import facts as f
from .differences import differences, versions
from .findings import findings
from .model import (
    BAD,
    GOOD,
    NOTE,
    WARNING,
    Certificate,
    Host,
    Report,
    Run,
    Site,
    worst,
)
from .nodes import nodes
from .stacks import Stacks, per_node, workloads

# Days: certificates are renewed by a run of site.yml when less is left (role site).
RENEWED, URGENT = 30, 7
_NOTICES = 12
_SLOWEST = 10
_ROLES = {f.OPERATOR: "operator", f.DEPOT: "depot", f.GATEWAYS: "gateway"}


def build(facts: f.Facts) -> Report:
    """Return the report."""
    found = Stacks(facts)
    all_nodes, stacks = nodes(facts), found.all()
    platform = workloads(found.platform())
    certificates = tuple(_certificate(one, facts.at) for one in facts.certificates)
    checked = versions(facts, all_nodes, found.platform_pods())
    drift = differences(facts, all_nodes, stacks, checked, found.on_the_fly)
    hosts = tuple(_hosts(facts))
    things = findings(facts, hosts, all_nodes, stacks, platform, certificates, drift)
    return Report(
        at=facts.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        site=_site(facts.wanted),
        state=worst(*(one.state for one in things)),
        findings=things,
        hosts=hosts,
        nodes=all_nodes,
        stacks=stacks,
        platform=platform,
        platform_pods=per_node(found.platform_pods()),
        services=tuple(_services(facts)),
        versions=checked,
        certificates=certificates,
        backups=(),
        drift=drift,
        notices=_notices(facts),
        runs=tuple(map(_run, facts.runs)),
        gaps=facts.gaps,
    )


def _site(wanted: f.Wanted) -> Site:
    return Site(
        wanted.site,
        wanted.domain,
        wanted.network,
        wanted.pod_cidr,
        wanted.service_cidr,
        wanted.gateway_address,
        wanted.gateway_pool,
        wanted.kubernetes_version,
    )


def _hosts(facts: f.Facts) -> Iterator[Host]:
    """Yield the hosts outside the cluster, each once with all its roles."""
    roles: dict[str, list[str]] = {}
    addresses: dict[str, str] = {}
    for group, role in _ROLES.items():
        for name, address in facts.wanted.groups.get(group, {}).items():
            roles.setdefault(name, []).append(role)
            addresses[name] = address
    for name, held in roles.items():
        state, detail = _answer(facts.outside.get(name))
        yield Host(name, addresses[name], tuple(held), state, detail)


def _answer(shown: f.Served | None) -> tuple[str, str]:
    """Return what is to be said of a host by what it showed."""
    if shown is None:
        return NOTE, "not asked"
    if not shown.connected:
        return BAD, "does not answer"
    if shown.genuine is False:
        return BAD, f"something else answers there, with a certificate of {shown.issuer}"
    if shown.genuine is None and shown.not_after:
        return NOTE, "answers; who it is cannot be checked without the site's authority"
    # A gateway whose API servers are away takes connections and shows nothing.
    return GOOD, "answers"


def _certificate(one: f.Served, at: datetime) -> Certificate:
    if one.not_after is None:
        return Certificate(one.name, one.where, NOTE, "", None, "", one.problem)
    days = (one.not_after - at).days
    if one.genuine is False:
        detail = f"not of this site: signed by {one.issuer}; something else answers there"
        return Certificate(one.name, one.where, BAD, "", None, one.issuer, detail)
    state = GOOD if days >= RENEWED else WARNING if days >= URGENT else BAD
    until = one.not_after.strftime("%Y-%m-%d")
    detail = "expired" if one.not_after <= at else ""
    return Certificate(one.name, one.where, state, until, days, one.issuer, detail)


def _services(facts: f.Facts) -> Iterator[tuple[str, str]]:
    """Yield the Services of type LoadBalancer and where they answer."""
    for obj in facts.of(f.SERVICES):
        spec, meta = obj.get("spec") or {}, obj["metadata"]
        if spec.get("type") != "LoadBalancer":
            continue
        ingress = ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
        ports = [str(port.get("port")) for port in spec.get("ports") or ()]
        places = [str(one.get("ip") or one.get("hostname")) for one in ingress]
        text = ", ".join(f"{place}:{port}" for place in places for port in ports)
        yield f"{meta.get('namespace')}/{meta['name']}", text or "no address yet"


def _notices(facts: f.Facts) -> tuple[tuple[str, str, str, int], ...]:
    """Return the warnings that the cluster gave last, the same ones together."""
    counted: Counter[tuple[str, str, str]] = Counter()
    latest: dict[tuple[str, str, str], str] = {}
    for event in facts.of(f.EVENTS):
        about = event.get("involvedObject") or {}
        name = f"{about.get('kind', '')} {about.get('namespace', '')}/{about.get('name', '')}"
        key = (name, str(event.get("reason", "")), str(event.get("message", "")).strip()[:300])
        counted[key] += int(event.get("count") or 1)
        when = str(event.get("lastTimestamp") or event.get("eventTime") or "")
        latest[key] = max(latest.get(key, ""), when)
    newest = sorted(counted, key=lambda key: latest[key], reverse=True)[:_NOTICES]
    return tuple((*key, counted[key]) for key in newest)


def _run(one: f.PastRun) -> Run:
    outcome = {True: "done", False: "failed", None: "not ended"}[one.ok]
    return Run(one.playbook, one.at, one.seconds, outcome, one.changed, _slowest(one.steps))


def _slowest(
    steps: Sequence[tuple[str, str, float]],
) -> tuple[tuple[str, str, float], ...]:
    long: Iterable[tuple[str, str, float]] = (step for step in steps if step[2] >= 0.1)
    return tuple(sorted(long, key=lambda step: -step[2])[:_SLOWEST])
