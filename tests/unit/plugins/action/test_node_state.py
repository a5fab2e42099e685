# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugin sends to the module, without a machine."""

from __future__ import annotations

import base64
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.landfall.platform.plugins.action.node_state import ActionModule

SHA = "ab" * 32


class Connection:
    """Takes files and forgets them."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self._shell = SimpleNamespace(tmpdir="/remote/tmp", join_path=lambda *p: "/".join(p))

    def put_file(self, local: str, remote: str) -> None:
        self.sent.append((local, remote))


class Run:
    """One task; ``answers`` are the module's results, one for each call."""

    def __init__(self, folder: Path, args: dict[str, Any], *, check: bool = False) -> None:
        task = SimpleNamespace(
            args=args,
            check_mode=check,
            async_val=0,
            action="node_state",
            get_search_path=lambda: [str(folder)],
        )
        loader = DataLoader()
        loader.set_basedir(str(folder))
        self.variables: dict[str, Any] = {"name": "world", "ansible_search_path": [str(folder)]}
        self.connection = Connection()
        self.calls: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any]] = []
        templar = Templar(loader, variables=self.variables)
        self.action = ActionModule(task, self.connection, None, loader, templar, None)
        self.action._execute_module = self.module
        self.action._fixup_perms2 = lambda *_args, **_options: None

    def module(self, *, module_name: str, module_args: dict[str, Any], task_vars: Any) -> Any:
        assert module_name == "landfall.platform.node_state"
        self.calls.append(module_args)
        return self.answers.pop(0) if self.answers else {"changed": False, "invocation": {}}

    def __call__(self) -> dict[str, Any]:
        return self.action.run(None, self.variables)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / "files").mkdir()
    (tmp_path / "templates/part.j2").write_text("part of {{ name }}\n")
    (tmp_path / "templates/a.j2").write_text(
        "hello {{ name }}\n{% if true %}\n{% include 'part.j2' %}\n\n\n{% endif %}\nend\n"
    )
    (tmp_path / "templates/broken.j2").write_text("{{ nothing }}")
    (tmp_path / "templates/worse.j2").write_text("{% if %}")
    (tmp_path / "files/raw").write_bytes(b"\0\xff")
    return tmp_path


def content(item: dict[str, Any]) -> bytes:
    return base64.b64decode(item["content_base64"])


def test_templates_and_sources_are_sent_as_content(folder):
    files = [{"path": "/a", "template": "a.j2"}, {"path": "/b", "source": "raw"}]
    run = Run(folder, {"files": files})
    assert run() == {"changed": False}
    sent = run.calls[0]["files"]
    assert content(sent[0]) == b"hello world\npart of world\n\nend\n"
    assert content(sent[1]) == b"\0\xff"
    assert not {"template", "source"} & (sent[0].keys() | sent[1].keys())


def test_variables_of_one_file_alone(folder):
    files = [
        {"path": "/a", "template": "part.j2", "variables": {"name": "you"}},
        {"path": "/b", "template": "part.j2"},
    ]
    run = Run(folder, {"files": files})
    run()
    sent = run.calls[0]["files"]
    assert [content(item) for item in sent] == [b"part of you\n", b"part of world\n"]
    assert "variables" not in sent[0]


def test_secrets_travel_apart(folder):
    files = [
        {"path": "/a", "template": "a.j2", "secret": True},
        {"path": "/b", "content": "hush", "secret": True},
    ]
    run = Run(folder, {"files": files})
    run()
    assert base64.b64decode(run.calls[0]["secret_contents"]["/b"]) == b"hush"
    assert set(run.calls[0]["secret_contents"]) == {"/a", "/b"}
    assert all("content" not in key for item in run.calls[0]["files"] for key in item)


def test_all_template_errors_are_reported_with_their_names(folder):
    files = [
        {"path": f"/{name}", "template": f"{name}.j2"} for name in ("broken", "worse", "none")
    ] + [{"path": "/s", "source": "none"}, {"path": "/two", "content": "", "source": "raw"}]
    run = Run(folder, {"files": files})
    with pytest.raises(AnsibleActionFail) as info:
        run()
    for words in (
        "(5)",
        "broken.j2 for /broken; found: 'nothing' is undefined",
        "template failed: worse.j2",
        "template failed: none.j2",
        "file cannot be read: none",
        "/two; expected: one of content, template, source; found: content, source",
    ):
        assert words in str(info.value)
    assert run.calls == []


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"file": []}, "did you mean files"),
        ({"directories": [{"path": "/a", "mode": 420}]}, "quoted text such as '0644'"),
        (
            {
                "artifacts": [{"name": "kubelt", "directory": "/a"}],
                "artifact_index": {"kubelet": {"files": {}}},
            },
            "expected: one of kubelet; remedy: did you mean kubelet",
        ),
    ],
)
def test_wrong_parameters_never_reach_the_machine(folder, args, message):
    run = Run(folder, args)
    with pytest.raises(AnsibleActionFail, match=message):
        run()
    assert run.calls == []


def test_only_the_needed_part_of_the_index_is_sent(folder):
    files = {"a": {"sha256": SHA, "size": 1, "url": "https://d/a"}}
    run = Run(
        folder,
        {
            "artifacts": [{"name": "a", "directory": "/bin"}],
            "artifact_index": {"a": {"files": files}, "b": {"files": files}},
        },
    )
    run()
    assert list(run.calls[0]["artifact_index"]) == ["a"]


def test_check_mode_on_a_virgin_site(folder):
    run = Run(folder, {"artifacts": [{"name": "a", "directory": "/bin"}]}, check=True)
    run()
    assert run.calls[0]["artifact_index"] == {}


def bundled(path: Path) -> dict[str, Any]:
    item = {"name": "a", "directory": "/bin", "store_path": str(path), "sha256": SHA}
    return {"artifacts": [item]}


def test_an_artifact_is_sent_only_when_it_is_asked_for(folder):
    run = Run(folder, bundled(folder / "files/raw"))
    run()
    assert len(run.calls) == 1
    assert run.connection.sent == []
    needed = [{"sha256": SHA, "store_path": str(folder / "files/raw")}]
    run.answers = [{"changed": False, "transfers": needed}, {"changed": True}]
    assert run() == {"changed": True}
    assert run.connection.sent == [(str(folder / "files/raw"), f"/remote/tmp/{SHA}")]
    assert run.calls[-1]["staged"] == {SHA: f"/remote/tmp/{SHA}"}


def test_an_artifact_that_the_controller_lacks(folder):
    run = Run(folder, bundled(folder / "none"))
    run.answers = [{"transfers": [{"sha256": SHA, "store_path": str(folder / "none")}]}]
    with pytest.raises(AnsibleActionFail, match=r"none; expected: a file with sha256:abab.*bundle"):
        run()
