# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variable ``catalogue`` in templates."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.plugin_utils import catalogue
from ansible_collections.landfall.platform.plugins.plugin_utils.template import Renderer


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Stand in for the catalogue; returns an element for each time that it was asked for."""
    read: list[None] = []

    def project() -> Any:
        read.append(None)
        return SimpleNamespace(versions={"kubernetes": ["1.37.1", "1.36.3"], "etcd": ["3.7.3"]})

    def view(_catalogue: Any, overrides: dict[str, str]) -> dict[str, Any]:
        chosen = {"kubernetes": "1.37.1", "etcd": "3.7.3", **overrides}
        return {"versions": chosen, "images": {"etcd": f"registry/etcd:{chosen['etcd']}"}}

    monkeypatch.setattr(catalogue, "project", project)
    monkeypatch.setattr(catalogue.catalogue, "template_view", view)
    return read


def renderer(folder: Path, **variables: Any) -> Renderer:
    loader = DataLoader()
    loader.set_basedir(str(folder))
    action: Any = SimpleNamespace(
        _find_needle=lambda _kind, name: str(folder / name),
        _loader=loader,
        _templar=Templar(loader, variables=variables),
    )
    return Renderer(action, variables)


def test_versions_follow_the_variables_of_the_site(tmp_path, loads):
    (tmp_path / "t").write_text("{{ catalogue.versions.kubernetes }} {{ catalogue.images.etcd }}")
    chosen = trust_as_template("1.{{ 36 }}.3")
    made = renderer(tmp_path, kubernetes_version=chosen)
    assert made.template("t", "/t") == "1.36.3 registry/etcd:3.7.3"
    assert made.template("t", "/t") == "1.36.3 registry/etcd:3.7.3"
    assert loads
    assert renderer(tmp_path).template("t", "/t").startswith("1.37.1")


def test_the_catalogue_is_not_read_without_need(tmp_path, loads):
    (tmp_path / "t").write_text("a {{ 1 }}\n")
    assert renderer(tmp_path).template("t", "/t") == "a 1\n"
    assert loads == []


def test_an_empty_template_and_a_value_that_is_no_text(tmp_path):
    (tmp_path / "empty").write_text("")
    (tmp_path / "number").write_text("{{ 5 }}")
    assert renderer(tmp_path).template("empty", "/t") == ""
    assert renderer(tmp_path).template("number", "/t") == "5"


def test_what_is_not_in_the_catalogue_is_an_error_with_both_names(tmp_path, loads):
    (tmp_path / "t").write_text("{{ catalogue.images.none }}")
    with pytest.raises(InvalidInputError, match=r"template failed: t for /target; found: .*none"):
        renderer(tmp_path).template("t", "/target")
