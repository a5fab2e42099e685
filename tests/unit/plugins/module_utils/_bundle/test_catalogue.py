# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._bundle.catalogue import (
    Catalogue,
    load,
    parse,
    template_view,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.recipe import fill
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)

from .conftest import small

ROOT = Path(__file__).resolve().parents[5]
GO = {"kind": "go", "module": "m", "packages": {"t": "m/t"}}


def test_the_project_s_own_catalogue_is_whole() -> None:
    catalogue = load(ROOT / "catalogue")
    for entry in catalogue:
        assert catalogue.find(f"{entry.kind}/{entry.name}")
    names = {entry.name for entry in catalogue.used_by(["site"])}
    assert {"kubeadm", "kubelet", "kubectl", "etcd", "containerd", "cni-plugins", "crictl"} < names
    assert {"registry", "flannel", "envoy", "gateway-api-crds"} < names
    assert not any(name.startswith(("lab-node", "guestbook", "todo", "java")) for name in names)
    view = template_view(catalogue, {"kubernetes": "1.36.3"})
    assert view["images"]["kube-proxy"] == "registry.k8s.io/kube-proxy:v1.36.3"
    assert view["versions"]["kubelet"] == view["versions"]["kubernetes"] == "1.36.3"
    default = template_view(catalogue)
    assert default["versions"]["kubernetes"] == catalogue.versions["kubernetes"][0]


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        (
            {"binaries": {"x": {"build": {**GO, "modul": "m"}}}},
            "x.build.modul; expected: did you mean module",
        ),
        (
            {"binaries": {"x": {"build": {"kind": "goo"}}}},
            "x.build.kind; expected: did you mean go",
        ),
        ({"binaries": {"x": {}}}, "unknown kind of recipe"),
        ({"binaries": {"x": {"build": {**GO, "module": ""}}}}, "x.build.module; expected: a text"),
        ({"binaries": {"x": {"build": {**GO, "module": 3}}}}, "expected: a text; found: 3"),
        ({"binaries": {"x": {"build": {**GO, "cgo": "yes"}}}}, "cgo; expected: true or false"),
        ({"binaries": {"x": {"build": {**GO, "packages": []}}}}, "packages; expected: a mapping"),
        ({"binaries": {"x": {"build": {**GO, "modules": "m"}}}}, "expected: a list of texts"),
        (
            {"binaries": {"x": {"build": {**GO, "module_version": "{versoin}"}}}},
            "no placeholders but",
        ),
        ({"binaries": {"x": {"build": GO, "revision": "1"}}}, "revision; expected: a whole number"),
        (
            {"binaries": {"x": {"build": GO, "revision": True}}},
            "revision; expected: a whole number",
        ),
        ({"binaries": {"x": []}}, "binaries.x; expected: a mapping"),
        ({"binaries": {"x": {"build": GO, "reference": "r"}}}, "unknown field in the catalogue"),
        (
            {"binaries": {"x": {"build": GO, "version_of": "tol"}}},
            "versions.tol, or version_of: did you",
        ),
        (
            {"binaries": {"x": {"build": GO, "upstream": {"url": "https://x"}}}},
            "without a digest: binaries.x.upstream",
        ),
        (
            {"binaries": {"x": {"build": GO, "upstream": {"url": "u", "digests": {"1": []}}}}},
            "digests.1; expected: a mapping",
        ),
        ({"binaries": {"x": {"build": {"kind": "take", "source": "tol"}}}}, "did you mean tool"),
        (
            {"binaries": {"x": {"build": {"kind": "take", "source": "x"}}}},
            "in a circle: binary/x@1 → binary/x@1",
        ),
        (
            {
                "images": {
                    "x": {
                        "reference": "r/x:1",
                        "build": {
                            "kind": "containerfile",
                            "context": "c",
                            "package_managers": ["mavn"],
                        },
                    }
                }
            },
            "x.build.package_managers; expected: did you mean maven",
        ),
        (
            {"images": {"x": {"reference": "x", "build": {"kind": "debian"}}}},
            "registry/repository:tag; found: x",
        ),
        (
            {"images": {"x": {"reference": "r/x:1", "pull": 1, "build": {"kind": "debian"}}}},
            "x.pull; expected: true or false",
        ),
        (
            {
                "images": {
                    "x": {
                        "reference": "r/x:1",
                        "build": {
                            "kind": "containerfile",
                            "context": "c",
                            "bases": {"base": "sid"},
                        },
                    }
                }
            },
            "does not have this version: base sid; expected: one of trixie",
        ),
    ],
)
def test_mistakes_name_entry_field_and_remedy(sections: dict[str, Any], message: str) -> None:
    raw = small(versions={"x": ["1"]}, **sections)
    with pytest.raises(InvalidInputError) as error:
        parse(Path(), raw)
    assert message in str(error.value)


def test_versions_are_lists_of_texts() -> None:
    with pytest.raises(InvalidInputError, match=r"quote versions"):
        parse(Path(), small(versions={"tool": [1.1]}))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "no catalogue here"),
        ({"a.yml": "versions: ["}, "is not YAML"),
        ({"a.yml": "binary: {}"}, "did you mean binaries"),
        ({"a.yml": "- x"}, "a.yml; expected: a mapping"),
        ({"a.yml": "versions: {x: ['1']}", "b.yml": "versions: {x: ['1']}"}, "named twice"),
    ],
)
def test_files_that_are_wrong(tmp_path: Path, files: dict[str, str], message: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(InvalidInputError, match=message):
        load(tmp_path)


def test_entries_are_found_by_name(catalogue: Catalogue) -> None:
    assert [entry.key for entry in catalogue.find("tool")] == [
        "binary/tool@1.2.3",
        "image/tool@1.2.3",
    ]
    assert [e.key for e in catalogue.find("image/tool", {"tool": "1.2.2"})] == ["image/tool@1.2.2"]
    assert catalogue.binary("tool").title == "tool 1.2.3"
    image = catalogue.image("tool", "1.2.2")
    assert (image.repository, image.tag, image.title) == (
        "group/tool",
        "v1.2.2",
        "tool 1.2.2 (image)",
    )
    binary = catalogue.binary("tool", "1.2.2")
    assert (binary.repository, binary.tag) == ("landfall/tool", "1.2.2")


def test_inputs_have_the_version_of_what_needs_them(catalogue: Catalogue) -> None:
    def keys(name: str, version: str) -> list[str]:
        (entry,) = catalogue.find(name, {"tool": version})
        return [needed.key for needed in catalogue.inputs(entry)]

    assert keys("image/tool", "1.2.2") == ["image/base@trixie", "binary/tool@1.2.2"]
    assert keys("part", "1.2.2") == ["binary/tool@1.2.2"]
    assert keys("crds", "1.2.3") == []


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda c: c.binary("tol"),
            "no such binary in the catalogue: tol; expected: did you mean tool",
        ),
        (lambda c: c.image("zzz"), "expected: one of base, tool"),
        (lambda c: c.binary("tool", "9"), "tool 9; expected: one of 1.2.3, 1.2.2"),
        (lambda c: c.find("part/tool"), "no such artifact"),
        (lambda c: c.used_by(["depto"]), "did you mean depot"),
        (
            lambda c: c.used_by(["depot"], {"tol": "1"}),
            "no such version name in the catalogue: tol",
        ),
        (lambda c: template_view(c, {"tool": "9"}), "tool 9; expected: one of 1.2.3, 1.2.2"),
    ],
)
def test_unknown_names_say_what_there_is(catalogue: Catalogue, call: Any, message: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        call(catalogue)
    assert message in str(error.value)


def test_parts_of_a_site(catalogue: Catalogue) -> None:
    def keys(*parts: str) -> list[str]:
        return [entry.key for entry in catalogue.used_by(parts)]

    assert catalogue.parts() == ("depot", "ingress", "lab")
    assert keys("lab") == ["binary/part@1.2.3"]
    assert keys("site") == ["binary/tool@1.2.3", "binary/crds@1.0.0", "image/tool@1.2.3"]


@pytest.mark.parametrize(
    ("version", "text"),
    [("1.37.1", "1.37.1 1 37 1 arm64"), ("13", "13 13   arm64"), ("trixie", "trixie    arm64")],
)
def test_placeholders(version: str, text: str) -> None:
    assert fill("{version} {major} {minor} {patch} {arch}", version, "arm64") == text
