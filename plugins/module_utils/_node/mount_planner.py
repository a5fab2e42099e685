# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of a plan that concerns file systems on devices of their own.

A file system is made on a device that carries nothing, and on no other. What has been declared
before and no longer is, is unmounted; its content stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Callable, Optional

from .._core.errors import LandfallError, RefusedError
from .desired import Desired, File, Ownership
from .file_systems import FRESH, FSTAB, KIND, LABEL, FileSystem, lines, ours, with_lines
from .observed import MountFact, Observed
from .steps import MakeFileSystem, Mount, NodeChange, Unmount, WriteFile, change

Refuse = Callable[[LandfallError], None]


def mount_changes(desired: Desired, observed: Observed, refuse: Refuse) -> Iterator[NodeChange]:
    """Yield what makes and mounts the declared file systems, outer mount points first.

    Args:
        desired: what is declared.
        observed: what was seen.
        refuse: takes what cannot be done.
    """
    wanted = sorted(desired.file_systems or (), key=lambda one: one.path)
    waiting = [one for one in wanted if not observed.mount(one.path).mounted]
    for one in waiting:
        fact = observed.mount(one.path)
        problem = _device_problem(one, fact) or _place_problem(one, observed)
        if problem:
            refuse(problem)
        elif _is_blank(fact):
            what = f"{KIND} on {one.device}"
            yield change(f"file system {what}", "create", after=what, step=MakeFileSystem(one))
    yield from _fstab(observed.fstab, with_lines(observed.fstab, wanted, (), _foreign(observed)))
    for one in waiting:
        after = f"{one.device} on {one.path}\n"
        yield change(f"file system {one.path}", "mount", after=after, step=Mount(one))


def unmount_changes(desired: Desired, observed: Observed) -> Iterator[NodeChange]:
    """Yield what unmounts that which is no longer declared, inner mount points first."""
    if desired.file_systems is None:
        return
    wanted = {one.path for one in desired.file_systems}
    retired = sorted(set(ours(observed.fstab)) - wanted, reverse=True)
    for path in retired:
        if observed.mount(path).mounted:
            yield change(f"file system {path}", "unmount", before=f"{path}\n", step=Unmount(path))
    kept = with_lines(observed.fstab, desired.file_systems, (), _foreign(observed))
    yield from _fstab(kept, with_lines(kept, desired.file_systems, retired, _foreign(observed)))


def _fstab(before: str, after: str) -> Iterator[NodeChange]:
    if before != after:
        file = File(FSTAB, Ownership("0644", "root", "root"), after.encode())
        action = "update" if before else "create"
        yield change(f"file {FSTAB}", action, before, after, step=WriteFile(file))


def _foreign(observed: Observed) -> Sequence[str]:
    return [line.path for line in lines(observed.fstab) if line.path and not line.ours]


def _is_blank(fact: MountFact) -> bool:
    return not fact.content or (fact.content, fact.label) == (KIND, FRESH)


def _device_problem(one: FileSystem, fact: MountFact) -> Optional[RefusedError]:
    """Return why a device cannot be used."""
    on = f"{one.path}: {one.device}"
    if fact.device != "block":
        return RefusedError(
            "the device of a file system is not there",
            on=on,
            expected="a block device",
            found={"absent": "nothing"}.get(fact.device, "something else"),
            remedy="attach it, or name it as ls -l /dev/disk/by-id shows it",
        )
    if fact.elsewhere:
        return RefusedError(
            "the device is mounted elsewhere",
            on=on,
            found=", ".join(fact.elsewhere),
            remedy=f"unmount it, and take its line out of {FSTAB}",
        )
    if _is_blank(fact) or (fact.content, fact.label) == (KIND, LABEL):
        return None
    return RefusedError(
        "the device carries something that was not made here",
        on=on,
        expected=f"nothing, or {KIND} with the label {LABEL}",
        found=f"{fact.content} with the label {fact.label}" if fact.label else fact.content,
        remedy=f"if nobody needs it, wipefs --all {one.device}; to use {KIND} with what is in it, "
        f"e2label {one.device} {LABEL}",
    )


def _place_problem(one: FileSystem, observed: Observed) -> Optional[RefusedError]:
    """Return why nothing can be mounted at a directory."""
    entries = observed.mount(one.path).entries
    if entries:
        return RefusedError(
            "a file system would hide what is in its directory",
            on=one.path,
            expected="an empty directory, or none",
            found=", ".join(entries),
            remedy="move it away and repeat the run; a node is first taken out of its cluster with "
            "playbooks/remove_node.yml",
        )
    strange = [line.text for line in lines(observed.fstab) if line.path == one.path]
    if one.path in _foreign(observed):
        return RefusedError(
            f"{FSTAB} has a line for the directory already",
            on=one.path,
            expected="none that somebody else has written",
            found="; ".join(strange),
            remedy="take it out, or the volume out of the inventory",
        )
    return None
