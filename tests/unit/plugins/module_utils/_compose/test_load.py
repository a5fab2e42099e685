# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that include, extend and override each other, and what is wrong in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._compose.files import DirectoryFiles
from ansible_collections.landfall.platform.plugins.module_utils._compose.importer import (
    import_stack,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    LandfallError,
    ProblemsError,
)

from .samples import component, noted, take

A = "services: {a: {image: 'a:1'}}"


def test_extends_goes_over_files_and_services() -> None:
    files = {
        "base/common.yml": """
            services:
              deep: {image: "a:1", environment: {A: 1, B: 1}, env_file: v.env, command: [x]}
              base: {extends: deep, environment: [B=2], volumes: ["./f:/f:ro"], command: [y]}""",
        "base/v.env": "V=v",
        "base/f": "text",
    }
    found = component(
        take(
            "services: {a: {extends: {file: base/common.yml, service: base}, environment: {C: 3}}}",
            files,
        )
    )
    assert found["environment"] == {"V": "v", "A": "1", "B": "2", "C": "3"}
    assert found["files"] == {"/f": "text"}
    assert found["arguments"] == ["y"]


def test_includes_bring_services_variables_and_volumes() -> None:
    files = {
        "one/c.yml": "{services: {one: {image: 'a:$V'}}, volumes: {d: {}}, include: [../two.yml]}",
        "one/.env": "V=1\nW=own",
        "two.yml": "{services: {two: {image: 'b:1', environment: {W: $W}}}, volumes: {d: {}}}",
        "three.yml": "services: {three: {image: 'c:1'}}",
    }
    text = "include: [one/c.yml, {path: [two.yml, three.yml]}]\n" + A
    found = take(text, files, variables={"W": "given"})
    assert list(found.stack["components"]) == ["two", "one", "three", "a"]
    assert component(found, "one")["image"] == "a:1"
    assert component(found, "two")["environment"] == {"W": "given"}


def test_later_files_count_more() -> None:
    over = "services: {a: {environment: {X: 2}, ports: !override ['81:80']}, b: {image: 'b:1'}}"
    text = "services: {a: {image: 'a:1', environment: {X: 1, Y: 1}, ports: ['80:80']}}"
    found = take(text, {"d/o.yml": over}, paths=["c.yml", "d/o.yml"])
    assert component(found)["environment"] == {"X": "2", "Y": "1"}
    assert list(found.stack["components"]) == ["a", "b"]


def test_the_first_version_had_services_at_the_top() -> None:
    found = take("a: {image: 'a:1', links: [b:c]}\nb: {image: 'b:1'}")
    assert component(found)["uses"] == ["b"]
    assert "version 1" in noted(found, "c.yml")


def test_an_unknown_section_is_noted() -> None:
    assert "did you mean volumes?" in noted(take(A + "\nvolume: {}"), "volume")


@pytest.mark.parametrize(
    ("text", "files", "message"),
    [
        ("[]", {}, "not a mapping"),
        ("{}", {}, "no service"),
        ("services: []", {}, "c.yml: services"),
        ("services: {a: 5}", {}, "c.yml: services.a"),
        ("services: {a: {}}", {}, "services.a; expected: image or build"),
        (A + "\nvolumes: []", {}, "c.yml: volumes"),
        (A + "\nvolumes: {d: 5}", {}, "c.yml: volumes.d"),
        (A + "\ninclude: none.yml", {}, "cannot be read: none.yml"),
        (A + "\ninclude: [{}]", {}, "c.yml: include[0]"),
        (A + "\ninclude: [['${NONE}', b.yml]]", {"b.yml": A}, "c.yml: include[0]"),
        (A + "\ninclude: [c.yml]", {}, "c.yml → c.yml"),
        (A + "\ninclude: b.yml", {"b.yml": A.replace("a:1", "b:1")}, ""),
        (A + "\ninclude: [{path: b.yml, env_file: x}]", {"b.yml": A}, "include[0].env_file"),
        (A + "\ninclude: [b, d]", {"b": A, "d": A.replace("a:1", "b:1")}, "include[1]"),
        (A + "\ninclude: b", {"b": b"\xff"}, "cannot be read: b"),
        ("services: {a: {extends: b}}", {}, "services.a.extends; found: b"),
        ("services: {a: {extends: {service: a, file: n}}}", {}, "cannot be read: n"),
        ("services: {a: {extends: 5}}", {}, "c.yml: services.a.extends"),
        ("services: {a: {extends: b}, b: {extends: a}}", {}, "a → b → a"),
        ("services: {a: {extends: {service: a, file: c.yml}}}", {}, "a → a"),
        (
            "services: {a: {extends: {service: a, file: b}}}",
            {"b": "services: {a: {extends: {service: a, file: c.yml}}}"},
            "c.yml → b → c.yml",
        ),
    ],
)
def test_problems_have_their_place(text: str, files: dict[str, str | bytes], message: str) -> None:
    if not message:
        assert component(take(text, files))["image"] == "a:1"
        return
    with pytest.raises(LandfallError) as error:
        take(text, files)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ("depends_on: [b]", "depends_on"),
        ("depends_on: {a: {condition: soon}}", "depends_on.a"),
        ("links: [b]", "links"),
        ("configs: [b]", "configs"),
        ("secrets: [b]", "secrets"),
        ("expose: [x]", "expose[0]"),
        ("tmpfs: x", "tmpfs[0]"),
        ("tmpfs: '/x:size=y'", "tmpfs[0]"),
        ("shm_size: x", "shm_size"),
        ("stop_grace_period: x", "stop_grace_period"),
        ("scale: x", "scale"),
        ("mem_limit: x", "mem_limit"),
        ("cpus: x", "cpus"),
        ("deploy: {resources: 5}", "deploy.resources"),
        ("deploy: {resources: {limits: {memory: x}}}", "deploy.resources.limits.memory"),
        ("deploy: {placement: {constraints: [[]]}}", "deploy.placement.constraints[0]"),
        ("healthcheck: {test: [X, y]}", "healthcheck.test"),
        ("healthcheck: {test: x, interval: y}", "healthcheck.interval"),
        ("healthcheck: {test: x, retries: y}", "healthcheck.retries"),
        ("environment: {A: '${B:?}'}", "environment.A"),
    ],
)
def test_fields_that_do_not_fit(fields: str, where: str) -> None:
    with pytest.raises(ProblemsError) as error:
        take(f"services: {{a: {{image: 'a:1', {fields}}}}}")
    assert [one.on for one in error.value.problems] == [f"c.yml: services.a.{where}"]


@pytest.mark.parametrize("name", ["", "Shop", "x" * 25])
def test_the_stacks_name_must_fit(name: str) -> None:
    with pytest.raises(InvalidInputError, match="name"):
        import_stack(name, ["c.yml"], DirectoryFiles(Path()))


def test_files_on_disk(tmp_path: Path) -> None:
    files = DirectoryFiles(tmp_path)
    (tmp_path / "d").mkdir()
    (tmp_path / "d/b").write_bytes(b"text")
    (tmp_path / "d/a").write_bytes(b"x" * (4 * 1024 * 1024 + 1))
    assert files.read("d/b") == b"text"
    assert files.read("d/a") == b"\0"
    assert files.read("d") is None
    assert files.read("none") is None
    assert files.names("d") == ["a", "b"]
    assert files.names("d/b") is None
    (tmp_path / "loop").symlink_to("loop")
    assert files.read("loop") is None


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    (tmp_path / "f").touch()
    monkeypatch.setattr(Path, "read_bytes", refuse)
    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(InvalidInputError, match="Permission denied"):
        DirectoryFiles(tmp_path).read("f")
    with pytest.raises(InvalidInputError, match="Permission denied"):
        DirectoryFiles(tmp_path).names(".")
