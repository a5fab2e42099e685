# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a service keeps what: claims, directories that are empty at the start, and files."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from .._stack.kinds import FILE_PATH
from .load import Files, text_of
from .model import FileUse, Mount, Service
from .names import plain, volume_name
from .secretlike import is_secret
from .world import SOCKET, World

# Nothing in a compose file says it; the environment's settings may.
SIZE = "10Gi"
MOST_FILE = 128 * 1024
MOST_FILES = 20
_KEPT = frozenset(["backups", "data", "database", "db", "media", "storage", "uploads"])
# Directories whose files are read one by one when the program starts.
_READ = re.compile(r"/etc(/.*)?|.*\.d|.*/(conf|config|provisioning|dashboards|pipeline)")
_TEXTS = re.compile(r".*\.(sh|sql|cnf|conf|cfg|ini|ya?ml|json|xml|properties|toml|txt)")
_TIME_ZONE = ("/etc/localtime", "/etc/timezone")
_PRIVATE = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\.(key|pem|p12|pfx|jks)$|(^|/)\.env")


@dataclass
class Storage:
    """What is mounted in a component.

    Attributes:
        volumes: name to path.
        scratch: as the stack has it.
        files: path to text, with its mode; references are not in it yet.
        secret_files: path to what says which secret it is, and its mode.
    """

    volumes: dict[str, str] = field(default_factory=dict)
    scratch: list[Any] = field(default_factory=list)
    files: dict[str, tuple[str, str]] = field(default_factory=dict)
    secret_files: dict[str, tuple[str, str]] = field(default_factory=dict)

    def taken(self, path: str) -> bool:
        """Tell whether something is mounted at a path already."""
        scratch = {one["path"] if isinstance(one, dict) else one for one in self.scratch}
        return path in {*self.volumes.values(), *scratch, *self.files, *self.secret_files}


def all_storage(world: World, files: Files, tasks: frozenset[str]) -> dict[str, Storage]:
    """Return the storage of each service; ``tasks`` are those that get no claims."""
    owners = _owners(world, tasks)
    return {
        name: _Mapper(world, files, service, owners, name in tasks).storage()
        for name, service in world.services.items()
    }


def _owners(world: World, tasks: frozenset[str]) -> dict[str, str]:
    """Return named volume to the one service whose claim it becomes."""
    users: dict[str, list[tuple[bool, str]]] = {}
    for name, service in world.services.items():
        if name in tasks:
            continue
        for mount in service.mounts:
            if mount.kind == "volume" and mount.source:
                other = mount.target not in world.known(name).data
                users.setdefault(mount.source, []).append((mount.read_only or other, name))
    return {volume: min(found, key=lambda one: one[0])[1] for volume, found in users.items()}


class _Mapper:
    def __init__(
        self,
        world: World,
        files: Files,
        service: Service,
        owners: Mapping[str, str],
        is_task: bool,
    ) -> None:
        self._world = world
        self._files = files
        self._service = service
        self._owners = owners
        self._is_task = is_task
        self._image = world.known(service.name)
        self._found = Storage()

    def storage(self) -> Storage:
        for mount in self._service.mounts:
            if not _fits(mount.target):
                self._note(
                    mount,
                    "a path that the stack cannot have",
                    "use a path of letters, digits and . _ - + @",
                    "change the path in the image and the stack",
                )
            elif not self._found.taken(mount.target):
                self._mount(mount)
        for use in self._service.configs:
            self._config(use)
        for use in self._service.secrets:
            if _fits(use.target) and not self._found.taken(use.target):
                self._found.secret_files[use.target] = (use.source, _mode(use.mode, "0444"))
            else:
                self._unfit(use)
        self._durable()
        return self._found

    def _durable(self) -> None:
        """Give an image that makes no sense without its data a volume for it."""
        data = self._image.data
        if not self._image.durable or self._is_task or self._found.volumes:
            return
        if not any(map(self._found.taken, data)):
            self._claim("data", data[0])
            self._world.notes.add(
                self._service.place,
                "the image's data directory has no volume",
                "without one its data would not outlive its pod, so it has one in the stack",
            )

    def _note(self, mount: Mount, what: str, why: str, remedy: str = "") -> None:
        self._world.notes.add(mount.place, f"{mount.target}: {what}", why, remedy)

    def _unfit(self, use: FileUse) -> None:
        self._world.notes.add(
            use.place,
            f"{use.target}: a path that the stack cannot have, or has already",
            "it is left out",
            "choose another path",
        )

    def _claim(self, source: str, path: str) -> None:
        name = volume_name(source, path, self._found.volumes)
        self._found.volumes[name] = path

    def _mount(self, mount: Mount) -> None:
        if mount.kind == "tmpfs":
            size = {"size": mount.size} if mount.size else {}
            self._found.scratch.append({"path": mount.target, **size, "memory": True})
        elif mount.kind == "bind":
            self._bind(mount)
        elif mount.kind == "volume" and mount.source:
            self._volume(mount)
        elif mount.kind == "volume" and mount.target in self._image.data and not self._is_task:
            self._claim("data", mount.target)
        elif mount.kind == "volume":
            self._note(
                mount,
                "a volume without a name",
                "it would be empty in the cluster and "
                "hide what the image has there; the container's own file system serves",
            )
        else:
            self._note(
                mount,
                f"a mount of type {mount.kind}",
                "the stack has nothing like it",
                "put the content into the image",
            )

    def _volume(self, mount: Mount) -> None:
        owner = self._owners.get(mount.source)
        if owner != self._service.name:
            whose = f"belongs to {owner}" if owner else "is used by jobs alone"
            self._note(
                mount,
                f"the volume {mount.source} {whose}",
                "a claim is of one component, and of each of its pods",
                "put what is shared into the image, an object store or a database, or make the "
                "containers sidecars of one component",
            )
            return
        self._claim(mount.source, mount.target)
        declared = self._world.project.volumes.get(mount.source)
        if declared and (declared.external or declared.options):
            self._note(
                mount,
                f"the volume {mount.source} is outside or has options of its driver",
                "the claim in the stack is a new one, of the environment's storage class",
                "copy the data, and set storage_class if it matters",
            )

    # bind mounts --------------------------------------------------------------------------------

    def _bind(self, mount: Mount) -> None:
        source = mount.source
        if SOCKET in source:
            self._note(
                mount,
                "the container runtime's socket",
                "pods may not control the nodes",
                "use access: for the Kubernetes API, or leave the component out",
            )
        elif source.startswith(("/", "~")) or ".." in source.split("/") or ":" in source:
            self._outside(mount)
        else:
            text = text_of(self._files, source)
            names = None if text is not None else self._files.names(source)
            if text is not None:
                self._file(mount, source, mount.target, text)
            elif self._files.read(source) is not None:
                self._note(
                    mount,
                    f"the file {source} is not text",
                    "only texts can be in a stack",
                    "put it into the image",
                )
            else:
                self._directory(mount, names)

    def _outside(self, mount: Mount) -> None:
        if mount.target in _TIME_ZONE:
            self._note(mount, "the host's time zone", "pods run in UTC", "set the variable TZ")
        elif not self._keeps(mount):
            self._note(
                mount,
                f"{mount.source} of the host",
                "it is not part of the project, and nodes have nothing of it",
                "put the content into the image or a volume",
            )

    def _keeps(self, mount: Mount) -> bool:
        """Make a claim of a directory that holds data, and tell whether it was one."""
        last = {mount.source.rstrip("/").rpartition("/")[2], mount.target.rpartition("/")[2]}
        if mount.read_only or self._is_task:
            return False
        if mount.target not in self._image.data and not last & _KEPT:
            return False
        self._claim("", mount.target)
        self._note(
            mount,
            f"the directory {mount.source} is a volume of the stack",
            "it holds data that must last",
            "copy the data if there is any already",
        )
        return True

    def _directory(self, mount: Mount, names: Any) -> None:
        if names is not None and (
            mount.read_only
            or _READ.fullmatch(mount.target)
            or all(_TEXTS.fullmatch(name) for name in names)
        ):
            texts = self._texts(mount.source, names)
            if texts is not None:
                for name, text in texts.items():
                    self._file(mount, f"{mount.source}/{name}", f"{mount.target}/{name}", text)
                return
        if self._keeps(mount):
            return
        missing = "" if names is not None else ", or it is not there"
        self._note(
            mount,
            f"{mount.source} is a directory{missing}",
            "a stack has single texts, not directories",
            "copy it into the image (COPY in its Containerfile); data belongs in a volume",
        )

    def _texts(self, source: str, names: list[str]) -> Optional[dict[str, str]]:
        """Return the files of a directory that has a few small texts and nothing else."""
        found = {}
        for name in names if 0 < len(names) <= MOST_FILES else []:
            text = text_of(self._files, posixpath.join(source, name))
            if text is None or len(text) > MOST_FILE:
                return None
            found[name] = text
        return found or None

    def _file(self, mount: Mount, source: str, target: str, text: str) -> None:
        if _PRIVATE.search(source) or _PRIVATE.search(text):
            self._found.secret_files[target] = (f"file:{source}", "0400")
        elif len(text.encode()) > MOST_FILE or not _fits(target):
            self._note(
                mount,
                f"the file {source} is too large, or its path does not fit",
                "a stack has small texts",
                "put it into the image",
            )
        else:
            # Programs are run from files of the project, too.
            mode = "0555" if text.startswith("#!") else "0444"
            self._found.files[target] = (text, mode)

    # configs ------------------------------------------------------------------------------------

    def _config(self, use: FileUse) -> None:
        source = self._world.project.configs[use.source]
        text = source.content
        if source.variable:
            text = self._service.environment.get(source.variable)
        elif source.file:
            text = text_of(self._files, source.file)
        if not _fits(use.target) or self._found.taken(use.target):
            self._unfit(use)
        elif text is None or len(text.encode()) > MOST_FILE:
            self._world.notes.add(
                use.place,
                f"the config {use.source} cannot be read, or is too large",
                "it is not in the stack",
                f"add its text as files: {{{use.target}: …}}",
            )
        elif is_secret(use.source) or _PRIVATE.search(source.file) or _PRIVATE.search(text):
            self._found.secret_files[use.target] = (use.source, _mode(use.mode, "0444"))
        else:
            self._found.files[use.target] = (text, _mode(use.mode, "0444"))


def _fits(path: str) -> bool:
    return len(path) <= FILE_PATH.most and bool(re.fullmatch(FILE_PATH.pattern, path))


def _mode(text: str, default: str) -> str:
    return text if re.fullmatch(r"0?[0-7]{3}", text) else default


def secret_name(source: str) -> str:
    """Return the name of the stack's secret for one of the compose file, or for a file."""
    return plain(source.removeprefix("file:").rpartition("/")[2], "secret")
