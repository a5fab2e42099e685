# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directories and files of a pod, and where its containers have them."""

from __future__ import annotations

import re

from .containers import Content, Init, Scratch
from .context import Context, secret
from .model import Pods, Stateful, files_name
from .naming import Object, short_hash

_FILES = "files"


def volumes(component: Pods) -> list[Object]:
    """Return the volumes of a component's pods, but for its claims."""
    found = [_scratch(number, one) for number, one in enumerate(component.scratch)]
    found += [
        {"name": f"content-{number}", "emptyDir": {"sizeLimit": content.size}}
        for number, content in enumerate(component.content)
    ]
    return found


def file_volume(name: str, component: Pods) -> list[Object]:
    """Return the volume with a component's files, if it has any."""
    if not component.files:
        return []
    plain: list[Object] = []
    secrets: dict[str, list[Object]] = {}
    for path, file in component.files.items():
        item = {"path": file_key(path), "mode": int(file.mode, 8)}
        place = secret(file.content)
        if place:
            secrets.setdefault(place[0], []).append({"key": place[1], **item})
        else:
            plain.append({"key": file_key(path), **item})
    sources = [{"configMap": {"name": files_name(name), "items": plain}}] if plain else []
    sources += [{"secret": {"name": one, "items": items}} for one, items in secrets.items()]
    return [{"name": _FILES, "projected": {"sources": sources}}]


def file_key(path: str) -> str:
    """Return the key of a file: its own name is for people, the hash tells paths apart."""
    own = re.sub(r"[^-.A-Za-z0-9_]", "-", path.rpartition("/")[2])
    return f"{short_hash(path)[:8]}-{own}"


def plain_files(context: Context, component: Pods) -> dict[str, str]:
    """Return the files that are no secrets: key to text."""
    return {
        file_key(path): context.text(file.content)
        for path, file in component.files.items()
        if not secret(file.content)
    }


def _scratch(number: int, scratch: Scratch) -> Object:
    directory = {"sizeLimit": scratch.size}
    if scratch.memory:
        directory["medium"] = "Memory"
    return {"name": f"scratch-{number}", "emptyDir": directory}


def content_mount(number: int, content: Content, *, writable: bool) -> Object:
    """Return the mount of an unpacked tarball."""
    mount: Object = {"name": f"content-{number}", "mountPath": content.path}
    return mount if writable else {**mount, "readOnly": True}


def main_mounts(component: Pods) -> list[Object]:
    """Return the mounts of a component's own container."""
    mounts: list[Object] = [
        {"name": f"scratch-{number}", "mountPath": scratch.path}
        for number, scratch in enumerate(component.scratch)
    ]
    mounts += [
        content_mount(number, content, writable=content.writable)
        for number, content in enumerate(component.content)
    ]
    if isinstance(component, Stateful):
        mounts += [
            {"name": claim_name(name), "mountPath": volume.path}
            for name, volume in component.volumes.items()
        ]
    mounts += [
        {"name": _FILES, "mountPath": path, "subPath": file_key(path), "readOnly": True}
        for path in component.files
    ]
    return mounts


def other_mounts(component: Pods, container: Init) -> list[Object]:
    """Return the mounts of another container: those of the component that it names."""
    known = {mount["mountPath"]: mount for mount in main_mounts(component)}
    found = []
    for wanted in container.mounts:
        mount = {**known[wanted.path], "mountPath": wanted.at or wanted.path}
        found.append({**mount, "readOnly": True} if wanted.read_only else mount)
    return found


def claim_name(volume: str) -> str:
    """Return the name of a volume's claim template; a scratch directory never has it."""
    return f"claim-{volume}"
