# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for one machine: from what is declared and what was seen to the steps between.

Steps come in a fixed order: packages, groups, users, file systems, directories, artifacts, files,
links, kernel modules, kernel parameters, units, file systems that are no longer declared. Each
step's effect on the ones after it is predicted, so that the plan of check mode and the one that is
applied are the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Callable, Optional

from .._core.errors import LandfallError, ProblemsError, RefusedError
from .._core.plan import Plan
from .desired import Artifact, Desired, Directory, File, Link, Ownership, parents
from .mount_planner import mount_changes, unmount_changes
from .observed import Observed, SysctlFact
from .steps import (
    AddGroup,
    InstallPackages,
    LoadModule,
    MakeDirectory,
    MakeLink,
    NodeChange,
    PlaceArtifact,
    PutUser,
    RemoveFile,
    SetOwnership,
    SetSysctl,
    WriteFile,
    change,
)
from .unit_planner import retired_changes, unit_changes

TEXT_LIMIT = 100_000
"""Files with more bytes than this are shown as their digest in a diff."""


def plan(desired: Desired, observed: Observed, *, check: bool = False) -> Plan[NodeChange]:
    """Return the steps that lead from ``observed`` to ``desired``.

    Args:
        desired: what is declared.
        observed: what was seen.
        check: other calls may not have been applied before this one: what a step needs and is
            not there yet (a unit, a kernel parameter) is predicted instead of refused.

    Raises:
        ProblemsError: what cannot be done, all of it; nothing was changed.
    """
    planner = _Planner(desired, observed, check)
    changes = tuple(planner.changes())
    if planner.problems:
        raise ProblemsError("this cannot be done on the machine", planner.problems)
    return Plan(changes)


class _Planner:
    """Walks through the desired state and remembers what earlier steps will have changed."""

    def __init__(self, desired: Desired, observed: Observed, check: bool) -> None:
        self.desired = desired
        self.observed = observed
        self.check = check
        self.problems: list[LandfallError] = []
        self.overlay: dict[str, Optional[str]] = {}

    def changes(self) -> Iterator[NodeChange]:
        desired = self.desired
        packages = tuple(p for p in desired.packages if p not in self.observed.packages)
        if packages:
            yield change(
                f"packages {', '.join(packages)}", "install", step=InstallPackages(packages)
            )
        yield from self.accounts()
        yield from mount_changes(desired, self.observed, self.problems.append)
        for directory in self.directories():
            yield from self.directory(directory)
        for artifact in desired.artifacts:
            yield from self.artifact(artifact)
        yield from retired_changes(desired, self.observed)
        for file in desired.files:
            yield from self.file(file)
        for link in desired.links:
            yield from self.link(link)
        for file in desired.module_files:
            yield from self.file(file)
        modules = tuple(self.missing_modules())
        for name in modules:
            yield change(f"kernel module {name}", "load", step=LoadModule(name))
        for file in desired.sysctl_files:
            yield from self.file(file)
        for key, value in desired.sysctls.items():
            yield from self.sysctl(key, value, pending=bool(modules))
        yield from unit_changes(
            desired,
            self.observed,
            self.overlay,
            packages_pending=bool(packages),
            check=self.check,
            refuse=self.problems.append,
        )
        yield from unmount_changes(desired, self.observed)

    def accounts(self) -> Iterator[NodeChange]:
        for group in self.desired.groups:
            if group.name not in self.observed.groups:
                yield change(f"group {group.name}", "create", step=AddGroup(group))
        for user in self.desired.users:
            fact = self.observed.users.get(user.name)
            if fact is None:
                yield change(f"user {user.name}", "create", step=PutUser(user))
            elif any(
                wanted not in (None, found)
                for wanted, found in (
                    (user.group, fact.group),
                    (user.home, fact.home),
                    (user.shell, fact.shell),
                )
            ):
                yield change(f"user {user.name}", "update", step=PutUser(user))

    def directories(self) -> list[Directory]:
        """Return the declared directories and the parents that everything else needs."""
        desired = self.desired
        placed = [
            *(d.path for d in desired.directories),
            *(a.path for a in desired.artifacts),
            *(f.path for f in desired.all_files() if not f.absent),
            *(link.path for link in desired.links),
        ]
        declared = {d.path: d for d in desired.directories}
        ownership = Ownership("0755", "root", "root")
        implied = {p: Directory(p, ownership, implied=True) for p in parents(placed)}
        chosen = {**implied, **declared}
        return [chosen[path] for path in sorted(chosen)]

    def directory(self, directory: Directory) -> Iterator[NodeChange]:
        fact = self.observed.path(directory.path)
        target, step = f"directory {directory.path}", MakeDirectory(directory)
        if fact.kind == "absent":
            yield change(target, "create", step=step)
        elif fact.kind != "directory" and not fact.leads_to_directory:
            self.occupied(directory.path, "a directory", fact.kind)
        elif not directory.implied:
            before, after = self.ownership(directory.path, directory.ownership)
            if before != after:
                yield change(target, "update", before, after, step=step)

    def artifact(self, artifact: Artifact) -> Iterator[NodeChange]:
        fact, file = self.observed.path(artifact.path), artifact.file
        if fact.kind in ("directory", "other"):
            self.occupied(artifact.path, "a file", fact.kind)
            return
        same = fact.sha256 == file.sha256 if file.sha256 else True
        if fact.kind == "file" and same:
            yield from self.attributes("artifact", artifact.path, artifact.ownership)
            return
        before = _digest_line(fact.sha256, fact.size) if fact.sha256 else ""
        self.overlay[artifact.path] = file.sha256 or "unknown"
        yield change(
            f"artifact {artifact.path}",
            "install" if fact.kind == "absent" else "update",
            before,
            _digest_line(file.sha256, file.size) if file.sha256 else "",
            step=PlaceArtifact(artifact),
        )

    def file(self, file: File) -> Iterator[NodeChange]:
        fact = self.observed.path(file.path)
        target = f"file {file.path}"
        if fact.kind in ("directory", "other"):
            self.occupied(file.path, "a file", fact.kind)
            return
        before = _text_of(fact.text, fact.sha256, fact.size) if fact.kind == "file" else ""
        if file.absent:
            if fact.kind != "absent":
                self.overlay[file.path] = None
                step = RemoveFile(file.path)
                yield change(target, "remove", before, "", file.secret, step=step)
        elif fact.kind == "file" and fact.sha256 == file.sha256:
            yield from self.attributes("file", file.path, file.ownership)
        else:
            action = "create" if fact.kind == "absent" else "update"
            self.overlay[file.path] = file.sha256
            after = _text(file.content)
            yield change(target, action, before, after, file.secret, step=WriteFile(file))

    def attributes(self, kind: str, path: str, ownership: Ownership) -> Iterator[NodeChange]:
        before, after = self.ownership(path, ownership)
        if before != after:
            step = SetOwnership(path, ownership)
            yield change(f"{kind} {path}", "update", before, after, step=step)

    def ownership(self, path: str, wanted: Ownership) -> tuple[str, str]:
        fact = self.observed.path(path)
        after = f"mode {wanted.mode}, owner {wanted.owner}, group {wanted.group}\n"
        if fact.mode == wanted.mode and fact.owned_by(wanted.owner, wanted.group):
            return after, after
        return f"mode {fact.mode}, owner {fact.owner}, group {fact.group}\n", after

    def link(self, link: Link) -> Iterator[NodeChange]:
        fact = self.observed.path(link.path)
        if fact.kind not in ("absent", "link"):
            self.occupied(link.path, "a link", fact.kind)
        elif fact.target != link.target:
            before = f"-> {fact.target}\n" if fact.kind == "link" else ""
            self.overlay[link.path] = self.digest_behind(link)
            yield change(
                f"link {link.path}",
                "update" if before else "create",
                before,
                f"-> {link.target}\n",
                step=MakeLink(link),
            )

    def digest_behind(self, link: Link) -> str:
        """Return the digest of a link's target, or a text that stands for it."""
        known = self.overlay.get(link.target) or self.observed.path(link.target).sha256
        return known or f"link {link.target}"

    def missing_modules(self) -> Iterator[str]:
        present = self.observed.kernel_modules
        if present is not None:
            yield from (name for name in self.desired.kernel_modules if name not in present)

    def sysctl(self, key: str, value: str, *, pending: bool) -> Iterator[NodeChange]:
        fact = self.observed.sysctls.get(key, SysctlFact())
        if fact.value == value:
            return
        if not (self.check or pending):
            if fact.value is None:
                self.refuse("the kernel has no such parameter", f"sysctl {key}", value, "nothing")
            elif not fact.writable:
                self.refuse("read-only kernel parameter", f"sysctl {key}", value, fact.value)
        before = "" if fact.value is None else f"{key} = {fact.value}\n"
        yield change(
            f"sysctl {key}", "set", before, f"{key} = {value}\n", step=SetSysctl(key, value)
        )

    def occupied(self, path: str, expected: str, found: str) -> None:
        self.refuse("something else is there", path, expected, found)

    def refuse(self, what: str, on: str, expected: str, found: str) -> None:
        remedy = {
            "something else is there": "move it away",
            "read-only kernel parameter": "set it where the container's host is configured",
            "the kernel has no such parameter": "load the kernel module that brings it",
        }[what]
        self.problems.append(
            RefusedError(what, on=on, expected=expected, found=found, remedy=remedy)
        )


Refuse = Callable[[LandfallError], None]


def _digest_line(sha256: str, size: int) -> str:
    return f"sha256:{sha256}" + (f" ({size} bytes)\n" if size >= 0 else "\n")


def _text_of(text: Optional[str], sha256: str, size: int) -> str:
    return _digest_line(sha256, size) if text is None else text


def _text(content: bytes) -> str:
    """Return content as text for a diff, or its digest when it is binary or long."""
    try:
        if len(content) <= TEXT_LIMIT and b"\0" not in content:
            return content.decode()
    except UnicodeDecodeError:
        pass
    return _digest_line(hashlib.sha256(content).hexdigest(), len(content))
