# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Charts, kustomizations and manifests become objects of a stack."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Optional

import pytest
import yaml

from ansible_collections.landfall.platform.plugins.module_utils._bundle.store import Record, Store
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    CommandError,
    ProblemsError,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.process import Completed
from ansible_collections.landfall.platform.plugins.module_utils._stack.load import Loader
from ansible_collections.landfall.platform.plugins.module_utils._stack.programs import find_program
from ansible_collections.landfall.platform.plugins.module_utils._stack.render import (
    Chart,
    ProgramRenderer,
    Renderer,
    helm_argv,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.settings import Instance

from .conftest import CATALOGUE
from .samples import FakeRenderer
from .test_policies import policies, shown

CLAIM = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c"}}
HOOK = {"helm.sh/hook": "pre-install,pre-upgrade", "helm.sh/hook-weight": "1", "own": "x"}


def config_map(**meta: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m", **meta}}


def load(
    folder: Path, component: Any, renderer: Optional[Renderer] = None, **more: Any
) -> Instance:
    """Return the instance of a stack file in a folder, with a database beside the component."""
    db = {"type": "service", "image": "db:1", "ports": {"sql": 3306}}
    stack = {"name": "s", "components": {"a": component, "db": db}}
    (folder / "s.yml").write_text(yaml.safe_dump(stack))
    loader = Loader(folder, "lab", lambda: CATALOGUE, renderer or FakeRenderer())
    (found,) = loader.all([{"name": "s", **more}])
    return found


def manifests(folder: Path, *objects: Any, **more: Any) -> tuple[dict[str, Any], ...]:
    (folder / "m").mkdir(exist_ok=True)
    (folder / "m/objects.yml").write_text(yaml.safe_dump_all(objects))
    one = load(folder, {"type": "manifests", "files": ["m/objects.yml"]}, **more)
    return one.rendered["a"]


def test_manifests_belong_to_the_stack(tmp_path: Path) -> None:
    own = {"app.kubernetes.io/name": "mine"}
    found, other = manifests(tmp_path, config_map(labels=own), {**CLAIM})
    assert found["metadata"] == {
        "name": "m",
        "namespace": "s-lab",
        "labels": {
            "app.kubernetes.io/name": "mine",
            "app.kubernetes.io/instance": "s-lab",
            "app.kubernetes.io/component": "a",
            "app.kubernetes.io/part-of": "s",
            "app.kubernetes.io/managed-by": "landfall",
        },
    }
    assert other["metadata"]["namespace"] == "s-lab"
    assert manifests(tmp_path, config_map(namespace="s-lab"))


def definition(scope: str) -> dict[str, Any]:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.x.test"},
        "spec": {"group": "x.test", "names": {"kind": "Thing"}, "scope": scope},
    }


THING = {"apiVersion": "x.test/v1", "kind": "Thing", "metadata": {"name": "t"}}
ROLE = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRole",
    "metadata": {"name": "r"},
}


@pytest.mark.parametrize(
    ("objects", "words"),
    [
        ([config_map(namespace="other")], "in another namespace: ConfigMap other/m of a"),
        ([ROLE], "belongs to no namespace: ClusterRole r of a"),
        ([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}}], "leave it out"),
        ([definition("Cluster"), THING], "belongs to no namespace: Thing t of a"),
        ([{"kind": "ConfigMap"}], "a manifest is incomplete"),
        ([config_map(), config_map()], "declared twice"),
        (["text"], "not a mapping"),
    ],
)
def test_what_may_not_be_in_a_stack(tmp_path: Path, objects: list[Any], words: str) -> None:
    with pytest.raises(ProblemsError) as caught:
        manifests(tmp_path, *objects)
    assert words in str(caught.value)


def test_an_environment_may_allow_objects_of_the_cluster(tmp_path: Path) -> None:
    found = manifests(tmp_path, ROLE, definition("Cluster"), THING, cluster_objects=True)
    assert [obj["metadata"].get("namespace") for obj in found] == [None, None, None]
    _, inside = manifests(tmp_path, definition("Namespaced"), THING, cluster_objects=True)
    assert inside["metadata"]["namespace"] == "s-lab"
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}}
    with pytest.raises(ProblemsError, match="belongs to no namespace"):
        manifests(tmp_path, space, cluster_objects=True)


@pytest.mark.parametrize(
    ("text", "words"),
    [("a: [", "not YAML"), ("a: 1\na: 2", "a key twice"), (None, "cannot be read")],
)
def test_files_that_cannot_be_read(tmp_path: Path, text: Optional[str], words: str) -> None:
    if text:
        (tmp_path / "f.yml").write_text(text)
    with pytest.raises(ProblemsError) as caught:
        load(tmp_path, {"type": "manifests", "files": ["f.yml"]})
    assert words in str(caught.value)
    assert "components.a" in str(caught.value)


# charts -----------------------------------------------------------------------------------------


def test_values_of_a_chart_are_resolved(tmp_path: Path) -> None:
    renderer = FakeRenderer()
    values = {"db": {"url": "mysql://${db.host}:${db.port}/", "list": ["${stack.namespace}", 3]}}
    chart = {"type": "helm", "chart": "c", "repository": "https://c.test", "version": "1.0.0"}
    load(tmp_path, {**chart, "values": values}, renderer)
    assert renderer.charts == [
        Chart(
            "a",
            "s-lab",
            "c",
            "https://c.test",
            "1.0.0",
            {"db": {"url": "mysql://db:3306/", "list": ["s-lab", 3]}},
        )
    ]
    load(tmp_path, {"type": "helm", "chart": "charts/own"}, renderer)
    assert renderer.charts[1].chart == str(tmp_path / "charts/own")
    load(tmp_path, {"type": "helm", "chart": "oci://r.test/c"}, renderer)
    assert renderer.charts[2].chart == "oci://r.test/c"


def test_values_of_the_environment_are_laid_over(tmp_path: Path) -> None:
    renderer = FakeRenderer()
    chart = {"type": "helm", "chart": "c", "values": {"a": {"b": 1, "c": 2}, "d": [1]}}
    own = {"a": {"c": {"x": "${db.port}"}}, "d": [2]}
    load(tmp_path, chart, renderer, components={"a": {"values": own}})
    assert renderer.charts[0].values == {"a": {"b": 1, "c": {"x": "3306"}}, "d": [2]}


def test_pods_of_charts_are_known_to_policies(tmp_path: Path) -> None:
    chart = {"type": "helm", "chart": "x", "uses": ["db"]}
    one = load(tmp_path, chart)
    deployment = next(obj for obj in one.rendered["a"] if obj["kind"] == "Deployment")
    template = deployment["spec"]["template"]
    assert template["metadata"]["labels"] == {"app": "cache", "landfall.dev/component": "a"}
    assert deployment["spec"]["selector"]["matchLabels"] == {"app": "cache"}
    assert [shown(rule) for rule in policies(one)["db"]["ingress"]] == ["a: 3306/TCP"]


def hooked(annotations: Mapping[str, str], hooks: str, folder: Path) -> tuple[dict[str, Any], ...]:
    text = yaml.safe_dump(config_map(annotations=dict(annotations)))
    chart = {"type": "helm", "chart": "x", "hooks": hooks}
    return load(folder, chart, FakeRenderer(text)).rendered["a"]


def test_hooks(tmp_path: Path) -> None:
    with pytest.raises(ProblemsError, match="a chart has a hook: ConfigMap m of a"):
        hooked(HOOK, "refuse", tmp_path)
    assert hooked(HOOK, "skip", tmp_path) == ()
    (applied,) = hooked(HOOK, "apply", tmp_path)
    assert applied["metadata"]["annotations"] == {"own": "x"}
    assert hooked({"helm.sh/hook": "test"}, "refuse", tmp_path) == ()
    (plain,) = hooked({"own": "x"}, "refuse", tmp_path)
    assert plain["metadata"]["annotations"] == {"own": "x"}


# programs ---------------------------------------------------------------------------------------


def test_the_command_of_a_chart() -> None:
    assert helm_argv("helm", Chart("r", "ns", "c", "https://c.test", "1")) == [
        "helm", "template", "r", "c", "--namespace", "ns", "--include-crds", "--values", "-",
        "--repo", "https://c.test", "--version", "1",
    ]  # fmt: skip
    assert "--repo" not in helm_argv("helm", Chart("r", "ns", "/c"))


def test_programs_are_called(tmp_path: Path) -> None:
    calls: list[tuple[list[str], Optional[str]]] = []

    def run(argv: Any, *, stdin: Optional[str] = None, **_: Any) -> Completed:
        calls.append((list(argv), stdin))
        return Completed(0, "text", "")

    renderer = ProgramRenderer(lambda name: f"/{name}", run)
    assert renderer.chart(Chart("r", "ns", "c", values={"a": 1})) == "text"
    assert renderer.kustomization(tmp_path) == "text"
    assert calls[0][0][0] == "/helm"
    assert json.loads(calls[0][1] or "") == {"a": 1}
    assert calls[1] == (["/kubectl", "kustomize", str(tmp_path)], None)


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    renderer = ProgramRenderer(lambda name: f"/no/{name}")
    with pytest.raises(ProblemsError, match="program not found: /no/helm"):
        load(tmp_path, {"type": "helm", "chart": "x"}, renderer)


def program(name: str) -> ProgramRenderer:
    """Return a renderer when there is the program, of the bundle or of the machine."""
    if not Path(find_program(name)).is_absolute():
        pytest.skip(f"{name} is neither in the bundle's store nor installed")
    return ProgramRenderer()


def test_programs_of_the_store_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_program("no-such-program", tmp_path) == "no-such-program"
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "helm").write_text("own")
    (tmp_path / "helm").chmod(0o755)
    assert find_program("helm", tmp_path) == str(tmp_path / "helm")
    store = Store(tmp_path / "store")
    blob = store.add_bytes(b"program")
    store.put(Record("binary", "helm", "4.0.0", "r" * 12, "build", {"helm": blob}))
    found = Path(find_program("helm", tmp_path))
    assert found.parent == tmp_path / "programs"
    assert found.read_bytes() == b"program"
    assert os.access(found, os.X_OK)
    store.blob(blob.sha256).unlink()
    assert find_program("helm", tmp_path) == str(found), "copied once"
    found.unlink()
    store.blob(blob.sha256).write_bytes(b"damaged")
    assert find_program("helm", tmp_path) == str(tmp_path / "helm")
    (tmp_path / "store/entries/binary-helm-4.0.0-rrrrrrrrrrrr.json").write_text("{")
    assert find_program("helm", tmp_path) == str(tmp_path / "helm")


def test_a_real_kustomization(tmp_path: Path) -> None:
    renderer = program("kubectl")
    (tmp_path / "k").mkdir()
    (tmp_path / "k/m.yml").write_text(yaml.safe_dump(config_map()))
    (tmp_path / "k/kustomization.yml").write_text("namePrefix: p-\nresources: [m.yml]\n")
    component = {"type": "kustomize", "directory": "k"}
    one = load(tmp_path, component, renderer)
    (found,) = one.rendered["a"]
    assert (found["metadata"]["name"], found["metadata"]["namespace"]) == ("p-m", "s-lab")
    (tmp_path / "k/kustomization.yml").write_text("resources: [absent.yml]\n")
    with pytest.raises(ProblemsError, match=r"absent\.yml"):
        load(tmp_path, component, renderer)


def test_a_real_chart(tmp_path: Path) -> None:
    renderer = program("helm")
    (tmp_path / "c/templates").mkdir(parents=True)
    (tmp_path / "c/Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 1.0.0\n")
    map_ = 'data: {db: "{{ .Values.db }}", name: "{{ .Release.Name }}.{{ .Release.Namespace }}"}'
    text = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m}}\n{map_}\n"
    (tmp_path / "c/templates/m.yaml").write_text(text)
    component = {"type": "helm", "chart": "c", "values": {"db": "${db.host}"}}
    one = load(tmp_path, component, renderer)
    (found,) = one.rendered["a"]
    assert found["data"] == {"db": "db", "name": "a.s-lab"}
    (tmp_path / "c/templates/m.yaml").write_text("{{ fail `no luck` }}")
    with pytest.raises(ProblemsError, match="no luck") as caught:
        load(tmp_path, component, renderer)
    assert isinstance(caught.value.problems[0], CommandError)
