# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the store is told before the first record comes: settings, the template, the repository."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from .._core.plan import Change, Plan
from .door import Store, StoreError
from .retention import REPOSITORY
from .settings import Settings

TEMPLATE = "landfall-logs"
SNAPSHOTS = "/var/lib/snapshots"
_KEYWORDS = (
    "level",
    "stream",
    "environment",
    "namespace",
    "stack",
    "component",
    "release",
    "pod",
    "container",
    "node",
    "unit",
)
_WORD = {"type": "keyword", "ignore_above": 1024}
_MAPPINGS: Mapping[str, Any] = {
    # A field that nobody knows is kept with its record, and cannot conflict with anything.
    "dynamic": "false",
    "properties": {
        "@timestamp": {"type": "date_nanos"},
        # Records come in the order of time: how well one fits is nobody's question.
        "message": {"type": "text", "analyzer": "line", "norms": False},
        # Keeps the order of records of the same time; it is searched for as _id.
        "id": {"type": "keyword", "index": False},
        "json": {"type": "flat_object"},
        "cut": {"type": "boolean"},
        **dict.fromkeys(_KEYWORDS, _WORD),
    },
}
_SETTINGS: Mapping[str, Any] = {
    "index.number_of_shards": "1",
    # A second copy as soon as there is a second node.
    "index.auto_expand_replicas": "0-1",
    "index.codec": "best_compression",
    "index.refresh_interval": "3s",
    # Words are what stands between spaces, punctuation and symbols: a part of a path, of a name
    # or of an address is found by itself.
    "index.analysis.analyzer.line.type": "custom",
    "index.analysis.analyzer.line.tokenizer": "line",
    "index.analysis.analyzer.line.filter": ["lowercase"],
    "index.analysis.tokenizer.line.type": "char_group",
    "index.analysis.tokenizer.line.tokenize_on_chars": ["whitespace", "punctuation", "symbol"],
}


@dataclass(frozen=True)
class Part(Change):
    """One request that makes a part of the store what it shall be."""

    path: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Actual:
    """What a store has been told; None where it has not."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    template: Optional[Mapping[str, Any]] = None
    repository: Optional[Mapping[str, Any]] = None


def plan(settings: Settings, actual: Actual) -> Plan[Part]:
    """Return what the store must be told; the template comes before streams may be made."""
    wanted = cluster_settings(settings)
    has = {name: actual.settings[name] for name in wanted if name in actual.settings}
    parts = []
    if _plain(has) != _plain(wanted):
        body = {"persistent": wanted}
        parts.append(_part("settings of the store", "/_cluster/settings", body, has, wanted))
    if _template_of(actual.template) != _template_of(template()):
        known = actual.template and _template_of(actual.template)
        path = f"/_index_template/{TEMPLATE}"
        new = _template_of(template())
        parts.insert(0, _part(f"template {TEMPLATE}", path, template(), known, new))
    if settings.snapshots and _plain(actual.repository or {}) != _plain(repository()):
        path = f"/_snapshot/{REPOSITORY}"
        name = f"repository {REPOSITORY}"
        parts.append(_part(name, path, repository(), actual.repository, repository()))
    return Plan(tuple(parts))


def read(store: Store) -> Actual:
    """Return what a store has been told.

    Raises:
        LandfallError: it cannot be asked.
    """
    settings = store.call("GET", "/_cluster/settings?flat_settings=true")["persistent"]
    templates = _found(store, f"/_index_template/{TEMPLATE}")
    repositories = _found(store, f"/_snapshot/{REPOSITORY}")
    known = (templates or {}).get("index_templates") or []
    return Actual(
        settings,
        known[0]["index_template"] if known else None,
        (repositories or {}).get(REPOSITORY),
    )


def apply(store: Store, wanted: Plan[Part]) -> None:
    """Tell the store.

    Raises:
        LandfallError: it refuses, or cannot be reached any more; what came before is done.
    """
    for part in wanted:
        store.call("PUT", part.path, part.body)


def template() -> dict[str, Any]:
    """Return the template of all streams of logs."""
    return {
        "index_patterns": ["logs-*"],
        "priority": 200,
        "data_stream": {},
        "template": {"settings": dict(_SETTINGS), "mappings": dict(_MAPPINGS)},
    }


def cluster_settings(settings: Settings) -> dict[str, str]:
    """Return the settings of the store; without them no stream is made, see ``opensearch.yml``."""
    disk = "cluster.routing.allocation.disk.watermark"
    return {
        "action.auto_create_index": "logs-*",
        "action.destructive_requires_name": "true",
        f"{disk}.low": settings.low.text,
        f"{disk}.high": settings.high.text,
        f"{disk}.flood_stage": settings.flood.text,
    }


def repository() -> dict[str, Any]:
    """Return the repository of snapshots: a directory that all nodes have."""
    return {"type": "fs", "settings": {"location": SNAPSHOTS, "compress": "true"}}


def _part(name: str, path: str, body: Mapping[str, Any], before: object, after: object) -> Part:
    action = "update" if before else "create"
    return Part(name, action, _text(before) if before else "", _text(after), False, path, body)


def _template_of(raw: Optional[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what counts of a template, in the same form whoever wrote it."""
    if raw is None:
        return {}
    inner = raw.get("template") or {}
    return {
        "index_patterns": list(raw.get("index_patterns") or ()),
        "priority": str(raw.get("priority")),
        "data_stream": "data_stream" in raw,
        "settings": _plain(_flat(inner.get("settings") or {})),
        "mappings": _plain(inner.get("mappings") or {}),
    }


def _flat(settings: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Return settings by their full names; the engine nests those of templates."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        inner = _flat(value, f"{path}{name}.") if isinstance(value, Mapping) else None
        found |= {f"{path}{name}": value} if inner is None else inner
    return found


def _plain(value: object) -> Any:
    """Return a value with every number and truth as the text that the store makes of it."""
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _found(store: Store, path: str) -> Optional[Mapping[str, Any]]:
    try:
        found: Mapping[str, Any] = store.call("GET", path)
    except StoreError as error:
        if error.status != 404:
            raise
        return None
    return found


def _text(value: object) -> str:
    return json.dumps(value, indent=1, sort_keys=True) + "\n"
