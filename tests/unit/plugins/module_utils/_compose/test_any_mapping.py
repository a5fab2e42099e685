# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any mapping gives a stack or an error with a path, never a traceback."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.landfall.platform.plugins.module_utils._compose import (
    canonical,
    unmapped,
)
from ansible_collections.landfall.platform.plugins.module_utils._compose.importer import (
    import_stack,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    LandfallError,
    ProblemsError,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.parse import content, parse

FIELDS = sorted({*unmapped._MAPPED, *unmapped._UNMAPPED, *canonical._READERS, "network_mode"})
NAMES = ["db", "web", "Web", "we_b", "stack", "a.b", "x-members", "1"]
TEXTS = [
    *("80", "80:80", "127.0.0.1:1-3:4-6/udp", "[::1]:5:6", "data:/data", "./a:/etc/a:ro", "/x"),
    *("A=b", "DB_HOST=db", "PASSWORD=secretsecret", "URL=postgres://u:secretsecret@db:5432/x"),
    *("${X}", "${X:?no}", "${PASSWORD}", "${X", "$$", "a ${X:-${Y:+z}} b", "'", "no", "on-failure"),
    *("postgres:16", "nginx", "redis:7-alpine", "Bad Image", "traefik:v3", "service:db", "host"),
    *("512m", "0.5", "1m30s", "CMD", "CMD-SHELL", "NONE", "root", "1000:1000", "ALL", "KILL"),
    *(
        "service_healthy",
        "service_completed_successfully",
        "global",
        "replicated-job",
        "--password",
    ),
    *("/var/run/docker.sock:/var/run/docker.sock", "http://db:80/", "db:5432", "\x7f", "é\u2028"),
    "traefik.http.routers.a.rule=Host(`a.test`) && Path(`/x`)",
]
texts = st.sampled_from(TEXTS) | st.sampled_from(NAMES) | st.text(max_size=8)
scalars = texts | st.integers() | st.booleans() | st.none() | st.floats()
INNER = [
    *("condition", "test", "interval", "retries", "start_period", "disable", "replicas", "mode"),
    *("resources", "limits", "reservations", "cpus", "memory", "restart_policy", "placement"),
    *("constraints", "target", "published", "protocol", "type", "source", "tmpfs", "size", "path"),
    *("context", "args", "service", "file", "aliases", "content", "environment", "name", "A"),
    *("PASSWORD", "DB_HOST", "DB_PORT", "PGDATA", "VIRTUAL_HOST", "db", "web", "x-y"),
]
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(INNER), inner, max_size=4)
    ),
    max_leaves=6,
)
services = st.fixed_dictionaries(
    {"image": st.sampled_from(TEXTS[18:26]) | scalars},
    optional={
        field: values | st.lists(texts, max_size=3) | st.dictionaries(texts, texts, max_size=3)
        for field in FIELDS
        if field != "image"
    },
)
sections = st.dictionaries(st.sampled_from([*NAMES, "data"]), values, max_size=2)
projects = st.fixed_dictionaries(
    {"services": st.dictionaries(st.sampled_from(NAMES), services | values, max_size=3)},
    optional={
        **dict.fromkeys(("volumes", "configs", "secrets", "networks"), sections | values),
        "include": values,
        "x-any": values,
    },
)
# Few fields, each most likely right: so that many projects are valid.
plausible = st.dictionaries(
    st.sampled_from(NAMES),
    st.fixed_dictionaries(
        {"image": st.sampled_from(["postgres:16", "nginx", "mysql:8", "a/b:1", "gitea/gitea:1"])},
        optional={
            "environment": st.lists(
                st.sampled_from([t for t in TEXTS if "=" in t and "`" not in t])
                | st.builds("{}_HOST={}".format, st.sampled_from("AB"), st.sampled_from(NAMES))
                | st.builds("N{}={}".format, st.integers(0, 9), st.text(max_size=9)),
                max_size=4,
            ),
            "command": st.lists(st.text(max_size=6), max_size=3),
            "entrypoint": st.lists(st.text(max_size=6), max_size=2),
            "depends_on": st.lists(st.sampled_from(NAMES[:3]), max_size=2, unique=True),
            "ports": st.lists(
                st.sampled_from(TEXTS[:4]) | st.integers(1, 65535) | st.just("53:53/udp"),
                max_size=4,
            ),
            "expose": st.lists(st.integers(1, 65535), max_size=3),
            "volumes": st.lists(
                st.builds("{}:/{}".format, st.sampled_from(["a", "b", "./f", "/h"]), texts)
                | st.sampled_from(["d:/data", "/anonymous", "./conf:/etc/x:ro"]),
                max_size=3,
            ),
            "healthcheck": st.fixed_dictionaries({"test": st.text(max_size=9)}),
            "restart": st.sampled_from(["no", "always", "on-failure"]),
            "deploy": st.fixed_dictionaries(
                {},
                optional={
                    "mode": st.sampled_from(["global", "replicated-job"]),
                    "replicas": st.integers(0, 3),
                },
            ),
            "user": st.sampled_from(["root", "0", "1:2", "me"]),
            "cap_add": st.lists(st.sampled_from(["ALL", "KILL", "CAP_CHOWN", "X"]), max_size=2),
        },
    ),
    min_size=1,
    max_size=4,
)


class Files:
    """A compose file, and some others."""

    def __init__(self, text: str) -> None:
        self._texts = {"c.yml": text.encode(), "f": b"db:5432 ${x}", "a": b"\xff", ".env": b"Y=1"}

    def read(self, path: str) -> Optional[bytes]:
        return self._texts.get(path)

    def names(self, path: str) -> Optional[Sequence[str]]:
        return None


def try_import(mapping: Any) -> Optional[str]:
    """Import a mapping; return what is wrong with it, None when it gave a stack."""
    text = yaml.safe_dump(mapping, allow_unicode=True)
    try:
        found = import_stack("s", ["c.yml"], Files(text))
    except ProblemsError as error:
        return "" if not all(one.on for one in error.problems) else str(error)
    except LandfallError as error:
        return str(error)
    assert content(found.text, "text") == found.stack
    parse(found.stack, "stack")
    return None


def check(mapping: Any) -> None:
    problem = try_import(mapping)
    assert problem != "", "every problem has a path"
    assert "the stack from" not in (problem or ""), "it is the compose file that is wrong"


@given(projects)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_project_is_imported_or_refused(mapping: Any) -> None:
    check(mapping)


@given(values)
@settings(max_examples=30, deadline=None)
def test_any_data_is_imported_or_refused(mapping: Any) -> None:
    check(mapping)


@given(plausible)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_looks_right_is_imported_or_refused(mapping: Any) -> None:
    volumes = {"a": None, "b": None, "d": None}
    check({"services": mapping, "volumes": volumes})
