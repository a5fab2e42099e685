# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stack with everything, and a strategy for any valid stack."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from ansible_collections.landfall.platform.plugins.module_utils._stack.references import RESERVED
from ansible_collections.landfall.platform.plugins.module_utils._stack.render import Chart

DIGEST = "sha256:" + "0" * 64
CHART = """
apiVersion: v1
kind: Service
metadata: {name: RELEASE-chart, labels: {app: cache}}
spec: {selector: {app: cache}, ports: [{port: 6379}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: RELEASE-chart}
spec:
  selector: {matchLabels: {app: cache}}
  template:
    metadata: {labels: {app: cache}}
    spec: {containers: [{name: cache, image: "cache:7"}]}
"""

EVERYTHING: dict[str, Any] = {
    "name": "all",
    "description": "One component of each type, with everything",
    "configs": {"shared": {"DB": "${db.host}:${db.port}", "SITE": "${expose.web.url}"}},
    "secrets": {"keys": {"one": "generate", "two": {"length": 20}, "mail": "environment"}},
    "components": {
        "web": {
            "type": "service",
            "image": "r.test/web:1",
            "ports": {"http": 8080, "admin": {"number": 9000}},
            "environment": {
                "BACK": "${api.url}",
                "HOST": "${api.address}",
                "DB": "${config.shared.DB}",
                "KEY": "${secret.keys.one}",
                "PRICE": "$(HOME) costs $$5",
            },
            "environment_from": [{"config": "shared"}, {"secret": "keys"}],
            "files": {
                "/etc/app/app.ini": "[db]\nhost = ${db.host}\n",
                "/etc/app/key": {"content": "${secret.keys.two}", "mode": "0440"},
            },
            "sidecars": {
                "exporter": {
                    "image": "r.test/exporter:1",
                    "ports": {"metrics": 9100},
                    "environment": {"URL": "http://localhost:${web.port}", "COST": "$5 $(X)"},
                    "probes": {"ready": "/metrics"},
                    "security": {"user": 7},
                    "mounts": ["/cache", {"path": "/etc/app/key", "at": "/key"}],
                },
            },
            "init": {
                "migrate": {
                    "image": "r.test/web:1",
                    "command": ["migrate"],
                    "environment": {"KEY": "${secret.keys.mail}"},
                    "environment_from": [{"config": "shared"}],
                    "mounts": [{"path": "/var/www/content", "read_only": True}],
                },
            },
            "content": [
                {
                    "url": "https://files.test/content.tar.gz",
                    "digest": DIGEST,
                    "path": "/var/www/content",
                    "strip": 1,
                }
            ],
            "scratch": ["/cache"],
            "scale": {"from": 2, "to": 6, "cpu": 60},
            "nodes": {"selector": {"example.org/disk": "fast"}},
            "access": [{"resources": ["pods"], "verbs": ["get", "list"], "names": ["x"]}],
            "outbound": "used",
        },
        "api": {
            "type": "service",
            "image": "r.test/api:1",
            "ports": {"http": 8080, "dns": {"number": 53, "protocol": "UDP"}},
            "environment": {"DB": "${db.host}", "OUT": "${db-outside.host}:${db-outside.port}"},
            "uses": ["cache", "log-sink"],
            "publish": {"ports": {"http": 80, "dns": 53}},
            "outbound": "used",
        },
        "db": {
            "type": "stateful",
            "image": "r.test/db:1",
            "ports": {"sql": 3306},
            "replicas": 3,
            "start": "parallel",
            "volumes": {"data": {"path": "/data", "size": "1Gi"}},
        },
        "loader": {
            "type": "job",
            "image": "r.test/loader:1",
            "environment": {"DB": "${db.host}", "KEY": "${secret.keys.one}"},
            "retries": 9,
            "limit": 60,
        },
        "nightly": {
            "type": "schedule",
            "image": "r.test/loader:1",
            "environment": {"DB": "${db.host}"},
            "schedule": "*/5 1-3 * jan,mar 0",
            "overlap": "replace",
        },
        "agent": {
            "type": "daemon",
            "image": "r.test/agent:1",
            "nodes": {"everywhere": True},
            "publish": {"address": "shared"},
            "ports": {"syslog": {"number": 5140, "protocol": "UDP"}},
        },
        "db-outside": {
            "type": "external",
            "ports": {"mysql": 3306, "admin": 80},
            "target": {"host": "db1.example.org", "ports": {"mysql": 13306}},
        },
        "log-sink": {
            "type": "external",
            "ports": {"syslog": {"number": 514, "protocol": "UDP"}},
            "proxy": False,
            "target": {"host": "10.1.2.3", "port": 1514},
        },
        "cache": {
            "type": "helm",
            "chart": "cache",
            "repository": "https://charts.test",
            "version": "1.2.3",
            "values": {"host": "${db.host}", "list": ["${db.port}", 3, True, None]},
        },
    },
    "expose": {
        "web": {"paths": {"/": "web"}, "https": "redirect"},
        "api": {"paths": {"/": {"component": "api", "port": "http"}}, "https": "only"},
    },
    "checks": [{"expose": "web"}],
}
EVERYTHING_SETTINGS: dict[str, Any] = {
    "hosts": {"web": "web.test", "api": "api.test"},
    "secrets": {"keys": {"mail": "m"}},
    "quota": {"cpu": 20, "memory": "10Gi", "pods": 50, "storage": "100Gi"},
}
ADDRESSES = {"api": "10.0.0.7"}


def without_addresses(raw: dict[str, Any]) -> dict[str, Any]:
    """Return ``EVERYTHING`` without references to external addresses."""
    copied = copy.deepcopy(raw)
    for name in ("BACK", "HOST"):
        del copied["components"]["web"]["environment"][name]
    return copied


class FakeRenderer:
    """Renders every chart to the same objects, but for the name of the release."""

    def __init__(self, text: str = CHART) -> None:
        self.text = text
        self.charts: list[Chart] = []

    def chart(self, chart: Chart) -> str:
        """Return the objects."""
        self.charts.append(chart)
        return self.text.replace("RELEASE", chart.release)

    def kustomization(self, directory: Path) -> str:
        """Return the objects; the directory is one."""
        assert directory.is_dir()
        return self.text


names = st.from_regex(r"[a-z]([-a-z0-9]{0,8}[a-z0-9])?", fullmatch=True)
port_names = st.from_regex(r"[a-z](-?[a-z0-9]){0,6}", fullmatch=True)
amounts = st.fixed_dictionaries({}, optional={"cpu": st.just("2"), "memory": st.just("1Gi")})
resources = st.fixed_dictionaries({}, optional={"limits": amounts})
securities = st.sampled_from([{}, {"root": True}, {"user": 7}, {"capabilities": ["CHOWN"]}])
images = st.sampled_from(["a:1", "r.test/b/c:2", "${catalogue.guestbook-ui}"])
schedules = st.sampled_from(
    ["@hourly", "0 0 1 1 *", "*/7 1-5 * * mon-fri", "1,2,59 23 31 dec sat", "0-59/9 * 1/2 2-12/3 6"]
)
probe = st.one_of(
    st.just("/healthy"),
    st.fixed_dictionaries({"command": st.just(["true"])}, optional={"period": st.integers(1, 300)}),
)
probes = st.fixed_dictionaries({}, optional={"ready": probe, "live": probe})
TYPES = ["service", "stateful", "job", "schedule", "daemon", "external", "helm"]


def texts(last_character: int = 0x10FFFF) -> st.SearchStrategy[str]:
    """Return texts without references."""
    return st.text(
        alphabet=st.characters(
            exclude_characters="\x00$", exclude_categories=["Cs"], max_codepoint=last_character
        )
    )


@st.composite
def environments(draw: st.DrawFn, others: list[str]) -> dict[str, str]:
    """Return variables, with references to those components that have ports."""
    names_ = st.from_regex(r"[A-Z_]{1,9}", fullmatch=True)
    values = draw(st.dictionaries(names_, texts(), max_size=3))
    values |= {f"USES_{i}": "${%s.host}:${%s.port}" % (o, o) for i, o in enumerate(others)}  # noqa: UP031
    if draw(st.booleans()):
        values["PASSWORD"] = "${secret.keys.one}"
    if draw(st.booleans()):
        values["SHARED"] = "<${config.shared.KEY}>"
    return values


contents = st.sampled_from(
    [[], [{"url": "http://c.test/$(x).tgz", "digest": DIGEST, "path": "/c"}]]
)
accesses = st.sampled_from(
    [[], [{"resources": ["pods/log"], "verbs": ["get"], "groups": ["", "a.b"]}]]
)


@st.composite
def pods(draw: st.DrawFn, others: list[str], ports: dict[str, Any]) -> dict[str, Any]:
    """Return what all components with pods have; ``ports`` are those of a sidecar."""
    other = st.fixed_dictionaries(
        {"image": images, "environment": environments(others)},
        optional={
            "command": st.just(["x"]),
            "resources": resources,
            "security": securities,
            "mounts": st.just([{"path": "/cache", "at": "/elsewhere"}, "/etc/file"]),
            "environment_from": st.just([{"config": "shared"}, {"secret": "keys"}]),
        },
    )
    sidecars = draw(st.dictionaries(st.sampled_from(["sc-a", "sc-b"]), other, max_size=2))
    for sidecar, port in zip(sidecars.values(), ports.items()):
        sidecar |= {"ports": dict([port]), "probes": draw(probes)}
    return {
        "image": draw(images),
        "environment": draw(environments(others)),
        "environment_from": draw(st.sampled_from([[], [{"config": "shared"}]])),
        "files": {
            "/etc/file": draw(texts()),
            **draw(st.sampled_from([{}, {"/etc/key": "${secret.keys.one}"}])),
        },
        "sidecars": sidecars,
        "init": draw(st.dictionaries(st.sampled_from(["in-a", "in-b"]), other, max_size=2)),
        "content": draw(contents),
        "resources": draw(resources),
        "scratch": ["/cache", *draw(st.lists(st.sampled_from(["/run/x", "/y"]), unique=True))],
        "stop": draw(st.sampled_from([{}, {"delay": 0}, {"delay": 9, "grace": 1}])),
        "security": draw(securities),
        "access": draw(accesses),
        "nodes": draw(st.sampled_from([{}, {"everywhere": True}, {"selector": {"a.b/c": "D_e"}}])),
        "outbound": draw(st.sampled_from(["used", "anywhere"])),
    }


@st.composite
def components(draw: st.DrawFn, kind: str, others: list[str]) -> dict[str, Any]:
    """Return a component that uses ``others``, which have ports."""
    listed = draw(st.lists(port_names, min_size=2, max_size=5, unique=True))
    numbers = {name: 1000 + number for number, name in enumerate(listed)}
    first = {listed[0]: numbers.pop(listed[0])}
    if kind == "helm":
        values = {"a": [{"b": draw(texts())}], "c": {f"x{o}": "${%s.host}" % o for o in others}}  # noqa: UP031
        return {"type": kind, "chart": "c", "repository": "https://c.test", "values": values}
    if kind == "external":
        proxy = draw(st.booleans())
        host = draw(st.sampled_from(["10.1.2.3", "fd00::7"] + ["db.test"] * proxy))
        return {"type": kind, "ports": first, "proxy": proxy, "target": {"host": host}}
    found = {"type": kind, **draw(pods(others, {} if kind in {"job", "schedule"} else numbers))}
    if kind == "schedule":
        found |= {
            "schedule": draw(schedules),
            "overlap": draw(st.sampled_from(["allow", "forbid"])),
        }
    if kind in {"job", "schedule"}:
        return {**found, "retries": draw(st.integers(0, 9)), "limit": draw(st.integers(1, 9999))}
    found |= {"ports": first, "probes": draw(probes)}
    if draw(st.booleans()):
        found["publish"] = draw(st.sampled_from([{}, {"ports": {listed[0]: 80}}]))
    if kind != "daemon":
        found["replicas"] = draw(st.integers(0, 5))
    if kind == "service" and draw(st.booleans()):
        found["scale"] = {"from": draw(st.integers(1, 3)), "to": draw(st.integers(3, 9))}
    if kind == "stateful":
        found["volumes"] = draw(st.sampled_from([{}, {"data": {"path": "/data", "size": "1Gi"}}]))
        found["start"] = draw(st.sampled_from(["ordered", "parallel"]))
    return found


@st.composite
def stacks(draw: st.DrawFn) -> dict[str, Any]:
    """Return a valid stack's content; a component uses only those before it."""
    chosen = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    chosen = [name for name in chosen if name not in RESERVED | {"shared"}] or ["a"]
    made: dict[str, Any] = {}
    for name in chosen:
        if any(f"{other}-{suffix}" == name for other in made for suffix in ("files", "public")):
            continue
        others = [other for other, one in made.items() if one.get("ports")]
        made[name] = draw(components(draw(st.sampled_from(TYPES)), others))
    tcp = [name for name, one in made.items() if one.get("ports")]
    public = draw(st.lists(st.sampled_from(tcp), unique=True)) if tcp else []
    return {
        "name": draw(names),
        "components": made,
        "configs": {"shared": {"KEY": draw(texts())}},
        "secrets": {"keys": {"one": "generate"}},
        "expose": {
            f"e-{name}": {
                "paths": {"/": name},
                "https": draw(st.sampled_from(["both", "only", "redirect"])),
            }
            for name in public
        },
        "checks": [{"expose": f"e-{name}"} for name in public],
    }
