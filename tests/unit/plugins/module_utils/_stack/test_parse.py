# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a stack's file may say, and what is said about what it may not."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    LandfallError,
    ProblemsError,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.containers import (
    Amount,
    Probe,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.model import (
    Service,
    Stateful,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.parse import (
    content,
    parse,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.uses import (
    order,
    used_by,
)

from .samples import EVERYTHING

FULL: dict[str, Any] = {
    "name": "shop",
    "description": "A shop",
    "components": {
        "web": {
            "type": "service",
            "image": "r.test:5000/shop/web:1.2@sha256:" + "a" * 64,
            "command": ["web"],
            "arguments": ["-v"],
            "ports": {"http": 8080, "admin": 9000},
            "environment": {
                "API": "http://${api.host}:${api.port}/",
                "ADMIN": "${web.port.admin}",
                "COUNT": 3,
                "RATIO": 0.5,
                "ON": True,
                "ENV": "${stack.environment}",
                "KEY": "${secret.keys.web}",
            },
            "replicas": 0,
            "probes": {"ready": {"http": "/r", "port": "admin"}, "live": {"command": ["true"]}},
            "resources": {"requests": {"cpu": 1, "memory": "1Gi"}, "limits": {"cpu": 1.5}},
            "scratch": ["/cache", {"path": "/run", "size": "1Mi", "memory": True}],
            "security": {"capabilities": ["NET_BIND_SERVICE"], "user": 5, "group": 6},
        },
        "api": {"type": "service", "image": "api:1", "ports": {"http": 80}, "uses": ["db"]},
        "db": {
            "type": "stateful",
            "image": "db:1",
            "ports": {"sql": 3306},
            "volumes": {"data": {"path": "/data", "size": "1Gi", "storage_class": "fast"}},
        },
    },
    "secrets": {"keys": {"web": "environment", "other": {"length": 64}}},
    "expose": {
        "web": {"paths": {"/": "web", "/admin/": {"component": "web", "port": "admin"}}},
        "api": {"paths": {"/a%20b": "api"}},
    },
    "checks": [{"expose": "web"}, {"expose": "api", "path": "/x?y=1", "status": 404}],
}


def with_(path: str, value: Any) -> dict[str, Any]:
    """Return FULL with the entry at a dotted path set, or removed when the value is ``...``."""
    raw = copy.deepcopy(FULL)
    at: Any = raw
    *steps, last = path.split("/")
    for step in steps:
        at = at[int(step)] if isinstance(at, list) else at.setdefault(step, {})
    key = int(last) if isinstance(at, list) else last
    if value is ...:
        del at[key]
    else:
        at[key] = value
    return raw


def problems(raw: Any) -> list[InvalidInputError]:
    with pytest.raises(ProblemsError) as caught:
        parse(raw, "shop.yml")
    assert all(isinstance(problem, InvalidInputError) for problem in caught.value.problems)
    return list(caught.value.problems)  # type: ignore[arg-type]


def test_everything_is_read() -> None:
    stack = parse(FULL, "shop.yml")
    web, db = stack.components["web"], stack.components["db"]
    assert isinstance(web, Service)
    assert isinstance(db, Stateful)
    assert web.environment["COUNT"] == "3"
    assert web.environment["RATIO"] == "0.5"
    assert web.environment["ON"] == "true"
    assert web.resources.requests == Amount("1", "1Gi")
    assert web.resources.limits == Amount("1.5", None)
    assert web.probes.ready == Probe(http="/r", port="admin")
    assert web.scratch[0].size == "256Mi"
    assert stack.secrets["keys"]["other"].source == "generate"
    assert stack.expose["web"].paths["/"].component == "web"
    api = stack.components["api"]
    assert isinstance(api, Service)
    assert api.replicas == 2
    assert db.replicas == 1
    assert used_by(stack, "web") == ("web", "api")
    assert order(stack) == ("db", "api", "web")


def test_an_empty_value_is_a_missing_one() -> None:
    web = parse(with_("components/web/replicas", None), "shop.yml").components["web"]
    assert isinstance(web, Service)
    assert web.replicas == 2


BAD: list[tuple[str, Any, str, str]] = [
    # path, value, path in the error, words in the error
    ("name", ..., "name", "a field is missing"),
    ("name", "Shop", "name", "a name of a-z"),
    ("colour", 1, "colour", "a field is not known"),
    ("components", {}, "components", "from 1 to"),
    ("components", [], "components", "a mapping"),
    ("components/web", 3, "components.web", "a mapping"),
    ("components/Web", FULL["components"]["api"], "components.Web", "a name does not fit"),
    ("components/web/type", ..., "components.web.type", "one of service, stateful"),
    ("components/web/type", "servise", "components.web.type", "did you mean service?"),
    ("components/web/type", 1, "components.web.type", "one of service"),
    ("components/web/image", ..., "components.web.image", "registry.example"),
    ("components/web/image", "A b", "components.web.image", 'found: "A b"'),
    ("components/web/replica", 1, "components.web.replica", "did you mean replicas?"),
    ("components/web/replicas", "3", "components.web.replicas", "a whole number from 0"),
    ("components/web/replicas", True, "components.web.replicas", "a whole number"),
    ("components/web/replicas", -1, "components.web.replicas", "found: -1"),
    ("components/web/command", "web", "components.web.command", "a list"),
    ("components/web/command", [1], "components.web.command[0]", "a text"),
    ("components/web/ports/http", 0, "components.web.ports.http.number", "from 1 to 65535"),
    ("components/web/ports/h--p", 1, "components.web.ports.h--p", "a port's name"),
    ("components/web/ports/again", 8080, "components.web.ports.again", "twice"),
    ("components/web/environment/X", [], "components.web.environment.X", "a text, number"),
    ("components/web/environment/X", "\x00", "components.web.environment.X", "a text, number"),
    ("components/web/environment/X", "\ud800", "components.web.environment.X", "a text, number"),
    ("description", "\ud800", "description", "a text"),
    ("components/web/environment/X Y", "", "components.web.environment.X Y", "variable's"),
    ("components/web/environment/X", "${", "components.web.environment.X", "reference"),
    ("components/web/environment/X", "${dc.host}", "components.web.environment.X", "mean db?"),
    ("components/web/environment/X", "${db.hots}", "components.web.environment.X", "mean host?"),
    ("components/web/environment/X", "${db.port.x}", "components.web.environment.X", "no such"),
    ("components/web/environment/X", "${stack.x}", "components.web.environment.X", "attribute"),
    ("components/web/environment/X", "${secret.keys}", "components.web.environment.X", "<key>"),
    ("components/web/environment/X", "${secret.key.web}", "components.web.environment.X", "keys?"),
    ("components/web/environment/X", "${secret.keys.wb}", "components.web.environment.X", "web?"),
    (
        "components/web/environment/X",
        "a${secret.keys.web}",
        "components.web.environment.X",
        "whole",
    ),
    ("components/web/environment/X", "${catalogue.x}", "components.web.environment.X", "image"),
    ("components/web/uses", ["dbb"], "components.web.uses[0]", "did you mean db?"),
    ("components/db/uses", ["web"], "components", "api → db → web"),
    ("components/db/ports", {}, "components.db.probes", ""),
    ("components/web/probes/ready", "r", "components.web.probes.ready.http", "begins with /"),
    ("components/web/probes/ready/command", ["x"], "components.web.probes.ready", "two ways"),
    ("components/web/probes/ready/port", "amdin", "components.web.probes.ready.port", "admin?"),
    ("components/web/resources/requests/cpu", "2", "components.web.resources.requests.cpu", "1.5"),
    ("components/web/resources/requests/cpu", 0, "components.web.resources.requests.cpu", "250m"),
    ("components/web/resources/limits/memory", "1G1", "components.web.resources.limits.memory", ""),
    ("components/web/scratch/0", "tmp", "components.web.scratch[0].path", "absolute"),
    ("components/web/scratch/0", "/a/../b", "components.web.scratch[0].path", "absolute"),
    ("components/web/scratch/0", "/run", "components.web.scratch[1]", "one path"),
    ("components/web/scratch/1/memory", 1, "components.web.scratch[1].memory", "true or false"),
    ("components/web/security/root", True, "components.web.security", "root or user"),
    (
        "components/web/security/capabilities",
        ["ALL"],
        "components.web.security.capabilities[0]",
        "",
    ),
    ("components/web/volumes", {}, "components.web.volumes", "not known"),
    ("components/db/scratch", ["/data"], "components.db.volumes.data", "one path"),
    ("components/db/volumes/data/size", ..., "components.db.volumes.data.size", "64Mi"),
    ("components/db-members", FULL["components"]["api"], "components.db", "taken"),
    ("components/secret", FULL["components"]["api"], "components.secret", "reserved"),
    ("expose/web", {}, "expose.web.paths", "a field is missing"),
    ("expose/web/paths/x", "web", "expose.web.paths.x", "begins with /"),
    ("expose/web/paths//a/..", "web", "expose.web.paths./a/..", "steps"),
    ("expose/web/paths//", "wep", "expose.web.paths./", "did you mean web?"),
    ("expose/web/paths//", {"component": "web", "port": "x"}, "expose.web.paths./", "a port"),
    ("secrets/keys", {}, "secrets.keys", "from 1 to"),
    ("secrets/keys/web", "vault", "secrets.keys.web.source", "generate, environment"),
    ("checks/0/expose", ..., "checks[0].expose", "which host name"),
    ("checks/0/expose", "wep", "checks[0].expose", "did you mean web?"),
    ("checks/0/scheme", "ftp", "checks[0].scheme", "one of http, https"),
    ("checks/0", "x", "checks[0]", "a mapping"),
]


def raw_with(path: str, value: Any) -> dict[str, Any]:
    """Return FULL with the entry set; a path of an exposure may have slashes itself."""
    if "paths//" not in path:
        return with_(path, value)
    raw = copy.deepcopy(FULL)
    raw["expose"]["web"]["paths"][path.partition("paths/")[2]] = value
    return raw


@pytest.mark.parametrize(("path", "value", "where", "words"), BAD)
def test_what_is_wrong_is_named(path: str, value: Any, where: str, words: str) -> None:
    raw = raw_with(path, value)
    if path == "components/db/ports":
        raw["components"]["db"]["probes"] = {"ready": {"timeout": 1}}
        where = "components.db.probes.ready"
        words = "has nothing to ask"
    found = [p for p in problems(raw) if p.on == f"shop.yml: {where}"]
    assert found, [str(p) for p in problems(raw)]
    assert any(words in str(p) for p in found), [str(p) for p in found]


def test_a_component_without_ports_cannot_be_asked_for() -> None:
    raw = with_("components/db/ports", {})
    raw["components"]["web"]["environment"]["X"] = "${db.host}"
    raw["expose"]["api"]["paths"]["/db"] = "db"
    text = " ".join(map(str, problems(raw)))
    assert "components.web.environment.X" in text
    assert "expose.api.paths./db" in text


def test_all_problems_come_at_once() -> None:
    raw = with_("components/web/replicas", "x")
    raw["components"]["db"]["imaeg"] = "x"
    raw["checks"][0]["status"] = 1
    assert len(problems(raw)) == 3


def test_a_check_without_any_exposure_is_refused() -> None:
    raw = with_("expose", ...)
    raw["checks"] = [{}]
    assert "there is none" in str(problems(raw)[0])


def test_what_json_cannot_show_is_named_by_its_type() -> None:
    assert "found: dict" in str(problems({**FULL, "name": {(1, 2): 3}})[0])


@pytest.mark.parametrize("raw", [None, 3, "x", [], {1: 2}, {"name": {}, "components": {None: 1}}])
def test_what_is_no_stack_at_all(raw: Any) -> None:
    assert problems(raw)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "is not YAML"),
        ("a: 1\na: 2", "a is there twice"),
        ("? [a]\n: 1", "a name must be a text"),
        ("a: 2026-99-99", "is not YAML"),
    ],
)
def test_what_is_no_yaml(text: str, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        content(text, "f.yml")


def test_yaml_anchors_and_merges_are_fine() -> None:
    assert content("x: &x {a: 1}\ny: {<<: *x, b: 2}", "f")["y"] == {"a": 1, "b": 2}


def read_or_refused(raw: Any) -> Sequence[LandfallError]:
    """Return the problems, none when the stack is valid; every other exception is a failure."""
    try:
        parse(raw, "shop.yml")
    except ProblemsError as error:
        return error.problems or pytest.fail("refused without a reason")
    return ()


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=8,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    entries: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else ()
    entries = enumerate(value) if isinstance(value, list) else entries
    return [path, *(p for key, inner in entries for p in places(inner, (*path, key)))]


@pytest.mark.parametrize("base", [FULL, EVERYTHING], ids=["small", "everything"])
@given(data=st.data(), value=json)
def test_anything_anywhere_is_read_or_refused_with_its_path(
    base: dict[str, Any], data: st.DataObject, value: Any
) -> None:
    path = data.draw(st.sampled_from(places(base)[1:]))
    raw = copy.deepcopy(base)
    at = raw
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    for problem in read_or_refused(raw):
        assert problem.on.startswith("shop.yml: ")


@given(json)
def test_anything_is_read_or_refused(value: Any) -> None:
    assert all(problem.on.startswith("shop.yml") for problem in read_or_refused(value))
