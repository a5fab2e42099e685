# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an environment may add to a stack."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import ProblemsError
from ansible_collections.landfall.platform.plugins.module_utils._stack.containers import Amount
from ansible_collections.landfall.platform.plugins.module_utils._stack.model import (
    Service,
    Stateful,
)

from .conftest import Place

RAW: dict[str, Any] = {
    "name": "shop",
    "components": {
        "web": {
            "type": "service",
            "image": "r.test:5000/web",
            "ports": {"http": 80},
            "environment": {"A": "1", "B": "2"},
            "resources": {"requests": {"cpu": "1"}, "limits": {"memory": "1Gi"}},
        },
        "db": {
            "type": "stateful",
            "image": "${catalogue.guestbook-db}",
            "volumes": {"data": {"path": "/data", "size": "1Gi"}, "log": {"path": "/l", "size": 1}},
        },
    },
    "secrets": {"keys": {"made": "generate", "given": "environment"}},
    "expose": {"web": {"paths": {"/": "web"}}},
}
GOOD: dict[str, Any] = {
    "hosts": {"web": "shop.test"},
    "components": {"web": {"version": "1.2"}},
    "secrets": {"keys": {"given": "s3cret"}},
}


def with_(**changes: Any) -> dict[str, Any]:
    return {**GOOD, **changes}


def test_settings_are_laid_over_the_stack(place: Place) -> None:
    web = {
        "version": "2.0",
        "replicas": 0,
        "environment": {"B": 3, "C": True},
        "resources": {"requests": {"memory": "2Mi"}, "limits": {"cpu": "2"}},
    }
    database = {"volumes": {"data": {"size": "9Gi", "storage_class": "fast"}}}
    one = place(RAW, **with_(components={"web": web, "db": database}))
    component, db = one.stack.components["web"], one.stack.components["db"]
    assert isinstance(component, Service)
    assert isinstance(db, Stateful)
    assert (one.namespace, one.owner, one.environment) == ("shop-lab", "stack-shop-lab", "lab")
    assert one.images == {
        "web": "r.test:5000/web:2.0",
        "db": "landfall.internal/guestbook-db:1.0.0",
    }
    assert component.replicas == 0
    assert component.environment == {"A": "1", "B": "3", "C": "true"}
    assert component.resources.requests == Amount("1", "2Mi")
    assert component.resources.limits == Amount("2", "1Gi")
    assert (db.volumes["data"].size, db.volumes["data"].storage_class) == ("9Gi", "fast")
    assert (db.volumes["log"].size, db.volumes["log"].storage_class) == ("1", None)
    assert one.hosts == {"web": ("shop.test",)}


@pytest.mark.parametrize(
    ("image", "version", "expected"),
    [
        ("a:1", None, "a:1"),
        ("a:1", "2", "a:2"),
        ("h:5000/a", "2", "h:5000/a:2"),
        ("a@sha256:" + "0" * 64, None, "a@sha256:" + "0" * 64),
        ("a:1@sha256:" + "0" * 64, "2", "a:2"),
        ("${catalogue.guestbook-ui}", "2", "landfall.internal/guestbook-ui:2"),
    ],
)
def test_images(place: Place, image: str, version: str | None, expected: str) -> None:
    component = {"image": image, "version": version}
    assert place(RAW, **with_(components={"web": component})).images["web"] == expected


@pytest.mark.parametrize("image", ["h:5000/a", "a:latest"])
def test_only_development_has_images_without_a_version(place: Place, image: str) -> None:
    settings = with_(components={"web": {"image": image}})
    assert place(RAW, **settings, development=True).images["web"] == image
    with pytest.raises(ProblemsError, match=r"components.web.version; expected: a version other"):
        place(RAW, **settings)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (with_(environment=None), "environment; expected: a name of a-z"),
        (with_(environment="Lab"), "environment; expected: a name of a-z"),
        (with_(colour=1), "colour"),
        (with_(namespace="a" * 35), "namespace"),
        (with_(environment="e" * 24, name="x"), "name"),
        (with_(hosts={}), "hosts.web; expected: at least one host name"),
        (with_(hosts={"web": []}), "hosts.web; expected: at least one host name"),
        (with_(hosts={"web": ["a.test"] * 17}), "hosts.web; expected: at most 16"),
        (with_(hosts={"web": "localhost"}), "a host name such as"),
        (with_(hosts={**GOOD["hosts"], "wep": "a.test"}), "did you mean web?"),
        (with_(components={"wep": {}}), "did you mean web?"),
        (with_(components={"web": {"version": 1.2}}), "in quotes"),
        (with_(components={"web": {"version": "1", "volumes": {"data": {}}}}), "takes no volumes"),
        (with_(components={"db": {"volumes": {"dat": {}}}}), "did you mean data?"),
        (with_(components={"db": {"image": "${catalogue.guest}"}}), "the catalogue has no such"),
        (with_(components={"web": {"version": "1", "environment": {"X": "${y.host}"}}}), "y"),
        (
            with_(components={"web": {"version": "1", "resources": {"limits": {"cpu": "1m"}}}}),
            "above its limit",
        ),
        (with_(secrets={}), "secrets.keys.given; expected: a text from the vault"),
        (with_(secrets={"keys": {"given": ""}}), "secrets.keys.given"),
        (with_(secrets={"key": {}}), "did you mean keys?"),
        (with_(secrets={"keys": {"given": "x", "mad": "x"}}), "did you mean made?"),
    ],
)
def test_what_does_not_fit_is_named(place: Place, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ProblemsError) as caught:
        place(RAW, **settings)
    assert words in str(caught.value)
    assert "settings: " in str(caught.value)


def test_a_long_name_needs_a_namespace(place: Place) -> None:
    raw = {**RAW, "name": "n" * 24}
    with pytest.raises(ProblemsError, match="a name is too long: settings: namespace"):
        place(raw, **with_(environment="e" * 24))
    assert place(raw, **with_(environment="e" * 24, namespace="short")).namespace == "short"


@pytest.mark.parametrize("secrets", ["s3cret", {"keys": "s3cret"}, {"keys": {"given": ["s3cret"]}}])
def test_no_error_shows_a_secret(place: Place, secrets: Any) -> None:
    with pytest.raises(ProblemsError) as caught:
        place(RAW, **with_(secrets=secrets))
    assert "s3cret" not in str(caught.value)
