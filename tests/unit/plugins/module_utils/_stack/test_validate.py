# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of the full model does not fit together is named, all at once."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    LandfallError,
    ProblemsError,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.parse import parse

from .conftest import Place
from .samples import DIGEST, EVERYTHING, EVERYTHING_SETTINGS
from .test_kinds import changed
from .test_parse import json, places, problems

WEB = EVERYTHING["components"]["web"]
SIDECAR = {"image": "s:1"}
Case = tuple[str, Any, str, str]


def at(path: str, value: Any) -> dict[str, Any]:
    """Return the sample with an entry of a component set; steps are divided by blanks."""
    steps = [int(step) if step.isdigit() else step for step in path.split()]
    return changed(*steps, value=value)


BAD: list[Case] = [
    # path below components, value, path in the error, words in the error
    ("web scale", {"from": 5, "to": 2}, "web.scale", "from ≤ to"),
    ("web scale", {"least": 5}, "web.scale.least", "not known"),
    ("web scale", {"to": 5}, "web.scale.from", "missing"),
    ("db scale", {"from": 1, "to": 2}, "db.scale", "not known"),
    ("web replica", 3, "web.replica", "did you mean replicas?"),
    ("web sidecars web", SIDECAR, "web.sidecars.web", "container's name is taken"),
    ("web sidecars migrate", SIDECAR, "web.sidecars.migrate", "container's name is taken"),
    ("web init content-0", SIDECAR, "web.init.content-0", "container's name is taken"),
    ("web sidecars exporter ports http", 1, "web.sidecars.exporter.ports.http", "name is there"),
    ("web sidecars exporter ports x", 8080, "web.sidecars.exporter.ports.x", "see http"),
    (
        "web sidecars exporter mounts",
        ["/cach"],
        "web.sidecars.exporter.mounts[0]",
        "did you mean /cache?",
    ),
    (
        "web init migrate mounts",
        ["/cache", {"path": "/etc/app/key", "at": "/cache"}],
        "web.init.migrate.mounts[1]",
        "one path",
    ),
    ("web init migrate security", {"root": True, "user": 1}, "web.init.migrate.security", "root"),
    ("web init migrate environment X", "${dbb.host}", "web.init.migrate.environment.X", "mean db?"),
    ("web sidecars exporter probes", {"ready": {"port": "x"}},
     "web.sidecars.exporter.probes.ready.port", "one of metrics"),
    ("web environment_from", [{}], "web.environment_from[0]", "config or secret"),
    ("web environment_from", [{"config": "shard"}], "web.environment_from[0].config", "shared?"),
    ("web environment_from", [{"secret": "key"}], "web.environment_from[0].secret", "keys?"),
    ("web environment X", "${config.shared.DC}", "web.environment.X", "did you mean DB?"),
    ("web environment X", "${config.shared}", "web.environment.X", "${config.<name>.<key>}"),
    ("web environment X", "${expose.web}", "web.environment.X", "${expose.<name>.url}"),
    ("web environment X", "${expose.wep.url}", "web.environment.X", "did you mean web?"),
    ("web environment X", "${expose.web.uri}", "web.environment.X", "did you mean url?"),
    ("web environment X", "${db.address}", "web.environment.X", "is not published"),
    ("web environment X", "${agent.url}", "web.environment.X", "is not published"),
    ("web environment X", "${cache.host}", "web.environment.X", "no ports"),
    ("web files /etc/app/app.ini", "x${secret.keys.one}", "web.files./etc/app/app.ini", "whole"),
    ("web files /etc/app/app.ini", {"content": "", "mode": "rw"}, "web.files./etc/app/app.ini.mode",
     "'0444'"),
    ("web files etc", "x", "web.files.etc", "absolute path"),
    ("web files /cache", "x", "web.files./cache", "one path"),
    ("web content 0 digest", "sha256:1", "web.content[0].digest", "sha256:<64"),
    ("web content 0 url", "ftp://x", "web.content[0].url", "https://"),
    ("web content 0 path", "/cache", "web.content[0]", "one path"),
    ("web access", [{"verbs": ["get"]}], "web.access[0].resources", "missing"),
    ("web access", [{"resources": ["pods"], "verbs": ["gte"]}], "web.access[0].verbs[0]", "get?"),
    ("web access", [{"resources": [], "verbs": ["get"]}], "web.access[0].resources", "at least 1"),
    ("web nodes", {"selector": {"a b": "c"}}, "web.nodes.selector.a b", "a label"),
    ("db publish", {"ports": {"sq": 1}}, "db.publish.ports.sq", "did you mean sql?"),
    ("loader publish", {}, "loader.publish", "not known"),
    ("loader ports", {"a": 1}, "loader.ports", "not known"),
    ("api publish", {"ports": {"http": 80, "x": 80}}, "api.publish.ports.x", "a port"),
    ("agent ports", {}, "agent.publish", "has no ports"),
    ("agent probes", {"ready": "/x"}, "agent.probes.ready", "TCP ports"),
    ("agent probes", {"ready": {"http": "/x", "port": "syslog"}}, "agent.probes.ready.port", "TCP"),
    ("nightly schedule", "* * * *", "nightly.schedule", "as cron writes it"),
    ("nightly schedule", "60 * * * *", "nightly.schedule", "minute: *, or numbers from 0 to 59"),
    ("nightly schedule", "* * 0 * *", "nightly.schedule", "day: "),
    ("nightly schedule", "* 5-2 * * *", "nightly.schedule", "hour: "),
    ("nightly schedule", "* * * jam *", "nightly.schedule", "month: "),
    ("nightly schedule", "* * * * 7", "nightly.schedule", "weekday: "),
    ("nightly schedule", "*/0 * * * *", "nightly.schedule", "minute: "),
    ("nightly overlap", "forbit", "nightly.overlap", "did you mean forbid?"),
    ("db-outside ports", {}, "db-outside.ports", "from 1 to"),
    ("db-outside target", {"host": "a", "port": 1}, "db-outside.target.port", "names of the"),
    ("db-outside target ports", {"x": 1}, "db-outside.target.ports.x", "not declared"),
    ("db-outside target host", "a b", "db-outside.target.host", "IP address"),
    ("log-sink proxy", True, "log-sink.ports.syslog", "takes no UDP"),
    ("cache values", {"a": "${secret.keys.one}"}, "cache.values.a", "name it in the values"),
    ("cache values", {"a": [{"b": "${api.url}"}]}, "cache.values.a[0].b", "write the address"),
    ("cache values", {"a": "${dbb.host}"}, "cache.values.a", "did you mean db?"),
    ("cache values", [], "cache.values", "a mapping"),
    ("cache values", {"a": {1: 2}}, "cache.values.a[1]", "a text"),
    ("cache values", {"a": float("nan")}, "cache.values.a", "a text, number"),
    ("cache chart", "../x", "cache.chart", "a chart"),
    ("files", {"type": "manifests", "files": ["../x"]}, "files.files[0]", "without .. steps"),
    ("files", {"type": "manifests", "files": []}, "files.files", "at least 1"),
    ("kust", {"type": "kustomize"}, "kust.directory", "missing"),
    ("config", SIDECAR | {"type": "job"}, "config", "reserved"),
    ("db-members", SIDECAR | {"type": "service"}, "db", "taken by a component"),
    ("api-public", SIDECAR | {"type": "service"}, "api.publish", "taken by a component"),
    ("web-files", SIDECAR | {"type": "service"}, "web.files", "taken by a component"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "where", "words"), BAD)
def test_what_is_wrong_is_named(path: str, value: Any, where: str, words: str) -> None:
    every = problems(at(path, value))
    found = [str(p) for p in every if p.on == f"shop.yml: components.{where}"]
    assert any(words in text for text in found), list(map(str, every))


@pytest.mark.parametrize(
    ("field", "value", "where", "words"),
    [
        ("configs", {"shared": {"DB": "${secret.keys.one}"}}, "configs.shared.DB", "used"),
        ("configs", {"shared": {"DB": "${config.shared.DB}"}}, "configs.shared.DB", "may"),
        ("configs", {"shared": {"DB": "${x.host}"}}, "configs.shared.DB", "not declared"),
        ("configs", {"shared": {}}, "configs.shared", "from 1 to"),
        ("configs", {"web": {"A": "1"}}, "configs.web", "taken by a component"),
        ("configs", {"web-files": {"A": "1"}}, "configs.web-files", "by components.web.files"),
        ("expose", {"a": {"paths": {"/": "log-sink"}}}, "expose.a.paths./", "TCP ports alone"),
        (
            "expose",
            {"a": {"paths": {"/": {"component": "api", "port": "dns"}}}},
            "expose.a.paths./",
            "TCP",
        ),
        ("expose", {"a": {"paths": {"/": "loader"}}}, "expose.a.paths./", "no ports"),
        ("expose", {"a": {"paths": {"/": "web"}, "https": "never"}}, "expose.a.https", "both"),
        (
            "expose",
            {
                "a": {"paths": {"/": "web"}, "https": "redirect"},
                "a-redirect": {"paths": {"/": "web"}},
            },
            "expose.a",
            "a name is taken",
        ),
        ("secrets", {"keys": {"one": {"key": "x"}}}, "secrets.keys.one.key", "vault: its path"),
        ("secrets", {"keys": {"one": {"vault": "/x"}}}, "secrets.keys.one.vault", "in Vault"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_rest(field: str, value: Any, where: str, words: str) -> None:
    raw = {**copy.deepcopy(EVERYTHING), field: value}
    found = [str(p) for p in problems(raw) if p.on == f"shop.yml: {where}"]
    assert any(words in text for text in found), found


def test_a_circle_through_shared_configuration_is_seen() -> None:
    raw = changed("db", "environment_from", value=[{"config": "shared"}])
    raw["configs"]["shared"]["WEB"] = "${web.host}"
    assert any("use each other" in str(problem) for problem in problems(raw))


def test_secrets_of_vault() -> None:
    raw = {**copy.deepcopy(EVERYTHING), "secrets": {"keys": dict.fromkeys(("one", "two", "mail"))}}
    raw["secrets"]["keys"] = {
        "one": {"vault": "apps/shop", "key": "password"},
        "two": {"vault": "apps/shop"},
        "mail": "environment",
    }
    keys = parse(raw, "f").secrets["keys"]
    assert (keys["one"].vault, keys["one"].key) == ("apps/shop", "password")
    assert keys["two"].key is None


SETTINGS: list[tuple[dict[str, Any], str]] = [
    ({"components": {"db": {"scale": {"from": 1, "to": 2}}}}, "type stateful takes no scale"),
    ({"components": {"web": {"target": {"host": "a"}}}}, "type service takes no target"),
    ({"components": {"web": {"storage": "fast"}}}, "type service takes no storage"),
    ({"components": {"cache": {"replicas": 1}}}, "type helm takes no replicas"),
    ({"components": {"web": {"values": {"a": 1}}}}, "type service takes no values"),
    ({"components": {"loader": {"publish": {}}}}, "type job takes no publish"),
    ({"components": {"web": {"containers": {"exporte": {}}}}}, "did you mean exporter?"),
    ({"components": {"web": {"containers": {"exporter": {"image": "x"}}}}},
     "components.web.containers.exporter.version"),
    ({"components": {"web": {"content": [{"url": "https://x", "path": "/c"}]}}}, "has no digest"),
    ({"components": {"nightly": {"schedule": "* * * * 9"}}}, "weekday"),
    ({"components": {"log-sink": {"target": {"host": "db.test"}}}}, "is no IP address"),
    ({"components": {"log-sink": {"target": {"host": "127.0.0.1"}}}}, "address of another host"),
    ({"components": {"api": {"publish": {"ports": {"htp": 1}}}}}, "did you mean http?"),
    ({"configs": {"share": {"A": "b"}}}, "did you mean shared?"),
    ({"configs": {"shared": {"A": "${x.host}"}}}, "configs.shared.A"),
    ({"quota": {"cpus": 1}}, "did you mean cpu?"),
    ({"rollback": "yes"}, "true or false"),
]  # fmt: skip


@pytest.mark.parametrize(("more", "words"), SETTINGS)
def test_settings_that_do_not_fit(place: Place, more: dict[str, Any], words: str) -> None:
    with pytest.raises(ProblemsError) as caught:
        place(EVERYTHING, **{**EVERYTHING_SETTINGS, **more})
    assert words in str(caught.value)


def test_something_outside_needs_a_place(place: Place) -> None:
    raw = changed("db-outside", "target", value=None)
    with pytest.raises(ProblemsError, match="has no target"):
        place(raw, **EVERYTHING_SETTINGS)
    more = {"components": {"db-outside": {"target": {"host": "db2.test"}, "replicas": 3}}}
    found = place(raw, **EVERYTHING_SETTINGS, **more).stack.components["db-outside"]
    assert (found.target.host, found.replicas) == ("db2.test", 3)  # type: ignore[attr-defined]


def test_settings_are_put_in(place: Place) -> None:
    more = {
        "components": {
            "web": {
                "replicas": 1,
                "content": [{"url": "https://x", "path": "/var/www/content"}],
                "containers": {"exporter": {"version": "2", "environment": {"URL": "x"}}},
            },
            "api": {"scale": {"from": 3, "to": 4}, "publish": {"ports": {"http": 8080}}},
            "db": {"storage": "fast", "replicas": 5},
            "nightly": {"schedule": "@daily", "suspended": True},
            "cache": {"version": "2.0.0", "values": {"host": {"a": 1}, "new": {"x": 2}}},
        },
        "configs": {"shared": {"NEW": "n", "SITE": "s"}},
        "development": True,
        "rollback": True,
    }
    one = place(EVERYTHING, **{**EVERYTHING_SETTINGS, **more})
    parts: dict[str, Any] = dict(one.stack.components)
    assert parts["web"].scale is None
    assert parts["web"].replicas == 1
    assert parts["web"].content[0].url == "https://x"
    assert one.images["web/exporter"] == "r.test/exporter:2"
    assert one.images["web/migrate"] == "r.test/web:1"
    assert parts["web"].sidecars["exporter"].environment["URL"] == "x"
    assert parts["api"].scale.least == 3
    assert parts["api"].publish.ports == {"http": 8080}
    assert parts["db"].volumes["data"].storage_class == "fast"
    assert parts["nightly"].suspended
    assert parts["cache"].version == "2.0.0"
    assert parts["cache"].values["host"] == {"a": 1}
    assert parts["cache"].values["new"] == {"x": 2}
    assert len(parts["cache"].values["list"]) == 4
    assert one.stack.configs["shared"] == {"DB": "${db.host}:${db.port}", "NEW": "n", "SITE": "s"}
    assert one.rollback
    assert set(one.tools) == {"haproxy", "content-fetcher"}


FULL_SETTINGS: dict[str, Any] = {
    **EVERYTHING_SETTINGS,
    "environment": "lab",
    "configs": {"shared": {"DB": "x"}},
    "rollback": True,
    "components": {
        "web": {"content": [{"url": "https://x", "path": "/c", "digest": DIGEST}], "version": "2"},
        "api": {"scale": {"from": 1, "to": 2}, "publish": {"address": "shared"}},
        "db": {"volumes": {"data": {"size": "2Gi"}}, "resources": {"limits": {"cpu": 1}}},
        "db-outside": {"target": {"host": "h", "ports": {"mysql": 1}}},
    },
}


def refused(place: Place, more: dict[str, Any]) -> Sequence[LandfallError]:
    """Return what is wrong; every exception but the right one is a failure."""
    try:
        place(EVERYTHING, **more)
    except ProblemsError as error:
        return error.problems or pytest.fail("refused without a reason")
    return ()


@given(data=st.data(), value=json)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_settings_are_taken_or_refused_with_their_path(
    place: Place, data: st.DataObject, value: Any
) -> None:
    more = copy.deepcopy(FULL_SETTINGS)
    *path, last = data.draw(st.sampled_from(places(more)[1:]))
    at: Any = more
    for step in path:
        at = at[step]
    at[last] = value
    assert all(problem.on.startswith("settings") for problem in refused(place, more))
