# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._bundle.own_image_push import (
    OwnImages,
    check_program,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.own_images import (
    OwnImage,
    Sighting,
    image_plan,
    read_images,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.registry import Access
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    CommandError,
    InvalidInputError,
    LandfallError,
    ProblemsError,
    RefusedError,
    UnreachableError,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.process import Completed

from .conftest import FakeRegistry

SHOP = OwnImage("registry.example.org/team/shop:1.2.0", "containers-storage:localhost/shop:1.2.0")
ANY = OwnImage(SHOP.name, SHOP.source, replace=True)


def digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def test_places_in_the_depot() -> None:
    (image,) = read_images([{"name": "localhost:5000/a/b__c/d:v1", "source": "oci:/tmp/x:y"}])
    assert (image.repository, image.tag, image.replace) == ("a/b__c/d", "v1", False)


@pytest.mark.parametrize(
    ("name", "source", "what"),
    [
        ("shop:1.2.0", "docker://x/y:1", "call it shop:1.2.0 mean docker.io/library/shop:1.2.0"),
        ("team/shop:1.2.0", "docker://x/y:1", "no full name.* mean docker.io/team/shop:1.2.0"),
        ("registry.example.org/shop", "docker://x/y:1", "no full name"),
        ("registry.example.org/Shop:1", "docker://x/y:1", "no full name"),
        ("registry.example.org/shop:1\n", "docker://x/y:1", "no full name"),
        ("registry.example.org/shop@sha256:0", "docker://x/y:1", "no full name"),
        (SHOP.name, "localhost/shop:1.2.0", "no source"),
        (SHOP.name, "docker:", "no source"),
        (SHOP.name, "container-storage:x", r"did you mean containers-storage\?"),
        (SHOP.name, "--help", "no source"),
    ],
)
def test_names_and_sources_that_cannot_be_meant(name: str, source: str, what: str) -> None:
    with pytest.raises(ProblemsError, match=what):
        read_images([{"name": name, "source": source}])


def test_two_images_with_one_place() -> None:
    names = ("a.example.org/shop:1", "b.example.org/shop:1", "b.example.org/shop:2")
    with pytest.raises(ProblemsError, match=r"\(1\).*\n.*a\.example.*and b\.example.org/shop:1;"):
        read_images([{"name": name, "source": "docker://x/y:1"} for name in names])


@pytest.mark.parametrize(
    ("image", "source", "depot", "changes"),
    [
        (SHOP, "sha256:a", "", [f"push image {SHOP.name}"]),
        (SHOP, "sha256:a", "sha256:a", []),
        (SHOP, "", "sha256:a", []),  # another controller made it; the depot has it
        (ANY, "sha256:b", "sha256:a", [f"replace image {SHOP.name}"]),
        (ANY, "sha256:a", "sha256:a", []),
    ],
)
def test_what_has_to_be_brought(
    image: OwnImage, source: str, depot: str, changes: list[str]
) -> None:
    assert image_plan([Sighting(image, source, depot)]).summary() == changes


def test_what_is_nowhere_or_another_is_told_together() -> None:
    with pytest.raises(ProblemsError) as caught:
        image_plan(
            [
                Sighting(SHOP, "sha256:b", "sha256:a"),
                Sighting(SHOP, "", "", "no such image"),
                Sighting(ANY, "", "sha256:a", "no such image"),
            ]
        )
    kinds = [type(problem) for problem in caught.value.problems]
    assert kinds == [RefusedError, LandfallError, LandfallError]
    assert "give the new one another version" in str(caught.value)
    assert "found: no such image" in str(caught.value)


class Skopeo:
    """Answers as skopeo: the texts are the configurations that sources have.

    What is copied appears in the registry, with ``spoilt`` in place of the source's configuration.
    """

    def __init__(self, registry: FakeRegistry, sources: dict[str, str], spoilt: str = "") -> None:
        self.registry = registry
        self.sources = sources
        self.spoilt = spoilt
        self.seen: list[Sequence[str]] = []
        self.auth: dict[str, Any] = {}
        self.directly = ""

    def __call__(self, argv: Sequence[str], **more: Any) -> Completed:
        self.seen.append(argv)
        source = argv[-1] if "inspect" in argv else argv[-2]
        if source not in self.sources:
            return Completed(1, "", "level=fatal msg=no such image")
        if "copy" in argv:
            auth = next(one for one in argv if one.startswith("--dest-authfile="))
            self.auth = json.loads(Path(auth.partition("=")[2]).read_text(encoding="utf-8"))
            self.directly = more["env"]["NO_PROXY"]
            self._put(argv[-1], self.spoilt or self.sources[source])
            return Completed(0, "", "")
        return Completed(0, self.sources[source], "")

    def _put(self, target: str, config: str) -> None:
        place, _, tag = target.removeprefix("docker://").partition("/")[2].rpartition(":")
        manifest = json.dumps({"config": {"digest": digest(config)}, "layers": []}).encode()
        self.registry.manifests[place, tag] = (manifest, "application/json")


def images(registry: FakeRegistry, skopeo: Skopeo) -> OwnImages:
    push = Access(registry.url, "", "landfall", "geheim")
    return OwnImages(Access(registry.url), push, "amd64", skopeo)


def test_an_image_is_brought_once(registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "example.org")
    skopeo = Skopeo(registry, {SHOP.source: "{shop}"})
    own = images(registry, skopeo)
    assert own.look([SHOP]) == (Sighting(SHOP, digest("{shop}"), ""),)
    own.push(own.look([SHOP]))
    (seen,) = own.look([SHOP])
    assert seen.source == seen.depot == digest("{shop}")
    assert not any("geheim" in word for argv in skopeo.seen for word in argv)
    (host,) = skopeo.auth["auths"]
    assert registry.url.endswith(host)
    assert skopeo.directly == "example.org,127.0.0.1"


def test_an_image_for_several_architectures(registry: FakeRegistry) -> None:
    inner = json.dumps({"config": {"digest": digest("{arm}")}}).encode()
    registry.manifests["team/shop", "sha256:inner"] = (inner, "application/json")
    listed = [
        {"digest": "sha256:other", "platform": {"architecture": "amd64"}},
        {"digest": "sha256:inner", "platform": {"architecture": "arm64"}},
    ]
    index = json.dumps({"manifests": listed}).encode()
    registry.manifests["team/shop", "1.2.0"] = (index, "application/json")
    skopeo = Skopeo(registry, {SHOP.source: "{arm}"})
    access = Access(registry.url)
    (seen,) = OwnImages(access, access, "arm64", skopeo).look([SHOP])
    assert seen.source == seen.depot
    assert "--override-arch=arm64" in skopeo.seen[0]


def test_a_source_that_is_not_there(registry: FakeRegistry) -> None:
    own = images(registry, Skopeo(registry, {}))
    (seen,) = own.look([SHOP])
    assert (seen.source, seen.depot) == ("", "")
    assert "no such image" in seen.problem
    with pytest.raises(CommandError, match="could not be brought"):
        own.push([seen])


def test_an_image_that_changes_on_its_way(registry: FakeRegistry) -> None:
    own = images(registry, Skopeo(registry, {SHOP.source: "{shop}"}, spoilt="{other}"))
    with pytest.raises(LandfallError, match="changed on its way"):
        own.push(own.look([SHOP]))


def test_a_depot_that_does_not_answer(registry: FakeRegistry) -> None:
    skopeo = Skopeo(registry, {SHOP.source: "{shop}"})
    nowhere = Access("http://127.0.0.1:9")
    own = OwnImages(nowhere, nowhere, "amd64", skopeo)
    with pytest.raises(UnreachableError, match="landfall-depot"):
        own.look([SHOP])
    assert own.look([SHOP], empty=True) == (Sighting(SHOP, digest("{shop}"), ""),)


def test_skopeo_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InvalidInputError, match="skopeo"):
        check_program()


def test_the_authority_is_given_to_skopeo(registry: FakeRegistry, tmp_path: Path) -> None:
    authority = tmp_path / "authority.pem"
    authority.write_text("PEM", encoding="utf-8")
    skopeo = Skopeo(registry, {SHOP.source: "{shop}"})
    push = Access(registry.url, str(authority))
    own = OwnImages(Access(registry.url), push, "amd64", skopeo)
    own.push(own.look([SHOP]))
    assert any(word.startswith("--dest-cert-dir=") for word in skopeo.seen[1])
    assert skopeo.auth == {"auths": {}}
